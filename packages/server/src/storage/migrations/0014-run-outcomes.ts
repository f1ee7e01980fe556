import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnsOf } from '../columns.ts';
import { addColumns } from '../migration-steps.ts';
import type { StorageKind } from '../schema.ts';

/** How runs ended, apart from what they printed, so that a list of them is read without that. */
export function runOutcomes(kind: StorageKind): Migration {
  const { text } = columnsOf(kind);
  return {
    async up(db: Kysely<unknown>) {
      await addColumns(db, 'runs', [{ name: 'outcome', type: text }]);
    },
  };
}
