import { limits, type MemberRole } from '@coderoom/protocol';
import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { Database } from '../storage/schema.ts';
import { type RoomRow, readRoom } from './store.ts';

/** Where a page of a list begins: after the room with this activity and id. */
export interface RoomCursor {
  lastActiveAt: number;
  id: string;
}

interface PublicRooms {
  language?: string | undefined;
  /** A room has to have a word that begins with each of them. */
  words: string[];
}

export interface PublicPage extends PublicRooms {
  before?: RoomCursor | undefined;
  /** How many to leave out, for clients that count pages. */
  skip?: number | undefined;
  limit: number;
}

/** A room in a list, with its owner's name. */
export type ListedRoom = RoomRow & { ownerName: string };
type OwnListedRoom = ListedRoom & { role: MemberRole; joinedAt: number };

export interface RoomListStore {
  /** Public rooms that have not ended, the one used last first. `next` is where to go on; a page may be short before. */
  listPublic(page: PublicPage): Promise<{ rooms: ListedRoom[]; next: RoomCursor | null }>;
  /** How many there are in all; of a search for common words alone, among the newest. */
  countPublic(rooms: PublicRooms): Promise<number>;
  /** Rooms that an account is a member of, the one used last first. */
  listOfAccount(
    accountId: string,
    page: { before?: RoomCursor | undefined; limit: number },
  ): Promise<{ rooms: OwnListedRoom[]; next: RoomCursor | null }>;
}

type RoomsQuery = SelectQueryBuilder<Database, 'rooms', Database['rooms']>;

/** The SQL of lists of rooms. Each walks an index; docs/performance.md has what was measured. */
export function createRoomListStore(db: Kysely<Database>): RoomListStore {
  /** Listed rooms from the cursor on, in order: a range of `rooms_listed` or `rooms_listed_by_language`. */
  function listed(
    { before, language }: Pick<PublicPage, 'before' | 'language'>,
    { byIndex } = { byIndex: true },
  ): RoomsQuery {
    let rooms = db.selectFrom('rooms').selectAll('rooms') as RoomsQuery;
    // A sum is in no index: SQLite would rather walk all that is listed than look a few rooms up by their ids.
    rooms = byIndex ? rooms.where('rooms.listed', '=', 1) : rooms.where((is) => is(is('rooms.listed', '+', 0), '=', 1));
    if (language !== undefined) rooms = rooms.where('rooms.language', '=', language);
    if (before !== undefined) {
      rooms = rooms
        .where('rooms.last_active_at', '<=', before.lastActiveAt)
        .where((is) => is.or([is('rooms.last_active_at', '<', before.lastActiveAt), is('rooms.id', '<', before.id)]));
    }
    return rooms.orderBy('rooms.last_active_at', 'desc').orderBy('rooms.id', 'desc');
  }

  const wordsFrom = (beginning: string) =>
    db
      .selectFrom('room_words')
      .where('word', '>=', beginning)
      .where('word', '<', beginning + lastCharacter);

  /** How many rooms a beginning of a word stands for, counted no further than is needed. */
  async function countCandidates(beginning: string): Promise<number> {
    const some = wordsFrom(beginning)
      .select('room_id')
      .limit(limits.searchCandidatesMax + 1)
      .as('some');
    const { count } = await db
      .selectFrom(some)
      .select((is) => is.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  const hasWord = (query: RoomsQuery, beginning: string) =>
    query.where((is) =>
      is.exists(
        is
          .selectFrom('room_words')
          .select('room_words.room_id')
          .whereRef('room_words.room_id', '=', 'rooms.id')
          .where('room_words.word', '>=', beginning)
          .where('room_words.word', '<', beginning + lastCharacter),
      ),
    );

  /** The rooms that are asked for, in order. With an `end` there may be more of them behind it. */
  async function choose({
    words,
    ...from
  }: Omit<PublicPage, 'limit'>): Promise<{ chosen: RoomsQuery; end?: RoomCursor }> {
    if (words.length === 0) return { chosen: listed(from) };
    const counted = await Promise.all(words.map(async (word) => ({ word, count: await countCandidates(word) })));
    // The rarest first: it lets the fewest rooms through to the others.
    counted.sort((a, b) => a.count - b.count);
    const [rarest = '', ...others] = counted.map(({ word }) => word);
    if ((counted[0]?.count ?? 0) <= limits.searchCandidatesMax) {
      // Few rooms have this word: they are looked up, sorted, and held against the other words.
      let few = listed(from, { byIndex: false }).where('rooms.id', 'in', wordsFrom(rarest).select('room_id'));
      for (const word of others) few = hasWord(few, word);
      return { chosen: few };
    }
    // Every word is common: the newest rooms are gone through until the page is full, so many and no more of them.
    const last = listed(from)
      .offset(limits.searchWalkMax - 1)
      .limit(1);
    const end = await last.clearSelect().select(['rooms.last_active_at', 'rooms.id']).executeTakeFirst();
    let found = listed(from);
    for (const word of [rarest, ...others]) found = hasWord(found, word);
    if (end === undefined) return { chosen: found };
    const chosen = found
      .where('rooms.last_active_at', '>=', end.last_active_at)
      .where((is) => is.or([is('rooms.last_active_at', '>', end.last_active_at), is('rooms.id', '>=', end.id)]));
    return { chosen, end: { lastActiveAt: end.last_active_at, id: end.id } };
  }

  async function withOwners<Room extends RoomRow>(rooms: Room[]): Promise<(Room & { ownerName: string })[]> {
    if (rooms.length === 0) return [];
    const owners = await db
      .selectFrom('members')
      .select(['room_id', 'name'])
      .where(
        'room_id',
        'in',
        rooms.map(({ id }) => id),
      )
      .where('role', '=', 'owner')
      .execute();
    const names = new Map(owners.map(({ room_id, name }) => [room_id, name]));
    return rooms.map((room) => ({ ...room, ownerName: names.get(room.id) ?? '' }));
  }

  return {
    async listPublic({ limit, skip = 0, ...asked }) {
      const { chosen, end = null } = await choose(asked);
      const rows = await chosen
        .limit(limit + 1)
        .offset(skip)
        .execute();
      const { rooms, next } = cut(rows.map(readRoom), limit);
      return { rooms: await withOwners(rooms), next: next ?? end };
    },

    async countPublic(asked) {
      const { chosen } = await choose(asked);
      const all = chosen
        .clearSelect()
        .clearOrderBy()
        .select((is) => is.fn.countAll<number>().as('count'));
      return Number((await all.executeTakeFirstOrThrow()).count);
    },

    async listOfAccount(accountId, { before, limit }) {
      let rooms = db
        .selectFrom('members')
        .innerJoin('rooms', 'rooms.id', 'members.room_id')
        .selectAll('rooms')
        .select(['members.role as role', 'members.joined_at as joinedAt'])
        .where('members.account_id', '=', accountId)
        .where('members.removed_at', 'is', null);
      if (before !== undefined) {
        rooms = rooms
          .where('rooms.last_active_at', '<=', before.lastActiveAt)
          .where((is) => is.or([is('rooms.last_active_at', '<', before.lastActiveAt), is('rooms.id', '<', before.id)]));
      }
      const rows = await rooms
        .orderBy('rooms.last_active_at', 'desc')
        .orderBy('rooms.id', 'desc')
        .limit(limit + 1)
        .execute();
      const page = cut(
        rows.map((row) => ({ ...readRoom(row), role: row.role as MemberRole, joinedAt: row.joinedAt })),
        limit,
      );
      return { rooms: await withOwners(page.rooms), next: page.next };
    },
  };
}

/** After every word with a given beginning, as all three databases compare. */
const lastCharacter = '\u{10ffff}';

/** One row more than the page was asked for: it says that there is a next one. */
function cut<Room extends RoomRow>(rooms: Room[], limit: number): { rooms: Room[]; next: RoomCursor | null } {
  const page = rooms.slice(0, limit);
  const last = page.at(-1);
  return { rooms: page, next: rooms.length > limit && last !== undefined ? cursorOf(last) : null };
}

function cursorOf({ lastActiveAt, id }: RoomRow): RoomCursor {
  return { lastActiveAt, id };
}
