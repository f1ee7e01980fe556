import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createQueueWatch } from './queue-watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('RUN-14 tells a place once it has changed, at most so often, and looks no more when nobody waits', () => {
  const watch = createQueueWatch(500);
  const places = { first: 3, second: 4 };
  const heard: string[] = [];
  for (const name of ['first', 'second'] as const) {
    watch.add({
      position: () => places[name],
      told: places[name],
      tell: (place) => heard.push(`${name}: ${place}`),
    });
  }
  vi.advanceTimersByTime(2_000);
  expect(heard).toEqual([]);

  for (const place of [2, 1]) places.first = place;
  places.second = 2;
  vi.advanceTimersByTime(499);
  places.first = 1;
  vi.advanceTimersByTime(1_001);
  expect(heard).toEqual(['first: 1', 'second: 2']);

  places.first = 0;
  places.second = 1;
  vi.advanceTimersByTime(500);
  places.second = 0;
  vi.advanceTimersByTime(500);
  expect(heard).toEqual(['first: 1', 'second: 2', 'second: 1']);
  expect(vi.getTimerCount()).toBe(0);

  watch.add({ position: () => 0, told: 0, tell: () => heard.push('never') });
  expect(vi.getTimerCount()).toBe(0);
  places.first = 2;
  watch.add({ position: () => places.first, told: 2, tell: (place) => heard.push(`again: ${place}`) });
  places.first = 1;
  vi.advanceTimersByTime(500);
  expect(heard.at(-1)).toBe('again: 1');
});
