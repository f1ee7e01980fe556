import { ProblemError } from '@coderoom/protocol';
import { beforeAll, expect, it } from 'vitest';
import { addRoom, describeOnEachDatabase, nextId, snippetRow } from '../../test/storage-fixtures.ts';
import { createSnippetStore, type SnippetStore, type SnippetWithContent } from './store.ts';

const anyText = 'naïve ✓ 日本語 e\u0301 👩🏽‍💻 \u{10ffff} \0\u0001 \r\n\t \\ \' " ` % _ ; --';

describeOnEachDatabase('snippets', (open) => {
  let store: SnippetStore;
  let makeRoom: () => Promise<string>;

  beforeAll(async () => {
    const storage = await open();
    store = createSnippetStore(storage.db);
    makeRoom = async () => (await addRoom(storage)).id;
  });

  async function push(roomId: string, count: number, bytes = 9): Promise<SnippetWithContent[]> {
    const rows = Array.from({ length: count }, () => snippetRow(roomId, { bytes }));
    for (const row of rows) await store.insert(row);
    return rows;
  }

  it('STORE-1 are kept as they are, and found in their room only', async () => {
    const roomId = await makeRoom();
    expect(await store.latest(roomId)).toBeUndefined();
    const first = snippetRow(roomId, { fileName: anyText, content: anyText, memberId: null, memberName: '👩🏽‍💻' });
    const second = snippetRow(roomId, { content: '', bytes: 1_000_000 });
    for (const row of [first, second]) await store.insert(row);
    expect(await store.find(roomId, first.id)).toEqual(first);
    expect(await store.latest(roomId)).toEqual(second);
    const other = await makeRoom();
    expect([await store.find(other, first.id), await store.latest(other)]).toEqual([undefined, undefined]);
    await expect(store.insert(snippetRow(nextId()))).rejects.toThrow(new ProblemError('room_not_found'));
  });

  it('STORE-1 holds a large one', async () => {
    const roomId = await makeRoom();
    const large = snippetRow(roomId, { content: '界\n'.repeat(250_000) });
    await store.insert(large);
    expect((await store.latest(roomId))?.content).toBe(large.content);
  });

  it('SNIP-2 are listed newest first, without their content', async () => {
    const roomId = await makeRoom();
    const rows = (await push(roomId, 5)).reverse().map(({ content: _, ...row }) => row);
    expect(await store.list(roomId, { limit: 2 })).toEqual(rows.slice(0, 2));
    expect(await store.list(roomId, { limit: 9, before: rows[1]?.id })).toEqual(rows.slice(2));
  });

  it('SNIP-1 tells what the newest of a file say', async () => {
    const roomId = await makeRoom();
    for (const [path, content] of [
      ['a.py', 'one'],
      ['A.py', 'other'],
      ['a.py', 'two'],
      ['a.py', 'three'],
    ] as const) {
      await store.insert(snippetRow(roomId, { path, content }));
    }
    expect(await store.contentsOf(roomId, 'a.py', 2)).toEqual(['three', 'two']);
    expect(await store.contentsOf(roomId, 'á.py', 2)).toEqual([]);
  });

  it('SNIP-5 keeps the newest ones, so many and so large', async () => {
    const kept = async (roomId: string) => (await store.list(roomId, { limit: 100 })).length;
    const [byCount, bySize, one] = [await makeRoom(), await makeRoom(), await makeRoom()];
    await push(byCount, 5);
    await store.prune(byCount, { count: 5, bytes: 1_000 });
    expect(await kept(byCount)).toBe(5);
    await store.prune(byCount, { count: 3, bytes: 1_000 });
    expect(await kept(byCount)).toBe(3);
    await push(bySize, 5, 100);
    await store.prune(bySize, { count: 10, bytes: 250 });
    expect(await kept(bySize)).toBe(2);
    await push(one, 1, 1_000);
    await store.prune(one, { count: 1, bytes: 10 });
    expect(await kept(one)).toBe(1);
  });
});
