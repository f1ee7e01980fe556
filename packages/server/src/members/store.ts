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
  /** Those not removed, in the order in which they joined. */
  list(roomId: string): Promise<MemberRow[]>;
  update(id: string, patch: Partial<Pick<MemberRow, 'name' | 'role' | 'removedAt'>>): Promise<void>;
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

    list: (roomId) =>
      members()
        .where('room_id', '=', roomId)
        .where('removed_at', 'is', null)
        .orderBy('joined_at')
        .orderBy('id')
        .execute(),

    async update(id, patch) {
      const { removedAt, ...same } = patch;
      const change = removedAt === undefined ? same : { ...same, removed_at: removedAt };
      if (Object.keys(change).length === 0) return;
      await db.updateTable('members').set(change).where('id', '=', id).execute();
    },
  };
}
