/** Plays seeds of five people in a room each, over real sockets, through cuts, delays and kills of the server; for tests only. */
import { documentMaps } from '@coderoom/protocol';
import {
  connectDocument,
  createRoom,
  type DocumentClient,
  type FaultProxy,
  joinRoom,
  pause,
  type Randomness,
  randomness,
  request,
  type ServerProcess,
  startFaultProxy,
  startServer,
  until,
} from '@coderoom/testkit';
import { expect } from 'vitest';
import * as Y from 'yjs';
import { openStorage } from '../src/storage/database.ts';
import { replayLogs } from './stored-log.ts';

// Each stock provider listens for the end of the process.
process.setMaxListeners(0);

const people = 5;
const paths = ['main.py', 'other.py'];
const words = ['a', 'bc', '\n', 'é', '👍', 'def f():\n', '  ', 'return x\n'];
const kills = 2;
/** Long enough for a machine that has other things to do. */
const settleMs = 120_000;

/** One person of a room, behind a connection of its own that can be cut. */
interface Person {
  client: DocumentClient;
  proxy: FaultProxy;
  undo: Y.UndoManager;
}

interface Table {
  seed: number;
  roomId: string;
  token: string;
  people: Person[];
}

/** All seeds at once on one server, which is killed twice meanwhile. Throws when anybody ends with something else. */
export async function playTogether(seeds: readonly number[], operations: number): Promise<void> {
  await using first = await startServer({ env: { EXECUTION: 'off' } });
  let server: ServerProcess = first;
  await using stack = new AsyncDisposableStack();
  const tables = await Promise.all(seeds.map((seed) => sitDown(server.url, seed, stack)));
  let played = 0;
  const playing = tables.map(async (table) => {
    const random = randomness(table.seed);
    for (let operation = 0; operation < operations; operation++) {
      await act(random, table, server.url);
      played++;
    }
  });
  for (let kill = 1; kill <= kills; kill++) {
    await until('a time to kill', () => played > (seeds.length * operations * kill) / (kills + 1), {
      timeoutMs: settleMs,
    });
    await server.kill();
    server = await server.restart();
  }
  await Promise.all(playing);

  const ends = new Map<number, End>();
  for (const table of tables) ends.set(table.seed, await settle(table));
  // All was called durable: nothing more may be needed of this process. Then once more from the log alone.
  for (const source of ['what is stored', 'the whole log'] as const) {
    await server.kill();
    if (source === 'the whole log') await forgetSnapshots(server.dataDir);
    server = await server.restart();
    for (const { seed, roomId, token } of tables) {
      using newcomer = connectDocument(server.url, roomId, token);
      await newcomer.synced();
      expect(endOf(newcomer.doc), `seed ${seed}: ${source} differs`).toEqual(ends.get(seed));
    }
  }
  await server.kill();
  // Nor is the engine needed to read it.
  const replayed = await replayLogs(
    server.dataDir,
    tables.map(({ roomId }) => roomId),
  );
  for (const { seed, roomId } of tables) {
    expect(endOf(replayed.get(roomId) as Y.Doc), `seed ${seed}: Yjs makes something else of the log`).toEqual(
      ends.get(seed),
    );
  }
}

async function sitDown(url: string, seed: number, stack: AsyncDisposableStack): Promise<Table> {
  const random = randomness(seed);
  const { room, token } = await createRoom(url, { language: 'python' });
  const table: Table = { seed, roomId: room.id, token, people: [] };
  for (let index = 0; index < people; index++) {
    const entry = await joinRoom(url, room.id);
    const proxy = stack.use(await startFaultProxy(url, { delayMs: () => random.below(4) }));
    const clientId = 1 + random.below(2 ** 32 - 1);
    const client = stack.use(connectDocument(proxy.url, room.id, entry.token, { acks: true, clientId }));
    table.people.push({ client, proxy, undo: undefined as never });
  }
  const firstPerson = table.people[0] as Person;
  await Promise.all(table.people.map(({ client }) => client.synced()));
  firstPerson.client.doc.getMap(documentMaps.files).set('other.py', new Y.Text('# other\n'));
  for (const person of table.people) {
    await until('both files', () => paths.every((path) => person.client.file(path)));
    person.undo = new Y.UndoManager(person.client.doc.getMap(documentMaps.files), { captureTimeout: 0 });
  }
  return table;
}

/** One random thing that somebody does, or that happens to their connection. */
async function act(random: Randomness, table: Table, url: string): Promise<void> {
  const person = random.pick(table.people);
  const action = random.below(1000);
  if (action < 5) person.proxy.cut();
  else if (action < 10) person.proxy.stall();
  else if (action < 40) person.proxy.resume();
  else if (action < 70) person.undo.undo();
  else if (action < 80) person.undo.redo();
  else if (action < 110) touchBoard(random, person.client.doc);
  else if (action < 115) {
    const text = Array.from({ length: random.below(8) }, () => random.pick(words)).join('');
    // Whether it arrives is not the question here: the server may be down.
    await request(url, `/api/v2/rooms/${table.roomId}/files/${random.pick(paths)}`, {
      method: 'PUT',
      token: table.token,
      body: { text },
    }).catch(() => {});
  } else type(random, person.client.file(random.pick(paths)));
  if (random.below(5) === 0) await pause(random.below(4));
}

function type(random: Randomness, text: Y.Text): void {
  const at = random.below(text.length + 1);
  if (random.below(3) === 0 && text.length > at) text.delete(at, Math.min(text.length - at, 1 + random.below(6)));
  else text.insert(at, random.pick(words));
}

function touchBoard(random: Randomness, doc: Y.Doc): void {
  const board = doc.getMap(documentMaps.board);
  const id = `e${random.below(5)}`;
  if (random.below(3) === 0) board.delete(id);
  else board.set(id, new Y.Map([['x', random.below(9)]]));
}

/** What a document comes to: who has written how much, and all that can be read in it. */
interface End {
  stateVector: [number, number][];
  contents: unknown;
  isComplete: boolean;
}

function endOf(doc: Y.Doc): End {
  const stateVector = [...Y.decodeStateVector(Y.encodeStateVector(doc))].sort(([a], [b]) => a - b);
  // A map's keys stand in the order in which each replica learned of them.
  const contents = Object.values(documentMaps).map((name) => Object.entries(doc.getMap(name).toJSON()).sort(byKey));
  return { stateVector, contents, isComplete: doc.store.pendingStructs === null && doc.store.pendingDs === null };
}

const byKey = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

/** Lets everybody come back and finish; resolves with what all of them have. */
async function settle({ seed, people: all }: Table): Promise<End> {
  for (const { proxy } of all) proxy.resume();
  let places: unknown;
  const isTogether = () => {
    const ends = all.map(({ client }) => JSON.stringify(endOf(client.doc)));
    places = all.map(({ client: { provider, sent, durable } }, index) => ({
      isSynced: provider.synced,
      sent: sent(),
      durable: durable(),
      likeTheFirst: ends[index] === ends[0],
    }));
    const isQuiet = all.every(({ client }) => client.provider.synced && client.durable() >= client.sent());
    return isQuiet && new Set(ends).size === 1;
  };
  await until('everybody to have the same', isTogether, { timeoutMs: settleMs, everyMs: 50 }).catch((cause) => {
    throw new Error(`Seed ${seed}: ${JSON.stringify(places)}`, { cause });
  });
  const end = endOf((all[0] as Person).client.doc);
  expect(end.isComplete, `seed ${seed}: something is missing`).toBe(true);
  for (const { client } of all) client[Symbol.dispose]();
  return end;
}

/** Documents are then read from the first update of their logs on. */
async function forgetSnapshots(dataDir: string): Promise<void> {
  const storage = await openStorage({ databaseUrl: undefined, dataDir, logger: { warn() {} } });
  await storage.db.updateTable('documents').set({ snapshot_seq: 0 }).execute();
  await storage.close();
}
