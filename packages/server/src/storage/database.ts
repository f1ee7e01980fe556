import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { limits } from '@coderoom/protocol';
import { type Dialect, Kysely } from 'kysely';
import { type DatabaseAddress, describeAddress, readDatabaseUrl } from './database-url.ts';
import { hardenDialect } from './hardened-dialect.ts';
import { migrate } from './migrate.ts';
import { createMysqlDialect } from './mysql-dialect.ts';
import { createPostgresqlDialect, type PoolOptions } from './postgresql-dialect.ts';
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

/** Opens the database and brings it to the newest schema. */
export async function openStorage({ databaseUrl, dataDir, logger }: StorageOptions): Promise<Storage> {
  const address = readDatabaseUrl(databaseUrl, dataDir);
  const description = describeAddress(address);
  const open = (answerTimeoutMs: number) =>
    new Kysely<Database>({ dialect: hardenDialect(createDialect(address, { answerTimeoutMs, logger })) });
  // A migration may take as long as it needs.
  const patient = open(0);
  try {
    if (address.kind === 'sqlite') mkdirSync(dirname(address.file), { recursive: true });
    await migrate(patient, address.kind);
  } catch (error) {
    await patient.destroy().catch(() => {});
    throw couldNotOpen(description, error);
  }
  let db = patient;
  if (address.kind !== 'sqlite') {
    await patient.destroy();
    db = open(limits.databaseAnswerTimeoutMs);
  }
  return { db, kind: address.kind, describe: () => description, close: () => db.destroy() };
}

function createDialect(address: DatabaseAddress, options: Omit<PoolOptions, 'url'>): Dialect {
  switch (address.kind) {
    case 'sqlite':
      return createSqliteDialect({ file: address.file, busyTimeoutMs: limits.sqliteBusyTimeoutMs });
    case 'postgresql':
      return createPostgresqlDialect({ url: address.url, ...options });
    case 'mysql':
      return createMysqlDialect({ url: address.url, ...options });
  }
}

export function couldNotOpen(description: string, error: unknown): Error {
  return new Error(`${description} could not be opened (DATABASE_URL): ${reason(error)}`, { cause: error });
}

/** The innermost message: Node gives a refused connection to several addresses as an error without any. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return reason(error.cause);
  if (error instanceof AggregateError) return error.errors.map(reason).join(', ');
  return error.message;
}
