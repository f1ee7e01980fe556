import { limits } from '@coderoom/protocol';

/** Limits that a process carries itself (getrlimit(2)); they add to control groups, or stand in for them. */
export interface ProcessLimits {
  cpuSeconds?: number;
  addressSpaceBytes?: number;
  dataBytes?: number;
  processes?: number;
}

/**
 * The descriptor on which the launcher speaks to the runner: "started", what the shell has to say, "ended <code>", and
 * two lines of processor time, the shell's own and its children's.
 */
export const statusDescriptor = 4;
/** On which the job comes, and on which agents speak of what they do before it; both are closed before it begins. */
export const jobDescriptor = 6;
export const reportDescriptor = 7;

/** Far more than a launcher says. Its memory is open to the program, which runs as the same user, so it can be made to say anything. */
export const statusMaxBytes = 4_096;

/**
 * The command that bwrap runs: an init that reaps orphans, and below it a shell that sets the limits and starts the
 * program. The shell is there for two more reasons. An exit code of 137 may be the program's own or a SIGKILL, and
 * tells not which: in the second case a shell says "Killed" on its stderr, which here leads to the runner alone. And
 * Node gives its children sockets for pipes, which programs cannot open again as /dev/stdin: a `cat` makes a pipe of
 * it. That cat may wait for input for ever, so the end is made by ending the first shell, and with it the sandbox.
 */
export function launcherCommand(tini: string, own: ProcessLimits, program: readonly string[]): string[] {
  const aside = `3>&- ${statusDescriptor}>&-`;
  const others = `${jobDescriptor}<&- ${reportDescriptor}>&-`;
  const script = [
    'ulimit -c 0',
    `ulimit -n ${limits.runOpenFilesMax}`,
    `ulimit -f ${Math.ceil(limits.runStorageMaxBytes / 512)}`,
    // A soft limit ends the program with SIGXCPU, which tells it from a SIGKILL of its own.
    ...(own.cpuSeconds === undefined ? [] : [`ulimit -St ${own.cpuSeconds}`, `ulimit -Ht ${own.cpuSeconds + 1}`]),
    ...(own.addressSpaceBytes === undefined ? [] : [`ulimit -v ${Math.ceil(own.addressSpaceBytes / 1024)}`]),
    ...(own.dataBytes === undefined ? [] : [`ulimit -d ${Math.ceil(own.dataBytes / 1024)}`]),
    // bash names the limit on processes -u, dash -p.
    ...(own.processes === undefined ? [] : [`ulimit -u ${own.processes} 2>/dev/null || ulimit -p ${own.processes}`]),
    `exec 3>&2 2>&${statusDescriptor}`,
    'echo started >&2',
    // An inner subshell, because a redirection of the command alone would also lead away what the shell says of it.
    `cat ${aside} ${others} | { (exec 2>&3 ${aside}; exec "$@"); echo "ended $?" >&2; times >&2; kill -KILL $$; }`,
  ].join('; ');
  return [tini, '--', '/bin/sh', '-c', script, 'sh', ...program];
}

/** How a program ended, as far as exit code and launcher tell. */
export type ProgramEnd = { exitCode: number; signal: null } | { exitCode: null; signal: number };

/** Whether the launcher came as far as starting the program. */
export function hasStarted(status: string): boolean {
  return status.includes('started\n');
}

/**
 * Tells an exit code of the program's own from 128 + the signal that ended it. `sandboxCode` counts when the launcher
 * could not say how the program ended, because the program ended the launcher (`kill -9 -1`).
 */
export function readProgramEnd(sandboxCode: number, status: string): ProgramEnd {
  const [, remark = '', told] = /started\n([\s\S]*?)(?:ended (\d+)\n|$)/.exec(status) ?? [];
  if (told === undefined) return { exitCode: sandboxCode, signal: null };
  const signal = Number(told) - 128;
  // Shells keep silent about SIGINT and SIGPIPE.
  const silent = signal === 2 || signal === 13;
  return signal > 0 && signal <= 64 && (remark.trim() !== '' || silent)
    ? { exitCode: null, signal }
    : { exitCode: Number(told), signal: null };
}

/** Processor time of the program and of its children that it waited for, as the launcher told it; 0 when it could not. */
export function readProgramCpuMs(status: string): number {
  const [, ...parts] = /\n(\d{1,6})m(\d{1,2}\.\d+)s (\d{1,6})m(\d{1,2}\.\d+)s\n$/.exec(status) ?? [];
  const [userMinutes = 0, userSeconds = 0, systemMinutes = 0, systemSeconds = 0] = parts.map(Number);
  return ((userMinutes + systemMinutes) * 60 + userSeconds + systemSeconds) * 1_000;
}
