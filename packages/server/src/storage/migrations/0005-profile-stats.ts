import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnsOf } from '../columns.ts';
import { tablesOf } from '../migration-steps.ts';
import type { StorageKind } from '../schema.ts';

/** What other services say of their users, whom several accounts may name. */
export function profileStats(kind: StorageKind): Migration {
  const { id, line, text, integer } = columnsOf(kind);
  return {
    async up(db: Kysely<unknown>) {
      const { table } = tablesOf(db, kind);
      await table('profile_stats')
        .addColumn('service', id, (column) => column.notNull())
        .addColumn('username', id, (column) => column.notNull())
        .addColumn('state', line, (column) => column.notNull())
        .addColumn('stats', text)
        .addColumn('fetched_at', integer)
        .addColumn('attempted_at', integer, (column) => column.notNull())
        .addColumn('failures', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('profile_stats_key', ['service', 'username'])
        .execute();
    },
  };
}
