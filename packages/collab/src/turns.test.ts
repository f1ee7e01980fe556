import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTurns } from './turns.ts';

const windowMaxMs = 16;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setImmediate', 'setTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Schedules turns that take so long, one after the other; gives how long each had to wait for its turn. */
function waits(turnsMs: readonly number[]): number[] {
  const turns = createTurns(windowMaxMs);
  return turnsMs.map((tookMs) => {
    const scheduledAt = performance.now();
    let startedAt = Number.NaN;
    turns.schedule({
      isScheduled: false,
      takeTurn() {
        startedAt = performance.now();
        vi.advanceTimersByTime(tookMs);
      },
    });
    vi.runAllTimers();
    return startedAt - scheduledAt;
  });
}

it('SYNC-80 tells at once what comes while there is little to tell', () => {
  expect(waits([0.1, 0.1, 0.1])).toEqual([0, 0, 0]);
});

it('SYNC-80 lets more gather when telling takes long, and only then: one long turn may have been interrupted', () => {
  const [, afterOne, afterTwo, afterThree, atLast] = waits([5, 5, 5, 0.1, 0.1]) as [number, ...number[]];
  expect(afterOne).toBe(0);
  expect(afterTwo).toBeGreaterThanOrEqual(14);
  expect(afterThree).toBeGreaterThanOrEqual(14);
  expect(atLast).toBe(0);
  expect(waits([5, 0.1, 5, 0.1, 5, 0.1])).toEqual([0, 0, 0, 0, 0, 0]);
});
