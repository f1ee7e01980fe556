import { limits } from '@coderoom/protocol';
import { expect, it } from 'vitest';
import { roomRow } from '../../test/storage-fixtures.ts';
import { createRetention } from './retention.ts';
import type { RoomRow } from './store.ts';

const dayMs = 24 * 60 * 60_000;
const now = Date.UTC(2026, 10, 21, 15);

function open(rooms: RoomRow[], { keepMs = 30 * dayMs, isUsed = false } = {}) {
  const batches: number[] = [];
  const retention = createRetention({
    store: {
      async listUnused(since, limit) {
        const batch = rooms.filter(({ lastActiveAt }) => lastActiveAt < since).slice(0, limit);
        batches.push(batch.length);
        return batch;
      },
    },
    async removeUnused(room) {
      if (isUsed) return false;
      rooms.splice(rooms.indexOf(room), 1);
      return true;
    },
    keepMs,
    now: () => now,
  });
  return { retention, batches };
}

it('ROOM-20 unused rooms are deleted a few at a time', async () => {
  const old = Array.from({ length: 2 * limits.retentionBatch + 5 }, () => roomRow({ lastActiveAt: now - 32 * dayMs }));
  const rooms = [...old, roomRow({ lastActiveAt: now - 29 * dayMs })];
  const { retention, batches } = open(rooms);
  expect(await retention.sweep()).toBe(old.length);
  expect(rooms).toHaveLength(1);
  expect(batches).toEqual([limits.retentionBatch, limits.retentionBatch, 5]);
});

it('ROOM-20 rooms that somebody has come back to do not hold the sweep up', async () => {
  const rooms = Array.from({ length: limits.retentionBatch }, () => roomRow({ lastActiveAt: 1 }));
  expect(await open(rooms, { isUsed: true }).retention.sweep()).toBe(0);
});

it('ROOM-20 kept for ever, nothing is even looked for', async () => {
  const { retention, batches } = open([roomRow({ lastActiveAt: 1 })], { keepMs: 0 });
  expect(await retention.sweep()).toBe(0);
  expect(batches).toEqual([]);
});
