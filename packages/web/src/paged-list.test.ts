import { describe, expect, it } from 'vitest';
import { createPagedList, type Page, type PagedState } from './paged-list.ts';

interface Room {
  id: string;
}
const rooms = (...ids: string[]): Room[] => ids.map((id) => ({ id }));
const settled = () => new Promise((resolve) => setTimeout(resolve));

/** A list whose pages are given one by one by the test. */
function openList() {
  const asked: { cursor: string | null; answer: PromiseWithResolvers<Page<Room>> }[] = [];
  const list = createPagedList<Room>({
    load: (cursor) => {
      const answer = Promise.withResolvers<Page<Room>>();
      asked.push({ cursor, answer });
      return answer.promise;
    },
    keyOf: ({ id }) => id,
  });
  const idsOf = (state: PagedState<Room>) => (state.name === 'shown' ? state.items.map(({ id }) => id) : state.name);
  return { list, asked, shown: () => idsOf(list.state.get()) };
}

describe('WEB-28 a list in pages', () => {
  it('WEB-28 is loading, then shows its first page, then the next below it without what came already', async () => {
    const { list, asked, shown } = openList();
    list.reload();
    expect(shown()).toBe('loading');
    asked[0]?.answer.resolve({ items: rooms('a', 'b'), next: 'after-b' });
    await settled();
    expect(shown()).toEqual(['a', 'b']);
    list.loadMore();
    list.loadMore();
    expect(asked.map(({ cursor }) => cursor)).toEqual([null, 'after-b']);
    asked[1]?.answer.resolve({ items: rooms('b', 'c'), next: null });
    await settled();
    expect(shown()).toEqual(['a', 'b', 'c']);
    list.loadMore();
    expect(asked.length).toBe(2);
  });

  it('WEB-28 shows what was searched for last, whichever answer comes last', async () => {
    const { list, asked, shown } = openList();
    list.reload();
    list.reload();
    asked[1]?.answer.resolve({ items: rooms('new'), next: null });
    await settled();
    asked[0]?.answer.resolve({ items: rooms('old'), next: null });
    await settled();
    expect(shown()).toEqual(['new']);
  });

  it('WEB-28 keeps what it has when a further page fails, and can be asked again', async () => {
    const { list, asked, shown } = openList();
    list.reload();
    asked[0]?.answer.resolve({ items: rooms('a'), next: 'x' });
    await settled();
    list.loadMore();
    asked[1]?.answer.reject(new Error('down'));
    await settled();
    expect(list.state.get()).toMatchObject({ name: 'shown', more: 'failed' });
    list.loadMore();
    asked[2]?.answer.resolve({ items: rooms('b'), next: null });
    await settled();
    expect(shown()).toEqual(['a', 'b']);
  });

  it('WEB-28 says that it failed, in the words it was given, and tries again', async () => {
    const { list, asked, shown } = openList();
    list.reload();
    asked[0]?.answer.reject(new Error('The server cannot be reached.'));
    await settled();
    expect(list.state.get()).toEqual({ name: 'failed', message: 'The server cannot be reached.' });
    list.reload();
    expect(shown()).toBe('loading');
  });
});
