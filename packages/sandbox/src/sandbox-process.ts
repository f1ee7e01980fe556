import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { RunStream, SourceFile } from '@coderoom/protocol';
import { bwrapArguments } from './bwrap-arguments.ts';
import { interpreterOf, type LanguageDefinition, sandboxPaths } from './languages.ts';
import type { Platform } from './platform.ts';
import {
  hasStarted,
  launcherCommand,
  type ProcessLimits,
  type ProgramEnd,
  readProgramCpuMs,
  readProgramEnd,
  statusDescriptor,
  statusMaxBytes,
} from './program-launcher.ts';

/**
 * How the processes of a sandbox ended; `failed`: the program never ran, or bwrap itself was killed. `cpuMs` is what
 * the program took as far as its launcher knows, for want of control groups.
 */
export type SandboxEnd = ({ kind: 'exited'; cpuMs: number } & ProgramEnd) | { kind: 'failed'; reason: string };

/** One bwrap with all that runs in it. It knows nothing of limits in time, groups or verdicts. */
export interface SandboxProcess {
  /** Of the outermost process, on the host; undefined when not even that could be started. */
  pid: number | undefined;
  stdin: Writable;
  /** Until this is called the sandbox waits, so that it can be put under limits first. */
  begin(): void;
  hasBegun(): boolean;
  /** When all its processes are gone and all their output is read. Never rejects. */
  ended: Promise<SandboxEnd>;
}

const argumentsDescriptor = 3;
const seccompDescriptor = 5;
const firstFileDescriptor = 6;

/** Files that programs expect of a system; nothing of the host's own. */
const systemFiles: readonly SourceFile[] = [
  { path: '/etc/passwd', text: 'root:x:0:0::/root:/usr/sbin/nologin\ncoder:x:1000:1000:Coder:/tmp:/bin/sh\n' },
  { path: '/etc/group', text: 'root:x:0:\ncoder:x:1000:\n' },
  { path: '/etc/hosts', text: '127.0.0.1 localhost sandbox\n::1 localhost\n' },
];

/** Starts bwrap as the slot's own user. As real root it would be an escape, not a sandbox, so that is refused. */
export function startSandboxProcess(options: {
  platform: Platform;
  slot: number;
  language: LanguageDefinition;
  files: readonly SourceFile[];
  /** The entry file and what follows it. */
  programArguments: readonly string[];
  memoryBytes: number;
  processLimits: ProcessLimits;
  onOutput(stream: RunStream, chunk: Buffer): void;
}): SandboxProcess {
  const { platform, slot, language, onOutput } = options;
  const uid = platform.slotUsers === null ? process.getuid?.() : platform.slotUsers.first + slot;
  if (uid === undefined || uid === 0) throw new Error('a sandbox is never started as root');

  const files = [
    ...systemFiles,
    ...language.supportFiles,
    ...options.files.map(({ path, text }) => ({ path: `${sandboxPaths.box}/${path}`, text })),
  ].map((file, index) => ({ ...file, descriptor: firstFileDescriptor + index }));
  const stdio: ('pipe' | 'ignore' | number)[] = Array.from(
    { length: firstFileDescriptor + files.length },
    () => 'pipe' as const,
  );
  const strayDescriptors = platform.inheritedFiles.filter((fd) => fd >= stdio.length);
  for (const fd of strayDescriptors) {
    while (stdio.length < fd) stdio.push('ignore');
    stdio.push(platform.nullFile);
  }

  const program = [
    interpreterOf(language),
    ...language.flags({ memoryBytes: options.memoryBytes }),
    ...options.programArguments,
  ];
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
  return {
    pid: child.pid,
    stdin: child.stdin as Writable,
    hasBegun: () => hasBegun,
    begin() {
      hasBegun = true;
      for (const { descriptor, text } of files) send(descriptor, text);
      send(seccompDescriptor, platform.seccompFilter);
      const bwrap = bwrapArguments({
        files,
        seccompDescriptor,
        environment: {
          PATH: '/usr/bin:/bin',
          HOME: sandboxPaths.temporary,
          LANG: 'C.UTF-8',
          ...language.environment,
        },
        nodeBinary: language.toolchain.from === 'node' ? platform.nodeBinary : null,
        disableUserNamespaces: platform.disableUserNamespaces,
      });
      send(argumentsDescriptor, bwrap.map((argument) => `${argument}\0`).join(''));
    },
    ended: waitForEnd(child, pipe(statusDescriptor), onOutput),
  };
}

/**
 * Passes on output from the moment that the program runs; what comes before is bwrap's, names host paths, and is for
 * the log. Both arrive on the same descriptors, so output waits until the launcher's mark was seen.
 */
function waitForEnd(
  child: ChildProcess,
  statusPipe: Readable | null | undefined,
  onOutput: (stream: RunStream, chunk: Buffer) => void,
): Promise<SandboxEnd> {
  let status = '';
  let held: { stream: RunStream; chunk: Buffer }[] = [];
  const take = (stream: RunStream) => (chunk: Buffer) => {
    if (hasStarted(status)) onOutput(stream, chunk);
    else held.push({ stream, chunk });
  };
  child.stdout?.on('data', take('stdout'));
  child.stderr?.on('data', take('stderr'));
  statusPipe?.on('data', (chunk: Buffer) => {
    status += chunk.subarray(0, statusMaxBytes - status.length).toString('latin1');
    // Not read on and thrown away, which would keep this process busy for as long as the program likes.
    if (status.length >= statusMaxBytes) statusPipe.destroy();
    if (!hasStarted(status)) return;
    for (const { stream, chunk } of held) onOutput(stream, chunk);
    held = [];
  });

  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ kind: 'failed', reason: error.message }));
    child.on('close', (code, signal) => {
      if (code === null) resolve({ kind: 'failed', reason: `bwrap was ended by ${signal}` });
      else if (hasStarted(status))
        resolve({ kind: 'exited', cpuMs: readProgramCpuMs(status), ...readProgramEnd(code, status) });
      else {
        const said = [status, ...held.map(({ chunk }) => chunk.toString())].join('').trim();
        resolve({ kind: 'failed', reason: said || `bwrap ended with code ${code}` });
      }
    });
  });
}
