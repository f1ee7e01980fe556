import { limits } from '@coderoom/protocol';
import pg from 'pg';
import type { LockConnection, LockConnectionOptions, LockOwner } from './lock-connection.ts';
import { createWatchedSocket } from './watched-socket.ts';

/** Coderoom's among a database's advisory locks; the second key is the schema that the tables are in. */
const lockClass = 1_668_441_452;
const schemaKey = "hashtext(coalesce(current_schema(), ''))";
/** PostgreSQL's own limit on what a connection is called. */
const nameMaxLength = 63;

/** A session's advisory lock (PostgreSQL, "Explicit Locking"). */
export async function connectPostgresqlLock(options: LockConnectionOptions): Promise<LockConnection> {
  const { url, description, instance, answerTimeoutMs, silentMaxMs } = options;
  const mark = ` ${instance}`;
  const client = new pg.Client({
    connectionString: url,
    application_name: `${description.slice(0, nameMaxLength - mark.length)}${mark}`,
    connectionTimeoutMillis: limits.databaseConnectTimeoutMs,
    stream: () => createWatchedSocket(answerTimeoutMs),
  });
  const gone = new Promise<void>((resolve) => {
    client.on('end', resolve);
    client.on('error', () => resolve());
  });
  await client.connect();
  const probeS = Math.max(1, Math.ceil(silentMaxMs / 4_000));
  await client.query(
    `set tcp_keepalives_idle = ${probeS}; set tcp_keepalives_interval = ${probeS}; set tcp_keepalives_count = 3`,
  );
  return {
    gone,
    async take() {
      for (;;) {
        const taken = await client.query(`select pg_try_advisory_lock($1, ${schemaKey}) as ok`, [lockClass]);
        if (taken.rows[0].ok) return undefined;
        const owner = await readOwner(client, mark);
        if (owner !== undefined) return owner;
      }
    },
    async end({ connection }) {
      await client.query('select pg_terminate_backend($1)', [connection]);
    },
    async ping() {
      await client.query('select 1');
    },
    close: () => client.end(),
  };
}

/** Undefined when it has just gone. */
async function readOwner(client: pg.Client, mark: string): Promise<LockOwner | undefined> {
  const { rows } = await client.query(
    `select pid, application_name as name from pg_locks left join pg_stat_activity using (pid)
     where locktype = 'advisory' and granted and objsubid = 2
       and pg_locks.database = (select oid from pg_database where datname = current_database())
       and classid = $1::bigint::oid and objid = (${schemaKey}::bigint & 4294967295)::oid`,
    [lockClass],
  );
  if (rows.length === 0) return undefined;
  const { pid: connection, name } = rows[0] as { pid: number; name: string | null };
  const [, description = 'another process'] = /^(.+) \S+$/.exec(name ?? '') ?? [];
  return { connection, description, isOurs: name?.endsWith(mark) ?? false };
}
