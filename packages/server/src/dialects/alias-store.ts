import type { Kysely } from 'kysely';
import type { DialectName } from '../config.ts';
import { isForeignKeyViolation, isUniqueViolation } from '../storage/errors.ts';
import type { Database } from '../storage/schema.ts';

/** What a dialect's clients call a room. */
interface RoomAlias {
  roomId: string;
  dialect: DialectName;
  alias: string;
  /** The owner that the dialect made along with the room, who is nobody; null: the room is somebody's. */
  memberId: string | null;
  /** What its clients say the room's state is, where ours has no word for it. */
  state: string | null;
}

/** A member as the clients of the dialect that they came by know them. */
export interface MemberAlias {
  roomId: string;
  memberId: string;
  dialect: DialectName;
  name: string;
  color: string;
}

export interface AliasStore {
  findRoom(dialect: DialectName, alias: string): Promise<RoomAlias | undefined>;
  /** All names of a room. */
  listOfRoom(roomId: string): Promise<RoomAlias[]>;
  /** False when the alias is taken, the room has one in this dialect already, or is gone. */
  addRoom(alias: RoomAlias): Promise<boolean>;
  setState(dialect: DialectName, roomId: string, state: string): Promise<void>;
  listMembers(roomId: string): Promise<MemberAlias[]>;
  /** Does nothing for a room that is gone. */
  addMember(alias: MemberAlias): Promise<void>;
}

/** The SQL of aliases. */
export function createAliasStore(db: Kysely<Database>): AliasStore {
  const rooms = () =>
    db
      .selectFrom('room_aliases')
      .select(['room_id as roomId', 'dialect', 'alias', 'member_id as memberId', 'state'])
      .$castTo<RoomAlias>();

  return {
    findRoom: (dialect, alias) => rooms().where('dialect', '=', dialect).where('alias', '=', alias).executeTakeFirst(),

    listOfRoom: (roomId) => rooms().where('room_id', '=', roomId).execute(),

    async addRoom({ roomId, dialect, alias, memberId, state }) {
      try {
        await db
          .insertInto('room_aliases')
          .values({ room_id: roomId, dialect, alias, member_id: memberId, state })
          .execute();
        return true;
      } catch (error) {
        if (isUniqueViolation(error) || isForeignKeyViolation(error)) return false;
        throw error;
      }
    },

    async setState(dialect, roomId, state) {
      await db
        .updateTable('room_aliases')
        .set({ state })
        .where('dialect', '=', dialect)
        .where('room_id', '=', roomId)
        .execute();
    },

    async listMembers(roomId) {
      const rows = await db.selectFrom('member_aliases').selectAll().where('room_id', '=', roomId).execute();
      return rows.map(({ room_id, member_id, dialect, name, color }) => ({
        roomId: room_id,
        memberId: member_id,
        dialect: dialect as DialectName,
        name: JSON.parse(name) as string,
        color,
      }));
    },

    async addMember({ roomId, memberId, dialect, name, color }) {
      try {
        await db
          .insertInto('member_aliases')
          .values({ room_id: roomId, member_id: memberId, dialect, name: JSON.stringify(name), color })
          .execute();
      } catch (error) {
        if (!isForeignKeyViolation(error)) throw error;
      }
    },
  };
}
