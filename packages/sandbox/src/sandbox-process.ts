import type { Writable } from 'node:stream';
import type { RunStream } from '@coderoom/protocol';
import type { Platform } from './platform.ts';
import {
  hasStarted,
  type ProcessLimits,
  type ProgramEnd,
  readProgramCpuMs,
  readProgramEnd,
  statusMaxBytes,
} from './program-launcher.ts';
import type { RunGroup } from './run-group.ts';
import { type Runtime, sandboxPaths } from './runtimes.ts';
import type { StartedSandbox } from './sandbox-start.ts';
import { startBwrap } from './start-bwrap.ts';
import { startCell } from './start-cell.ts';

/**
 * How the processes of a sandbox ended; `failed`: the program never ran, or its first process was killed. `cpuMs` is what
 * the program took as far as its launcher knows, for want of control groups.
 */
export type SandboxEnd = ({ kind: 'exited'; cpuMs: number } & ProgramEnd) | { kind: 'failed'; reason: string };

/** Who hears of a sandbox from when it is given its job. */
export interface JobListener {
  onOutput(stream: RunStream, chunk: Buffer): void;
  /** What the agent says on its own descriptor, after the letter that says that it is ready. */
  onReport(chunk: Buffer): void;
}

/** One sandbox with all that runs in it. It knows nothing of limits in time, groups or verdicts. */
export interface SandboxProcess {
  /** Of the outermost process, on the host. */
  pid: number;
  /** Whether it joins its control group by itself; otherwise it is to be put there. */
  joinsGroup: boolean;
  stdin: Writable;
  /** Until this is called the sandbox waits, so that it can be put under limits first. */
  begin(): void;
  hasBegun(): boolean;
  /** Tells the agent what to become. Once only. */
  deliver(message: Buffer, listener: JobListener): void;
  /** When the agent waits for its job, or will never do so. */
  ready: Promise<void>;
  /** When all its processes are gone and all their output is read. Never rejects. */
  ended: Promise<SandboxEnd>;
}

/** What is kept of words that nobody is there to hear yet. */
const heldMaxBytes = 16_384;

/** Starts a sandbox as the slot's own user. As real root it would be an escape, not a sandbox, so that is refused. */
export async function startSandboxProcess(options: {
  platform: Platform;
  slot: number;
  group: RunGroup | null;
  runtime: Runtime;
  memoryBytes: number;
  isAwaited: boolean;
  processLimits: ProcessLimits;
  programFolder: string | null;
}): Promise<SandboxProcess> {
  const { platform, slot, runtime, memoryBytes } = options;
  const uid = platform.slotUsers === null ? process.getuid?.() : slot;
  if (uid === undefined || uid === 0) throw new Error('a sandbox is never started as root');

  const { isPrepared } = platform.toolchains;
  const start = {
    platform,
    bwrapOptions: {
      toolchains: platform.toolchains,
      systemFolder: platform.systemFolder,
      environment: { PATH: '/usr/bin:/bin', HOME: sandboxPaths.temporary, LANG: 'C.UTF-8', ...runtime.environment },
      nodeBinary: runtime.runsOnNode ? platform.nodeBinary : null,
      programFolder: options.programFolder,
      disableUserNamespaces: platform.disableUserNamespaces,
      mountProc: platform.mountProc,
    },
    processLimits: options.processLimits,
    program: runtime.command({ memoryBytes, isPrepared, isAwaited: options.isAwaited }),
    user: uid,
    ownEntrances: options.group?.ownEntrances ?? [],
  };
  const started = await (platform.useCells && platform.cells ? startCell(platform.cells, start) : startBwrap(start));
  const { pid, joinsGroup, stdin, job } = started;

  let hasBegun = false;
  const talk = listenTo(started);
  return {
    pid,
    joinsGroup,
    stdin,
    hasBegun: () => hasBegun,
    begin() {
      hasBegun = true;
      started.begin();
    },
    deliver(message, listener) {
      talk.listen(listener);
      job.end(message);
    },
    ready: talk.ready,
    ended: talk.ended,
  };
}

/**
 * Passes on output from the moment that the program runs and somebody listens; what comes before is the
 * launcher's, names host paths, and is for the log. Both arrive on the same descriptors, so output waits for the launcher's mark.
 */
function listenTo({ stdin, stdout, stderr, job, report, status: statusPipe, closed }: StartedSandbox): {
  listen(listener: JobListener): void;
  ready: Promise<void>;
  ended: Promise<SandboxEnd>;
} {
  // A sandbox that dies early closes pipes that are still being written; that is its right.
  for (const stream of [stdin, stdout, stderr, job, report, statusPipe]) stream.on('error', () => {});
  const ready = Promise.withResolvers<void>();
  let status = '';
  let listener: JobListener | undefined;
  let held: { stream: RunStream; chunk: Buffer }[] = [];
  let heldBytes = 0;

  const passOn = () => {
    if (listener === undefined || !hasStarted(status)) return;
    for (const { stream, chunk } of held) listener.onOutput(stream, chunk);
    held = [];
  };
  const take = (stream: RunStream) => (chunk: Buffer) => {
    if (listener !== undefined && hasStarted(status)) return listener.onOutput(stream, chunk);
    heldBytes += chunk.length;
    if (heldBytes <= heldMaxBytes) held.push({ stream, chunk });
  };
  stdout.on('data', take('stdout'));
  stderr.on('data', take('stderr'));
  statusPipe.on('data', (chunk: Buffer) => {
    status += chunk.subarray(0, statusMaxBytes - status.length).toString('latin1');
    // Not read on and thrown away, which would keep this process busy for as long as the program likes.
    if (status.length >= statusMaxBytes) statusPipe.destroy();
    passOn();
  });
  let isReady = false;
  report.on('data', (chunk: Buffer) => {
    const words = isReady ? chunk : chunk.subarray(1);
    isReady = true;
    ready.resolve();
    // Before it has a job an agent has nothing else to say.
    if (words.length > 0) listener?.onReport(words);
  });

  return {
    listen(who) {
      listener = who;
      passOn();
    },
    ready: ready.promise,
    ended: closed.then((end) => {
      ready.resolve();
      if (end.code === null) return { kind: 'failed', reason: end.reason };
      if (hasStarted(status)) {
        return { kind: 'exited', cpuMs: readProgramCpuMs(status), ...readProgramEnd(end.code, status) };
      }
      const said = [status, ...held.map(({ chunk }) => chunk.toString())].join('').trim();
      return { kind: 'failed', reason: said || `its first process ended with code ${end.code}` };
    }),
  };
}
