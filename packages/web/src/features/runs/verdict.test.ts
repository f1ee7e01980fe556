import type { RunResult } from '@coderoom/protocol';
import { expect, it } from 'vitest';
import { formatBytes, formatDuration, verdictOf } from './verdict.ts';

const result: RunResult = {
  id: 'r',
  language: 'python',
  status: 'ok',
  exitCode: 0,
  signal: null,
  stdout: '',
  stderr: '',
  compileOutput: '',
  truncated: false,
  cpuMs: 1,
  wallMs: 1,
  peakBytes: null,
  phase: 'run',
};

it.each([
  [{}, 'Exited with code 0'],
  [{ status: 'error', exitCode: 3 }, 'Exited with code 3'],
  [{ status: 'error', exitCode: null, signal: 'SIGSEGV' }, 'Ended by SIGSEGV'],
  [{ status: 'error', exitCode: 1, phase: 'compile' }, 'Did not compile'],
  [{ status: 'timeout', exitCode: null }, 'Stopped at the time limit'],
  [{ status: 'memory', exitCode: null }, 'Stopped at the memory limit'],
  [{ status: 'output', exitCode: null }, 'Stopped at the output limit'],
  [{ status: 'cancelled', exitCode: null }, 'Stopped'],
  [{ status: 'internal', exitCode: null }, 'The server could not finish this run'],
] as [Partial<RunResult>, string][])('%o reads “%s”', (change, text) => {
  expect(verdictOf({ ...result, ...change }).text).toBe(text);
});

it('writes times and sizes as people read them', () => {
  expect([0.2, 34.4, 1_250, 12_000].map(formatDuration)).toEqual(['<1 ms', '34 ms', '1.25 s', '12.0 s']);
  expect([500_000, 4_823_449, 268_435_456].map(formatBytes)).toEqual(['488 KB', '4.6 MB', '256 MB']);
});
