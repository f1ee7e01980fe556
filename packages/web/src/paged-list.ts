/** A list that the server gives page by page: what has come, whether there is more, and what went wrong. No React. */
import { createStore, type ReadableStore } from './store.ts';

export interface Page<T> {
  items: T[];
  /** Where the next page begins; null after the last one. */
  next: string | null;
}

export type PagedState<T> =
  | { name: 'loading' }
  | { name: 'failed'; message: string }
  /** `more`: how the next page is doing. */
  | { name: 'shown'; items: readonly T[]; next: string | null; more: 'idle' | 'loading' | 'failed' };

export interface PagedList<T> {
  readonly state: ReadableStore<PagedState<T>>;
  /** Begins anew; what was shown stays until the first page has come. */
  reload(): void;
  loadMore(): void;
  /** Changes what is shown, after the server was told. */
  change(change: (items: readonly T[]) => readonly T[]): void;
}

export interface PagedListOptions<T> {
  load(cursor: string | null): Promise<Page<T>>;
  keyOf(item: T): string;
}

export function createPagedList<T>({ load, keyOf }: PagedListOptions<T>): PagedList<T> {
  const state = createStore<PagedState<T>>({ name: 'loading' });
  /** Grows with each beginning; a page that belongs to an earlier one is dropped. */
  let era = 0;

  function reload(): void {
    const asked = ++era;
    if (state.get().name === 'failed') state.set({ name: 'loading' });
    load(null).then(
      ({ items, next }) => asked === era && state.set({ name: 'shown', items, next, more: 'idle' }),
      (error) => asked === era && state.set({ name: 'failed', message: messageOf(error) }),
    );
  }

  function loadMore(): void {
    const shown = state.get();
    if (shown.name !== 'shown' || shown.next === null || shown.more === 'loading') return;
    const asked = era;
    state.set({ ...shown, more: 'loading' });
    const settle = (change: (current: Extract<PagedState<T>, { name: 'shown' }>) => PagedState<T>) => {
      const current = state.get();
      if (asked === era && current.name === 'shown') state.set(change(current));
    };
    load(shown.next).then(
      ({ items, next }) =>
        settle((current) => {
          // What moved between two pages may come twice.
          const known = new Set(current.items.map(keyOf));
          const fresh = items.filter((item) => !known.has(keyOf(item)));
          return { name: 'shown', items: [...current.items, ...fresh], next, more: 'idle' };
        }),
      () => settle((current) => ({ ...current, more: 'failed' })),
    );
  }

  return {
    state,
    reload,
    loadMore,
    change(change) {
      const current = state.get();
      if (current.name === 'shown') state.set({ ...current, items: change(current.items) });
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong.';
}
