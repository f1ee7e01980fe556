import { useEffect, useMemo } from 'react';
import { createPagedList, type PagedList, type PagedListOptions, type PagedState } from './paged-list.ts';
import { useStore } from './store.ts';

/** A paged list for as long as a component shows it; begun anew whenever `load` is another function. */
export function usePagedList<T>(options: PagedListOptions<T>): { list: PagedList<T>; state: PagedState<T> } {
  const { load, keyOf } = options;
  const list = useMemo(() => createPagedList({ load, keyOf }), [load, keyOf]);
  useEffect(() => list.reload(), [list]);
  return { list, state: useStore(list.state) };
}
