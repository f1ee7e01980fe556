/** Reads a large update of a client in slices, so that others are heard in between, while the document may go on. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChangeReader } from './change-reader.ts';
import type { DocumentState } from './document-state.ts';

export interface SlicedReading {
  update: Uint8Array;
  nestingMax: number;
  sliceStructs: number;
  /** The document as it is by now; undefined when the update is no more to be read. */
  current(): DocumentState | undefined;
  /** Called at once with what is read, since that is good only until the document changes; not when it was given up. */
  take(outcome: ReturnType<DocumentState['read']>, state: DocumentState): void;
}

export async function readInSlices({ update, nestingMax, sliceStructs, current, take }: SlicedReading): Promise<void> {
  const state = current();
  if (state === undefined) return;
  const reader = new ChangeReader(state, update, nestingMax);
  while (reader.advance(sliceStructs) <= 0) {
    await nextTurn();
    const now = current();
    if (now === undefined) return;
    // What was looked at so far was held against another document.
    if (now !== state) {
      take(now.read(update, nestingMax), now);
      return;
    }
  }
  const outcome = reader.result();
  take(outcome.kind === 'gap' || !reader.isCurrent ? state.read(update, nestingMax) : outcome, state);
}
