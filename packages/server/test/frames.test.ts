import type { Socket } from 'node:net';
import { collabClose, limits } from '@coderoom/protocol';
import {
  connectDocument,
  createRoom,
  type DocumentClient,
  joinRoom,
  pause,
  residentBytes,
  type ServerProcess,
  startServer,
  until,
} from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeCodeOn, fin, masked, noMask, opcode, openUpgraded, openWire, upgradeRequest } from './raw-wire.ts';

let server: ServerProcess;
let roomId: string;
let token: string;
let bystander: DocumentClient;

beforeAll(async () => {
  server = await startServer({ env: { EXECUTION: 'off' } });
  const owner = await createRoom(server.url);
  roomId = owner.room.id;
  ({ token } = await joinRoom(server.url, roomId));
  bystander = connectDocument(server.url, roomId, owner.token, { acks: true });
  await bystander.synced();
});
afterAll(async () => {
  bystander[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

const abuses: Record<string, (socket: Socket) => void> = {
  'a length of 2^62': (socket) =>
    socket.write(Buffer.from([fin | 2, masked | 127, 0x40, 0, 0, 0, 0, 0, 0, 0, ...noMask])),
  'a length of 2^63, which is negative': (socket) =>
    socket.write(Buffer.from([fin | 2, masked | 127, 0x80, 0, 0, 0, 0, 0, 0, 0, ...noMask])),
  'a message just above the limit': (socket) => {
    const head = Buffer.from([fin | 2, masked | 127, 0, 0, 0, 0, 0, 0, 0, 0, ...noMask]);
    head.writeUInt32BE(limits.collabFrameMaxBytes + 1, 6);
    socket.write(head);
    socket.write(Buffer.alloc(limits.collabFrameMaxBytes + 1));
  },
  'a frame without a mask': (socket) => socket.write(Buffer.from([fin | 2, 3, 0, 0, 0])),
  'reserved bits': (socket) => socket.write(Buffer.from([fin | 0x70 | 2, masked | 1, ...noMask, 3])),
  'a kind that does not exist': (socket) => socket.write(Buffer.from([fin | 3, masked | 1, ...noMask, 3])),
  'a control frame in pieces': (socket) => socket.write(Buffer.from([opcode.ping, masked | 1, ...noMask, 3])),
  'a control frame of 126 bytes': (socket) =>
    socket.write(Buffer.from([fin | opcode.ping, masked | 126, 0, 126, ...noMask, ...Array<number>(126).fill(0)])),
  'the rest of no message': (socket) =>
    socket.write(Buffer.from([fin | opcode.continuation, masked | 1, ...noMask, 3])),
  'a message within a message': (socket) =>
    socket.write(Buffer.from([2, masked | 1, ...noMask, 0, fin | 2, masked | 1, ...noMask, 0])),
  'text that is no UTF-8': (socket) =>
    socket.write(Buffer.from([fin | opcode.text, masked | 3, ...noMask, 0xff, 0xfe, 0xfd])),
  'a close frame of one byte': (socket) => socket.write(Buffer.from([fin | opcode.close, masked | 1, ...noMask, 3])),
  'a close code that nobody may send': (socket) =>
    socket.write(Buffer.from([fin | opcode.close, masked | 2, ...noMask, 0x03, 0xed])),
  'more fragments than a message may have bytes': (socket) => {
    const fragment = Buffer.from([opcode.continuation, masked | 1, ...noMask, 0]);
    socket.write(Buffer.from([2, masked | 1, ...noMask, 0]));
    for (let left = limits.collabFrameMaxBytes / 10_000; left > 0; left--) {
      socket.write(Buffer.concat(Array<Buffer>(10_001).fill(fragment)));
    }
  },
};

describe('frames that are no WebSocket', () => {
  it.each(Object.entries(abuses))(
    'SYNC-49 %s: ends that connection within bounds, and no other',
    async (_, abuse) => {
      using wire = await openUpgraded(server.url, roomId, token);
      abuse(wire.socket);
      await until('the server to have closed', () => closeCodeOn(wire) !== undefined || wire.hasEnded);
      bystander.file('main.py').insert(0, '#');
      await bystander.saved();
      expect(bystander.provider.wsconnected).toBe(true);
      // Nobody answers the close frame: the server waits for that only so long.
      await until('the connection to be gone', () => wire.hasEnded, { timeoutMs: 10_000 });
    },
    30_000,
  );

  it('SYNC-49 pings without end, whose answers nobody reads, cost no memory', { timeout: 60_000 }, async () => {
    using wire = await openUpgraded(server.url, roomId, token);
    const before = residentBytes(server.pid);
    wire.socket.pause();
    const ping = Buffer.from([fin | opcode.ping, masked | 125, ...noMask, ...Array<number>(125).fill(0)]);
    const pings = Buffer.concat(Array<Buffer>(1000).fill(ping));
    for (let sent = 0; sent < 500 && !wire.hasEnded; sent++) {
      wire.socket.write(pings);
      // When the server reads no more either, there is nothing to wait for.
      if (wire.socket.writableLength > pings.length * 10) await pause(20);
    }
    bystander.file('main.py').insert(0, '#');
    await bystander.saved();
    expect(residentBytes(server.pid) - before).toBeLessThan(40_000_000);
  });
});

// Side by side, because both mostly wait.
describe.concurrent('connections that come to nothing', () => {
  const count = 200;
  const refusedGoneMs = 10_000;

  it(`SYNC-50 ${count} that are refused and do not answer the close frame are gone within bounds`, {
    timeout: 60_000,
  }, async () => {
    const wires = await Promise.all(
      Array.from({ length: count }, () =>
        openWire(server.url, upgradeRequest(server.url, `/collab/${roomId}?token=junk`)),
      ),
    );
    try {
      await until('all refusals', () => wires.every((wire) => closeCodeOn(wire) === collabClose.unauthorized));
      // They go on sending meanwhile, which nobody keeps.
      for (const { socket } of wires) socket.write(Buffer.from([fin | 2, masked | 1, ...noMask, 3]));
      await until('all to be gone', () => wires.every(({ hasEnded }) => hasEnded), { timeoutMs: refusedGoneMs });
    } finally {
      for (const { socket } of wires) socket.destroy();
    }
    expect(bystander.provider.wsconnected).toBe(true);
  });

  it(`SYNC-50 ${count} that never finish asking for the upgrade are cut off`, { timeout: 60_000 }, async () => {
    const half = upgradeRequest(server.url, `/collab/${roomId}?token=${token}`).slice(0, -2);
    const wires = await Promise.all(Array.from({ length: count }, () => openWire(server.url, half)));
    try {
      bystander.file('main.py').insert(0, '#');
      await bystander.saved();
      const slack = 2 * limits.httpTimeoutCheckMs + 5000;
      await until('all to be gone', () => wires.every(({ hasEnded }) => hasEnded), {
        timeoutMs: limits.httpRequestTimeoutMs + slack,
      });
    } finally {
      for (const { socket } of wires) socket.destroy();
    }
  });
});
