import { constants } from 'node:os';
import type { RunResult, RunStatus } from '@coderoom/protocol';
import type { SandboxEnd } from './sandbox-process.ts';

/** Why the runner ended a run; null: it ended by itself. */
export type StopReason = Extract<RunStatus, 'cancelled' | 'timeout' | 'memory' | 'output'> | null;

export type Verdict = Pick<RunResult, 'status' | 'exitCode' | 'signal'>;

/**
 * What became of a program: being cancelled outranks a limit, a limit outranks the exit code. That memory ran out is
 * told by the kernel's count alone, since a program may well exit with 137 by itself. As in Node, a program that a
 * signal ended has no exit code.
 */
export function judge(facts: {
  stopReason: StopReason;
  end: SandboxEnd;
  memoryKills: number;
  /** Whether SIGXCPU is how a processor limit shows itself here. */
  cpuLimitBySignal: boolean;
}): Verdict {
  const { stopReason, end, memoryKills, cpuLimitBySignal } = facts;
  if (stopReason !== null) return { status: stopReason, exitCode: null, signal: 'SIGKILL' };
  if (memoryKills > 0) {
    return end.kind === 'failed'
      ? { status: 'memory', exitCode: null, signal: 'SIGKILL' }
      : { status: 'memory', exitCode: end.exitCode, signal: signalName(end.signal) };
  }
  if (end.kind === 'failed') return { status: 'internal', exitCode: null, signal: null };
  const signal = signalName(end.signal);
  if (cpuLimitBySignal && signal === 'SIGXCPU') return { status: 'timeout', exitCode: null, signal };
  return { status: end.exitCode === 0 ? 'ok' : 'error', exitCode: end.exitCode, signal };
}

function signalName(number: number | null): string | null {
  if (number === null) return null;
  const known = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return known ?? `SIGRT${number - 34 === 0 ? 'MIN' : `MIN+${number - 34}`}`;
}
