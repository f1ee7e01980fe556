import { limits } from '@coderoom/protocol';
import { type Dialect, PostgresDialect } from 'kysely';
import pg from 'pg';
import { createWatchedSocket } from './watched-socket.ts';

export interface PoolOptions {
  url: string;
  /** A connection is given up when nothing has moved on it for so long; 0: never. */
  answerTimeoutMs: number;
  logger: { warn(details: object, message: string): void };
}

/**
 * Kysely on a pool of PostgreSQL connections. PostgreSQL's own default (synchronous_commit = on) has a commit on the
 * disk before it returns. A connection that breaks leaves the pool, and the next query opens another one.
 */
export function createPostgresqlDialect({ url, answerTimeoutMs, logger }: PoolOptions): Dialect {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'coderoom',
    max: limits.databaseConnectionsMax,
    connectionTimeoutMillis: limits.databaseConnectTimeoutMs,
    idleTimeoutMillis: limits.databaseIdleTimeoutMs,
    // A transaction whose client vanished must not keep its locks.
    idle_in_transaction_session_timeout: answerTimeoutMs,
    stream: () => createWatchedSocket(answerTimeoutMs),
    types: { getTypeParser: getTypeParser as typeof pg.types.getTypeParser },
  });
  // A connection may break while idle (the pool's event) or in use (the client's): unheard, either would end the process.
  pool.on('error', (error) => logger.warn({ err: error }, 'A connection to PostgreSQL was lost'));
  pool.on('connect', (client) => client.on('error', () => {}));
  return new PostgresDialect({ pool });
}

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === pg.types.builtins.INT8 && format !== 'binary') return toSafeInteger;
  return pg.types.getTypeParser(oid, format as 'text');
}

/** int8 as a number: all of ours are below 2^53. */
function toSafeInteger(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} is too large for a number`);
  return number;
}
