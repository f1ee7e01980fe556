import { expect, it } from 'vitest';
import { roomRow } from '../../test/storage-fixtures.ts';
import { unusedSince, viewRoom } from './room-view.ts';

const dayMs = 24 * 60 * 60_000;
const secret = { code: 'real-code', passwordHash: '$argon2id$secret' };

it('ROOM-12 nobody is told a password, or what it is kept as', () => {
  for (const role of ['owner', 'editor', 'viewer'] as const) {
    const room = viewRoom(roomRow(secret), role, dayMs);
    expect(room.hasPassword).toBe(true);
    expect(JSON.stringify(room)).not.toContain('argon2');
  }
});

it('ROOM-18 viewers of a room with a view-only link are told that one, and after its end none', () => {
  const shared = roomRow({ ...secret, viewCode: 'view-code', isIdKnown: true });
  expect(viewRoom(shared, 'viewer', 0)).toMatchObject({ code: 'view-code', viewCode: null });
  expect(viewRoom(shared, 'editor', 0)).toMatchObject({ code: 'real-code', viewCode: 'view-code' });
  const ended = roomRow({ ...secret, isIdKnown: true });
  expect(viewRoom(ended, 'viewer', 0).code).toBe(ended.id);
  expect(viewRoom(roomRow(secret), 'viewer', 0).code).toBe('real-code');
});

it('ROOM-20 a room is not deleted before the time that is told', () => {
  const keepMs = 30 * dayMs;
  const used = Date.UTC(2026, 10, 1, 13, 7);
  const room = roomRow({ lastActiveAt: used });
  const expiresAt = Date.parse(viewRoom(room, 'owner', keepMs).expiresAt ?? '');
  expect(new Date(expiresAt).toISOString()).toBe('2026-12-02T00:00:00.000Z');
  expect(used < unusedSince(expiresAt - 1, keepMs)).toBe(false);
  expect(used < unusedSince(expiresAt, keepMs)).toBe(true);
  expect(viewRoom(room, 'owner', 0).expiresAt).toBeNull();
  expect(viewRoom({ ...room, guestsOnly: false }, 'owner', keepMs).expiresAt).toBeNull();
});
