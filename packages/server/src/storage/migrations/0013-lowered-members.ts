import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnsOf } from '../columns.ts';
import { addColumns, createIndex } from '../migration-steps.ts';
import type { StorageKind } from '../schema.ts';

/** Whom a room's owner has made a viewer, so that they come back as no more than that. */
export function loweredMembers(kind: StorageKind): Migration {
  const { integer } = columnsOf(kind);
  return {
    async up(db: Kysely<unknown>) {
      await addColumns(db, 'members', [{ name: 'lowered', type: integer, notNull: 0 }]);
      await createIndex(db, kind, { table: 'members', name: 'members_lowered', columns: ['room_id', 'lowered'] });
    },
  };
}
