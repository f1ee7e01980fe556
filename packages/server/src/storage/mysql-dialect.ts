import { limits } from '@coderoom/protocol';
import { CompiledQuery, type Dialect, MysqlDialect } from 'kysely';
import { createPool } from 'mysql2';
import type { PoolOptions } from './postgresql-dialect.ts';
import { createWatchedSocket } from './watched-socket.ts';

/** The idle connections that stay open after databaseIdleTimeoutMs; mysql2 closes none unless it is below the limit. */
const idleMax = 1;

/**
 * Kysely on a pool of MySQL or MariaDB connections. InnoDB's default (innodb_flush_log_at_trx_commit = 1) has a commit
 * on the disk before it returns. A connection that breaks leaves the pool, and the next query opens another one.
 */
export function createMysqlDialect({ url, answerTimeoutMs }: Omit<PoolOptions, 'logger'>): Dialect {
  const pool = createPool({
    uri: url,
    charset: 'utf8mb4',
    supportBigNumbers: true,
    connectionLimit: limits.databaseConnectionsMax,
    maxIdle: idleMax,
    idleTimeout: limits.databaseIdleTimeoutMs,
    connectTimeout: limits.databaseConnectTimeoutMs,
    stream: ({ config }: { config: { host: string; port: number } }) =>
      createWatchedSocket(answerTimeoutMs).connect(config.port, config.host).setNoDelay(true),
  });
  // The pool hears only the first error of a connection; another one, unheard, would end the process.
  pool.on('connection', (connection) => connection.on('error', () => {}));
  return new MysqlDialect({
    pool,
    async onCreateConnection(connection) {
      const set = (setting: string) => connection.executeQuery(CompiledQuery.raw(`set session ${setting}`));
      // Strict: what does not fit is refused, never cut. No other mode, since some change how strings are written.
      await set("sql_mode = 'STRICT_ALL_TABLES'");
      // As PostgreSQL's default: no gap locks, so writers of different rooms do not wait for each other.
      await set('transaction isolation level read committed');
      // A transaction whose client vanished must not keep its locks.
      if (answerTimeoutMs > 0) await set(`wait_timeout = ${Math.ceil((2 * answerTimeoutMs) / 1_000)}`);
    },
  });
}
