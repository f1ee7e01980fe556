import { join } from 'node:path';
import { limits } from '@coderoom/protocol';
import { temporaryFolder } from '@coderoom/testkit';
import { CompiledQuery as Compiled, type CompiledQuery, Kysely } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addAccount, addRoom, memberRow, nextId, silent } from '../../test/storage-fixtures.ts';
import { createMemberStore } from '../members/store.ts';
import { openStorage, type Storage } from '../storage/database.ts';
import type { Database } from '../storage/schema.ts';
import { createSqliteDialect } from '../storage/sqlite-dialect.ts';
import { createRoomListStore, type RoomListStore } from './list-store.ts';

const folder = temporaryFolder();
let account: string;
const queries: CompiledQuery[] = [];
let storage: Storage;
let watched: Kysely<Database>;
let lists: RoomListStore;

beforeAll(async () => {
  const databaseUrl = `sqlite:${join(folder.path, 'rooms.db')}`;
  storage = await openStorage({ databaseUrl, dataDir: folder.path, logger: silent });
  account = await addAccount(storage);
  const members = createMemberStore(storage.db);
  for (let index = 0; index < limits.searchCandidatesMax + 20; index++) {
    const { id } = await addRoom(storage, {
      visibility: index % 3 === 0 ? 'unlisted' : 'public',
      title: index % 100 === 1 ? 'common and rare' : 'common',
      lastActiveAt: index,
    });
    if (index < 5) await members.insert(memberRow(id, { accountId: account }));
  }
  for (let index = 0; index < limits.searchCandidatesMax; index++) {
    await addRoom(storage, { visibility: 'public', title: 'common', lastActiveAt: index });
  }
  watched = new Kysely<Database>({
    dialect: createSqliteDialect({ file: join(folder.path, 'rooms.db'), busyTimeoutMs: 1_000 }),
    log: ({ query }) => void queries.push(query),
  });
  lists = createRoomListStore(watched);
}, 60_000);
afterAll(async () => {
  await watched.destroy();
  await storage.close();
  folder[Symbol.dispose]();
});

/** What SQLite does for the queries that some work makes. */
async function plansOf(work: () => Promise<unknown>): Promise<string[]> {
  queries.length = 0;
  await work();
  const plans: string[] = [];
  for (const { sql, parameters } of [...queries]) {
    const { rows } = await storage.db.executeQuery<{ detail: string }>(
      Compiled.raw(`explain query plan ${sql}`, [...parameters]),
    );
    plans.push(...rows.map(({ detail }) => detail));
  }
  return plans;
}

/** Reading all of a table, or all of an index, grows with what is stored. */
function expectNoScan(plans: string[]): void {
  expect(plans.filter((detail) => /^SCAN (rooms|room_words|members)\b/.test(detail))).toEqual([]);
}

const before = { lastActiveAt: 500, id: nextId() };

it('ROOM-23 a page of the list is read from an index, in its order', async () => {
  for (const page of [
    { words: [], limit: 20 },
    { words: [], limit: 20, before },
  ]) {
    const plans = await plansOf(() => lists.listPublic(page));
    expectNoScan(plans);
    expect(plans[0]).toMatch(/^SEARCH rooms USING INDEX rooms_listed \(listed=\?/);
    expect(plans.join('\n')).not.toContain('TEMP B-TREE');
  }
  const plans = await plansOf(() => lists.listPublic({ words: [], limit: 20, language: 'python', before }));
  expectNoScan(plans);
  expect(plans[0]).toMatch(/^SEARCH rooms USING INDEX rooms_listed_by_language \(listed=\? AND language=\?/);
  expect(plans.join('\n')).not.toContain('TEMP B-TREE');
});

it('ROOM-23 a search looks its words up in an index, whether they are rare or common', async () => {
  for (const words of [['rare'], ['common', 'rare'], ['common'], ['c', 'co'], ['nowhere']]) {
    const plans = await plansOf(() => lists.listPublic({ words, limit: 20 }));
    expectNoScan(plans);
    // Only what a rare word has found is sorted; a common one is met along the list's own order.
    const isSorted = plans.join('\n').includes('TEMP B-TREE');
    expect(isSorted, words.join(' ')).toBe(words.some((word) => ['rare', 'nowhere'].includes(word)));
    expect(plans.join('\n'), words.join(' ')).toMatch(
      /SEARCH room_words (EXISTS )?USING COVERING INDEX (sqlite_autoindex_room_words_1|room_words_of_room)/,
    );
  }
});

it('ROOM-23 so are one’s own rooms, how many there are, and those that have expired', async () => {
  const own = await plansOf(() => lists.listOfAccount(account, { limit: 20 }));
  expectNoScan(own);
  expect(own.join('\n')).toMatch(/SEARCH members USING INDEX members_of_account/);
  expectNoScan(await plansOf(() => lists.countPublic({ words: [] })));
  expect((await plansOf(() => lists.countPublic({ words: [], language: 'python' }))).join()).toMatch(
    /USING COVERING INDEX rooms_listed_by_language/,
  );
});
