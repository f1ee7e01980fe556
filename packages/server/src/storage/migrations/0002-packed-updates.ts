import type { Migration } from 'kysely/migration';
import { columnsOf } from '../columns.ts';
import { addColumns } from '../migration-steps.ts';
import type { StorageKind } from '../schema.ts';

/** A row of a document's log may hold the updates of a whole commit. */
export function packedUpdates(kind: StorageKind): Migration {
  const { integer } = columnsOf(kind);
  return {
    up: (db) => addColumns(db, 'document_updates', [{ name: 'packed', type: integer, notNull: 0 }]),
  };
}
