/** Asks before the page goes away while edits are nowhere but in it. */
import type { ReadableStore } from '../../store.ts';

const guarded = new Set<ReadableStore<number>>();

function warn(event: BeforeUnloadEvent): void {
  if ([...guarded].some((unsavedEdits) => unsavedEdits.get() > 0)) event.preventDefault();
}

/** Guards a count of unsaved edits. Returns how to stop. */
export function guardUnsaved(unsavedEdits: ReadableStore<number>): () => void {
  guarded.add(unsavedEdits);
  addEventListener('beforeunload', warn);
  return () => {
    guarded.delete(unsavedEdits);
    if (guarded.size === 0) removeEventListener('beforeunload', warn);
  };
}
