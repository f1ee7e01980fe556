import { expect, it } from 'vitest';
import { hasStarted, readProgramCpuMs, readProgramEnd } from './program-launcher.ts';
import { judge } from './verdict.ts';

const exited = (exitCode: number) => ({ kind: 'exited', cpuMs: 0, exitCode, signal: null }) as const;
const signalled = (signal: number) => ({ kind: 'exited', cpuMs: 0, exitCode: null, signal }) as const;
const failed = { kind: 'failed', reason: 'bwrap: no' } as const;
const calm = { stopReason: null, memoryKills: 0, cpuLimitBySignal: false } as const;

it('EXEC-23 calls 0 fine and everything else an error', () => {
  expect(judge({ ...calm, end: exited(0) })).toEqual({ status: 'ok', exitCode: 0, signal: null });
  expect(judge({ ...calm, end: exited(137) })).toEqual({ status: 'error', exitCode: 137, signal: null });
  expect(judge({ ...calm, end: signalled(11) })).toEqual({ status: 'error', exitCode: null, signal: 'SIGSEGV' });
});

it('EXEC-23 says "memory" when the kernel counted it, whatever the program made of it', () => {
  expect(judge({ ...calm, memoryKills: 1, end: exited(0) }).status).toBe('memory');
  expect(judge({ ...calm, memoryKills: 1, end: failed }).status).toBe('memory');
  expect(judge({ ...calm, end: signalled(9) }).status).toBe('error');
});

it('EXEC-23 puts being cancelled before a limit, and a limit before the exit code', () => {
  expect(judge({ ...calm, stopReason: 'cancelled', memoryKills: 1, end: exited(0) }).status).toBe('cancelled');
  expect(judge({ ...calm, stopReason: 'timeout', memoryKills: 1, end: exited(0) }).status).toBe('timeout');
  expect(judge({ ...calm, stopReason: 'output', end: exited(0) }).status).toBe('output');
});

it('EXEC-23 takes SIGXCPU for a limit only where it is one', () => {
  expect(judge({ ...calm, cpuLimitBySignal: true, end: signalled(24) }).status).toBe('timeout');
  expect(judge({ ...calm, end: signalled(24) })).toMatchObject({ status: 'error', signal: 'SIGXCPU' });
});

it('EXEC-24 owns up to its own failures', () => {
  expect(judge({ ...calm, end: failed })).toEqual({ status: 'internal', exitCode: null, signal: null });
});

it('EXEC-23 tells an exit code of 137 from a SIGKILL', () => {
  expect(readProgramEnd(137, 'started\nended 137\n')).toEqual({ exitCode: 137, signal: null });
  expect(readProgramEnd(137, 'started\nKilled\nended 137\n')).toEqual({ exitCode: null, signal: 9 });
  expect(readProgramEnd(137, 'started\nSegmentation fault\nended 139\n')).toEqual({ exitCode: null, signal: 11 });
  expect(readProgramEnd(137, 'started\nended 130\n')).toEqual({ exitCode: null, signal: 2 });
  expect(readProgramEnd(137, 'started\nended 0\n')).toEqual({ exitCode: 0, signal: null });
  expect(readProgramEnd(137, 'started\nKilled\n')).toEqual({ exitCode: 137, signal: null });
  expect(readProgramEnd(137, 'started\nended 255\n')).toEqual({ exitCode: 255, signal: null });
});

it('EXEC-19 reads the processor time that a shell tells, of dash and of bash', () => {
  const times = (own: string, children: string) => `started\nended 0\n${own}\n${children}\n`;
  expect(readProgramCpuMs(times('0m0.000000s 0m0.000000s', '0m0.020000s 0m0.010000s'))).toBeCloseTo(30);
  expect(readProgramCpuMs(times('0m9.000s 0m9.000s', '1m0.500s 0m0.000s'))).toBeCloseTo(60_500);
  expect(readProgramCpuMs('started\n')).toBe(0);
  // A program can write into its launcher's memory: what is no time is not taken for one.
  expect(readProgramCpuMs(times('0m0.0s 0m0.0s', '0m1.2.3s 0m0.0s'))).toBe(0);
  expect(readProgramCpuMs(times('0m0.0s 0m0.0s', `${'9'.repeat(400)}m0.0s 0m0.0s`))).toBe(0);
  expect(readProgramEnd(137, times('0m0.00s 0m0.00s', '0m0.02s 0m0.01s'))).toEqual({ exitCode: 0, signal: null });
});

it('EXEC-24 knows a program that never started', () => {
  expect(hasStarted('')).toBe(false);
  expect(hasStarted('bwrap: Can’t')).toBe(false);
  expect(hasStarted('started\n')).toBe(true);
});
