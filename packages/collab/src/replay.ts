/** Makes a document of what was stored: the snapshot, then the updates after it, in slices that let others run between. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { documentMaps } from '@coderoom/protocol';
import * as Y from 'yjs';
import type { LoggedUpdate, StoredDocument } from './contract.ts';

export interface ReplayedDocument {
  doc: Y.Doc;
  /** The last update that it contains. */
  seq: number;
  snapshotSeq: number;
  /** Of the snapshot and of the updates after it. */
  snapshotBytes: number;
  tailBytes: number;
}

/**
 * `unsaved` are updates that may be missing in `stored`, ascending; each seq counts once.
 * Throws when what is stored does not make a document: half a document must never be served as a whole one.
 */
export async function replayDocument(
  stored: StoredDocument,
  unsaved: readonly LoggedUpdate[],
  sliceMs: number,
): Promise<ReplayedDocument> {
  const doc = createDocument();
  try {
    let seq = stored.snapshotSeq;
    const snapshotBytes = stored.snapshot?.length ?? 0;
    let tailBytes = 0;
    if (stored.snapshot !== null) Y.applyUpdate(doc, stored.snapshot);
    const tail = [...stored.updates, ...unsaved];
    for (let index = 0; index < tail.length; ) {
      const sliceEndsAt = performance.now() + sliceMs;
      doc.transact(() => {
        do {
          const logged = tail[index++] as LoggedUpdate;
          if (logged.seq <= seq) continue;
          Y.applyUpdate(doc, logged.update);
          seq = logged.seq;
          tailBytes += logged.update.length;
        } while (index < tail.length && performance.now() < sliceEndsAt);
      });
      if (index < tail.length) await nextTurn();
    }
    if (hasPending(doc)) throw new Error('the stored updates leave a gap');
    return { doc, seq, snapshotSeq: stored.snapshotSeq, snapshotBytes, tailBytes };
  } catch (error) {
    doc.destroy();
    throw error;
  }
}

/** An empty document with the room's maps typed, so that no client can make something else of them. */
function createDocument(): Y.Doc {
  const doc = new Y.Doc();
  for (const name of Object.values(documentMaps)) doc.getMap(name);
  return doc;
}

/** Whether a document holds something that it could not integrate. */
export function hasPending({ store }: Y.Doc): boolean {
  return store.pendingStructs !== null || store.pendingDs !== null;
}
