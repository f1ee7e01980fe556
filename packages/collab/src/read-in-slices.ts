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

/** To sort more than this would take longer than a slice. */
const unsortedRangesMax = 1_000;
/** So often it is begun anew because the document has changed where the update goes on. */
const attemptsMax = 3;

export async function readInSlices(reading: SlicedReading): Promise<void> {
  const { update, nestingMax, sliceStructs, current, take } = reading;
  for (let attempt = 1; ; attempt++) {
    const state = current();
    if (state === undefined) return;
    const reader = new ChangeReader(state, update, nestingMax, unsortedRangesMax);
    while (current() === state && reader.advance(sliceStructs) <= 0) await nextTurn();
    const now = current();
    if (now === undefined) return;
    if (now === state && reader.isCurrent) {
      take(reader.result(), state);
      return;
    }
    // Nobody who writes as one client from several places is waited for: they are asked for what they have.
    if (attempt === attemptsMax) {
      take({ kind: 'gap' }, now);
      return;
    }
  }
}
