import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnsOf } from '../columns.ts';
import { tablesOf } from '../migration-steps.ts';
import type { StorageKind } from '../schema.ts';

/** Who made a room by CodeCast: whoever knows the token that they chose. */
export function codecastCreators(kind: StorageKind): Migration {
  const { id } = columnsOf(kind);
  return {
    async up(db: Kysely<unknown>) {
      const { tableOfRoom } = tablesOf(db, kind);
      await tableOfRoom('codecast_creators')
        .addColumn('member_id', id, (column) => column.notNull())
        .addColumn('token_hash', id, (column) => column.notNull())
        .addPrimaryKeyConstraint('codecast_creators_key', ['room_id'])
        .execute();
    },
  };
}
