import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pause, until } from '@coderoom/testkit';
import { expect, it } from 'vitest';
import { FakeSocket, MemoryStore, member, silent, thread, updateMessage } from '../test/fakes.ts';
import { createCollab } from './index.ts';

const rooms = 500;
const text = 'a line of the document that somebody has open\n'.repeat(220);
/** What a room costs in the tables of the test's own, at most. */
const leftMaxBytes = 300;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function heapBytes(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    collectGarbage();
    await pause(5);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

it(`SYNC-33 of ${rooms} rooms with 10 KB each nothing is left in memory once they are unloaded`, async () => {
  const store = new MemoryStore();
  const collab = createCollab({
    thread,
    store,
    logger: silent,
    limits: { roomUnloadAfterMs: 10, logCommitWindowMs: 1 },
  });
  const visit = async (prefix: string) => {
    const sessions = Array.from({ length: rooms }, (_, index) => {
      const socket = new FakeSocket();
      return {
        socket,
        session: collab.connect({ roomId: `${prefix}${index}`, socket, member: member('m'), acks: true }),
      };
    });
    for (const { session } of sessions) session.receive(updateMessage(Uint8Array.of(0), 0));
    await until('all to have their document', () => sessions.every(({ socket }) => socket.syncs(1) === 1), {
      timeoutMs: 30_000,
    });
    expect(collab.stats().roomsOpen).toBe(rooms);
    const bytes = await heapBytes();
    for (const { session } of sessions) session.closed();
    await until('the unload', () => collab.stats().roomsOpen === 0, { timeoutMs: 30_000 });
    return bytes;
  };
  for (const prefix of ['first', 'second']) {
    for (let index = 0; index < rooms; index++)
      store.create(`${prefix}${index}`, { files: [{ path: 'main.py', text }] });
  }
  // What the first visit makes the process load stays.
  await visit('first');
  const before = await heapBytes();
  const open = await visit('second');
  const after = await heapBytes();
  expect((open - before) / rooms, 'it sees what an open room holds').toBeGreaterThan(text.length);
  expect((after - before) / rooms).toBeLessThan(leftMaxBytes);
  await collab.close();
}, 120_000);
