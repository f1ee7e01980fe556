/** Makes a document of what was stored: the snapshot, then the updates after it, in slices that let others run between. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChangeReader } from './change-reader.ts';
import type { StoredDocument } from './contract.ts';
import { DocumentState } from './document-state.ts';
import { readBatch } from './log-entries.ts';

export interface ReadDocument {
  state: DocumentState;
  /** The last update that it contains. */
  seq: number;
}

/** What was stored may be nested as deep as it was when it was taken. */
const nestingMax = 10_000;

/** Throws when what is stored does not make a document: half a document must never be served as a whole one. */
export async function readDocument(stored: StoredDocument, sliceStructs: number): Promise<ReadDocument> {
  const state = new DocumentState();
  let left = sliceStructs;
  const take = async (update: Uint8Array) => {
    const reader = new ChangeReader(state, update, nestingMax);
    for (left = reader.advance(left); left <= 0; left = reader.advance(sliceStructs)) await nextTurn();
    const outcome = reader.result();
    if (outcome.kind === 'gap') throw new Error('the stored updates leave a gap');
    if (outcome.kind === 'change') state.apply(outcome);
  };
  if (stored.snapshot !== null) {
    await take(stored.snapshot);
    state.assumeDropped();
  }
  let seq = stored.snapshotSeq;
  for (const batch of stored.batches) {
    for (const logged of readBatch(batch)) {
      if (logged.seq <= seq) continue;
      if (logged.seq !== seq + 1) throw new Error('the stored log leaves a gap');
      await take(logged.update);
      seq = logged.seq;
    }
  }
  return { state, seq };
}
