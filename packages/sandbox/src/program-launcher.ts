import { limits } from '@coderoom/protocol';

/** Limits that a process carries itself (getrlimit(2)); they add to control groups, or stand in for them. */
export interface ProcessLimits {
  cpuSeconds?: number;
  addressSpaceBytes?: number;
  dataBytes?: number;
  processes?: number;
}

/** A limit as setrlimit(2) has it. */
export interface ResourceLimit {
  name: 'core' | 'nofile' | 'fsize' | 'cpu' | 'as' | 'data' | 'nproc';
  soft: number;
  hard: number;
}

/** All limits of a program, those that every one has among them. */
export function resourceLimits(own: ProcessLimits): ResourceLimit[] {
  const both = (name: ResourceLimit['name'], value: number | undefined) =>
    value === undefined ? [] : [{ name, soft: value, hard: value }];
  return [
    ...both('core', 0),
    ...both('nofile', limits.runOpenFilesMax),
    ...both('fsize', limits.runStorageMaxBytes),
    // A soft limit ends the program with SIGXCPU, which tells it from a SIGKILL of its own.
    ...(own.cpuSeconds === undefined ? [] : [{ name: 'cpu' as const, soft: own.cpuSeconds, hard: own.cpuSeconds + 1 }]),
    ...both('as', own.addressSpaceBytes),
    ...both('data', own.dataBytes),
    ...both('nproc', own.processes),
  ];
}

/** Far more than a launcher says. A shell's memory is open to the program, which runs as the same user, so it can be made to say anything. */
export const statusMaxBytes = 4_096;

/** How a program ended, as far as exit code and launcher tell. */
export type ProgramEnd = { exitCode: number; signal: null } | { exitCode: null; signal: number };

/** Whether the launcher came as far as starting the program. */
export function hasStarted(status: string): boolean {
  return status.includes('started\n');
}

/**
 * How the program ended: "exited <code>" and "killed <signal>" are the cell's words, "ended <code>" a shell's, which
 * means an exit code of the program's own or 128 + a signal. `sandboxCode` counts when the launcher could not say how
 * the program ended, because the program ended the launcher (a shell, by `kill -9 -1`).
 */
export function readProgramEnd(sandboxCode: number, status: string): ProgramEnd {
  const [, remark = '', how, number] = /started\n([\s\S]*?)(?:(exited|killed|ended) (\d+)\n|$)/.exec(status) ?? [];
  if (how === undefined) return { exitCode: sandboxCode, signal: null };
  const told = Number(number);
  if (how === 'exited') return { exitCode: told, signal: null };
  if (how === 'killed') return { exitCode: null, signal: told };
  const signal = told - 128;
  // Shells say "Killed" and the like before it, but keep silent about SIGINT and SIGPIPE.
  const silent = signal === 2 || signal === 13;
  return signal > 0 && signal <= 64 && (remark.trim() !== '' || silent)
    ? { exitCode: null, signal }
    : { exitCode: told, signal: null };
}

/** Processor time of the program and of its children that it waited for, as the launcher told it; 0 when it could not. */
export function readProgramCpuMs(status: string): number {
  const [, ...parts] = /\n(\d{1,6})m(\d{1,2}\.\d+)s (\d{1,6})m(\d{1,2}\.\d+)s\n$/.exec(status) ?? [];
  const [userMinutes = 0, userSeconds = 0, systemMinutes = 0, systemSeconds = 0] = parts.map(Number);
  return ((userMinutes + systemMinutes) * 60 + userSeconds + systemSeconds) * 1_000;
}
