import type { Kysely } from 'kysely';
import { isForeignKeyViolation, isUniqueViolation } from '../storage/errors.ts';
import type { Database } from '../storage/schema.ts';

/** A ban as stored: of an account, or of a network address. */
export interface BanRow {
  id: string;
  roomId: string;
  accountId: string | null;
  /** As `networkOf` writes it. */
  address: string | null;
  name: string;
  createdAt: number;
}

export interface BanStore {
  /** One that exists already stays as it is; for a room that is gone nothing is done. */
  insert(ban: BanRow): Promise<void>;
  findOfAccount(roomId: string, accountId: string): Promise<BanRow | undefined>;
  findOfAddress(roomId: string, address: string): Promise<BanRow | undefined>;
  /** Newest first. */
  list(roomId: string): Promise<BanRow[]>;
  /** What was deleted. */
  delete(roomId: string, id: string): Promise<BanRow | undefined>;
}

/** The SQL of bans. */
export function createBanStore(db: Kysely<Database>): BanStore {
  const bans = (roomId: string) =>
    db
      .selectFrom('room_bans')
      .select(['id', 'room_id as roomId', 'account_id as accountId', 'address', 'name', 'created_at as createdAt'])
      .where('room_id', '=', roomId);

  return {
    async insert(ban) {
      try {
        await db
          .insertInto('room_bans')
          .values({
            id: ban.id,
            room_id: ban.roomId,
            account_id: ban.accountId,
            address: ban.address,
            name: ban.name,
            created_at: ban.createdAt,
          })
          .execute();
      } catch (error) {
        if (!isUniqueViolation(error) && !isForeignKeyViolation(error)) throw error;
      }
    },
    findOfAccount: (roomId, accountId) => bans(roomId).where('account_id', '=', accountId).executeTakeFirst(),
    findOfAddress: (roomId, address) => bans(roomId).where('address', '=', address).executeTakeFirst(),
    list: (roomId) => bans(roomId).orderBy('id', 'desc').execute(),

    async delete(roomId, id) {
      const ban = await bans(roomId).where('id', '=', id).executeTakeFirst();
      if (ban === undefined) return undefined;
      const { numDeletedRows } = await db.deleteFrom('room_bans').where('id', '=', id).executeTakeFirst();
      return numDeletedRows === 0n ? undefined : ban;
    },
  };
}
