import { expect, it } from 'vitest';
import { memberRow, roomRow } from '../../test/storage-fixtures.ts';
import type { RoomRow } from '../rooms/store.ts';
import type { AliasStore } from './alias-store.ts';
import { toV4 } from './ids.ts';
import { createOpenRooms } from './open-rooms.ts';

function start(room: RoomRow, { isBanned = false, isLowered = false } = {}) {
  const aliases: Parameters<AliasStore['addRoom']>[0][] = [];
  const used: string[] = [];
  const rooms = createOpenRooms({
    aliases: {
      findRoom: async (dialect, alias) => aliases.find((one) => one.dialect === dialect && one.alias === alias),
      listOfRoom: async () => aliases,
      addRoom: async (alias) => aliases.push(alias) > 0,
      setState: async () => {},
      listMembers: async () => [],
      addMember: async () => {},
    },
    rooms: {
      create: () => Promise.reject(new Error('nothing is made here')),
      find: async (key) => (key === room.id || key === room.code || key === room.viewCode ? room : undefined),
    },
    members: {
      find: async () => undefined,
      roleOf: async (_roomId, role) => (isLowered ? 'viewer' : role),
      prepare: (roomId, role, { name }) => memberRow(roomId, { role, name: name ?? '' }),
    },
    bans: { isBanned: async () => isBanned, watch: () => () => {} },
    events: { listen: () => () => {} },
    logger: { warn() {} },
    onUsed: ({ id }) => void used.push(id),
  });
  return { find: (key: string) => rooms.find('codecast', key, '10.0.0.1'), aliases, used };
}

const uuid = '019a0000-0000-7000-8000-00000000000a';
const somebodys = (change: Partial<RoomRow> = {}) => roomRow({ id: uuid, code: 'k7m2-p9xq', ...change });

it('DIA-13 DIA-15 finds a room by its codes and its id, gives it one code of the dialect, and notes that it is used', async () => {
  const { find, aliases, used } = start(somebodys());
  const first = await find('k7m2-p9xq');
  expect(first?.alias).toMatch(/^[0-9a-f]{8}$/);
  expect(first?.caller.member.role).toBe('editor');
  for (const key of ['K7M2P9XQ', uuid, toV4(uuid), first?.alias ?? ''])
    expect((await find(key))?.alias, key).toBe(first?.alias);
  expect(aliases).toHaveLength(1);
  expect(used).toHaveLength(5);
  for (const key of ['', 'k7m2', "' or 1=1", 'é', 'x'.repeat(1000), '\0']) expect(await find(key)).toBeUndefined();
});

it('DIA-13 finds no room whose door is not open to everybody, and none for who is banned', async () => {
  for (const change of [
    { passwordHash: 'x' },
    { lobby: true },
    { visibility: 'private' },
    { status: 'waiting' },
    { status: 'ended' },
  ] as const) {
    const { find, used } = start(somebodys(change));
    expect(await find('k7m2-p9xq'), JSON.stringify(change)).toBeUndefined();
    expect(used).toEqual([]);
  }
  expect(await start(somebodys(), { isBanned: true }).find('k7m2-p9xq')).toBeUndefined();
  // Whoever came by the view-only link knows that and the id.
  const looking = start(somebodys({ viewCode: 'aaaa-bbbb-cccc', isIdKnown: true }));
  for (const key of [uuid, toV4(uuid), 'aaaa-bbbb-cccc']) expect(await looking.find(key), key).toBeUndefined();
  expect(await looking.find('k7m2-p9xq')).toBeDefined();
});
