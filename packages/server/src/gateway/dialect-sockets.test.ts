import { EventEmitter } from 'node:events';
import { limits } from '@coderoom/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { memberRow, roomRow } from '../../test/storage-fixtures.ts';
import { createDialectSockets, type DialectSocket } from './dialect-sockets.ts';
import { createPresence } from './presence.ts';
import { createRoomEvents } from './room-events.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A client that is connected, and what the server does with it. */
function start() {
  const room = roomRow();
  const member = memberRow(room.id, { role: 'editor' });
  const presence = createPresence({ onOffline: () => {} });
  const events = createRoomEvents();
  const sockets = createDialectSockets({
    server: { addressOf: () => '10.0.0.1', hear: () => {} } as never,
    access: { again: async (caller) => caller },
    rateLimits: { count: async () => {}, forgive: async () => {} },
    events,
    presence,
    describeMember: ({ id }) => ({ id }) as never,
    dialects: [],
    logger: console,
    now: Date.now,
  });
  const conn = Object.assign(new EventEmitter(), {
    writeBuffer: [],
    sendPacket: (type: string) => conn.emit('packetCreate', { type }),
    close: () => socket.disconnect(),
  });
  const socket = Object.assign(new EventEmitter(), {
    conn,
    connected: true,
    disconnect() {
      if (!socket.connected) return;
      socket.connected = false;
      socket.emit('disconnect', 'transport close');
    },
  });
  let open: DialectSocket | undefined;
  sockets.welcome(socket as never, {
    accountId: 'account',
    sessionId: 'session',
    expiresAt: Date.now() + 60_000,
    connected: (is) => {
      open = is;
    },
  });
  if (open === undefined) throw new Error('nobody was connected');
  return { socket, client: open, caller: { room, member }, presence, room, member };
}

it('DIA-97 who has gone while coming into a room is not in it', async () => {
  const { socket, client, caller, presence, room, member } = start();
  socket.disconnect();
  await expect(client.enter(caller, () => {})).rejects.toMatchObject({ code: 'membership_ended' });
  await vi.advanceTimersByTimeAsync(limits.presenceGraceMs);
  expect(presence.isOnline(room.id, member.id)).toBe(false);
  presence.close();
});

it('DIA-98 who does not say what they have dealt with is dropped, instead of all of it being kept', () => {
  const { socket, client, presence } = start();
  for (let asked = 0; asked < limits.dialectReceiptsWaitingMax; asked++) client.askReceipt(() => {});
  expect(socket.connected).toBe(true);
  client.askReceipt(() => {});
  expect(socket.connected).toBe(false);
  presence.close();
});
