/** The thread that owns the SQLite database: it runs one statement after the other, so that no fsync blocks the server. */
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** What the thread is started with. */
export interface SqliteWorkerData {
  file: string;
  busyTimeoutMs: number;
}

/** `rollback` does nothing when SQLite has already rolled back by itself, as it may on a full disk. */
export type SqliteRequest =
  | { id: number; kind: 'query'; sql: string; parameters: SQLInputValue[] }
  | { id: number; kind: 'rollback' }
  | { id: number; kind: 'close' };

export interface SqliteResult {
  rows: Record<string, SQLOutputValue>[];
  changes: number;
}

/** An error as it crosses the threads; `errcode` is SQLite's extended result code. */
export interface SqliteFailure {
  message: string;
  code: string | undefined;
  errcode: number | undefined;
}

/** The answer with id 0 tells that the database is open, or why it could not be opened. */
export type SqliteAnswer = { id: number; result: SqliteResult } | { id: number; failure: SqliteFailure };

/** A longer statement is an insert of many rows, hardly ever met twice. */
const cachedSqlMaxLength = 2_000;
const cachedStatementsMax = 200;
/** Blobs from this size on are handed over rather than copied. */
const handedOverMinBytes = 65_536;
const nothing: SqliteResult = { rows: [], changes: 0 };

const port = parentPort;
if (port !== null) {
  const answer = (message: SqliteAnswer) =>
    port.postMessage(message, 'result' in message ? largeBlobs(message.result) : []);
  const attempt = (id: number, work: () => SqliteResult) => {
    try {
      answer({ id, result: work() });
    } catch (error) {
      answer({ id, failure: describeFailure(error) });
    }
  };

  attempt(0, () => {
    const connection = connect(workerData as SqliteWorkerData);
    port.on('message', (request: SqliteRequest) => {
      attempt(request.id, () => {
        switch (request.kind) {
          case 'query':
            return connection.query(request.sql, request.parameters);
          case 'rollback':
            return connection.rollback();
          case 'close':
            return connection.close();
        }
      });
    });
    return nothing;
  });
}

function connect({ file, busyTimeoutMs }: SqliteWorkerData) {
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  // WAL: a commit is one fsync and readers do not wait. FULL: the commit is on the disk before it returns.
  database.exec('pragma journal_mode = wal; pragma synchronous = full');
  const statements = new Map<string, StatementSync>();

  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) {
      statements.delete(sql);
      statements.set(sql, known);
      return known;
    }
    const statement = database.prepare(sql);
    if (sql.length > cachedSqlMaxLength) return statement;
    statements.set(sql, statement);
    if (statements.size > cachedStatementsMax) statements.delete(statements.keys().next().value ?? '');
    return statement;
  };

  return {
    query(sql: string, parameters: SQLInputValue[]): SqliteResult {
      const statement = prepare(sql);
      if (statement.columns().length > 0) return { rows: statement.all(...parameters), changes: 0 };
      return { rows: [], changes: Number(statement.run(...parameters).changes) };
    },
    rollback(): SqliteResult {
      if (database.isTransaction) database.exec('rollback');
      return nothing;
    },
    close(): SqliteResult {
      statements.clear();
      database.close();
      return nothing;
    },
  };
}

function largeBlobs({ rows }: SqliteResult): ArrayBuffer[] {
  const blobs: ArrayBuffer[] = [];
  for (const row of rows) {
    for (const value of Object.values(row)) {
      if (value instanceof Uint8Array && value.byteLength >= handedOverMinBytes)
        blobs.push(value.buffer as ArrayBuffer);
    }
  }
  return blobs;
}

function describeFailure(error: unknown): SqliteFailure {
  const { message, code, errcode } = error as Error & { code?: string; errcode?: number };
  return { message, code, errcode };
}
