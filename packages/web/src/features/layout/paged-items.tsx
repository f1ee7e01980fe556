/** A paged list as it stands: loading, failed, empty, or its items with a way to more of them, also by scrolling. */
import { type ReactNode, useEffect, useRef } from 'react';
import type { PagedList, PagedState } from '../../paged-list.ts';
import { ListFailed, ListLoading } from './list-states.tsx';

export interface PagedItemsProps<T> {
  /** What it is a list of, for screen readers and in sentences. */
  what: string;
  list: PagedList<T>;
  state: PagedState<T>;
  className: string;
  empty: ReactNode;
  /** Loads further pages when their button comes into view. */
  byScrolling?: boolean;
  children: (item: T) => ReactNode;
}

export function PagedItems<T>(props: PagedItemsProps<T>) {
  const { what, list, state, className, empty, byScrolling = false, children } = props;
  switch (state.name) {
    case 'loading':
      return <ListLoading />;
    case 'failed':
      return <ListFailed what={what} message={state.message} onRetry={list.reload} />;
    case 'shown':
      if (state.items.length === 0 && state.next === null) return empty;
      return (
        <>
          <ul className={className} aria-label={what}>
            {state.items.map(children)}
          </ul>
          {state.next !== null && <More list={list} more={state.more} byScrolling={byScrolling} />}
        </>
      );
    default:
      return state satisfies never;
  }
}

interface MoreProps {
  list: Pick<PagedList<unknown>, 'loadMore'>;
  more: 'idle' | 'loading' | 'failed';
  byScrolling: boolean;
}

function More({ list, more, byScrolling }: MoreProps) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // After a failure only pressing tries again: scrolling would do so without end.
    if (!byScrolling || more !== 'idle' || button.current === null) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting === true && list.loadMore(), {
      rootMargin: '300px',
    });
    observer.observe(button.current);
    return () => observer.disconnect();
  }, [byScrolling, more, list]);
  return (
    <div className="more">
      {more === 'failed' && <p role="alert">The next ones could not be loaded.</p>}
      <button ref={button} type="button" className="button" aria-disabled={more === 'loading'} onClick={list.loadMore}>
        {more === 'loading' ? 'Loading …' : more === 'failed' ? 'Try again' : 'Show more'}
      </button>
    </div>
  );
}
