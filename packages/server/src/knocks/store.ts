import { type GivenRole, type KnockState, ProblemError } from '@coderoom/protocol';
import type { Kysely } from 'kysely';
import { isForeignKeyViolation } from '../storage/errors.ts';
import type { Database } from '../storage/schema.ts';

/** A knock as stored; times are milliseconds since the epoch. */
export interface KnockRow {
  id: string;
  roomId: string;
  accountId: string | null;
  /** The sign-in by which somebody with an account asks. */
  sessionId: string | null;
  name: string;
  role: GivenRole;
  reason: 'lobby' | 'waiting';
  address: string;
  state: KnockState;
  /** Who they became once admitted. */
  memberId: string | null;
  createdAt: number;
}

export interface KnockStore {
  /** Fails with `room_not_found` when the room is gone. */
  insert(knock: KnockRow): Promise<void>;
  find(roomId: string, id: string): Promise<KnockRow | undefined>;
  /** In the order in which they came. */
  listWaiting(roomId: string): Promise<KnockRow[]>;
  /** Of all rooms. */
  listAllWaiting(): Promise<KnockRow[]>;
  /** Whether the knock was in the state `from` until now, and so is in the new one. */
  settle(
    id: string,
    from: KnockState,
    to: Partial<Pick<KnockRow, 'role' | 'memberId'>> & { state: KnockState },
  ): Promise<boolean>;
  /** Whoever waits in a room waits for its owner's word from now on. */
  holdForOwner(roomId: string): Promise<void>;
  /** Forgets those that are over and older. */
  sweep(before: number): Promise<void>;
}

/** The SQL of knocks. */
export function createKnockStore(db: Kysely<Database>): KnockStore {
  const knocks = () =>
    db
      .selectFrom('knocks')
      .select(['id', 'room_id as roomId', 'account_id as accountId', 'name', 'role', 'reason', 'address', 'state'])
      .select(['session_id as sessionId', 'member_id as memberId', 'created_at as createdAt'])
      .$castTo<KnockRow>();

  return {
    async insert(knock) {
      try {
        await db
          .insertInto('knocks')
          .values({
            id: knock.id,
            room_id: knock.roomId,
            account_id: knock.accountId,
            session_id: knock.sessionId,
            name: knock.name,
            role: knock.role,
            reason: knock.reason,
            address: knock.address,
            state: knock.state,
            member_id: knock.memberId,
            created_at: knock.createdAt,
          })
          .execute();
      } catch (error) {
        throw isForeignKeyViolation(error) ? new ProblemError('room_not_found') : error;
      }
    },

    find: (roomId, id) => knocks().where('id', '=', id).where('room_id', '=', roomId).executeTakeFirst(),
    listWaiting: (roomId) =>
      knocks().where('room_id', '=', roomId).where('state', '=', 'waiting').orderBy('id').execute(),
    listAllWaiting: () => knocks().where('state', '=', 'waiting').orderBy('id').execute(),

    async settle(id, from, { memberId, ...same }) {
      const { numUpdatedRows } = await db
        .updateTable('knocks')
        .set({ ...same, ...(memberId === undefined ? {} : { member_id: memberId }) })
        .where('id', '=', id)
        .where('state', '=', from)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async holdForOwner(roomId) {
      await db
        .updateTable('knocks')
        .set({ reason: 'lobby' })
        .where('room_id', '=', roomId)
        .where('state', '=', 'waiting')
        .execute();
    },

    async sweep(before) {
      await db.deleteFrom('knocks').where('state', '!=', 'waiting').where('created_at', '<', before).execute();
    },
  };
}
