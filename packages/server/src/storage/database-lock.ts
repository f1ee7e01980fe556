import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '@coderoom/protocol';
import { DataInUse, type Holder } from './data-in-use.ts';
import type { DatabaseAddress } from './database-url.ts';
import type { LockConnection, LockConnectionOptions, LockOwner } from './lock-connection.ts';
import { connectMysqlLock } from './mysql-lock.ts';
import { connectPostgresqlLock } from './postgresql-lock.ts';

export interface DatabaseLock {
  release(): Promise<void>;
}

export interface DatabaseLockOptions {
  address: Exclude<DatabaseAddress, { kind: 'sqlite' }>;
  /** Such as "The database PostgreSQL (db.example:5432/coderoom)". */
  name: string;
  holder: Holder;
  logger: { warn(details: object, message: string): void };
  /** The lock went with its connection, and another server took it meanwhile: this one has to stop. */
  onTaken(error: DataInUse): void;
  answerTimeoutMs?: number;
}

/**
 * Makes this process the only server on a PostgreSQL or MySQL database: what rooms hold in memory would otherwise be
 * stored over what another holds. The database gives the lock to a connection and takes it back when that ends; while
 * the database is away nobody has it, and whoever reaches it first afterwards goes on. Throws DataInUse.
 */
export async function lockDatabase(options: DatabaseLockOptions): Promise<DatabaseLock> {
  const { address, name, holder, logger, onTaken, answerTimeoutMs = limits.databaseAnswerTimeoutMs } = options;
  const connectionOptions: LockConnectionOptions = {
    url: address.url,
    description: `process ${holder.pid} on ${holder.host}`,
    instance: randomUUID(),
    answerTimeoutMs,
    silentMaxMs: limits.databaseLockSilentMs,
  };
  const connect = () =>
    address.kind === 'mysql' ? connectMysqlLock(connectionOptions) : connectPostgresqlLock(connectionOptions);
  const refuse = (owner: string) => new DataInUse(name, owner, 'DATABASE_URL');
  const released = new AbortController();
  const { signal } = released;

  let connection = await connect();
  try {
    await takeWithin(connection, limits.databaseLockWaitMs, refuse);
  } catch (error) {
    await close(connection);
    throw error;
  }
  const watching = watch();

  /** Until the lock is released, or another server's. */
  async function watch(): Promise<void> {
    while (!signal.aborted) {
      await Promise.race([connection.gone, pause(answerTimeoutMs / 3, undefined, { signal })]).catch(() => {});
      if (signal.aborted) return;
      try {
        await connection.ping();
      } catch (error) {
        logger.warn({ err: error }, 'the connection that holds the lock on the database was lost');
        const taken = await regain();
        if (taken !== undefined) {
          onTaken(taken);
          return;
        }
      }
    }
  }

  /** Takes the lock again, however long the database is away; gives who has it now, if that is another server. */
  async function regain(): Promise<DataInUse | undefined> {
    void close(connection);
    for (;;) {
      await pause(limits.databaseLockRetryMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return undefined;
      const next = await connect().catch(() => undefined);
      if (next === undefined) continue;
      try {
        const owner = await takeBack(next);
        if (owner !== undefined) return refuse(owner.description);
        connection = next;
        return undefined;
      } catch {
        // lost again
      } finally {
        if (next !== connection) void close(next);
      }
    }
  }

  return {
    async release() {
      released.abort();
      await watching;
      await close(connection);
    },
  };
}

/** A server that has just ended is gone in a moment. */
async function takeWithin(connection: LockConnection, waitMs: number, refuse: (owner: string) => Error): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const owner = await connection.take();
    if (owner === undefined) return;
    if (performance.now() > deadline) throw refuse(owner.description);
    await pause(limits.databaseLockPollMs);
  }
}

/** Gives who has the lock, if not this process: what the database has not yet missed of its own goes before its time. */
async function takeBack(connection: LockConnection): Promise<LockOwner | undefined> {
  for (;;) {
    const owner = await connection.take();
    if (owner?.isOurs !== true) return owner;
    await connection.end(owner);
    await pause(limits.databaseLockEndedMs);
  }
}

/** It may be broken already. */
async function close(connection: LockConnection): Promise<void> {
  await connection.close().catch(() => {});
}
