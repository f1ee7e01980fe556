import { type Kysely, type RawBuilder, sql } from 'kysely';
import { columnsOf } from './columns.ts';
import type { StorageKind } from './schema.ts';

/** Steps of migrations that may be run again: MySQL commits each by itself, so an interrupted one begins anew. */

/** Beginnings of tables that are made unless they exist. */
export function tablesOf(db: Kysely<unknown>, kind: StorageKind) {
  const { id, tableEnd } = columnsOf(kind);
  const table = (name: string) => db.schema.createTable(name).ifNotExists().modifyEnd(tableEnd);
  return {
    table,
    /** A table whose rows go with their room. */
    tableOfRoom: (name: string) =>
      table(name)
        .addColumn('room_id', id, (column) => column.notNull())
        .addForeignKeyConstraint(`${name}_room`, ['room_id'], 'rooms', ['id'], (key) => key.onDelete('cascade')),
  };
}

/** Makes an index unless it exists; MySQL has no IF NOT EXISTS for indexes. */
export async function createIndex(
  db: Kysely<unknown>,
  kind: StorageKind,
  { table, name, columns, unique = false }: { table: string; name: string; columns: string[]; unique?: boolean },
): Promise<void> {
  let index = db.schema.createIndex(name).on(table).columns(columns);
  if (unique) index = index.unique();
  if (kind !== 'mysql') return index.ifNotExists().execute();
  const { rows } = await sql`
    select 1 from information_schema.statistics
    where table_schema = database() and table_name = ${table} and index_name = ${name} limit 1
  `.execute(db);
  if (rows.length === 0) await index.execute();
}

/** Adds the columns that a table does not have yet; `notNull` is what rows from before get. */
export async function addColumns(
  db: Kysely<unknown>,
  table: string,
  columns: { name: string; type: RawBuilder<unknown>; notNull?: string | number }[],
): Promise<void> {
  const tables = await db.introspection.getTables();
  const present = new Set(tables.find(({ name }) => name === table)?.columns.map(({ name }) => name));
  for (const { name, type, notNull } of columns) {
    if (present.has(name)) continue;
    await db.schema
      .alterTable(table)
      .addColumn(name, type as never, (column) =>
        notNull === undefined ? column : column.notNull().defaultTo(notNull),
      )
      .execute();
  }
}
