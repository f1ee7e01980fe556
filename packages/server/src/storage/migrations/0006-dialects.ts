import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnsOf } from '../columns.ts';
import { createIndex, tablesOf } from '../migration-steps.ts';
import type { StorageKind } from '../schema.ts';

/** What clients of other systems call our rooms and members, and the versions by which they know a room's text. */
export function dialects(kind: StorageKind): Migration {
  const { id, line, text, integer } = columnsOf(kind);
  return {
    async up(db: Kysely<unknown>) {
      const { tableOfRoom } = tablesOf(db, kind);
      await tableOfRoom('room_aliases')
        .addColumn('dialect', id, (column) => column.notNull())
        .addColumn('alias', id, (column) => column.notNull())
        .addColumn('member_id', id)
        .addColumn('state', text)
        .addPrimaryKeyConstraint('room_aliases_key', ['dialect', 'alias'])
        .execute();
      await createIndex(db, kind, {
        table: 'room_aliases',
        name: 'room_aliases_once',
        columns: ['room_id', 'dialect'],
        unique: true,
      });
      await createIndex(db, kind, { table: 'room_aliases', name: 'room_aliases_by_alias', columns: ['alias'] });
      await tableOfRoom('member_aliases')
        .addColumn('member_id', id, (column) => column.notNull())
        .addColumn('dialect', id, (column) => column.notNull())
        .addColumn('name', text, (column) => column.notNull())
        .addColumn('color', line, (column) => column.notNull())
        .addPrimaryKeyConstraint('member_aliases_key', ['room_id', 'member_id'])
        .execute();
      await tableOfRoom('whole_texts')
        .addColumn('version', integer, (column) => column.notNull())
        .addColumn('reserved', integer, (column) => column.notNull())
        .addColumn('fingerprint', id)
        .addColumn('source_id', text)
        .addColumn('member_id', id)
        .addPrimaryKeyConstraint('whole_texts_key', ['room_id'])
        .execute();
    },
  };
}
