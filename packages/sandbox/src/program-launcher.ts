import { limits } from '@coderoom/protocol';

/** Limits that a process carries itself (getrlimit(2)); they add to control groups, or stand in for them. */
export interface ProcessLimits {
  cpuSeconds?: number;
  addressSpaceBytes?: number;
  dataBytes?: number;
  processes?: number;
}

/** The descriptor on which the launcher speaks to the runner. */
export const statusDescriptor = 4;

/** What the launcher says when everything is set up and the program comes next. */
const startedMark = 'started\n';

/**
 * The command that bwrap runs: an init that reaps orphans, and below it a shell that sets the limits and starts the
 * program. The shell is there for one more reason: an exit code of 137 may be the program's own or a SIGKILL, and
 * tells not which. A shell says "Killed" on its stderr in the second case, which here leads to the runner alone.
 */
export function launcherCommand(tini: string, own: ProcessLimits, program: readonly string[]): string[] {
  const script = [
    'ulimit -c 0',
    `ulimit -n ${limits.runOpenFilesMax}`,
    `ulimit -f ${Math.ceil(limits.runStorageMaxBytes / 512)}`,
    // A soft limit ends the program with SIGXCPU, which tells it from a SIGKILL of its own.
    ...(own.cpuSeconds === undefined ? [] : [`ulimit -Ht ${own.cpuSeconds + 1}`, `ulimit -St ${own.cpuSeconds}`]),
    ...(own.addressSpaceBytes === undefined ? [] : [`ulimit -v ${Math.ceil(own.addressSpaceBytes / 1024)}`]),
    ...(own.dataBytes === undefined ? [] : [`ulimit -d ${Math.ceil(own.dataBytes / 1024)}`]),
    // bash names the limit on processes -u, dash -p.
    ...(own.processes === undefined ? [] : [`ulimit -u ${own.processes} 2>/dev/null || ulimit -p ${own.processes}`]),
    `exec 3>&2 2>&${statusDescriptor}`,
    'echo started >&2',
    // A subshell, because a redirection of the command alone would also lead away what the shell says of it.
    `(exec 2>&3 3>&- ${statusDescriptor}>&-; exec "$@")`,
    'exit $?',
  ].join('; ');
  return [tini, '--', '/bin/sh', '-c', script, 'sh', ...program];
}

/** How a program ended, as far as exit code and launcher tell. */
export type ProgramEnd = { exitCode: number; signal: null } | { exitCode: null; signal: number };

/** Whether the launcher came as far as starting the program. */
export function hasStarted(status: string): boolean {
  return status.includes(startedMark);
}

/** Tells an exit code of the program's own from 128 + the signal that ended it. */
export function readProgramEnd(code: number, status: string): ProgramEnd {
  const remark = status.slice(status.indexOf(startedMark) + startedMark.length).trim();
  const signal = code - 128;
  // Shells keep silent about these two.
  const silent = signal === 2 || signal === 13;
  return signal > 0 && signal <= 64 && (remark !== '' || silent)
    ? { exitCode: null, signal }
    : { exitCode: code, signal: null };
}
