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
  /** The same, and resolves with what came; fails when it cannot be had. */
  get(): Promise<T>;
}

export function createLoaded<T>(importIt: () => Promise<{ default: T }>): Loaded<T> {
  const state = createStore<LoadedState<T>>({ name: 'waiting' });
  let loading: Promise<T> | undefined;
  function get(): Promise<T> {
    loading ??= importIt().then(
      (module) => {
        state.set({ name: 'loaded', value: module.default });
        return module.default;
      },
      (error) => {
        loading = undefined;
        state.set({ name: 'failed' });
        throw error;
      },
    );
    return loading;
  }
  return { state, load: () => void get().catch(() => {}), get };
}
