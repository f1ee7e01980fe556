import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { columnsOf } from '../columns.ts';
import { addColumns } from '../migration-steps.ts';
import type { StorageKind } from '../schema.ts';

/** Whether programs are run in a room, and where. */
export function roomExecution(kind: StorageKind): Migration {
  const { id } = columnsOf(kind);
  return {
    async up(db: Kysely<unknown>) {
      await addColumns(db, 'rooms', [{ name: 'execution', type: id, notNull: 'on' }]);
    },
  };
}
