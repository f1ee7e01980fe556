import { collabClose, documentMaps } from '@coderoom/protocol';
import {
  connectDocument,
  createRoom,
  type DocumentClient,
  freshSeed,
  joinRoom,
  probe,
  probeEnvironment,
  type Randomness,
  randomness,
  request,
  type ServerProcess,
  startServer,
  until,
} from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { meanUpdates, mutated, recordMessages, syncFrame } from './poison-messages.ts';
import { openRawDocument, type RawDocument } from './raw-document.ts';

const mutations = 10_000;
const rooms = 20;
const roomsAtOnce = 4;
const heapGrowthMax = 1.2;
const probing = probeEnvironment();
const closesOfJunk: number[] = [collabClose.protocolError, collabClose.tooLarge, collabClose.tryAgainLater];
/** What a server prints that did not know what to do; that it put an update aside, it may well say. */
const failures = /unhandled|uncaught|could not be handled|"level":60/i;
let server: ServerProcess;

beforeAll(async () => {
  server = await startServer({ env: { EXECUTION: 'off', ...probing.env } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** A room with somebody honest in it, and a token for somebody who is not. */
async function openRoom() {
  const { room, token } = await createRoom(server.url);
  const mean = await joinRoom(server.url, room.id);
  const bystander = connectDocument(server.url, room.id, token, { acks: true });
  await bystander.synced();
  const attack = () => openRawDocument(server.url, room.id, mean.token);
  return { room, token, bystander, attack };
}

const heapBytes = async () => (await probe(probing.path, 'collect')).heapBytes;

const contents = (doc: Y.Doc) =>
  Object.values(documentMaps).map((name) =>
    Object.entries(doc.getMap(name).toJSON()).sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** The bystander can still write, and a newcomer has the very same. */
async function expectUnharmed(roomId: string, token: string, bystander: DocumentClient, what: string): Promise<void> {
  const text = bystander.file('main.py');
  if (text instanceof Y.Text) text.insert(0, '#');
  else bystander.doc.getMap(documentMaps.board).set('still', 'here');
  await bystander.saved();
  using newcomer = connectDocument(server.url, roomId, token);
  await newcomer.synced();
  await until(`bystander and newcomer to agree (${what})`, () => {
    expect(contents(newcomer.doc)).toEqual(contents(bystander.doc));
    expect(Y.decodeStateVector(Y.encodeStateVector(newcomer.doc))).toEqual(
      Y.decodeStateVector(Y.encodeStateVector(bystander.doc)),
    );
    return true;
  });
  expect(bystander.doc.store.pendingStructs, what).toBeNull();
}

async function poisonRoom(random: Randomness): Promise<{ closed: number; harmless: number }> {
  const { room, token, bystander, attack } = await openRoom();
  const outcomes = { closed: 0, harmless: 0 };
  const messages = recordMessages(bystander.doc, 1 + random.below(2 ** 32 - 1));
  let attacker: RawDocument = await attack();
  for (let sent = 0; sent < mutations / rooms; sent++) {
    const original = random.pick(messages);
    // Some arrive as they are, so that what is broken builds upon something.
    attacker.send(random.below(10) === 0 ? original : mutated(random, original, messages));
    await attacker.settled();
    const closure = attacker.closure();
    if (closure === undefined) {
      outcomes.harmless++;
      continue;
    }
    outcomes.closed++;
    expect(closesOfJunk, `seed ${random.seed}: ${closure.reason}`).toContain(closure.code);
    attacker = await attack();
  }
  attacker[Symbol.dispose]();
  await expectUnharmed(room.id, token, bystander, `seed ${random.seed}`);
  bystander[Symbol.dispose]();
  return outcomes;
}

describe('poison', () => {
  it(`SYNC-47 ${mutations} broken messages over real sockets: the server lives, their senders are closed, bystanders and newcomers agree`, {
    timeout: 600_000,
  }, async () => {
    const seed = freshSeed();
    let before = 0;
    const outcomes = { closed: 0, harmless: 0 };
    for (let room = 0; room < rooms; room += roomsAtOnce) {
      const playing = Array.from({ length: roomsAtOnce }, (_, index) => poisonRoom(randomness(seed + room + index)));
      for (const { closed, harmless } of await Promise.all(playing)) {
        outcomes.closed += closed;
        outcomes.harmless += harmless;
      }
      // What the first rooms made the process load is not what poison leaves behind.
      if (before === 0) before = await heapBytes();
    }
    expect(outcomes.closed, `seed ${seed}`).toBeGreaterThan(mutations / 10);
    expect(outcomes.harmless, `seed ${seed}`).toBeGreaterThan(mutations / 20);
    expect(server.output(), `seed ${seed}`).not.toMatch(failures);
    expect((await request(server.url, '/readyz')).status).toBe(200);
    await until('the heap to be as before', async () => (await heapBytes()) < before * heapGrowthMax, {
      timeoutMs: 90_000,
      everyMs: 1000,
    });
  });

  it('SYNC-48 what is well-formed and meant badly harms nobody but its sender', { timeout: 120_000 }, async () => {
    let client = 1_000_000;
    const names = Object.keys(meanUpdates({ client: 1, clock: 0, end: 1 }, () => client++));
    for (const name of names) {
      const { room, token, bystander, attack } = await openRoom();
      const text = bystander.file('main.py');
      text.insert(0, 'somebody wrote this\n');
      await bystander.saved();
      const { id, length } = text._start as Y.Item;
      const update = meanUpdates({ client: id.client, clock: id.clock, end: id.clock + length }, () => client++)[name];
      const attacker = await attack();
      attacker.send(syncFrame(update as Uint8Array));
      await attacker.settled();
      expect([undefined, ...closesOfJunk], name).toContain(attacker.closure()?.code);
      await expectUnharmed(room.id, token, bystander, name);
      const { status } = await request(server.url, `/api/v2/rooms/${room.id}/files`, { token });
      expect(status, name).toBe(200);
      attacker[Symbol.dispose]();
      bystander[Symbol.dispose]();
    }
    expect(server.output()).not.toMatch(failures);
  });
});
