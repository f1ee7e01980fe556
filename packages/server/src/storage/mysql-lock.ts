import { limits } from '@coderoom/protocol';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { LockConnection, LockConnectionOptions } from './lock-connection.ts';
import { createWatchedSocket } from './watched-socket.ts';

/** Names of locks belong to the whole server and have room for 64 characters. */
const lockName = "concat('coderoom ', md5(database()))";

/** A session's named lock (MySQL and MariaDB, GET_LOCK). Another one, of this process alone, tells its own apart. */
export async function connectMysqlLock(options: LockConnectionOptions): Promise<LockConnection> {
  const { url, instance, answerTimeoutMs, silentMaxMs } = options;
  const connection = await createConnection({
    uri: url,
    connectTimeout: limits.databaseConnectTimeoutMs,
    stream: ({ config }: { config: { host: string; port: number } }) =>
      createWatchedSocket(answerTimeoutMs).connect(config.port, config.host).setNoDelay(true),
  });
  const gone = new Promise<void>((resolve) => {
    connection.on('end', resolve);
    connection.on('error', () => resolve());
  });
  const ask = async (query: string, values: unknown[] = []): Promise<Record<string, unknown>> => {
    const [rows] = await connection.query<RowDataPacket[]>(query, values);
    return rows[0] as RowDataPacket;
  };
  await connection.query(`set session wait_timeout = ${Math.ceil(silentMaxMs / 1_000)}`);
  return {
    gone,
    async take() {
      for (;;) {
        const taken = await ask(`select get_lock(${lockName}, 0) as ok`);
        if (Number(taken.ok) === 1) {
          await ask('select get_lock(?, 0)', [instance]);
          return undefined;
        }
        const owner = await ask(
          `select is_used_lock(${lockName}) as id, is_used_lock(?) as ours,
             (select host from information_schema.processlist where id = is_used_lock(${lockName})) as host`,
          [instance],
        );
        if (owner.id === null) continue;
        const description = `another process, at ${owner.host ?? 'an unknown address'}`;
        return { connection: Number(owner.id), description, isOurs: owner.id === owner.ours };
      }
    },
    async end(owner) {
      await connection.query(`kill ${owner.connection}`);
    },
    async ping() {
      await connection.ping();
    },
    async close() {
      await connection.end();
    },
  };
}
