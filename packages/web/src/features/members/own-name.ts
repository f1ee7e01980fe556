/** The name that this person chose, for the next rooms; null while they keep the automatic ones. */
import { readStored, writeStored } from '../../storage.ts';
import { createStore, type ReadableStore } from '../../store.ts';

const chosen = createStore<string | null>(readStored<string>('name'));

export const ownName: ReadableStore<string | null> = chosen;

export function rememberOwnName(name: string): void {
  chosen.set(name);
  writeStored('name', name);
}
