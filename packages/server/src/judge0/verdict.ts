import { constants } from 'node:os';
import type { RunResult } from '@coderoom/protocol';
import type { Judge0State } from './api.ts';

/** Judge0's numbers of what became of a submission. */
const inQueue = 1;
const processing = 2;
const timeLimit = 5;
const compilationError = 6;
const fileSizeSignal = 8;
const runtimeErrors = { first: 7, last: 12 };
const execFormatError = 14;
/** The last two mean that it ran to its end; the second of them, that it did not print what somebody expected, which we never say. */
const accepted = [3, 4];

const kilobyte = 1024;
/** Of a memory limit: who was killed with so much of it in use was killed for it. */
const fullShare = 0.95;

export type Judge0Verdict = Pick<
  RunResult,
  'status' | 'exitCode' | 'signal' | 'phase' | 'cpuMs' | 'wallMs' | 'peakBytes'
>;

/** `waits`: in Judge0's queue; `runs`: taken up; else what it came to. Its own failure, and a number that we do not know, are `internal`. */
export function readState(state: Judge0State, limits: { memoryBytes: number }): 'waits' | 'runs' | Judge0Verdict {
  const { id } = state.status;
  if (id === inQueue) return 'waits';
  if (id === processing) return 'runs';
  const peakBytes = state.memory == null ? null : Math.round(state.memory * kilobyte);
  const use = { cpuMs: millisecondsOf(state.time), wallMs: millisecondsOf(state.wall_time ?? state.time), peakBytes };
  const verdict = (
    status: RunResult['status'],
    rest: Partial<Pick<RunResult, 'exitCode' | 'signal' | 'phase'>> = {},
  ): Judge0Verdict => ({ status, exitCode: null, signal: null, phase: 'run', ...use, ...rest });

  if (accepted.includes(id)) return verdict('ok', { exitCode: state.exit_code ?? 0 });
  if (id === timeLimit) return verdict('timeout', { signal: 'SIGKILL' });
  if (id === compilationError) return verdict('error', { exitCode: 1, phase: 'compile' });
  if (id === fileSizeSignal) return verdict('output', { signal: 'SIGXFSZ' });
  if (id >= runtimeErrors.first && id <= runtimeErrors.last) {
    const signal = signalName(state.exit_signal ?? undefined);
    const isFull = peakBytes !== null && peakBytes >= limits.memoryBytes * fullShare;
    // Its count of memory is what there is; a program may also have been told no, and have ended itself.
    if (signal === 'SIGKILL' && isFull) return verdict('memory', { signal });
    return verdict('error', signal === null ? { exitCode: state.exit_code ?? 1 } : { signal });
  }
  if (id === execFormatError) return verdict('error', { exitCode: 126 });
  return verdict('internal');
}

function millisecondsOf(seconds: number | string | null | undefined): number {
  return Math.round(Number(seconds ?? 0) * 10_000) / 10;
}

function signalName(number: number | undefined): string | null {
  if (number === undefined) return null;
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
}
