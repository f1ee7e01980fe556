import type { Kysely } from 'kysely';
import { isForeignKeyViolation, isUniqueViolation } from '../storage/errors.ts';
import type { Database } from '../storage/schema.ts';

/** An invitation as stored; times are milliseconds since the epoch. */
export interface InvitationRow {
  id: string;
  roomId: string;
  /** Who is invited. */
  accountId: string;
  fromId: string;
  createdAt: number;
}

/** With what the invited are told of the room. */
type InvitationOfRoom = InvitationRow & { title: string; language: string };

export interface InvitationStore {
  /** `present`: this account is invited already; `gone`: room or account do not exist. */
  insert(invitation: InvitationRow): Promise<'invited' | 'present' | 'gone'>;
  find(roomId: string, accountId: string): Promise<InvitationRow | undefined>;
  countOfRoom(roomId: string): Promise<number>;
  countOfAccount(accountId: string): Promise<number>;
  /** The newest first. */
  listOfAccount(accountId: string): Promise<InvitationOfRoom[]>;
  /** Those from one account to another. */
  listBetween(fromId: string, accountId: string): Promise<InvitationRow[]>;
  delete(id: string): Promise<void>;
}

/** The SQL of invitations. */
export function createInvitationStore(db: Kysely<Database>): InvitationStore {
  const invitations = () =>
    db
      .selectFrom('invitations')
      .select(['invitations.id as id', 'invitations.room_id as roomId', 'invitations.account_id as accountId'])
      .select(['invitations.from_id as fromId', 'invitations.created_at as createdAt']);

  async function countBy(column: 'room_id' | 'account_id', id: string): Promise<number> {
    const { count } = await db
      .selectFrom('invitations')
      .select((is) => is.fn.countAll<number>().as('count'))
      .where(column, '=', id)
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  return {
    async insert({ id, roomId, accountId, fromId, createdAt }) {
      try {
        await db
          .insertInto('invitations')
          .values({ id, room_id: roomId, account_id: accountId, from_id: fromId, created_at: createdAt })
          .execute();
        return 'invited';
      } catch (error) {
        if (isUniqueViolation(error)) return 'present';
        if (isForeignKeyViolation(error)) return 'gone';
        throw error;
      }
    },

    find: (roomId, accountId) =>
      invitations().where('room_id', '=', roomId).where('account_id', '=', accountId).executeTakeFirst(),

    countOfRoom: (roomId) => countBy('room_id', roomId),
    countOfAccount: (accountId) => countBy('account_id', accountId),

    listOfAccount: (accountId) =>
      invitations()
        .innerJoin('rooms', 'rooms.id', 'invitations.room_id')
        .select(['rooms.title as title', 'rooms.language as language'])
        .where('invitations.account_id', '=', accountId)
        .orderBy('invitations.id', 'desc')
        .execute(),

    listBetween: (fromId, accountId) =>
      invitations().where('account_id', '=', accountId).where('from_id', '=', fromId).execute(),

    async delete(id) {
      await db.deleteFrom('invitations').where('id', '=', id).execute();
    },
  };
}
