import type { CompiledQuery, DatabaseConnection, Dialect, Driver } from 'kysely';

/**
 * Makes a database take any text: U+0000, which PostgreSQL's text cannot hold, is stored and looked up as U+FFFD, the
 * replacement character. Done for all three alike, so that none behaves differently.
 */
export function withSafeText(dialect: Dialect): Dialect {
  return {
    createDriver: () => wrapDriver(dialect.createDriver()),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
  };
}

function wrapDriver(driver: Driver): Driver {
  const wrapped = new WeakSet<DatabaseConnection>();
  const acquire = driver.acquireConnection.bind(driver);
  driver.acquireConnection = async (options) => {
    const connection = await acquire(options);
    if (!wrapped.has(connection)) {
      wrapped.add(connection);
      const execute = connection.executeQuery.bind(connection);
      connection.executeQuery = (query, executeOptions) => execute(makeSafe(query), executeOptions);
    }
    return connection;
  };
  return driver;
}

function makeSafe(query: CompiledQuery): CompiledQuery {
  if (!query.parameters.some(holdsNul)) return query;
  return {
    ...query,
    parameters: query.parameters.map((value) => (holdsNul(value) ? value.replaceAll('\0', '\ufffd') : value)),
  };
}

function holdsNul(value: unknown): value is string {
  return typeof value === 'string' && value.includes('\0');
}
