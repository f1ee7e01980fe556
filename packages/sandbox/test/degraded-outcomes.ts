import type { RunResult } from '@coderoom/protocol';
import { expect } from 'vitest';
import type { HostileCase } from './attempts.ts';
import { hostilePrograms, needsGroups } from './hostile-programs.ts';

/** What comes, without control groups, of programs that are held by them elsewhere: by name and language. */
const outcomes: Record<string, Partial<RunResult>> = {
  'an endless loop (python)': { status: 'timeout', stdout: 'before\n' },
  'an endless loop (javascript)': { status: 'timeout', stdout: 'before\n' },
  'many busy processes, whose time counts together (python)': { status: 'timeout' },
  // Each process has its limit, which it meets as a failure of its own.
  'a memory hog (python)': { status: 'error', exitCode: 1, stderr: expect.stringContaining('MemoryError') },
  'a memory hog (javascript)': { status: 'error', signal: 'SIGABRT' },
  'a hog in a child, whose parent carries on as if nothing was (python)': {
    status: 'ok',
    stderr: expect.stringContaining('MemoryError'),
  },
  // Each place has a size, and the program goes on when all are full.
  'files in memory (python)': { status: 'ok' },
  // What cannot be attached is written to all the same.
  'System V shared memory (python)': { status: 'error', signal: 'SIGSEGV' },
};

/** What only control groups bound, as docs/hostile-programs.md says: not tried without, on a machine of others. */
const unbounded = [
  // Bounded by the image's own program, too, which has its test.
  'a million empty files (python)',
  'data kept in TCP connections to itself, which on version 1 of control groups is memory of another kind (python)',
];

/** The programs that control groups hold elsewhere, with what must come of them where there are none. */
export const degradedPrograms: readonly HostileCase[] = hostilePrograms
  .filter(({ rule }) => needsGroups.includes(rule))
  .flatMap((row) => {
    const key = `${row.name} (${row.language ?? 'python'})`;
    if (unbounded.includes(key)) return [];
    const outcome = outcomes[key];
    if (outcome === undefined) throw new Error(`${key}: nothing is said of it without control groups`);
    const { check: _, ...rest } = row;
    return [{ ...rest, expect: outcome }];
  });
