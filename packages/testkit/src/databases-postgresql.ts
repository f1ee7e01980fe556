import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { DatabaseServer } from './databases.ts';
import { freePort, makeDatabaseHome } from './databases-process.ts';

const versions = '/usr/lib/postgresql';
const password = 'known-to-tests-only';

/** What is missing for startPostgresql, if anything. */
export function whyNoPostgresql(): string | undefined {
  return programs() === undefined ? 'PostgreSQL is not installed (Debian package postgresql)' : undefined;
}

/** A private PostgreSQL; fsync stays on, as in production. */
export async function startPostgresql(): Promise<DatabaseServer> {
  const folder = programs();
  if (folder === undefined) throw new Error(whyNoPostgresql());
  const [home, port] = await Promise.all([makeDatabaseHome('postgresql', 'postgres'), freePort()]);
  const data = join(home.path, 'data');
  const passwordFile = join(home.path, 'password');
  writeFileSync(passwordFile, password, { mode: 0o644 });
  await home.run(join(folder, 'initdb'), [
    ...['--pgdata', data, '--username=coderoom', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
    ...['--encoding=UTF8', '--locale=C', '--no-sync'],
  ]);
  const server = home.start(join(folder, 'postgres'), [
    ...['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    ...['-c', 'shared_buffers=32MB', '-c', 'max_connections=100'],
  ]);
  const urlOf = (database: string) => `postgresql://coderoom:${password}@127.0.0.1:${port}/${database}`;
  const administer = async (sql: string) => {
    const client = new pg.Client({ connectionString: urlOf('postgres'), connectionTimeoutMillis: 5_000 });
    client.on('error', () => {});
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await server.ready(() => administer('select 1'));

  let count = 0;
  return {
    async createDatabase() {
      const name = `test_${++count}`;
      await administer(`create database ${name}`);
      return { url: urlOf(name), drop: () => administer(`drop database ${name} with (force)`) };
    },
    async stop() {
      await server.stop('SIGINT');
      home.remove();
    },
  };
}

/** The folder of the newest version's programs. */
function programs(): string | undefined {
  if (!existsSync(versions)) return undefined;
  return readdirSync(versions)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(versions, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}
