import type { CompiledQuery, DatabaseConnection, Dialect, Driver } from 'kysely';

/**
 * What each database's driver gets on top, so that none behaves differently:
 * - any text is taken: U+0000, which PostgreSQL's text cannot hold, is stored and looked up as U+FFFD;
 * - a transaction that failed rejects with what made it fail, even when the connection was too broken to roll back.
 */
export function hardenDialect(dialect: Dialect): Dialect {
  return {
    createDriver: () => hardenDriver(dialect.createDriver()),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
  };
}

function hardenDriver(driver: Driver): Driver {
  const hardened = new WeakSet<DatabaseConnection>();
  const acquire = driver.acquireConnection.bind(driver);
  const rollback = driver.rollbackTransaction.bind(driver);
  driver.acquireConnection = async (options) => {
    const connection = await acquire(options);
    if (!hardened.has(connection)) {
      hardened.add(connection);
      const execute = connection.executeQuery.bind(connection);
      connection.executeQuery = (query, executeOptions) => execute(withoutNul(query), executeOptions);
    }
    return connection;
  };
  // A connection that cannot roll back leaves its pool; the database then rolls back by itself.
  driver.rollbackTransaction = (connection) => rollback(connection).catch(() => {});
  return driver;
}

function withoutNul(query: CompiledQuery): CompiledQuery {
  if (!query.parameters.some(holdsNul)) return query;
  return {
    ...query,
    parameters: query.parameters.map((value) => (holdsNul(value) ? value.replaceAll('\0', '\ufffd') : value)),
  };
}

function holdsNul(value: unknown): value is string {
  return typeof value === 'string' && value.includes('\0');
}
