import { limits } from '@coderoom/protocol';
import type { CheckedJob } from './check-job.ts';
import { compileKey } from './compile-cache.ts';
import { encodeJob } from './job-message.ts';
import { createOutput } from './output.ts';
import { runStage } from './run-stage.ts';
import { runtimes } from './runtimes.ts';
import type { SandboxSupply } from './sandbox-supply.ts';

/**
 * What a language's checker says of sources that run all the same, from a sandbox beside the run's that gives way to
 * everything else; nothing when it takes too long, or the run is cancelled. Never rejects.
 */
export async function checkSources(supply: SandboxSupply, job: CheckedJob, cancel: AbortSignal): Promise<string> {
  const { checker } = job.language;
  if (checker === undefined || !supply.toolchains.isPrepared) return '';
  const command = checker.command(job.files.map(({ path }) => (/^[\w.]/.test(path) ? path : `./${path}`)));
  const key = compileKey({ compiler: supply.toolchains.id, command, sources: job.files });
  const { checked } = supply;
  const known = checked.get(key);
  if (known !== undefined) return known;
  try {
    const asked = {
      cpuMs: limits.checkCpuMs,
      wallMs: limits.checkWallMs,
      memoryBytes: limits.compileMemoryBytes,
    };
    const sandbox = await supply.takeAside(runtimes.make, asked);
    const output = createOutput({ phase: 'compile', sequence: () => 0, onFrames: () => {}, onOverflow: () => {} });
    const stop = () => stage.stop('cancelled');
    const stage = runStage({
      sandbox,
      message: encodeJob({ files: job.files, args: command }),
      limits: asked,
      listener: { onOutput: (_stream, chunk) => output.take('stdout', chunk), onReport: () => {} },
    });
    cancel.addEventListener('abort', stop);
    if (cancel.aborted) stop();
    sandbox.process.stdin.end();
    const { status } = await stage.ended;
    cancel.removeEventListener('abort', stop);
    void sandbox.release();
    if (status !== 'ok' && status !== 'error') return '';
    const { stdout } = output.finish();
    checked.set(key, stdout);
    const [oldest] = checked.keys();
    if (checked.size > limits.checksRemembered && oldest !== undefined) checked.delete(oldest);
    return stdout;
  } catch {
    // The program runs without it.
    return '';
  }
}
