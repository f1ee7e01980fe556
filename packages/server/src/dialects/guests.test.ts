import { limits, ProblemError } from '@coderoom/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { memberRow, roomRow } from '../../test/storage-fixtures.ts';
import { createPresence } from '../gateway/presence.ts';
import type { MemberRow } from '../members/store.ts';
import type { MemberAlias } from './alias-store.ts';
import { createGuests } from './guests.ts';
import type { OpenRoom } from './open-rooms.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const room = roomRow();
  const owner = memberRow(room.id, { role: 'owner', name: 'Nobody' });
  const rows: MemberRow[] = [owner];
  const aliases: MemberAlias[] = [];
  const told: string[] = [];
  const presence = createPresence({ onOffline: (_, memberId) => told.push(`left ${memberId}`) });
  const guests = createGuests({
    aliases: {
      findRoom: async () => undefined,
      listOfRoom: async () => [],
      addRoom: async () => true,
      setState: async () => {},
      listMembers: async () => aliases,
      addMember: async (alias) => void aliases.push(alias),
    },
    members: {
      async admit(_room, role, { name, address }) {
        const row = memberRow(room.id, { role, name: name ?? 'Generated', address });
        rows.push(row);
        return row;
      },
      async leave({ member }) {
        rows.splice(rows.indexOf(member), 1);
      },
      listRows: async () => [...rows],
      describe: ({ id, name, color, role, accountId }) => ({
        id,
        name,
        color,
        role,
        accountId,
        online: true,
        joinedAt: '',
      }),
    },
    presence,
    events: { publish: (_roomId, name) => void told.push(name) },
    now: Date.now,
  });
  const open: OpenRoom = { room, alias: 'x', state: null, caretakers: [owner.id], caller: { room, member: owner } };
  const join = (name: string, address: string) =>
    guests.join('codecast', open, address, () => ({ name, color: '#fff' }));
  const online = async () =>
    (await guests.list('codecast', open)).filter(({ isOnline }) => isOnline).map(({ name }) => name);
  return { guests, open, rows, join, online, told, presence };
}

it('DIA-14 who comes by name alone is a member whom others see, and gone when nothing is heard of them for long', async () => {
  const { guests, open, join, online, told, presence } = start();
  await join('Ada', '10.0.0.1');
  await join('Bob', '10.0.0.2');
  expect(await online()).toEqual(['Ada', 'Bob']);
  expect(told).toEqual(['member:joined', 'member:joined']);
  for (let beat = 0; beat < 3; beat++) {
    await vi.advanceTimersByTimeAsync(limits.guestSilenceMs / 2);
    guests.hear(open.room.id, '10.0.0.1');
    guests.hear('another room', '10.0.0.2');
  }
  expect(await online()).toEqual(['Ada']);
  await vi.advanceTimersByTimeAsync(limits.presenceGraceMs);
  expect(told.filter((what) => what.startsWith('left'))).toHaveLength(1);
  const [ada, bob] = await guests.list('codecast', open);
  // Something is heard again from where Bob came.
  await guests.list('codecast', open, { heardFrom: '10.0.0.2' });
  expect(await online()).toEqual(['Ada', 'Bob']);
  if (ada === undefined || bob === undefined) throw new Error('nobody is there');
  guests.setOnline(ada, false, '10.0.0.1');
  expect(await online()).toEqual(['Bob']);
  await guests.leave('codecast', open, bob);
  await expect(guests.leave('code-interview', open, ada)).rejects.toThrow(ProblemError);
  expect(await online()).toEqual([]);
  guests.close();
  presence.close();
});

it('DIA-14 names of any length and kind stay what they are where they came in, and are shown as far as they can be', async () => {
  const { guests, open, rows, join, presence } = start();
  const names = ['', '\u0000', ' \n ', 'x'.repeat(1000), `${'x'.repeat(39)}👍`, 'Ada'];
  for (const name of names) await join(name, '10.0.0.1');
  expect((await guests.list('codecast', open)).map(({ name }) => name)).toEqual(names);
  const among = (await guests.list('code-interview', open)).map(({ name }) => name);
  expect(among).toEqual(['Generated', 'Generated', 'Generated', 'x'.repeat(40), 'x'.repeat(39), 'Ada']);
  expect(rows.slice(1).map(({ name }) => name)).toEqual(among);
  guests.close();
  presence.close();
});
