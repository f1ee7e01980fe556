import type { SQLInputValue } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteAnswer, SqliteFailure, SqliteRequest, SqliteResult, SqliteWorkerData } from './sqlite-worker.ts';

const sqliteIoError = 10;

export interface SqliteOptions extends SqliteWorkerData {
  /** Called with each thread that is started; tests end it. */
  onThread?(thread: Worker): void;
}

/**
 * Kysely on `node:sqlite` in a thread of its own. There is one connection; Kysely's mutex, which its SQLite adapter
 * asks for, gives it to one query or transaction at a time.
 */
export function createSqliteDialect(options: SqliteOptions): Dialect {
  return {
    createDriver: () => new SqliteThreadDriver(options),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalSqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** An error of SQLite; `errcode` is its extended result code. */
class SqliteError extends Error {
  readonly code: string | undefined;
  readonly errcode: number | undefined;

  constructor(failure: SqliteFailure, cause?: unknown) {
    super(failure.message, { cause });
    this.name = 'SqliteError';
    this.code = failure.code;
    this.errcode = failure.errcode;
  }
}

/** SQLite can roll back changes of the schema; Kysely's own adapter does not count on it. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class SqliteThreadDriver implements Driver {
  private readonly options: SqliteOptions;
  private connection: SqliteThreadConnection | undefined;

  constructor(options: SqliteOptions) {
    this.options = options;
  }

  async init(): Promise<void> {
    await this.acquireConnection();
  }

  /** A thread that died is replaced by a new one: its queries are lost, the database is not. */
  async acquireConnection(): Promise<SqliteThreadConnection> {
    if (this.connection === undefined || this.connection.dead) {
      const connection = new SqliteThreadConnection(this.options);
      await connection.opened;
      this.connection = connection;
    }
    return this.connection;
  }

  /** Immediate: who is going to write waits here, and not, in vain, in the middle. */
  async beginTransaction(connection: SqliteThreadConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(connection: SqliteThreadConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  /** What cannot be rolled back is abandoned together with its thread: SQLite rolls it back at the next opening. */
  async rollbackTransaction(connection: SqliteThreadConnection): Promise<void> {
    try {
      await connection.rollback();
    } catch (error) {
      await connection.abandon();
      throw error;
    }
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    await this.connection?.close();
  }
}

interface Pending {
  resolve(result: SqliteResult): void;
  reject(error: Error): void;
}

/** The thread, seen from the server. */
class SqliteThreadConnection implements DatabaseConnection {
  readonly opened: Promise<SqliteResult>;
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private death: SqliteError | undefined;

  constructor({ onThread, ...workerData }: SqliteOptions) {
    this.worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
      name: 'sqlite',
      workerData,
      execArgv: [],
      env: {},
    });
    onThread?.(this.worker);
    this.opened = new Promise((resolve, reject) => this.pending.set(0, { resolve, reject }));
    this.worker.on('message', (answer: SqliteAnswer) => {
      const asker = this.pending.get(answer.id);
      this.pending.delete(answer.id);
      if ('result' in answer) asker?.resolve(answer.result);
      else asker?.reject(new SqliteError(answer.failure));
    });
    this.worker.on('error', (cause) => this.die('The SQLite thread failed', cause));
    this.worker.on('exit', () => this.die('The SQLite thread has ended'));
  }

  get dead(): boolean {
    return this.death !== undefined;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { values, blobs } = toSqlite(parameters);
    const { rows, changes } = await this.ask({ kind: 'query', sql, parameters: values }, blobs);
    return { rows: rows as R[], numAffectedRows: BigInt(changes) };
  }

  // biome-ignore lint/correctness/useYield: Kysely demands the method; nothing here streams
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Streaming from SQLite is not supported');
  }

  async rollback(): Promise<void> {
    await this.ask({ kind: 'rollback' });
  }

  async close(): Promise<void> {
    if (this.dead) return;
    await this.ask({ kind: 'close' });
    await this.worker.terminate();
  }

  async abandon(): Promise<void> {
    await this.worker.terminate();
  }

  private ask(request: DistributiveOmit<SqliteRequest, 'id'>, handedOver: ArrayBuffer[] = []): Promise<SqliteResult> {
    if (this.death !== undefined) return Promise.reject(this.death);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage({ ...request, id } satisfies SqliteRequest, handedOver);
    });
  }

  /** Told as SQLite's own I/O error, since it means the same: the database cannot be reached right now. */
  private die(message: string, cause?: unknown): void {
    this.death ??= new SqliteError({ message, code: 'ERR_SQLITE_ERROR', errcode: sqliteIoError }, cause);
    for (const { reject } of this.pending.values()) reject(this.death);
    this.pending.clear();
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** Values as SQLite knows them. All blobs are copied into one buffer, which is handed over and not copied again. */
function toSqlite(parameters: readonly unknown[]): { values: SQLInputValue[]; blobs: ArrayBuffer[] } {
  let bytes = 0;
  for (const value of parameters) if (value instanceof Uint8Array) bytes += value.byteLength;
  const blob = bytes === 0 ? undefined : new ArrayBuffer(bytes);
  let at = 0;
  const values = parameters.map((value) => {
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (!(value instanceof Uint8Array) || blob === undefined) return (value ?? null) as SQLInputValue;
    const part = new Uint8Array(blob, at, value.byteLength);
    part.set(value);
    at += value.byteLength;
    return part;
  });
  return { values, blobs: blob === undefined ? [] : [blob] };
}
