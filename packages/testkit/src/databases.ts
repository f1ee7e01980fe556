import { startMariadb, whyNoMariadb } from './databases-mariadb.ts';
import { startPostgresql, whyNoPostgresql } from './databases-postgresql.ts';

export type DatabaseKind = 'postgresql' | 'mysql';

/** An empty database of one's own. */
export interface TestDatabase {
  /** For DATABASE_URL. */
  url: string;
  drop(): Promise<void>;
}

/** A private database server on a free port of 127.0.0.1, with its data in a temporary folder. */
export interface DatabaseServer {
  createDatabase(): Promise<TestDatabase>;
  /** Shuts it down and removes its data. */
  stop(): Promise<void>;
}

/** Private database servers, each started when its first database is asked for. */
export interface Databases {
  createDatabase(kind: DatabaseKind): Promise<TestDatabase>;
  stop(): Promise<void>;
}

const starts = { postgresql: startPostgresql, mysql: startMariadb };
const reasons = { postgresql: whyNoPostgresql, mysql: whyNoMariadb };

/** Undefined when the server's programs are installed, else what is missing. */
export function whyUnavailable(kind: DatabaseKind): string | undefined {
  return reasons[kind]();
}

/** Gives databases of servers that run until `stop`, or until this process ends, however it ends. */
export function startDatabases(): Databases {
  const servers = new Map<DatabaseKind, Promise<DatabaseServer>>();
  return {
    async createDatabase(kind) {
      const server = servers.get(kind) ?? starts[kind]();
      servers.set(kind, server);
      return await (await server).createDatabase();
    },
    async stop() {
      const started = await Promise.allSettled(servers.values());
      servers.clear();
      await Promise.all(started.map((server) => (server.status === 'fulfilled' ? server.value.stop() : undefined)));
    },
  };
}

/** The databases that another process serves at `address` (see databases-setup.ts), as test files reach them. */
export function connectDatabases(address: string): Pick<Databases, 'createDatabase'> {
  const ask = async (method: string, path: string) => {
    const response = await fetch(new URL(path, address), { method });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text;
  };
  return {
    async createDatabase(kind) {
      const { id, url } = JSON.parse(await ask('POST', `/${kind}`)) as { id: string; url: string };
      return { url, drop: async () => void (await ask('DELETE', `/${id}`)) };
    },
  };
}
