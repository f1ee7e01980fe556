import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import type { DatabaseServer } from './databases.ts';
import { freePort, makeDatabaseHome } from './databases-process.ts';

const installer = '/usr/bin/mariadb-install-db';
const program = '/usr/sbin/mariadbd';
const password = 'known-to-tests-only';

/** What is missing for startMariadb, if anything. */
export function whyNoMariadb(): string | undefined {
  const installed = existsSync(installer) && existsSync(program);
  return installed ? undefined : 'MariaDB is not installed (Debian package mariadb-server)';
}

/** A private MariaDB; a commit is flushed to the disk, as in production. */
export async function startMariadb(): Promise<DatabaseServer> {
  const missing = whyNoMariadb();
  if (missing !== undefined) throw new Error(missing);
  const [home, port] = await Promise.all([makeDatabaseHome('mariadb', 'mysql'), freePort()]);
  const data = join(home.path, 'data');
  const small = ['--innodb-buffer-pool-size=32M', '--innodb-log-file-size=32M', '--innodb-log-buffer-size=4M'];
  await home.run(installer, [
    ...['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    ...['--skip-name-resolve', ...small, '--innodb-flush-method=nosync'],
  ]);
  const firstSql = join(home.path, 'first.sql');
  // One statement a line: the server reads no more of one.
  const createUser = `create user coderoom@'127.0.0.1' identified by '${password}';`;
  const grant = "grant all on *.* to coderoom@'127.0.0.1';";
  writeFileSync(firstSql, `${createUser}\n${grant}\n`, { mode: 0o644 });
  const server = home.start(program, [
    ...['--no-defaults', `--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1', '--skip-name-resolve'],
    ...[`--socket=${join(home.path, 'socket')}`, `--pid-file=${join(home.path, 'pid')}`, `--init-file=${firstSql}`],
    ...small,
  ]);
  const urlOf = (database: string) => `mysql://coderoom:${password}@127.0.0.1:${port}/${database}`;
  const administer = async (sql: string) => {
    const connection = await createConnection({ uri: urlOf('mysql'), connectTimeout: 5_000 });
    try {
      await connection.query(sql);
    } finally {
      await connection.end();
    }
  };
  await server.ready(() => administer('select 1'));

  let count = 0;
  return {
    async createDatabase() {
      const name = `test_${++count}`;
      await administer(`create database ${name}`);
      return { url: urlOf(name), drop: () => administer(`drop database ${name}`) };
    },
    async stop() {
      await server.stop('SIGTERM');
      home.remove();
    },
  };
}
