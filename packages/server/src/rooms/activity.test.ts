import { limits } from '@coderoom/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Activity, createActivity } from './activity.ts';

const start = Date.UTC(2026, 10, 1);
let activity: Activity;
let stored: string[][];
let occupied: string[];
let fails: boolean;

beforeEach(() => {
  vi.useFakeTimers({ now: start });
  stored = [];
  occupied = [];
  fails = false;
  activity = createActivity({
    async touch(ids) {
      if (fails) throw new Error('the database is gone');
      stored.push(ids);
    },
    occupied: () => occupied,
    now: Date.now,
    onError: () => {},
  });
});
afterEach(async () => {
  await activity.close();
  vi.useRealTimers();
});

it('ROOM-20 that a room is used is stored soon, and at most once a minute', async () => {
  activity.note('a');
  activity.note('b');
  await vi.advanceTimersByTimeAsync(limits.activityFlushMs);
  expect(stored).toEqual([['a', 'b']]);
  activity.note('a');
  await vi.advanceTimersByTimeAsync(limits.activityStoreMs / 2);
  expect(stored).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(limits.activityStoreMs);
  expect(stored.slice(1)).toEqual([['a']]);
});

it('ROOM-20 a room in which somebody is goes on being used', async () => {
  occupied = ['a'];
  await vi.advanceTimersByTimeAsync(5 * limits.activityStoreMs);
  expect(stored.length).toBeGreaterThanOrEqual(4);
});

it('ROOM-20 what could not be stored is stored later', async () => {
  fails = true;
  activity.note('a');
  await vi.advanceTimersByTimeAsync(3 * limits.activityFlushMs);
  fails = false;
  await vi.advanceTimersByTimeAsync(limits.activityFlushMs);
  expect(stored).toEqual([['a']]);
});

it('ROOM-20 who comes is stored before they are in, unless it was a moment ago', async () => {
  await activity.noteNow({ id: 'a', lastActiveAt: start - limits.activityStoreMs - 1 });
  await activity.noteNow({ id: 'b', lastActiveAt: start - 1 });
  expect(stored).toEqual([['a']]);
});
