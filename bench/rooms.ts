import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createRoomListStore } from '../packages/server/src/rooms/list-store.ts';
import { createRoomLists, type RoomLists } from '../packages/server/src/rooms/lists.ts';
import type { RoomRow } from '../packages/server/src/rooms/store.ts';
import { wordsOf } from '../packages/server/src/rooms/words.ts';
import { openStorage, type Storage } from '../packages/server/src/storage/database.ts';
import { memberValues, roomValues } from '../packages/server/src/storage/rows.ts';
import { request, startServer, temporaryFolder } from '../packages/testkit/src/index.ts';

/**
 * Listing and searching public rooms in SQLite with a hundred thousand of them stored: how long a request takes, at the
 * median and at the 95th percentile, and by which indexes SQLite answers. `ROOMS=10000` stores fewer.
 */
const roomsStored = Number(process.env.ROOMS ?? 100_000);
const requestsPerKind = 1_000;
const start = Date.UTC(2026, 0, 1);
const languages = ['python', 'javascript', 'typescript', 'go', 'rust', 'java', 'cpp', 'ruby'];
/** From words that every other room has to words that a handful have, as in real titles (Zipf). */
const vocabulary = Array.from({ length: 5_000 }, (_, rank) => `${syllables(rank)}${rank % 7 === 0 ? 'ing' : 'er'}`);

function syllables(rank: number): string {
  const parts = ['sor', 'lin', 'tre', 'gra', 'ma', 'poi', 'co', 'da', 'lo', 'que'];
  return String(rank)
    .split('')
    .map((digit) => parts[Number(digit)])
    .join('');
}

let seed = 42;
const random = () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};
const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
const anyWord = () => vocabulary[Math.floor(vocabulary.length ** random()) - 1] ?? 'sor';

async function fill(storage: Storage): Promise<void> {
  const perInsert = 500;
  for (let from = 0; from < roomsStored; from += perInsert) {
    const rooms = Array.from({ length: Math.min(perInsert, roomsStored - from) }, (_, index) => room(from + index));
    await storage.db.transaction().execute(async (tx) => {
      await tx.insertInto('rooms').values(rooms.map(roomValues)).execute();
      await tx.insertInto('members').values(rooms.map(ownerOf)).execute();
      const words = rooms.flatMap(({ id, title, description }) =>
        wordsOf(`${title}\n${description}`, 64).map((word) => ({ word, room_id: id })),
      );
      for (let at = 0; at < words.length; at += 5_000) {
        await tx
          .insertInto('room_words')
          .values(words.slice(at, at + 5_000))
          .execute();
      }
    });
  }
}

const idOf = (index: number, kind: string) =>
  `019a0000-${index.toString(16).padStart(8, '0').slice(0, 4)}-7000-8000-${kind}${index.toString(16).padStart(11, '0')}`;

function room(index: number): RoomRow {
  return {
    id: idOf(index, '0'),
    code: `room-${index}`,
    title: Array.from({ length: 3 }, anyWord).join(' '),
    description: Array.from({ length: 6 }, anyWord).join(' '),
    language: pick(languages),
    execution: 'on',
    // All of them in the list: what is not public would only make it shorter.
    visibility: 'public',
    passwordHash: null,
    lobby: false,
    viewCode: null,
    isIdKnown: false,
    capacity: 20,
    status: 'active',
    createdAt: start,
    endedAt: null,
    lastActiveAt: start + Math.floor(random() * 1e9),
    guestsOnly: true,
  };
}

const ownerOf = ({ id }: RoomRow, index: number) =>
  memberValues({
    id: idOf(Number.parseInt(id.slice(-11), 16), '1'),
    roomId: id,
    accountId: null,
    name: `Owner ${index}`,
    color: '#2563eb',
    role: 'owner',
    joinedAt: start,
    removedAt: null,
    address: null,
    isLowered: false,
  });

interface Times {
  'p50 ms': string;
  'p95 ms': string;
  'max ms': string;
}

async function measure(work: () => Promise<unknown>, times = requestsPerKind): Promise<Times> {
  const took: number[] = [];
  for (let index = 0; index < times; index++) {
    const startedAt = performance.now();
    await work();
    took.push(performance.now() - startedAt);
  }
  took.sort((a, b) => a - b);
  const at = (share: number) => (took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0).toFixed(2);
  return { 'p50 ms': at(0.5), 'p95 ms': at(0.95), 'max ms': at(1) };
}

const anyCursor = () => `${start + Math.floor(random() * 1e9)}.${idOf(Math.floor(random() * roomsStored), '0')}`;

async function listThousand(lists: RoomLists): Promise<void> {
  let before: string | null = anyCursor();
  for (let page = 0; page < 10 && before !== null; page++)
    before = (await lists.listPublic({ limit: 100, before })).next;
}

const rare = vocabulary.slice(3_000);
const common = vocabulary.slice(0, 20);
const kinds: Record<string, (from: RoomLists) => Promise<unknown>> = {
  'first page of 20': (lists) => lists.listPublic({}),
  'page of 100, anywhere': (lists) => lists.listPublic({ limit: 100, before: anyCursor() }),
  '1 000 rooms in ten pages': listThousand,
  'a language, anywhere': (lists) => lists.listPublic({ language: pick(languages), before: anyCursor() }),
  'search: a rare word': (lists) => lists.listPublic({ search: pick(rare) }),
  'search: a common word': (lists) => lists.listPublic({ search: pick(common) }),
  'search: any word': (lists) => lists.listPublic({ search: anyWord() }),
  'search: a beginning of three letters': (lists) => lists.listPublic({ search: anyWord().slice(0, 3) }),
  'search: a common and any word': (lists) => lists.listPublic({ search: `${pick(common)} ${anyWord()}` }),
  'search: three common words': (lists) =>
    lists.listPublic({ search: [pick(common), pick(common), pick(common)].join(' ') }),
  'search: two words and a language': (lists) =>
    lists.listPublic({ search: `${anyWord()} ${pick(common)}`, language: pick(languages) }),
};

using folder = temporaryFolder();
const file = join(folder.path, 'coderoom.db');
const databaseUrl = `sqlite:${file}`;
const open = () => openStorage({ databaseUrl, dataDir: folder.path, logger: console });
const storage = await open();
const startedAt = performance.now();
await fill(storage);
console.log(`${roomsStored} public rooms stored in ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);

const lists = createRoomLists(createRoomListStore(storage.db), { countOnlineIn: () => 0 });
const table: Record<string, Times> = {};
for (const [kind, work] of Object.entries(kinds)) {
  await measure(() => work(lists), 20);
  table[kind] = await measure(() => work(lists), kind.startsWith('1 000') ? 200 : requestsPerKind);
}
console.log('In the server, through services and store:');
console.table(table);

console.log('By which indexes SQLite answers (rooms/list-store.test.ts holds the real queries to it):');
const database = new DatabaseSync(file, { readOnly: true });
const inOrder = 'last_active_at <= 1e15 order by last_active_at desc, id desc limit 21';
const withWord = `select room_id from room_words where word >= 'a' and word < 'b'`;
for (const [kind, sql] of Object.entries({
  list: `select * from rooms where listed = 1 and ${inOrder}`,
  'of a language': `select * from rooms where listed = 1 and language = 'go' and ${inOrder}`,
  'a rare word': `select * from rooms where listed + 0 = 1 and id in (${withWord}) and ${inOrder}`,
  'a common word': `select * from rooms where listed = 1 and exists (${withWord} and room_id = rooms.id) and ${inOrder}`,
})) {
  console.log(`  ${kind}`);
  for (const { detail } of database.prepare(`explain query plan ${sql}`).all()) console.log(`    ${detail}`);
}
database.close();
await storage.close();

await using server = await startServer({ dataDir: folder.path, env: { EXECUTION: 'off', GUEST_ROOM_DAYS: '0' } });
const queries: Record<string, () => string> = {
  'first page of 20': () => '',
  'search: any word': () => `?search=${anyWord()}`,
  'search: a common and any word': () => `?search=${pick(common)}+${anyWord()}`,
};
const overHttp: Record<string, Times> = {};
for (const [kind, query] of Object.entries(queries)) {
  overHttp[kind] = await measure(() => request(server.url, `/api/v2/rooms${query()}`));
}
console.log('\nOver HTTP, one request at a time:');
console.table(overHttp);
