import type { LoggedUpdate } from '@coderoom/collab';
import type { RoomStatus, RoomVisibility } from '@coderoom/protocol';
import type { Kysely } from 'kysely';
import type { MemberRow } from '../members/store.ts';
import { isUniqueViolation } from '../storage/errors.ts';
import { memberValues, updateValues } from '../storage/rows.ts';
import type { Database } from '../storage/schema.ts';
import { transact } from '../storage/transaction.ts';

/** A room as it is stored; times are milliseconds since the epoch. */
export interface RoomRow {
  id: string;
  /** Lower-case. */
  code: string;
  title: string;
  language: string;
  visibility: RoomVisibility;
  capacity: number;
  status: RoomStatus;
  createdAt: number;
  endedAt: number | null;
}

type RoomPatchRow = Partial<Pick<RoomRow, 'title' | 'language' | 'capacity' | 'status' | 'endedAt'>>;

export interface RoomStore {
  /** The room, its owner and the first update of its document: all of them, or, when the code is taken, none. */
  create(room: RoomRow, owner: MemberRow, seed: LoggedUpdate): Promise<'created' | 'code-taken'>;
  /** By id, or by code in lower case. */
  find(idOrCode: string): Promise<RoomRow | undefined>;
  update(id: string, patch: RoomPatchRow): Promise<void>;
  /** The room and all that belongs to it. */
  delete(id: string): Promise<void>;
}

/** The SQL of rooms. */
export function createRoomStore(db: Kysely<Database>): RoomStore {
  const rooms = () =>
    db
      .selectFrom('rooms')
      .select(['id', 'code', 'title', 'language', 'visibility', 'capacity', 'status'])
      .select(['created_at as createdAt', 'ended_at as endedAt'])
      .$castTo<RoomRow>();

  return {
    async create(room, owner, seed) {
      try {
        await transact(db, async (tx) => {
          await tx
            .insertInto('rooms')
            .values({
              id: room.id,
              code: room.code,
              title: room.title,
              language: room.language,
              visibility: room.visibility,
              capacity: room.capacity,
              status: room.status,
              created_at: room.createdAt,
              ended_at: room.endedAt,
            })
            .execute();
          await tx.insertInto('members').values(memberValues(owner)).execute();
          await tx
            .insertInto('documents')
            .values({ room_id: room.id, snapshot_seq: 0, updated_at: room.createdAt })
            .execute();
          await tx.insertInto('document_updates').values(updateValues(seed)).execute();
        });
        return 'created';
      } catch (error) {
        if (
          isUniqueViolation(error) &&
          (await rooms().where('code', '=', room.code).executeTakeFirst()) !== undefined
        ) {
          return 'code-taken';
        }
        throw error;
      }
    },

    find: (idOrCode) =>
      rooms()
        .where((is) => is.or([is('id', '=', idOrCode), is('code', '=', idOrCode)]))
        .executeTakeFirst(),

    async update(id, patch) {
      const { endedAt, ...same } = patch;
      const change = endedAt === undefined ? same : { ...same, ended_at: endedAt };
      if (Object.keys(change).length === 0) return;
      await db.updateTable('rooms').set(change).where('id', '=', id).execute();
    },

    async delete(id) {
      await transact(db, (tx) => tx.deleteFrom('rooms').where('id', '=', id).execute());
    },
  };
}
