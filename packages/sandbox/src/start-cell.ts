import { finished } from 'node:stream/promises';
import { limits } from '@coderoom/protocol';
import { bwrapArguments } from './bwrap-arguments.ts';
import type { Cells } from './cells.ts';
import { resourceLimits } from './program-launcher.ts';
import type { SandboxStart, StartedSandbox } from './sandbox-start.ts';

/**
 * Starts a sandbox by the toolchain image's own program for that (agents/cell.c), which is namespaces, init and launcher
 * in one. It waits for its order until it is told to begin.
 */
export async function startCell(cells: Cells, start: SandboxStart): Promise<StartedSandbox> {
  const { platform, bwrapOptions, processLimits, program, user, ownEntrances } = start;
  const { pid, stdin, stdout, stderr, control, agent, ended } = await cells.start(user, ownEntrances);
  // Nothing comes from there, but that it is closed is noticed by reading only.
  stdin.resume();
  const streams = [stdin, stdout, stderr, control, agent];
  const closings = streams.map((stream) => finished(stream).catch(() => {}));
  return {
    pid,
    joinsGroup: true,
    stdin,
    stdout,
    stderr,
    job: agent,
    report: agent,
    status: control,
    begin() {
      const filterBytes = Buffer.alloc(4);
      filterBytes.writeUInt32LE(platform.seccompFilter.length);
      const words = [
        ...['--files', `${limits.runInodesMax}`],
        ...bwrapArguments(bwrapOptions),
        ...resourceLimits(processLimits).flatMap(({ name, soft, hard }) => ['--rlimit', name, `${soft}`, `${hard}`]),
        '--',
        ...program,
      ];
      const text = words.map((word) => `${word}\0`).join('');
      control.end(Buffer.concat([filterBytes, platform.seccompFilter, Buffer.from(text)]));
    },
    closed: Promise.all([ended, ...closings]).then(([code]) =>
      code === null ? { code, reason: 'the process that had started it has ended' } : { code },
    ),
  };
}
