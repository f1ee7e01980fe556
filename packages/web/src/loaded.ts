/**
 * Something that is imported when it is first wanted. Instead of React's lazy, whose Suspense shows what has arrived
 * only after 300 ms, so that fallbacks don't flicker; here there is none that could.
 */
import { createStore, type ReadableStore } from './store.ts';

type LoadedState<T> = { name: 'waiting' } | { name: 'loaded'; value: T } | { name: 'failed' };

export interface Loaded<T> {
  readonly state: ReadableStore<LoadedState<T>>;
  /** Starts the import unless it is under way or done. */
  load(): void;
}

export function createLoaded<T>(importIt: () => Promise<{ default: T }>): Loaded<T> {
  const state = createStore<LoadedState<T>>({ name: 'waiting' });
  let isLoading = false;
  return {
    state,
    load() {
      if (isLoading) return;
      isLoading = true;
      importIt().then(
        (module) => state.set({ name: 'loaded', value: module.default }),
        () => {
          isLoading = false;
          state.set({ name: 'failed' });
        },
      );
    },
  };
}
