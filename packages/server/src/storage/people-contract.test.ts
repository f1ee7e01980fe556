import { limits } from '@coderoom/protocol';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  addAccount as addAccountTo,
  addRoom,
  describeOnEachDatabase,
  memberRow,
  nextId,
} from '../../test/storage-fixtures.ts';
import { createAccountStore } from '../accounts/store.ts';
import { createBanStore } from '../bans/store.ts';
import { createFriendStore } from '../friends/store.ts';
import { createInvitationStore } from '../invitations/store.ts';
import { createKnockStore, type KnockRow } from '../knocks/store.ts';
import { createMemberStore } from '../members/store.ts';
import { createRoomListStore, type PublicPage, type RoomCursor } from '../rooms/list-store.ts';
import { createRoomStore } from '../rooms/store.ts';
import { wordsOf } from '../rooms/words.ts';
import type { Storage } from './database.ts';

const start = 1_764_000_000_000;
const anyText = 'naïve ✓ 日本語 e\u0301 👩🏽‍💻 \u{10ffff} \' " ` % _ ; --';

describeOnEachDatabase('people and doors', (open, kind) => {
  let storage: Storage;
  let stores: ReturnType<typeof openStores>;

  beforeAll(async () => {
    storage = await open();
    stores = openStores(storage);
  });

  const addAccount = (name?: string) => addAccountTo(storage, name);

  describe('rooms', () => {
    it('STORE-1 keeps what is said of their doors', async () => {
      const room = await addRoom(storage, {
        description: anyText,
        visibility: 'public',
        passwordHash: '$argon2id$v=19$x',
        lobby: true,
        viewCode: `view-${nextId()}`,
        isIdKnown: true,
        lastActiveAt: start + 5,
        guestsOnly: false,
      });
      expect(await stores.rooms.find(room.id)).toEqual(room);
      expect(await stores.rooms.find(room.viewCode ?? '')).toEqual(room);
    });

    it('STORE-1 changes what a patch names, and nothing else, in the status that is expected only', async () => {
      const room = await addRoom(storage, { status: 'waiting' });
      const doors = { passwordHash: 'h', lobby: true, viewCode: `v-${nextId()}`, isIdKnown: true } as const;
      expect(await stores.rooms.update(room.id, doors)).toEqual({ ...room, ...doors });
      const closed = { passwordHash: null, lobby: false, viewCode: null } as const;
      const reopened = { ...room, ...doors, ...closed };
      expect(await stores.rooms.update(room.id, closed)).toEqual(reopened);
      expect(await stores.rooms.update(room.id, { status: 'ended' }, 'active')).toBeUndefined();
      expect(await stores.rooms.find(room.id)).toEqual(reopened);
      expect(await stores.rooms.update(room.id, { status: 'active' }, 'waiting')).toMatchObject({ status: 'active' });
      expect(await stores.rooms.update(nextId(), { title: 'x' })).toBeUndefined();
    });

    it('ROOM-16 of many who start or end it at once, one does', async () => {
      const room = await addRoom(storage, { status: 'waiting' });
      const steps = await Promise.all(
        Array.from({ length: 8 }, () => stores.rooms.update(room.id, { status: 'active' }, 'waiting')),
      );
      expect(steps.filter((step) => step !== undefined)).toHaveLength(1);
    });

    it('ROOM-20 deletes what is unused, unless somebody came meanwhile or has an account', async () => {
      const at = start - 1_000_000;
      const [old, used, kept] = [
        await addRoom(storage, { lastActiveAt: at }),
        await addRoom(storage, { lastActiveAt: at - 1 }),
        await addRoom(storage, { lastActiveAt: at, guestsOnly: false }),
      ];
      const unused = (await stores.rooms.listUnused(at + 1, 10)).map(({ id }) => id);
      expect(unused).toEqual([used.id, old.id]);
      await stores.rooms.touch([used.id, nextId()], start);
      const since = { unusedSince: at + 1 };
      expect(await Promise.all([old, used, kept].map(({ id }) => stores.rooms.delete(id, since)))).toEqual([
        true,
        false,
        false,
      ]);
      expect(await stores.rooms.find(old.id)).toBeUndefined();
      expect(await stores.rooms.find(used.id)).toMatchObject({ lastActiveAt: start });
      await stores.rooms.touch([], start);
      for (const { id } of [used, kept]) expect(await stores.rooms.delete(id)).toBe(true);
    });

    it('STORE-5 takes along words, bans, knocks and invitations', async () => {
      const [host, friend] = [await addAccount(), await addAccount()];
      const room = await addRoom(storage, { visibility: 'public', title: 'gone soon' });
      await stores.bans.insert(ban(room.id, { accountId: friend }));
      await stores.knocks.insert(knock(room.id));
      await stores.invitations.insert(invitation(room.id, friend, host));
      await stores.rooms.delete(room.id);
      for (const table of ['room_words', 'room_bans', 'knocks', 'invitations'] as const) {
        const rows = await storage.db.selectFrom(table).selectAll().where('room_id', '=', room.id).execute();
        expect(rows, table).toEqual([]);
      }
    });
  });

  describe('lists', () => {
    const language = `lang-${kind}`;
    let ids: string[];

    beforeEach(async () => {
      await storage.db.deleteFrom('rooms').execute();
      ids = [];
      for (let index = 0; index < 7; index++) {
        const { id } = await addRoom(storage, {
          visibility: 'public',
          title: index % 2 === 0 ? `Sorting numbers ${index}` : `Café talk ${index}`,
          description: index === 3 ? 'about Sorting, too: C++ & 東京' : '',
          language: index < 4 ? language : 'python',
          // Two at the same moment: the id decides.
          lastActiveAt: start + Math.floor(index / 2),
        });
        ids.unshift(id);
      }
    });

    async function walk(page: Omit<PublicPage, 'limit' | 'before'>, limit: number): Promise<string[]> {
      const found: string[] = [];
      let before: RoomCursor | undefined;
      for (;;) {
        const { rooms, next } = await stores.lists.listPublic({ ...page, before, limit });
        found.push(...rooms.map(({ id }) => id));
        if (next === null) return found;
        before = next;
      }
    }

    it('ROOM-21 goes through all, the one used last first, each once, whatever the size of a page', async () => {
      for (const limit of [1, 2, 3, 7, 100]) expect(await walk({ words: [] }, limit), `${limit}`).toEqual(ids);
      expect(await walk({ words: [], language }, 2)).toEqual(ids.slice(3));
      expect(await stores.lists.countPublic({ words: [] })).toBe(7);
      expect(await stores.lists.countPublic({ words: ['sort'], language })).toBe(3);
      const page = await stores.lists.listPublic({ words: [], skip: 4, limit: 2 });
      expect(page.rooms.map(({ id }) => id)).toEqual(ids.slice(4, 6));
      const { rooms } = await stores.lists.listPublic({ words: [], limit: 1 });
      expect(rooms[0]).toMatchObject({ id: ids[0], ownerName: 'Quiet Otter' });
    });

    it('ROOM-21 finds by the beginnings of words, of which all have to be there', async () => {
      const find = (text: string, more: object = {}) => walk({ words: wordsOf(text, 5), ...more }, 2);
      const sorting = ids.filter((_, index) => [0, 2, 3, 4, 6].includes(index));
      expect(await find('SORT')).toEqual(sorting);
      expect(await find('sorting cafe')).toEqual([ids[3]]);
      expect(await find('cafe', { language })).toEqual([ids[3], ids[5]]);
      expect(await find('東京')).toEqual([ids[3]]);
      expect(await find('orting')).toEqual([]);
      expect(await find('sorting nowhere')).toEqual([]);
    });

    it('ROOM-21 shows what is public and has not ended, as it is now', async () => {
      const [first, second, third] = ids as [string, string, string];
      await stores.rooms.update(first, { status: 'ended' });
      await stores.rooms.update(second, { visibility: 'unlisted' });
      await stores.rooms.update(third, { title: 'Renamed' });
      expect(await walk({ words: [] }, 3)).toEqual(ids.slice(2));
      expect(await walk({ words: ['renamed'] }, 3)).toEqual([third]);
      expect(await walk({ words: ['sorting'] }, 3)).not.toContain(third);
      await stores.rooms.update(second, { visibility: 'public' });
      expect(await walk({ words: ['cafe'] }, 3)).toContain(second);
    });

    it('ROOM-21 a search for common words goes on from page to page until the end', async () => {
      const rows = Array.from({ length: limits.searchCandidatesMax + 50 }, (_, index) => index);
      for (const index of rows) {
        await addRoom(storage, {
          visibility: 'public',
          title: index % 500 === 7 ? 'common needle' : 'common straw',
          lastActiveAt: start - 10 - index,
        });
      }
      expect(await walk({ words: ['common'] }, 100)).toHaveLength(rows.length);
      expect(await walk({ words: ['common', 'needle'] }, 1)).toHaveLength(3);
      expect(await stores.lists.countPublic({ words: ['common', 'needle'] })).toBe(3);
    }, 60_000);

    it('ROOM-22 lists the rooms of an account', async () => {
      const account = await addAccount();
      const [a, b, c] = ids as [string, string, string];
      for (const roomId of [a, b, c]) await stores.members.insert(memberRow(roomId, { accountId: account }));
      const left = await stores.members.findByAccount(b, account);
      await stores.members.end(left?.id ?? '', { removedAt: 1 });
      const page = await stores.lists.listOfAccount(account, { limit: 1 });
      expect(page.rooms).toMatchObject([{ id: a, role: 'editor', ownerName: 'Quiet Otter' }]);
      const rest = await stores.lists.listOfAccount(account, { limit: 5, before: page.next ?? undefined });
      expect(rest).toMatchObject({ rooms: [{ id: c }], next: null });
      expect((await stores.lists.listOfAccount(nextId(), { limit: 5 })).rooms).toEqual([]);
    });
  });

  describe('members', () => {
    it('MEMBER-6 has an account once in a room, however many doors it comes by', async () => {
      const [room, account] = [await addRoom(storage), await addAccount()];
      const rows = Array.from({ length: 6 }, () => memberRow(room.id, { accountId: account }));
      const inserted = await Promise.all(rows.map(stores.members.insert));
      expect(inserted.filter(Boolean)).toHaveLength(1);
      const winner = rows[inserted.indexOf(true)];
      expect(await stores.members.findByAccount(room.id, account)).toEqual(winner);
      expect(await stores.members.listOfAccount(account)).toEqual([winner]);
      for (let guest = 0; guest < 2; guest++) expect(await stores.members.insert(memberRow(room.id))).toBe(true);
    });

    it('ROOM-20 knows whether a room has a member with an account', async () => {
      const room = await addRoom(storage);
      const isGuestsOnly = async () => (await stores.rooms.find(room.id))?.guestsOnly;
      const accounts = await Promise.all([addAccount(), addAccount(), addAccount()]);
      const members = accounts.map((accountId) => memberRow(room.id, { accountId }));
      await stores.members.insert(memberRow(room.id));
      expect(await isGuestsOnly()).toBe(true);
      await Promise.all(members.map(stores.members.insert));
      expect(await isGuestsOnly()).toBe(false);
      await Promise.all(members.slice(1).map(({ id }) => stores.members.end(id, { removedAt: 1 })));
      expect(await isGuestsOnly()).toBe(false);
      expect((await stores.rooms.find(room.id))?.lastActiveAt).toBe(room.lastActiveAt);
      // From then on, and not from when it was used before, it is kept as rooms of guests are.
      const endedAt = room.lastActiveAt + 1_000_000;
      await stores.members.end(members[0]?.id ?? '', { removedAt: endedAt, accountId: null });
      expect(await isGuestsOnly()).toBe(true);
      expect((await stores.rooms.find(room.id))?.lastActiveAt).toBe(endedAt);
      await stores.members.update(members[1]?.id ?? '', { removedAt: null });
      expect(await isGuestsOnly()).toBe(false);
    });

    it('MEMBER-7 has one owner, whoever hands over at once', async () => {
      const room = await addRoom(storage);
      const [owner] = await stores.members.list(room.id);
      const heirs = Array.from({ length: 4 }, () => memberRow(room.id));
      for (const heir of heirs) await stores.members.insert(heir);
      if (owner === undefined) throw new Error('there is no owner');
      const done = await Promise.all(heirs.map((heir) => stores.members.handOver(owner, heir)));
      expect(done.filter(Boolean)).toHaveLength(1);
      const owners = (await stores.members.list(room.id)).filter(({ role }) => role === 'owner');
      expect(owners.map(({ id }) => id)).toEqual([heirs[done.indexOf(true)]?.id]);
      const gone = memberRow(room.id, { removedAt: 1 });
      await stores.members.insert(gone);
      const [present] = owners;
      expect(present && (await stores.members.handOver(present, gone))).toBe(false);
      expect((await stores.members.find(present?.id ?? ''))?.role).toBe('owner');
    });
  });

  describe('bans', () => {
    it('ROOM-19 are of an account or an address in one room, and lifted one by one', async () => {
      const [room, other] = [await addRoom(storage), await addRoom(storage)];
      const account = await addAccount();
      const [first, second] = [ban(room.id, { accountId: account, name: anyText }), ban(room.id, { address: '::1' })];
      for (const row of [first, second, ban(room.id, { address: '::1' }), ban(nextId(), { address: '::1' })]) {
        await stores.bans.insert(row);
      }
      expect(await stores.bans.list(room.id)).toEqual([second, first]);
      expect(await stores.bans.findOfAccount(room.id, account)).toEqual(first);
      expect(await stores.bans.findOfAddress(room.id, '::1')).toEqual(second);
      expect(await stores.bans.findOfAddress(other.id, '::1')).toBeUndefined();
      expect(await stores.bans.delete(other.id, first.id)).toBeUndefined();
      expect(await stores.bans.delete(room.id, first.id)).toEqual(first);
      expect(await stores.bans.list(room.id)).toEqual([second]);
    });
  });

  describe('knocks', () => {
    it('KNOCK-1 wait in their order until they are settled, once', async () => {
      const room = await addRoom(storage);
      const [first, second] = [knock(room.id, { name: anyText }), knock(room.id, { accountId: nextId() })];
      for (const row of [first, second]) await stores.knocks.insert(row);
      expect(await stores.knocks.listWaiting(room.id)).toEqual([first, second]);
      const outcomes = await Promise.all(
        (['admitted', 'refused', 'withdrawn'] as const).map((state) =>
          stores.knocks.settle(first.id, 'waiting', { state, memberId: nextId() }),
        ),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await stores.knocks.listWaiting(room.id)).toEqual([second]);
      expect((await stores.knocks.listAllWaiting()).map(({ id }) => id)).toContain(second.id);
      expect(await stores.knocks.find(nextId(), first.id)).toBeUndefined();
      expect((await stores.knocks.find(room.id, first.id))?.memberId).not.toBeNull();
      await stores.knocks.sweep(first.createdAt + 1);
      expect(await stores.knocks.find(room.id, first.id)).toBeUndefined();
      expect(await stores.knocks.find(room.id, second.id)).toEqual(second);
      await expect(stores.knocks.insert(knock(nextId()))).rejects.toMatchObject({ code: 'room_not_found' });
    });
  });

  describe('friends', () => {
    it('FRIEND-1 ask, accept and part; each sees it from their side', async () => {
      const [a, b] = [await addAccount(), await addAccount()];
      const { friends } = stores;
      expect(await friends.ask(a, b, start)).toBe('asked');
      expect(await friends.ask(a, b, start + 1)).toBe('none');
      expect(await friends.list(a)).toEqual([{ accountId: b, state: 'outgoing', askedBy: a, since: start }]);
      expect(await friends.list(b)).toEqual([{ accountId: a, state: 'incoming', askedBy: a, since: start }]);
      expect(await friends.accept(a, b, start)).toBe(false);
      expect(await friends.accept(b, a, start + 2)).toBe(true);
      expect(await friends.accept(b, a, start + 3)).toBe(false);
      for (const [own, other] of [
        [a, b],
        [b, a],
      ] as const) {
        expect(await friends.find(own, other)).toEqual({
          accountId: other,
          state: 'accepted',
          askedBy: a,
          since: start + 2,
        });
      }
      expect([await friends.count(a), await friends.count(b)]).toEqual([1, 1]);
      expect(await friends.remove(b, a)).toMatchObject({ state: 'accepted' });
      expect(await friends.remove(a, b)).toBeUndefined();
      expect(await friends.ask(a, nextId(), start)).toBe('gone');
    });

    it('FRIEND-2 there is one row however many ask in either direction at once, and crossing requests make friends', async () => {
      for (let round = 0; round < 5; round++) {
        const [a, b] = [await addAccount(), await addAccount()];
        const outcomes = await Promise.all(
          Array.from({ length: 10 }, (_, index) =>
            index % 2 === 0 ? stores.friends.ask(a, b, start) : stores.friends.ask(b, a, start),
          ),
        );
        expect(outcomes.filter((outcome) => outcome === 'asked')).toHaveLength(1);
        expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
        expect(await stores.friends.list(a)).toHaveLength(1);
        expect(await stores.friends.find(b, a)).toMatchObject({ state: 'accepted' });
      }
    });

    it('FRIEND-5 blocking ends what was between two, and is undone alone', async () => {
      const [a, b] = [await addAccount(), await addAccount()];
      await stores.friends.ask(a, b, start);
      const blocked = await Promise.all(Array.from({ length: 4 }, () => stores.friends.block(b, a, start)));
      expect(blocked).toEqual([true, true, true, true]);
      expect(await stores.friends.list(b)).toEqual([]);
      expect(await stores.friends.listBlocked(b)).toEqual([{ accountId: a, since: start }]);
      expect(await stores.friends.listBlockers(a)).toEqual([b]);
      expect([await stores.friends.isBlocked(b, a), await stores.friends.isBlocked(a, b)]).toEqual([true, false]);
      expect(await stores.friends.block(a, nextId(), start)).toBe(false);
      expect([await stores.friends.unblock(b, a), await stores.friends.unblock(b, a)]).toEqual([true, false]);
    });

    it('AUTH-8 go with their account', async () => {
      const [a, b] = [await addAccount(), await addAccount()];
      const room = await addRoom(storage);
      await stores.friends.ask(a, b, start);
      await stores.invitations.insert(invitation(room.id, b, a));
      await stores.accounts.delete(a);
      expect(await stores.friends.list(b)).toEqual([]);
      expect(await stores.invitations.listOfAccount(b)).toEqual([]);
    });
  });

  describe('invitations', () => {
    it('INVITE-1 are there once for each room and account', async () => {
      const [host, friend] = [await addAccount(), await addAccount()];
      const room = await addRoom(storage, { title: anyText });
      const rows = Array.from({ length: 4 }, () => invitation(room.id, friend, host));
      const outcomes = await Promise.all(rows.map(stores.invitations.insert));
      expect(outcomes.toSorted()).toEqual(['invited', 'present', 'present', 'present']);
      const kept = rows[outcomes.indexOf('invited')];
      expect(await stores.invitations.find(room.id, friend)).toEqual(kept);
      expect(await stores.invitations.listBetween(host, friend)).toEqual([kept]);
      expect(await stores.invitations.listOfAccount(friend)).toMatchObject([{ ...kept, title: anyText }]);
      expect(await stores.invitations.countOfRoom(room.id)).toBe(1);
      expect(await stores.invitations.insert(invitation(nextId(), friend, host))).toBe('gone');
      expect(await stores.invitations.insert(invitation(room.id, nextId(), host))).toBe('gone');
      await stores.invitations.delete(kept?.id ?? '');
      expect(await stores.invitations.find(room.id, friend)).toBeUndefined();
    });
  });
});

function openStores({ db }: Storage) {
  return {
    accounts: createAccountStore(db),
    rooms: createRoomStore(db),
    lists: createRoomListStore(db),
    members: createMemberStore(db),
    bans: createBanStore(db),
    knocks: createKnockStore(db),
    friends: createFriendStore(db),
    invitations: createInvitationStore(db),
  };
}

function ban(roomId: string, change: { accountId?: string; address?: string; name?: string }) {
  return { id: nextId(), roomId, accountId: null, address: null, name: 'Quiet Otter', createdAt: start, ...change };
}

function knock(roomId: string, change: Partial<KnockRow> = {}): KnockRow {
  return {
    id: nextId(),
    roomId,
    accountId: null,
    sessionId: null,
    name: 'Quiet Otter',
    role: 'editor',
    reason: 'lobby',
    address: '127.0.0.1',
    state: 'waiting',
    memberId: null,
    createdAt: start,
    ...change,
  };
}

function invitation(roomId: string, accountId: string, fromId: string) {
  return { id: nextId(), roomId, accountId, fromId, createdAt: start };
}
