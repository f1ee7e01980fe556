import { limits } from '@coderoom/protocol';
import type { CheckedJob } from './check-job.ts';
import { executeRun } from './execute-run.ts';
import { helloWorldOf, type LanguageDefinition } from './languages.ts';
import { createLiveInput } from './live-input.ts';
import type { SandboxLogger } from './logger.ts';
import type { SandboxSupply } from './sandbox-supply.ts';

/** The ids of those whose hello world really runs here: a toolchain that tells its version may still lack something. */
export async function tryLanguages(
  candidates: readonly LanguageDefinition[],
  { supply, logger }: { supply: SandboxSupply; logger: SandboxLogger },
): Promise<Set<string>> {
  const working = new Set<string>();
  for (const language of candidates) {
    const { id, fileName, memoryBytes } = language;
    const job: CheckedJob = {
      language,
      files: [{ path: fileName, text: helloWorldOf(language) }],
      entry: fileName,
      args: [],
      stdin: '',
      limits: { cpuMs: limits.runCpuMs, wallMs: limits.runWallMs, memoryBytes },
    };
    const run = executeRun({
      supply,
      job,
      input: createLiveInput(''),
      cancel: new AbortController().signal,
      onFrames: () => {},
      logger,
    });
    await run.released;
    if ((await run.result).status === 'ok') working.add(id);
  }
  return working;
}
