import {
  limits,
  type MemberRole,
  type OwnRoomListing,
  type OwnRoomsQuery,
  ProblemError,
  type RoomListing,
  type RoomsQuery,
} from '@coderoom/protocol';
import type { Presence } from '../gateway/presence.ts';
import { isId } from '../identifiers.ts';
import type { ListedRoom, RoomCursor, RoomListStore } from './list-store.ts';
import { viewRoom } from './room-view.ts';
import { wordsOf } from './words.ts';

/** Lists of rooms: the public ones, and one's own. */
export interface RoomLists {
  /** Rooms that everybody may find, the one used last first. */
  listPublic(query: RoomsQuery): Promise<Page<RoomListing>>;
  /** The same by the number of a page, from 1 on, with how many rooms there are in all: for clients that count pages. */
  countPages(query: PagesQuery): Promise<{ items: RoomListing[]; total: number }>;
  /** Rooms that somebody is a member of. */
  listOwn(accountId: string, query: OwnRoomsQuery): Promise<Page<OwnRoomListing>>;
}

interface PagesQuery {
  page: number;
  perPage: number;
  search?: string | undefined;
  language?: string | undefined;
}

interface Page<Item> {
  items: Item[];
  /** What to ask for next; null: there are no more. */
  next: string | null;
}

export function createRoomLists(store: RoomListStore, presence: Pick<Presence, 'countOnlineIn'>): RoomLists {
  function describe(row: ListedRoom, role: MemberRole): RoomListing {
    const view = viewRoom(row, role, 0);
    const { viewCode: _viewCode, endedAt: _endedAt, expiresAt: _expiresAt, execution: _execution, ...room } = view;
    return {
      ...room,
      online: presence.countOnlineIn(row.id),
      ownerName: row.ownerName,
      lastActiveAt: new Date(row.lastActiveAt).toISOString(),
    };
  }

  // What stands in the list is told to everybody: there is nothing to hide from a viewer.
  const describeListed = (row: ListedRoom) => describe(row, 'editor');

  return {
    async listPublic({ before, limit = limits.roomsPageDefault, search, language }) {
      const words = wordsIn(search);
      if (words === undefined) return { items: [], next: null };
      const { rooms, next } = await store.listPublic({ before: readCursor(before), limit, language, words });
      return { items: rooms.map(describeListed), next: writeCursor(next) };
    },

    async countPages({ page, perPage, search, language }) {
      const words = wordsIn(search);
      if (words === undefined) return { items: [], total: 0 };
      const [{ rooms }, total] = await Promise.all([
        store.listPublic({ skip: (page - 1) * perPage, limit: perPage, language, words }),
        store.countPublic({ language, words }),
      ]);
      return { items: rooms.map(describeListed), total };
    },

    async listOwn(accountId, { before, limit = limits.roomsPageDefault }) {
      const { rooms, next } = await store.listOfAccount(accountId, { before: readCursor(before), limit });
      const items = rooms.map((room) => ({
        ...describe(room, room.role),
        role: room.role,
        joinedAt: new Date(room.joinedAt).toISOString(),
      }));
      return { items, next: writeCursor(next) };
    },
  };
}

/** Undefined: what is searched for is no word, and nothing has it. */
function wordsIn(search = ''): string[] | undefined {
  const words = wordsOf(search, limits.searchWordsMax);
  return words.length === 0 && search.trim() !== '' ? undefined : words;
}

function writeCursor(cursor: RoomCursor | null): string | null {
  return cursor === null ? null : `${cursor.lastActiveAt}.${cursor.id}`;
}

function readCursor(text: string | undefined): RoomCursor | undefined {
  if (text === undefined) return undefined;
  const [, lastActiveAt, id] = /^(\d{1,15})\.(.+)$/.exec(text) ?? [];
  if (id === undefined || !isId(id)) {
    throw new ProblemError('invalid_request', { detail: 'query: before is not the `next` of a page' });
  }
  return { lastActiveAt: Number(lastActiveAt), id };
}
