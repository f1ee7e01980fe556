import { ProblemError } from '@coderoom/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { addRoom, describeOnEachDatabase, messageRow, nextId } from '../../test/storage-fixtures.ts';
import { createMessageStore, type MessageStore, searchable } from './store.ts';

const anyText = 'naïve ✓ 日本語 עברית e\u0301 👩🏽‍💻 \u{10ffff} \n\t \\ \' " ` % _ ; -- $1 ? :x';

describeOnEachDatabase('messages', (open) => {
  let store: MessageStore;
  let makeRoom: () => Promise<string>;

  beforeAll(async () => {
    const storage = await open();
    store = createMessageStore(storage.db);
    makeRoom = async () => (await addRoom(storage)).id;
  });

  async function say(roomId: string, ...texts: string[]): Promise<string[]> {
    const rows = texts.map((text) => messageRow(roomId, { text }));
    for (const row of rows) await store.insert(row);
    return rows.map(({ id }) => id);
  }
  const textsOf = async (roomId: string, query: Partial<Parameters<MessageStore['list']>[1]> = {}) =>
    (await store.list(roomId, { limit: 100, ...query })).map(({ text }) => text);

  it('STORE-1 are kept as they are, and found in their room only', async () => {
    const roomId = await makeRoom();
    const whole = messageRow(roomId, {
      ...{ text: anyText, memberName: '👩🏽‍💻', type: 'code', replyTo: nextId(), threadId: nextId() },
      ...{ mentions: [nextId(), nextId()], editedAt: Number.MAX_SAFE_INTEGER, deletedAt: 1 },
    });
    const plain = messageRow(roomId, { memberId: null });
    for (const row of [whole, plain]) {
      await store.insert(row);
      expect(await store.find(roomId, row.id)).toEqual(row);
    }
    expect(await store.find(await makeRoom(), whole.id)).toBeUndefined();
    await expect(store.insert(messageRow(nextId()))).rejects.toThrow(new ProblemError('room_not_found'));
  });

  it('CHAT-1 are numbered without a gap in each room, however many come at once', async () => {
    const rooms = [await makeRoom(), await makeRoom()];
    const rows = Array.from({ length: 20 }, (_, index) => messageRow(rooms[index % 2] ?? ''));
    const numbers = await Promise.all(rows.map((row) => store.insert(row)));
    for (const which of [0, 1]) {
      const ofRoom = numbers.filter((_, index) => index % 2 === which);
      expect(ofRoom.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, index) => index + 1));
    }
  });

  it('CHAT-3 are listed from a message on, in both directions', async () => {
    const roomId = await makeRoom();
    const ids = await say(roomId, 'a', 'b', 'c', 'd', 'e');
    expect(await textsOf(roomId)).toEqual(['e', 'd', 'c', 'b', 'a']);
    expect(await textsOf(roomId, { limit: 2 })).toEqual(['e', 'd']);
    expect(await textsOf(roomId, { before: ids[3], limit: 2 })).toEqual(['c', 'b']);
    expect(await textsOf(roomId, { after: ids[1] })).toEqual(['c', 'd', 'e']);
    expect(await textsOf(roomId, { after: ids[1], before: ids[4] })).toEqual(['c', 'd']);
    expect(await textsOf(roomId, { after: nextId(), limit: 1 })).toEqual(['a']);
    expect(await textsOf(roomId, { before: nextId() })).toEqual([]);
  });

  it('CHAT-4 of a thread are what it began with and its answers', async () => {
    const roomId = await makeRoom();
    const [root = ''] = await say(roomId, 'root', 'other');
    await store.insert(messageRow(roomId, { text: 'answer', replyTo: root, threadId: root }));
    expect(await textsOf(roomId, { threadId: root })).toEqual(['answer', 'root']);
    expect(await textsOf(roomId, { threadId: root, after: root })).toEqual(['answer']);
    expect(await textsOf(roomId, { threadId: nextId() })).toEqual([]);
  });

  it('CHAT-5 are edited and erased once; what is erased is empty and not edited', async () => {
    const roomId = await makeRoom();
    const [id = '', kept] = await say(roomId, 'first', 'second');
    expect(await store.edit(id, { text: anyText, mentions: ['m'], editedAt: 5 })).toBe(true);
    expect(await store.edit(id, { text: anyText, mentions: ['m'], editedAt: 5 })).toBe(true);
    expect(await store.find(roomId, id)).toMatchObject({
      text: anyText,
      mentions: ['m'],
      editedAt: 5,
      deletedAt: null,
    });
    expect(await store.erase(id, 7)).toBe(true);
    expect(await store.erase(id, 8)).toBe(false);
    expect(await store.edit(id, { text: 'back', mentions: [], editedAt: 9 })).toBe(false);
    expect(await store.find(roomId, id)).toMatchObject({ text: '', mentions: [], editedAt: 5, deletedAt: 7 });
    expect(await textsOf(roomId)).toEqual(['second', '']);
    expect(await store.page(roomId, { offset: 0, limit: 10 })).toMatchObject([{ id: kept }]);
    expect(await store.count(roomId)).toBe(1);
    expect(await store.erase(nextId(), 1)).toBe(false);
  });

  it('CHAT-7 are found by a part of them, in any case, whatever it is made of', async () => {
    const roomId = await makeRoom();
    const texts = ['Größe ÄRGER', '100 % sure_thing', '100 x sureXthing', 'a\\b!c', 'emoji 👩🏽‍💻!', 'it\'s "quoted"'];
    await say(roomId, ...texts);
    const found = (search: string) => textsOf(roomId, { search: searchable(search) });
    expect(await found('GRÖSSE')).toEqual([]);
    expect(await found('größe ärger')).toEqual([texts[0]]);
    expect(await found('GRO\u0308ßE')).toEqual([texts[0]]);
    expect(await found('100 %')).toEqual([texts[1]]);
    expect(await found('sure_')).toEqual([texts[1]]);
    expect(await found('sure')).toEqual([texts[2], texts[1]]);
    expect(await found('\\B!C')).toEqual([texts[3]]);
    expect(await found('👩🏽‍💻!')).toEqual([texts[4]]);
    for (const search of ["'S", '"QUOTED"']) expect(await found(search)).toEqual([texts[5]]);
    expect(await found('%')).toEqual([texts[1]]);
    const [gone = ''] = await say(roomId, 'größe again');
    await store.erase(gone, 1);
    expect(await found('größe')).toEqual([texts[0]]);
  });

  it('CHAT-10 are forgotten from the oldest on', async () => {
    const [roomId, other] = [await makeRoom(), await makeRoom()];
    await say(other, 'kept');
    await say(roomId, 'a', 'b', 'c');
    await store.prune(roomId, 2);
    expect(await textsOf(roomId)).toEqual(['c']);
    expect(await textsOf(other)).toEqual(['kept']);
    expect(await store.insert(messageRow(roomId))).toBe(4);
  });

  describe('pages', () => {
    it('CHAT-3 are counted from the newest', async () => {
      const roomId = await makeRoom();
      await say(roomId, 'a', 'b', 'c');
      const page = async (offset: number) => (await store.page(roomId, { offset, limit: 2 })).map(({ text }) => text);
      expect([await page(0), await page(2), await page(4)]).toEqual([['c', 'b'], ['a'], []]);
    });
  });
});
