import type { LoggedUpdate } from '@coderoom/collab';
import { limits, ProblemError, type RoomExecution, type RoomStatus, type RoomVisibility } from '@coderoom/protocol';
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { MemberRow } from '../members/store.ts';
import { holdAccount } from '../storage/account-lock.ts';
import { isUniqueViolation } from '../storage/errors.ts';
import { isListed, memberValues, roomValues, updateValues } from '../storage/rows.ts';
import type { Database } from '../storage/schema.ts';
import { transact } from '../storage/transaction.ts';
import { wordsOf } from './words.ts';

/** A room as it is stored; times are milliseconds since the epoch. */
export interface RoomRow {
  id: string;
  /** Lower-case. */
  code: string;
  title: string;
  description: string;
  language: string;
  execution: RoomExecution;
  visibility: RoomVisibility;
  passwordHash: string | null;
  lobby: boolean;
  /** Of the view-only link, when there is one; lower-case. */
  viewCode: string | null;
  /** There was a view-only link once: whoever came by it knows the id, which therefore lets nobody in any more. */
  isIdKnown: boolean;
  capacity: number;
  status: RoomStatus;
  createdAt: number;
  endedAt: number | null;
  /** When somebody was last known to be there. */
  lastActiveAt: number;
  /** None of its members has an account. */
  guestsOnly: boolean;
}

type RoomPatchRow = Partial<
  Pick<
    RoomRow,
    | 'title'
    | 'description'
    | 'language'
    | 'execution'
    | 'visibility'
    | 'passwordHash'
    | 'lobby'
    | 'viewCode'
    | 'isIdKnown'
    | 'capacity'
    | 'status'
    | 'endedAt'
  >
>;

export interface RoomStore {
  /**
   * The room, its owner and the first update of its document: all of them, or, when the code is taken, none. Fails with
   * `session_ended` when the owner's account is gone, with `too_many_rooms` when its maker has made too many.
   */
  create(room: RoomRow, owner: MemberRow, seed: LoggedUpdate, maker?: RoomMaker): Promise<'created' | 'code-taken'>;
  /** By id, by code, by view code or by what another system's clients call it, in lower case. */
  find(key: string): Promise<RoomRow | undefined>;
  /** The room afterwards; undefined when there is none. With `from`, only a room in this status is changed. */
  update(id: string, patch: RoomPatchRow, from?: RoomStatus): Promise<RoomRow | undefined>;
  /** The room and all that belongs to it. With a condition, only if it holds; whether there was such a room. */
  delete(id: string, condition?: { unusedSince: number }): Promise<boolean>;
  /** The account is gone: what it made counts for nobody any more. */
  forgetMaker(id: string): Promise<void>;
  /** Somebody is in these rooms. */
  touch(ids: string[], at: number): Promise<void>;
  /** Rooms of guests that nobody has been in since then, the longest unused first. */
  listUnused(since: number, limit: number): Promise<RoomRow[]>;
}

/** Who makes a room: an account's id, or, of somebody without one, the network address. */
interface RoomMaker {
  id: string;
  /** How many rooms that have not ended they may have made, this one among them; 0: as many as they like. */
  openMax: number;
}

/** A room's row of the database as the application knows it. */
export function readRoom(row: Selectable<Database['rooms']>): RoomRow {
  return {
    id: row.id,
    code: row.code,
    title: row.title,
    description: row.description,
    language: row.language,
    execution: row.execution as RoomExecution,
    visibility: row.visibility as RoomVisibility,
    passwordHash: row.password_hash,
    lobby: row.lobby === 1,
    viewCode: row.view_code,
    isIdKnown: row.id_is_known === 1,
    capacity: row.capacity,
    status: row.status as RoomStatus,
    createdAt: row.created_at,
    endedAt: row.ended_at,
    lastActiveAt: row.last_active_at,
    guestsOnly: row.guests_only === 1,
  };
}

/** The SQL of rooms. */
export function createRoomStore(db: Kysely<Database>): RoomStore {
  return {
    async create(room, owner, seed, maker) {
      try {
        await transact(db, async (tx) => {
          if (owner.accountId !== null) await holdAccount(tx, owner.accountId);
          if (maker !== undefined) await assertMayMakeOneMore(tx, maker);
          await tx
            .insertInto('rooms')
            .values({ ...roomValues(room), made_by: maker?.id ?? null })
            .execute();
          await tx.insertInto('members').values(memberValues(owner)).execute();
          await tx
            .insertInto('documents')
            .values({ room_id: room.id, snapshot_seq: 0, updated_at: room.createdAt })
            .execute();
          await tx.insertInto('document_updates').values(updateValues(seed)).execute();
          await writeWords(tx, room);
        });
        return 'created';
      } catch (error) {
        const isTaken = isUniqueViolation(error) && (await findBy(db, 'code', room.code)) !== undefined;
        if (isTaken) return 'code-taken';
        throw error;
      }
    },

    async find(key) {
      const row = await db
        .selectFrom('rooms')
        .selectAll()
        .where((is) => is.or([is('id', '=', key), is('code', '=', key), is('view_code', '=', key)]))
        .executeTakeFirst();
      if (row !== undefined) return readRoom(row);
      // As the clients of another system call it; a code of ours has dashes where theirs has none.
      const foreign = await db
        .selectFrom('rooms')
        .innerJoin('room_aliases', 'room_aliases.room_id', 'rooms.id')
        .selectAll('rooms')
        .where('room_aliases.alias', 'in', [key, key.replaceAll('-', '')])
        .executeTakeFirst();
      return foreign === undefined ? undefined : readRoom(foreign);
    },

    update: (id, patch, from) =>
      transact(db, async (tx) => {
        const present = await findBy(tx, 'id', id);
        if (present === undefined) return undefined;
        // Only what is changed is written: two patches at once that name different fields both count.
        const change = columnsOf(patch);
        if (Object.keys(change).length > 0) {
          let update = tx.updateTable('rooms').set(change).where('id', '=', id);
          if (from !== undefined) update = update.where('status', '=', from);
          if ((await update.executeTakeFirst()).numUpdatedRows === 0n) return undefined;
        }
        const room = await findBy(tx, 'id', id);
        if (room === undefined) return undefined;
        const isFoundOtherwise = ['title', 'description', 'visibility', 'status'].some((field) => field in patch);
        if (isFoundOtherwise) {
          await tx
            .updateTable('rooms')
            .set({ listed: isListed(room) ? 1 : 0 })
            .where('id', '=', id)
            .execute();
          await tx.deleteFrom('room_words').where('room_id', '=', id).execute();
          await writeWords(tx, room);
        }
        return room;
      }),

    delete: (id, condition) =>
      transact(db, async (tx) => {
        let deletion = tx.deleteFrom('rooms').where('id', '=', id);
        if (condition !== undefined) {
          deletion = deletion.where('guests_only', '=', 1).where('last_active_at', '<', condition.unusedSince);
        }
        return (await deletion.executeTakeFirst()).numDeletedRows > 0n;
      }),

    async forgetMaker(id) {
      await db.updateTable('rooms').set({ made_by: null }).where('made_by', '=', id).execute();
    },

    async touch(ids, at) {
      if (ids.length === 0) return;
      // Whoever writes rooms at the same time may lock them in another order.
      await transact(db, (tx) => tx.updateTable('rooms').set({ last_active_at: at }).where('id', 'in', ids).execute());
    },

    async listUnused(since, limit) {
      const rows = await db
        .selectFrom('rooms')
        .selectAll()
        .where('guests_only', '=', 1)
        .where('last_active_at', '<', since)
        .orderBy('last_active_at')
        .limit(limit)
        .execute();
      return rows.map(readRoom);
    },
  };
}

/** What has ended is told apart by the index, too: however many there are, they are not read. */
async function assertMayMakeOneMore(tx: Transaction<Database>, { id, openMax }: RoomMaker): Promise<void> {
  if (openMax === 0) return;
  const open: RoomStatus[] = ['waiting', 'active'];
  const { count } = await tx
    .selectFrom('rooms')
    .select((is) => is.fn.countAll().as('count'))
    .where('made_by', '=', id)
    .where('status', 'in', open)
    .executeTakeFirstOrThrow();
  if (Number(count) >= openMax) throw new ProblemError('too_many_rooms');
}

async function findBy(db: Kysely<Database>, column: 'id' | 'code', value: string): Promise<RoomRow | undefined> {
  const row = await db.selectFrom('rooms').selectAll().where(column, '=', value).executeTakeFirst();
  return row === undefined ? undefined : readRoom(row);
}

async function writeWords(tx: Transaction<Database>, room: RoomRow): Promise<void> {
  if (!isListed(room)) return;
  const words = wordsOf(`${room.title}\n${room.description}`, limits.roomWordsMax);
  if (words.length === 0) return;
  await tx
    .insertInto('room_words')
    .values(words.map((word) => ({ word, room_id: room.id })))
    .execute();
}

function columnsOf(patch: RoomPatchRow) {
  const { passwordHash, lobby, viewCode, isIdKnown, endedAt, ...same } = patch;
  return {
    ...same,
    ...(passwordHash === undefined ? {} : { password_hash: passwordHash }),
    ...(lobby === undefined ? {} : { lobby: lobby ? 1 : 0 }),
    ...(viewCode === undefined ? {} : { view_code: viewCode }),
    ...(isIdKnown === undefined ? {} : { id_is_known: isIdKnown ? 1 : 0 }),
    ...(endedAt === undefined ? {} : { ended_at: endedAt }),
  };
}
