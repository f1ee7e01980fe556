import { expect, it } from 'vitest';
import { roomRow } from '../../test/storage-fixtures.ts';
import type { PublicPage } from './list-store.ts';
import { createRoomLists } from './lists.ts';

it('ROOM-21 pages are counted for who wants numbers', async () => {
  const asked: Omit<PublicPage, 'limit'>[] = [];
  const room = { ...roomRow({ title: 'Sorting' }), ownerName: 'Ada' };
  const lists = createRoomLists(
    {
      async listPublic(page) {
        asked.push(page);
        return { rooms: [room], next: null };
      },
      countPublic: async () => 41,
      listOfAccount: async () => ({ rooms: [], next: null }),
    },
    { countOnlineIn: () => 3 },
  );
  const page = await lists.countPages({ page: 3, perPage: 20, search: 'Sort', language: 'python' });
  expect(page).toMatchObject({ total: 41, items: [{ title: 'Sorting', ownerName: 'Ada', online: 3 }] });
  expect(asked).toEqual([{ skip: 40, limit: 20, words: ['sort'], language: 'python' }]);
  expect(await lists.countPages({ page: 1, perPage: 20, search: '!?' })).toEqual({ items: [], total: 0 });
});
