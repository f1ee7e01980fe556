import type { Kysely } from 'kysely';
import type { Database } from '../../storage/schema.ts';

/** Who made a room, and by what they are known. */
interface CreatorRow {
  roomId: string;
  memberId: string;
  tokenHash: string;
}

export interface CreatorStore {
  insert(creator: CreatorRow): Promise<void>;
  find(roomId: string): Promise<CreatorRow | undefined>;
}

/** The SQL of those who made rooms by CodeCast. */
export function createCreatorStore(db: Kysely<Database>): CreatorStore {
  return {
    async insert({ roomId, memberId, tokenHash }) {
      await db
        .insertInto('codecast_creators')
        .values({ room_id: roomId, member_id: memberId, token_hash: tokenHash })
        .execute();
    },

    find: (roomId) =>
      db
        .selectFrom('codecast_creators')
        .select(['room_id as roomId', 'member_id as memberId', 'token_hash as tokenHash'])
        .where('room_id', '=', roomId)
        .executeTakeFirst(),
  };
}
