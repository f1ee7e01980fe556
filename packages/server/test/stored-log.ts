/** What the log of a room makes when Yjs alone applies it, update by update; for tests only. */
import { readBatch } from '@coderoom/collab';
import * as Y from 'yjs';
import { openStorage } from '../src/storage/database.ts';

/** Of a server that does not run; by the rooms' ids. Nothing of any snapshot is in it. */
export async function replayLogs(dataDir: string, roomIds: readonly string[]): Promise<Map<string, Y.Doc>> {
  const storage = await openStorage({ databaseUrl: undefined, dataDir, logger: { warn() {} } });
  try {
    const replayed = new Map<string, Y.Doc>();
    for (const roomId of roomIds) {
      const doc = new Y.Doc();
      replayed.set(roomId, doc);
      const rows = await storage.db
        .selectFrom('document_updates')
        .select(['seq', 'packed', 'data'])
        .where('room_id', '=', roomId)
        .orderBy('seq')
        .execute();
      doc.transact(() => {
        for (const { seq, packed, data } of rows) {
          if (packed === 0) Y.applyUpdate(doc, data);
          else {
            const batch = readBatch({ roomId, firstSeq: seq, count: packed, entries: data });
            for (const { update } of batch) Y.applyUpdate(doc, update);
          }
        }
      });
    }
    return replayed;
  } finally {
    await storage.close();
  }
}
