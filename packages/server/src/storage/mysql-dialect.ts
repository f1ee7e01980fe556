import { CompiledQuery, type Dialect, MysqlDialect } from 'kysely';
import { createPool } from 'mysql2';

const connectionsMax = 10;
const connectTimeoutMs = 5_000;
const idleTimeoutMs = 30_000;
const keepAliveDelayMs = 10_000;

/**
 * Kysely on a pool of MySQL or MariaDB connections. InnoDB's default (innodb_flush_log_at_trx_commit = 1) has a commit
 * on the disk before it returns. A connection that breaks leaves the pool, and the next query opens another one.
 */
export function createMysqlDialect(url: string): Dialect {
  const pool = createPool({
    uri: url,
    charset: 'utf8mb4',
    supportBigNumbers: true,
    connectionLimit: connectionsMax,
    maxIdle: connectionsMax,
    idleTimeout: idleTimeoutMs,
    connectTimeout: connectTimeoutMs,
    enableKeepAlive: true,
    keepAliveInitialDelay: keepAliveDelayMs,
  });
  // The pool hears the first error of a connection only; another one, unheard, would end the process.
  pool.on('connection', (connection) => connection.on('error', () => {}));
  return new MysqlDialect({
    pool,
    async onCreateConnection(connection) {
      // Strict: what does not fit is refused, never cut. No other mode, since some change how strings are written.
      await connection.executeQuery(CompiledQuery.raw("set session sql_mode = 'STRICT_ALL_TABLES'"));
      // As PostgreSQL's default: no gap locks, so writers of different rooms do not wait for each other.
      await connection.executeQuery(CompiledQuery.raw('set session transaction isolation level read committed'));
    },
  });
}
