import {
  type DocumentStore,
  ForeignUpdates,
  type LoggedBatch,
  type LoggedUpdate,
  packUpdates,
  readBatch,
} from '@coderoom/collab';
import { CompiledQuery, type Kysely, type Transaction } from 'kysely';
import { isConflict, isForeignKeyViolation, isUniqueViolation } from '../storage/errors.ts';
import { asBuffer } from '../storage/rows.ts';
import type { Database } from '../storage/schema.ts';
import { transact } from '../storage/transaction.ts';

/**
 * One INSERT carries at most this much: few enough parameters (6 a row) for SQLite's 32 766 and PostgreSQL's 65 535,
 * short enough for MySQL, where a statement with its blobs in hexadecimal must fit max_allowed_packet (16 MB in
 * MariaDB's default), and quickly put together, because that happens on the event loop.
 */
const rowsPerInsert = 200;
const bytesPerInsert = 4_000_000;
/** Rows of the log read at a time, so that a long one is not put together in one piece on the event loop. */
const rowsPerRead = 500;
const attemptsMax = 10;

export interface DocumentStoreOptions {
  /** Called when updates were dropped because their room had been deleted meanwhile. */
  onRoomGone?(roomId: string, updates: number): void;
  now?: () => number;
}

/** The SQL of rooms' documents: a log of updates and the latest snapshot. What is in them it does not know. */
export function createDocumentStore(db: Kysely<Database>, options: DocumentStoreOptions = {}): DocumentStore {
  const now = options.now ?? Date.now;
  const insertSql = createInsertSql(db);
  return {
    async load(roomId) {
      const document = await db
        .selectFrom('documents')
        .leftJoin('document_snapshots', (join) =>
          join
            .onRef('document_snapshots.room_id', '=', 'documents.room_id')
            .onRef('document_snapshots.seq', '=', 'documents.snapshot_seq'),
        )
        .select(['documents.snapshot_seq as snapshotSeq', 'document_snapshots.data as data'])
        .where('documents.room_id', '=', roomId)
        .orderBy('document_snapshots.piece')
        .execute();
      const first = document[0];
      if (first === undefined) return null;
      const pieces = document.map(({ data }) => data).filter((data) => data !== null);
      const snapshot = pieces.length === 0 ? null : Buffer.concat(pieces);
      return { snapshot, snapshotSeq: first.snapshotSeq, batches: await readLog(db, roomId, first.snapshotSeq) };
    },

    async append(batches) {
      if (batches.length === 0) return;
      try {
        const statements = splitIntoStatements(batches);
        // One statement is a transaction by itself, without the messages that begin and end one.
        if (statements.length === 1) await db.executeQuery(compileInsert(insertSql, batches));
        else {
          await transact(db, async (tx) => {
            for (const statement of statements) await tx.executeQuery(compileInsert(insertSql, statement));
          });
        }
      } catch (error) {
        if (!isUniqueViolation(error) && !isForeignKeyViolation(error) && !isConflict(error)) throw error;
        await appendWhatIsMissing(db, batches, { ...options, insertSql });
      }
    },

    saveSnapshot: (roomId, { seq, state }) =>
      transact(db, async (tx) => {
        const replaced = await tx
          .updateTable('documents')
          .set({ snapshot_seq: seq, updated_at: now() })
          .where('room_id', '=', roomId)
          .where('snapshot_seq', '<', seq)
          .executeTakeFirst();
        if (replaced.numUpdatedRows === 0n) return;
        await tx.deleteFrom('document_snapshots').where('room_id', '=', roomId).execute();
        for (let piece = 0; piece * bytesPerInsert < Math.max(state.length, 1); piece++) {
          const data = asBuffer(state.subarray(piece * bytesPerInsert, (piece + 1) * bytesPerInsert));
          await tx.insertInto('document_snapshots').values({ room_id: roomId, seq, piece, data }).execute();
        }
      }),
  };
}

type InsertSql = (rows: number) => string;

/** The text of an INSERT of so many rows, made once for each number. */
function createInsertSql(db: Kysely<Database>): InsertSql {
  const texts: string[] = [];
  const row = { room_id: '', seq: 0, at: 0, member_id: null, packed: 0, data: Buffer.alloc(0) };
  return (rows) => {
    texts[rows] ??= db
      .insertInto('document_updates')
      .values(Array.from({ length: rows }, () => row))
      .compile().sql;
    return texts[rows];
  };
}

function compileInsert(insertSql: InsertSql, batches: readonly LoggedBatch[]): CompiledQuery {
  const parameters: unknown[] = [];
  for (const { roomId, firstSeq, count, entries } of batches) {
    // In the order of the columns above; times and authors are among the entries.
    parameters.push(roomId, firstSeq, 0, null, count, asBuffer(entries));
  }
  return CompiledQuery.raw(insertSql(batches.length), parameters);
}

function splitIntoStatements(batches: readonly LoggedBatch[]): LoggedBatch[][] {
  const statements: LoggedBatch[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const batch of batches) {
    const last = statements.at(-1);
    bytes += batch.entries.length;
    if (last === undefined || last.length === rowsPerInsert || bytes > bytesPerInsert) {
      statements.push([batch]);
      bytes = batch.entries.length;
    } else last.push(batch);
  }
  return statements;
}

/** The rows that hold updates after `afterSeq`; the first may also hold some before. */
async function readLog(db: Kysely<Database>, roomId: string, afterSeq: number): Promise<LoggedBatch[]> {
  const first = await selectRows(db, roomId)
    .where('seq', '<=', afterSeq + 1)
    .orderBy('seq', 'desc')
    .limit(1)
    .execute();
  const log = first.map(toBatch).filter(({ firstSeq, count }) => firstSeq + count - 1 > afterSeq);
  for (let after = first[0]?.seq ?? 0; ; ) {
    const page = await selectRows(db, roomId).where('seq', '>', after).orderBy('seq').limit(rowsPerRead).execute();
    log.push(...page.map(toBatch));
    const last = page.at(-1);
    if (last === undefined || page.length < rowsPerRead) return log;
    after = last.seq;
  }
}

function selectRows(db: Kysely<Database>, roomId: string) {
  return db
    .selectFrom('document_updates')
    .select(['room_id as roomId', 'seq', 'at', 'member_id as memberId', 'packed', 'data'])
    .where('room_id', '=', roomId);
}

type LogRow = Awaited<ReturnType<ReturnType<typeof selectRows>['execute']>>[number];

/** A row of a single update, such as the first of each document, is packed on the way. */
function toBatch({ roomId, seq, at, memberId, packed, data }: LogRow): LoggedBatch {
  if (packed === 0) return packUpdates([{ roomId, seq, at, memberId, update: data }]);
  return { roomId, firstSeq: seq, count: packed, entries: data };
}

/**
 * The second try of an append that met rows which exist or rooms which do not. Updates that exist are ours when a
 * connection was lost while they were committed and the caller came again; any others are never overwritten.
 * Updates of deleted rooms are dropped, so that they hold nobody else's up.
 */
async function appendWhatIsMissing(
  db: Kysely<Database>,
  batches: readonly LoggedBatch[],
  options: DocumentStoreOptions & { insertSql: InsertSql },
): Promise<void> {
  const byRoom = Map.groupBy(batches, ({ roomId }) => roomId);
  for (let attempt = 1; ; attempt++) {
    try {
      const gone = await transact(db, async (tx) => {
        const rooms = await tx
          .selectFrom('rooms')
          .select('id')
          .where('id', 'in', [...byRoom.keys()])
          .execute();
        for (const { id } of rooms) {
          const missing = await withoutStored(tx, byRoom.get(id) ?? []);
          for (const statement of splitIntoStatements(missing)) {
            await tx.executeQuery(compileInsert(options.insertSql, statement));
          }
        }
        const present = new Set(rooms.map(({ id }) => id));
        return [...byRoom.keys()].filter((id) => !present.has(id));
      });
      for (const id of gone) {
        const updates = byRoom.get(id)?.reduce((sum, { count }) => sum + count, 0) ?? 0;
        options.onRoomGone?.(id, updates);
      }
      return;
    } catch (error) {
      // Another room may have been deleted, or another writer have come, between the look and the insert.
      const changedMeanwhile = isUniqueViolation(error) || isForeignKeyViolation(error);
      if (!changedMeanwhile || attempt === attemptsMax) throw error;
    }
  }
}

/** What is not stored yet of one room's batches; fails when something stored differs. */
async function withoutStored(tx: Transaction<Database>, batches: readonly LoggedBatch[]): Promise<LoggedBatch[]> {
  const { roomId } = batches[0] as LoggedBatch;
  const updates = batches.flatMap((batch) => [...readBatch(batch)]);
  const first = Math.min(...batches.map(({ firstSeq }) => firstSeq));
  const stored = new Map<number, LoggedUpdate>();
  for (const batch of await readLog(tx, roomId, first - 1)) {
    for (const update of readBatch(batch)) stored.set(update.seq, update);
  }
  const missing = updates.filter((update) => {
    const known = stored.get(update.seq);
    if (known === undefined) return true;
    const same =
      known.at === update.at && known.memberId === update.memberId && asBuffer(known.update).equals(update.update);
    if (!same) {
      throw new ForeignUpdates(`Update ${update.seq} of room ${roomId} is already stored, and is another one`);
    }
    return false;
  });
  return missing.map((update) => packUpdates([update]));
}
