import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnsOf } from '../columns.ts';
import { addColumns, createIndex } from '../migration-steps.ts';
import type { StorageKind } from '../schema.ts';

/** Who made a room, by which it is counted how many they have. Of rooms from before, those of accounts have their owner. */
export function roomMakers(kind: StorageKind): Migration {
  const { id } = columnsOf(kind);
  return {
    async up(db: Kysely<unknown>) {
      await addColumns(db, 'rooms', [{ name: 'made_by', type: id }]);
      await sql`
        update rooms set made_by = (
          select max(members.account_id) from members
          where members.room_id = rooms.id and members.role = 'owner' and members.removed_at is null
        ) where made_by is null
      `.execute(db);
      await createIndex(db, kind, { table: 'rooms', name: 'rooms_of_maker', columns: ['made_by', 'status'] });
    },
  };
}
