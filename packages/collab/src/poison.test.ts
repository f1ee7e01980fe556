import { collabClose } from '@coderoom/protocol';
import { freshSeed, type Randomness, randomness, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { awarenessMessage, Client, FakeSocket, MemoryStore, member, thread, updateMessage } from '../test/fakes.ts';
import { createCollab } from './index.ts';

const mutations = 10_000;
const perRoom = 500;
/** Seeds that have failed once. */
const pastFailures = [210264724];

/** Real messages of many kinds, recorded from a client at work. */
function record(seedDocument: Y.Doc, clientId: number): Uint8Array[] {
  const recorded: Uint8Array[] = [];
  const doc = new Y.Doc();
  doc.clientID = clientId;
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(seedDocument));
  recorded.push(updateMessage(Y.encodeStateVector(doc), 0), updateMessage(Y.encodeStateAsUpdate(doc), 1));
  doc.on('update', (update: Uint8Array) => recorded.push(updateMessage(update)));
  const text = doc.getMap('files').get('main.py') as Y.Text;
  text.insert(0, 'hello 👍\n');
  text.insert(3, 'world');
  text.delete(1, 5);
  text.format(0, 3, { bold: { deep: [1, 'x'] } });
  text.insertEmbed(1, { image: 'y' });
  doc.transact(() => {
    const element = new Y.Map<unknown>([['points', [1, 2.5, -3, null, true, { a: 'b' }, new Uint8Array([1, 2])]]]);
    doc.getMap('board').set('e1', element);
    doc.getMap('files').set('new.py', new Y.Text('x = 1\n'));
    doc.getMap('board').set('list', Y.Array.from([1, 'two', new Y.Map()]));
    doc.getMap('board').set('xml', new Y.XmlElement('p'));
  });
  doc.getMap('files').delete('new.py');
  doc.getMap('board').set('e1', 5);
  recorded.push(updateMessage(Y.encodeStateAsUpdate(doc), 1));
  recorded.push(
    awarenessMessage([{ client: doc.clientID, clock: 3, state: { cursor: { anchor: 1 }, user: { name: 'x' } } }]),
  );
  recorded.push(Uint8Array.of(3));
  return recorded;
}

function seedUpdate(clientId: number): Uint8Array {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  doc.getMap('files').set('main.py', new Y.Text('print(1)\n'));
  doc.getMap('room').set('entry', 'main.py');
  doc.getMap('room').set('language', 'python');
  return Y.encodeStateAsUpdate(doc);
}

function mutate(random: Randomness, message: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const bytes = [...message];
  for (let left = 1 + random.below(3); left > 0; left--) {
    const at = random.below(bytes.length + 1);
    switch (random.below(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
        break;
      case 1:
        bytes.length = at;
        break;
      case 2:
        bytes.splice(at, 1, ...Array.from({ length: 4 + random.below(6) }, () => 255), random.below(128));
        break;
      case 3:
        bytes.splice(at, random.below(4));
        break;
      case 4:
        bytes.splice(at, 0, ...Array.from({ length: 1 + random.below(8) }, () => random.below(256)));
        break;
      case 5:
        if (at < bytes.length) bytes[at] = random.below(256);
        break;
      default:
        bytes.splice(at, bytes.length, ...random.pick(others).subarray(random.below(40)));
    }
  }
  return Uint8Array.from(bytes);
}

/** Keeps the length prefix right, so that the mutation reaches the decoder of the payload. */
function mutatePayload(random: Randomness, message: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  if (message[0] !== 0 || message.length < 5) return mutate(random, message, others);
  const payload = message.subarray((message[2] as number) < 128 ? 3 : 4);
  return updateMessage(mutate(random, payload, others), message[1] as number);
}

const contents = (doc: Y.Doc) => ['files', 'room', 'board'].map((name) => doc.getMap(name).toJSON());

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeAll(() => {
  process.on('unhandledRejection', note);
});
afterAll(() => {
  process.off('unhandledRejection', note);
});

async function playPoison(seed: number): Promise<void> {
  const random = randomness(seed);
  const outcomes = { closed: 0, harmless: 0 };
  for (let room = 0; room < mutations / perRoom; room++) {
    const store = new MemoryStore();
    store.create('room');
    // Client ids of the seed's own, so that a failure can be repeated.
    const clientId = () => 1 + random.below(2 ** 32 - 1);
    store.log('room')[0] = { roomId: 'room', seq: 1, at: 0, memberId: null, update: seedUpdate(clientId()) };
    const logger = {
      error: (details: unknown, message: string) => {
        if (!/unsound|quarantined/.test(message)) unhandled.push(details);
      },
      warn: () => {},
    };
    const collab = createCollab({
      thread,
      store,
      logger,
      limits: { logCommitWindowMs: 1, collabSocketsPerMember: 10_000 },
    });
    const bystander = new Client({ member: member('bystander'), acks: true });
    bystander.doc.clientID = clientId();
    bystander.connect(collab);
    await until('the first sync', () => bystander.synced);
    const messages = record(store.replay('room'), clientId());
    const open = () => {
      const socket = new FakeSocket();
      return { socket, session: collab.connect({ roomId: 'room', socket, member: member('attacker'), acks: true }) };
    };
    let attacker = open();
    for (let index = 0; index < perRoom; index++) {
      const original = random.pick(messages);
      // Some arrive as they are, so that later mutations build upon something.
      const message =
        random.below(10) === 0
          ? original
          : (random.below(2) === 0 ? mutate : mutatePayload)(random, original, messages);
      attacker.session.receive(message);
      if (attacker.socket.closure === undefined) outcomes.harmless++;
      else {
        expect([collabClose.protocolError, collabClose.tryAgainLater]).toContain(attacker.socket.closure.code);
        outcomes.closed++;
        attacker = open();
      }
      if (index % 10 === 0) {
        (bystander.file('main.py') as Y.Text | undefined)?.insert(0, 'b');
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    await until(`all acks (seed ${seed})`, () => bystander.socket.acks().at(-1) === bystander.sent);
    await until(`all commits (seed ${seed})`, () => collab.stats().pendingBytes === 0);
    expect(bystander.isClosed, `seed ${seed}`).toBe(false);
    const late = new Client({ member: member('late') });
    late.connect(collab);
    await until(`a newcomer (seed ${seed})`, () => late.synced);
    // Reading tries out what the walk let through; what contradicts itself is deleted, at everybody and in the log.
    const { files } = await collab.readFiles('room');
    await until(`what that took back (seed ${seed})`, () => collab.stats().pendingBytes === 0);
    await new Promise((resolve) => setImmediate(resolve));
    const replayed = store.replay('room');
    for (const { path, text } of files) {
      expect((replayed.getMap('files').get(path) as Y.Text).toString(), `seed ${seed}`).toBe(text);
    }
    for (const doc of [bystander.doc, late.doc]) {
      expect(Y.decodeStateVector(Y.encodeStateVector(doc)), `seed ${seed}`).toEqual(
        Y.decodeStateVector(Y.encodeStateVector(replayed)),
      );
      expect(contents(doc), `seed ${seed}`).toEqual(contents(replayed));
      expect(doc.store.pendingStructs, `seed ${seed}`).toBeNull();
    }
    for (const client of [bystander, late]) client.destroy();
    await collab.close();
  }
  expect(unhandled, `seed ${seed}`).toEqual([]);
  // The mutations must be of both kinds, or this shows nothing.
  expect(outcomes.closed, `seed ${seed}`).toBeGreaterThan(mutations / 10);
  expect(outcomes.harmless, `seed ${seed}`).toBeGreaterThan(mutations / 20);
}

describe('poison', () => {
  it(`SYNC-18 ${mutations} mutations of real messages: the process lives, bystanders converge with the log`, async () => {
    for (const seed of [...pastFailures, freshSeed()]) await playPoison(seed);
  }, 60_000);
});
