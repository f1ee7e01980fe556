import { type MemberRole, ProblemError } from '@coderoom/protocol';
import type { Kysely } from 'kysely';
import { isForeignKeyViolation } from '../storage/errors.ts';
import { memberValues } from '../storage/rows.ts';
import type { Database } from '../storage/schema.ts';

/** A member as stored; times are milliseconds since the epoch. */
export interface MemberRow {
  id: string;
  roomId: string;
  accountId: string | null;
  name: string;
  color: string;
  role: MemberRole;
  joinedAt: number;
  /** Set: no longer a member. */
  removedAt: number | null;
}

export interface MemberStore {
  /** Fails with `room_not_found` when the room is gone. */
  insert(member: MemberRow): Promise<void>;
  /** Removed members too. */
  find(id: string): Promise<MemberRow | undefined>;
  /** Somebody's place in a room, also a former one. */
  findByAccount(roomId: string, accountId: string): Promise<MemberRow | undefined>;
  /** Those not removed, in the order in which they joined. */
  list(roomId: string): Promise<MemberRow[]>;
  /** Somebody's memberships become those of guests. */
  forgetAccount(accountId: string): Promise<void>;
  update(id: string, patch: Partial<Pick<MemberRow, 'name' | 'role' | 'removedAt' | 'accountId'>>): Promise<void>;
}

/** The SQL of members. */
export function createMemberStore(db: Kysely<Database>): MemberStore {
  const members = () =>
    db
      .selectFrom('members')
      .select(['id', 'room_id as roomId', 'account_id as accountId', 'name', 'color', 'role'])
      .select(['joined_at as joinedAt', 'removed_at as removedAt'])
      .$castTo<MemberRow>();

  return {
    async insert(member) {
      try {
        await db.insertInto('members').values(memberValues(member)).execute();
      } catch (error) {
        throw isForeignKeyViolation(error) ? new ProblemError('room_not_found') : error;
      }
    },

    find: (id) => members().where('id', '=', id).executeTakeFirst(),

    findByAccount: (roomId, accountId) =>
      members().where('room_id', '=', roomId).where('account_id', '=', accountId).executeTakeFirst(),

    list: (roomId) =>
      members()
        .where('room_id', '=', roomId)
        .where('removed_at', 'is', null)
        .orderBy('joined_at')
        .orderBy('id')
        .execute(),

    async forgetAccount(accountId) {
      await db.updateTable('members').set({ account_id: null }).where('account_id', '=', accountId).execute();
    },

    async update(id, patch) {
      const { removedAt, accountId, ...rest } = patch;
      const same = { ...rest, ...(accountId === undefined ? {} : { account_id: accountId }) };
      const change = removedAt === undefined ? same : { ...same, removed_at: removedAt };
      if (Object.keys(change).length === 0) return;
      await db.updateTable('members').set(change).where('id', '=', id).execute();
    },
  };
}
