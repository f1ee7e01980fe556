import { collabClose, mayEdit } from '@coderoom/protocol';
import { freshSeed, type Randomness, randomness, until } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Client, MemoryStore, member, silent, thread } from '../test/fakes.ts';
import { createCollab } from './index.ts';

const seeds = 50;
const stepsPerSeed = 300;
const paths = ['main.py', 'other.py'];
const limits = {
  logCommitWindowMs: 0,
  roomUnloadAfterMs: 0,
  compactAfterUpdates: 25,
  storageRetryMinMs: 0,
  storageRetryMaxMs: 1,
  readSliceStructs: 1,
  collabReadAtOnceBytes: 60,
  collabAckDelayMs: 0,
  collabWindowMaxMs: 0,
};

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const undoManagers = new WeakMap<Client, Y.UndoManager>();

function undoOrRedo(random: Randomness, client: Client): void {
  const files = client.doc.getMap('files');
  const manager = undoManagers.get(client) ?? new Y.UndoManager(files, { captureTimeout: 0 });
  undoManagers.set(client, manager);
  if (random.below(3) === 0) manager.redo();
  else manager.undo();
}

function typeSomething(random: Randomness, client: Client): void {
  const text = client.file(random.pick(paths));
  if (!(text instanceof Y.Text)) return;
  if (random.below(6) === 0) undoOrRedo(random, client);
  const at = random.below(text.length + 1);
  if (random.below(3) === 0 && text.length > at) text.delete(at, Math.min(text.length - at, 1 + random.below(4)));
  else text.insert(at, random.pick(['a', 'bc', '\n', 'é', '👍', 'def f():\n', '  ']));
  if (random.below(20) === 0)
    client.doc.getMap('board').set(`e${random.below(5)}`, new Y.Map([['x', random.below(9)]]));
}

async function play(seed: number): Promise<void> {
  const random = randomness(seed);
  const store = new MemoryStore();
  store.create('room', { files: paths.map((path) => ({ path, text: `# ${path}\n` })) });
  const fails = () => {
    if (random.below(10) === 0) throw new Error('storage hiccup');
  };
  store.beforeAppend = fails;
  store.afterAppend = fails;
  const open = () => createCollab({ thread, store, logger: silent, limits, random: random.next });
  let collab = open();
  const clients = Array.from(
    { length: 5 },
    (_, index) =>
      new Client({
        manual: true,
        acks: true,
        member: member(`m${index}`, { role: index === 4 ? 'viewer' : 'editor' }),
      }),
  );
  const restartsAt = new Set([random.below(stepsPerSeed), random.below(stepsPerSeed)]);
  const writes: Promise<unknown>[] = [];

  for (let step = 0; step < stepsPerSeed; step++) {
    const client = random.pick(clients);
    // Nobody here is ever called dishonest.
    expect(client.socket.closure?.code, `seed ${seed}`).not.toBe(collabClose.protocolError);
    if (client.isClosed) client.cut();
    const action = random.below(100);
    if (client.session === undefined) {
      if (action < 30) client.connect(collab);
      else if (mayEdit(client.member.role)) typeSomething(random, client);
    } else if (action < 4) client.cut();
    else if (action < 35 && mayEdit(client.member.role)) typeSomething(random, client);
    else if (action < 38) {
      const text = Array.from({ length: random.below(8) }, () => random.pick(['a\n', 'bc\n', '👍', 'def f():\n'])).join(
        '',
      );
      writes.push(collab.writeFile('room', random.pick(paths), text, { memberId: 'writer' }).catch(() => {}));
    } else if (action < 45) await turn();
    else client.step(random.pick(['up', 'down']));
    if (restartsAt.has(step)) {
      await collab.close();
      for (const other of clients) if (other.session !== undefined) other.cut();
      collab = open();
    }
  }

  await Promise.all(writes);
  for (const client of clients) {
    if (client.isClosed || client.session === undefined) {
      client.cut();
      client.connect(collab);
    }
  }
  for (let quietTurns = 0; quietTurns < 5; ) {
    await turn();
    for (const client of clients) while (client.step('up') || client.step('down'));
    const isTaken = ({ member, socket, sent }: Client) => !mayEdit(member.role) || (socket.acks().at(-1) ?? 0) === sent;
    const isQuiet =
      clients.every((client) => client.isQuiet && client.synced && isTaken(client)) &&
      collab.stats().pendingBytes === 0;
    quietTurns = isQuiet ? quietTurns + 1 : 0;
    expect(
      clients.map((client) => client.socket.closure),
      `seed ${seed}`,
    ).toEqual([undefined, undefined, undefined, undefined, undefined]);
  }

  const { files } = await collab.readFiles('room');
  const replayed = store.replay('room');
  for (const doc of [...clients.map((client) => client.doc), replayed]) {
    expect(Y.encodeStateVector(doc), `seed ${seed}`).toEqual(Y.encodeStateVector(replayed));
    for (const { path, text } of files) {
      expect((doc.getMap('files').get(path) as Y.Text).toString(), `seed ${seed}, ${path}`).toBe(text);
    }
    expect(doc.getMap('board').toJSON(), `seed ${seed}`).toEqual(replayed.getMap('board').toJSON());
    expect(doc.store.pendingStructs, `seed ${seed}`).toBeNull();
  }
  for (const client of clients.filter(({ member: { role } }) => mayEdit(role))) {
    await until(`all acks (seed ${seed})`, () => client.socket.acks().at(-1) === client.sent);
  }
  await collab.close();
  for (const client of clients) client.destroy();
}

describe('convergence', () => {
  it(`SYNC-17 ${seeds} seeds of five clients, cuts, delays, whole-text writes, failing storage and restarts end the same everywhere`, async () => {
    const first = freshSeed();
    for (let seed = first; seed < first + seeds; seed++) await play(seed);
  }, 60_000);
});
