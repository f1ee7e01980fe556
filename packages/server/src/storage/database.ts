import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Dialect, Kysely } from 'kysely';
import { type DatabaseAddress, describeAddress, readDatabaseUrl } from './database-url.ts';
import { migrate } from './migrate.ts';
import { createMysqlDialect } from './mysql-dialect.ts';
import { createPostgresqlDialect } from './postgresql-dialect.ts';
import { withSafeText } from './safe-text.ts';
import type { Database, StorageKind } from './schema.ts';
import { createSqliteDialect } from './sqlite-dialect.ts';

/** The open database. */
export interface Storage {
  db: Kysely<Database>;
  kind: StorageKind;
  /** Such as "SQLite (data/coderoom.db)"; without secrets. */
  describe(): string;
  close(): Promise<void>;
}

export interface StorageOptions {
  /** sqlite:path, postgresql://… or mysql://…; without it SQLite in the data directory. */
  databaseUrl: string | undefined;
  dataDir: string;
  logger: { warn(details: object, message: string): void };
}

const sqliteBusyTimeoutMs = 5_000;

/** Opens the database and brings it to the newest schema. */
export async function openStorage({ databaseUrl, dataDir, logger }: StorageOptions): Promise<Storage> {
  const address = readDatabaseUrl(databaseUrl, dataDir);
  const description = describeAddress(address);
  const db = new Kysely<Database>({ dialect: withSafeText(dialectFor(address, logger)) });
  try {
    if (address.kind === 'sqlite') mkdirSync(dirname(address.file), { recursive: true });
    await migrate(db, address.kind);
  } catch (error) {
    await db.destroy().catch(() => {});
    throw new Error(`${description} could not be opened (DATABASE_URL): ${reason(error)}`, { cause: error });
  }
  return { db, kind: address.kind, describe: () => description, close: () => db.destroy() };
}

function dialectFor(address: DatabaseAddress, logger: StorageOptions['logger']): Dialect {
  switch (address.kind) {
    case 'sqlite':
      return createSqliteDialect({ file: address.file, busyTimeoutMs: sqliteBusyTimeoutMs });
    case 'postgresql':
      return createPostgresqlDialect(address.url, logger);
    case 'mysql':
      return createMysqlDialect(address.url);
  }
}

/** The innermost message: Node gives a refused connection to several addresses as an error without any. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return reason(error.cause);
  if (error instanceof AggregateError) return error.errors.map(reason).join(', ');
  return error.message;
}
