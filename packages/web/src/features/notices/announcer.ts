/** What is said politely to screen readers, one sentence after the other. */
import { createStore, type ReadableStore } from '../../store.ts';

const spoken = createStore('');

export const announcement: ReadableStore<string> = spoken;

export function announce(text: string): void {
  // The same sentence twice would not be noticed as a change.
  spoken.set(spoken.get() === text ? `${text}\u00a0` : text);
}
