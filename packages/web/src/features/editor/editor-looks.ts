/** How this person wants code to look: the size of its text, and whether long lines are wrapped. Nobody else sees it. */
import { readStored, writeStored } from '../../storage.ts';
import { createStore, type ReadableStore } from '../../store.ts';

const stepMin = -4;
const stepMax = 16;

const step = createStore(readStored<number>('text-step') ?? 0);
const wrapping = createStore(readStored<boolean>('wrap') === true);

/** In pixels, from what is usual. */
export const textStep: ReadableStore<number> = step;
export const isWrapping: ReadableStore<boolean> = wrapping;

/** Larger, smaller, or, by 0, as usual. */
export function changeTextSize(by: -1 | 0 | 1): void {
  step.set(by === 0 ? 0 : Math.min(stepMax, Math.max(stepMin, step.get() + by)));
  writeStored('text-step', step.get());
  apply();
}

export function toggleWrapping(): void {
  wrapping.set(!wrapping.get());
  writeStored('wrap', wrapping.get());
}

function apply(): void {
  document.documentElement.style.setProperty('--text-step', `${step.get()}px`);
}

apply();
