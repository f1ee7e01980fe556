import type { DocumentStore, LoggedUpdate } from '@coderoom/collab';
import type { Kysely, Transaction } from 'kysely';
import { isForeignKeyViolation, isUniqueViolation } from '../storage/errors.ts';
import { asBuffer, updateValues } from '../storage/rows.ts';
import type { Database } from '../storage/schema.ts';
import { transact } from '../storage/transaction.ts';

/**
 * One INSERT carries at most this much: few enough parameters (5 a row) for SQLite's 32 766 and PostgreSQL's 65 535,
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
      return { snapshot, snapshotSeq: first.snapshotSeq, updates: await readLog(db, roomId, first.snapshotSeq) };
    },

    async append(updates) {
      try {
        await transact(db, (tx) => insertUpdates(tx, updates));
      } catch (error) {
        if (!isUniqueViolation(error) && !isForeignKeyViolation(error)) throw error;
        await appendWhatIsMissing(db, updates, options);
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

async function readLog(db: Kysely<Database>, roomId: string, afterSeq: number): Promise<LoggedUpdate[]> {
  const log: LoggedUpdate[] = [];
  for (let after = afterSeq; ; ) {
    const page = await selectUpdates(db, roomId).where('seq', '>', after).limit(rowsPerRead).execute();
    log.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < rowsPerRead) return log;
    after = last.seq;
  }
}

function selectUpdates(db: Kysely<Database>, roomId: string) {
  return db
    .selectFrom('document_updates')
    .select(['room_id as roomId', 'seq', 'at', 'member_id as memberId', 'data as update'])
    .where('room_id', '=', roomId)
    .orderBy('seq');
}

async function insertUpdates(tx: Transaction<Database>, updates: readonly LoggedUpdate[]): Promise<void> {
  for (let from = 0; from < updates.length; ) {
    let to = from;
    let bytes = 0;
    do bytes += updates[to++]?.update.length ?? 0;
    while (
      to < updates.length &&
      to - from < rowsPerInsert &&
      bytes + (updates[to]?.update.length ?? 0) <= bytesPerInsert
    );
    await tx.insertInto('document_updates').values(updates.slice(from, to).map(updateValues)).execute();
    from = to;
  }
}

/**
 * The second try of an append that met rows which exist or rooms which do not. Rows that exist are ours when a
 * connection was lost while they were committed and the caller came again; any others are never overwritten.
 * Updates of deleted rooms are dropped, so that they hold nobody else's up.
 */
async function appendWhatIsMissing(
  db: Kysely<Database>,
  updates: readonly LoggedUpdate[],
  options: DocumentStoreOptions,
): Promise<void> {
  const byRoom = Map.groupBy(updates, ({ roomId }) => roomId);
  for (let attempt = 1; ; attempt++) {
    try {
      const gone = await transact(db, async (tx) => {
        const rooms = await tx
          .selectFrom('rooms')
          .select('id')
          .where('id', 'in', [...byRoom.keys()])
          .execute();
        for (const { id } of rooms) await insertUpdates(tx, await withoutStored(tx, byRoom.get(id) ?? []));
        const present = new Set(rooms.map(({ id }) => id));
        return [...byRoom.keys()].filter((id) => !present.has(id));
      });
      for (const id of gone) options.onRoomGone?.(id, byRoom.get(id)?.length ?? 0);
      return;
    } catch (error) {
      // Another room may have been deleted, or another writer have come, between the look and the insert.
      const changedMeanwhile = isUniqueViolation(error) || isForeignKeyViolation(error);
      if (!changedMeanwhile || attempt === attemptsMax) throw error;
    }
  }
}

/** Those of one room's updates that are not stored yet; fails when a stored one differs. */
async function withoutStored(tx: Transaction<Database>, updates: LoggedUpdate[]): Promise<LoggedUpdate[]> {
  const seqs = updates.map(({ seq }) => seq);
  const stored = new Map<number, LoggedUpdate>();
  for (const row of await selectUpdates(tx, updates[0]?.roomId ?? '')
    .where('seq', '>=', Math.min(...seqs))
    .where('seq', '<=', Math.max(...seqs))
    .execute()) {
    stored.set(row.seq, row);
  }
  return updates.filter((update) => {
    const known = stored.get(update.seq);
    if (known === undefined) return true;
    const same =
      known.at === update.at && known.memberId === update.memberId && asBuffer(known.update).equals(update.update);
    if (!same) throw new Error(`Update ${update.seq} of room ${update.roomId} is already stored, and is another one`);
    return false;
  });
}
