import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { RunStream } from '@coderoom/protocol';
import { bwrapArguments } from './bwrap-arguments.ts';
import type { Platform } from './platform.ts';
import {
  hasStarted,
  jobDescriptor,
  launcherCommand,
  type ProcessLimits,
  type ProgramEnd,
  readProgramCpuMs,
  readProgramEnd,
  reportDescriptor,
  statusDescriptor,
  statusMaxBytes,
} from './program-launcher.ts';
import { type Runtime, sandboxPaths } from './runtimes.ts';

/**
 * How the processes of a sandbox ended; `failed`: the program never ran, or bwrap itself was killed. `cpuMs` is what
 * the program took as far as its launcher knows, for want of control groups.
 */
export type SandboxEnd = ({ kind: 'exited'; cpuMs: number } & ProgramEnd) | { kind: 'failed'; reason: string };

/** Who hears of a sandbox from when it is given its job. */
export interface JobListener {
  onOutput(stream: RunStream, chunk: Buffer): void;
  /** What the agent says on its own descriptor, after the letter that says that it is ready. */
  onReport(chunk: Buffer): void;
}

/** One bwrap with all that runs in it. It knows nothing of limits in time, groups or verdicts. */
export interface SandboxProcess {
  /** Of the outermost process, on the host; undefined when not even that could be started. */
  pid: number | undefined;
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

const argumentsDescriptor = 3;
const seccompDescriptor = 5;
/** Of those that a sandbox is started with, reportDescriptor is the last. */
const descriptors = reportDescriptor + 1;
/** What is kept of words that nobody is there to hear yet. */
const heldMaxBytes = 16_384;

/** Starts bwrap as the slot's own user. As real root it would be an escape, not a sandbox, so that is refused. */
export function startSandboxProcess(options: {
  platform: Platform;
  slot: number;
  runtime: Runtime;
  memoryBytes: number;
  isAwaited: boolean;
  processLimits: ProcessLimits;
  programFolder: string;
}): SandboxProcess {
  const { platform, slot, runtime, memoryBytes } = options;
  const uid = platform.slotUsers === null ? process.getuid?.() : slot;
  if (uid === undefined || uid === 0) throw new Error('a sandbox is never started as root');

  const { isPrepared } = platform.toolchains;
  const stdio: ('pipe' | 'ignore' | number)[] = Array.from({ length: descriptors }, () => 'pipe' as const);
  const strayDescriptors = platform.inheritedFiles.filter((fd) => fd >= stdio.length);
  for (const fd of strayDescriptors) {
    while (stdio.length < fd) stdio.push('ignore');
    stdio.push(platform.nullFile);
  }

  const program = runtime.command({ memoryBytes, isPrepared, isAwaited: options.isAwaited });
  const command = launcherCommand(platform.tini, options.processLimits, program);
  // bwrap reads what it is told to take arguments from to its end and closes it, which nothing else would do with a
  // descriptor that this process was started with.
  const argumentSources = [argumentsDescriptor, ...strayDescriptors].flatMap((fd) => ['--args', String(fd)]);
  const child = spawn(platform.bwrap, [...argumentSources, '--', ...command], {
    cwd: '/',
    env: {},
    stdio,
    ...(platform.slotUsers === null ? {} : { uid, gid: uid }),
  });

  const pipe = (descriptor: number) => child.stdio[descriptor] as (Writable & Readable) | null | undefined;
  const send = (descriptor: number, data: string | Uint8Array) => pipe(descriptor)?.end(data);
  // A sandbox that dies early closes pipes that are still being written; that is its right.
  for (const stream of child.stdio) stream?.on('error', () => {});

  let hasBegun = false;
  const talk = listenTo(child, pipe(statusDescriptor), pipe(reportDescriptor));
  return {
    pid: child.pid,
    stdin: child.stdin as Writable,
    hasBegun: () => hasBegun,
    begin() {
      hasBegun = true;
      send(seccompDescriptor, platform.seccompFilter);
      const bwrap = bwrapArguments({
        toolchains: platform.toolchains,
        systemFolder: platform.systemFolder,
        seccompDescriptor,
        environment: {
          PATH: '/usr/bin:/bin',
          HOME: sandboxPaths.temporary,
          LANG: 'C.UTF-8',
          ...runtime.environment,
        },
        nodeBinary: runtime.runsOnNode ? platform.nodeBinary : null,
        programFolder: options.programFolder,
        disableUserNamespaces: platform.disableUserNamespaces,
        mountProc: platform.mountProc,
      });
      send(argumentsDescriptor, bwrap.map((argument) => `${argument}\0`).join(''));
    },
    deliver(message, listener) {
      talk.listen(listener);
      send(jobDescriptor, message);
    },
    ready: talk.ready,
    ended: talk.ended,
  };
}

/**
 * Passes on output from the moment that the program runs and somebody listens; what comes before is bwrap's, names
 * host paths, and is for the log. Both arrive on the same descriptors, so output waits for the launcher's mark.
 */
function listenTo(
  child: ChildProcess,
  statusPipe: Readable | null | undefined,
  reportPipe: Readable | null | undefined,
): { listen(listener: JobListener): void; ready: Promise<void>; ended: Promise<SandboxEnd> } {
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
  child.stdout?.on('data', take('stdout'));
  child.stderr?.on('data', take('stderr'));
  statusPipe?.on('data', (chunk: Buffer) => {
    status += chunk.subarray(0, statusMaxBytes - status.length).toString('latin1');
    // Not read on and thrown away, which would keep this process busy for as long as the program likes.
    if (status.length >= statusMaxBytes) statusPipe.destroy();
    passOn();
  });
  let isReady = false;
  reportPipe?.on('data', (chunk: Buffer) => {
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
    ended: new Promise((resolve) => {
      const end = (how: SandboxEnd) => {
        ready.resolve();
        resolve(how);
      };
      child.on('error', (error) => end({ kind: 'failed', reason: error.message }));
      child.on('close', (code, signal) => {
        if (code === null) end({ kind: 'failed', reason: `bwrap was ended by ${signal}` });
        else if (hasStarted(status))
          end({ kind: 'exited', cpuMs: readProgramCpuMs(status), ...readProgramEnd(code, status) });
        else {
          const said = [status, ...held.map(({ chunk }) => chunk.toString())].join('').trim();
          end({ kind: 'failed', reason: said || `bwrap ended with code ${code}` });
        }
      });
    }),
  };
}
