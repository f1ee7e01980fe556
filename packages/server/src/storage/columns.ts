import { type RawBuilder, sql } from 'kysely';
import type { StorageKind } from './schema.ts';

/** The one place where the three databases' column types differ. */
export interface Columns {
  /** An id or a code of at most 64 characters: compared and ordered by its bytes, so case counts. */
  id: RawBuilder<unknown>;
  /** One line of text, short enough for an index. */
  line: RawBuilder<unknown>;
  /** Text of any length. */
  text: RawBuilder<unknown>;
  /** Milliseconds since the epoch, or any other whole number up to 2^53 - 1. */
  integer: RawBuilder<unknown>;
  blob: RawBuilder<unknown>;
  /** What a CREATE TABLE ends with. */
  tableEnd: RawBuilder<unknown>;
}

/** The column types of a database. */
export function columnsOf(kind: StorageKind): Columns {
  switch (kind) {
    case 'sqlite':
      return {
        id: sql`varchar(64)`,
        line: sql`varchar(255)`,
        text: sql`text`,
        integer: sql`bigint`,
        blob: sql`blob`,
        tableEnd: sql``,
      };
    case 'postgresql':
      return {
        id: sql`varchar(64) collate "C"`,
        line: sql`varchar(255)`,
        text: sql`text`,
        integer: sql`bigint`,
        blob: sql`bytea`,
        tableEnd: sql``,
      };
    case 'mysql':
      return {
        id: sql`varchar(64)`,
        line: sql`varchar(255)`,
        text: sql`longtext`,
        integer: sql`bigint`,
        blob: sql`longblob`,
        // utf8mb4 is all of Unicode; _bin compares by code points, so that case counts as on the others.
        tableEnd: sql`engine = InnoDB default character set utf8mb4 collate utf8mb4_bin`,
      };
  }
}
