import type { Message } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import type { Page } from '../../paged-list.ts';
import { MessageList } from './message-list.ts';

const message = (id: number, text = `said ${id}`) => ({ id: String(id).padStart(4, '0'), text }) as Message;
const newestFirst = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, index) => message(from - index));

/** A list whose questions are answered by the test. */
function open() {
  const asked: { before: string | null; answer: PromiseWithResolvers<Page<Message>> }[] = [];
  const list = new MessageList({
    load(before) {
      const answer = Promise.withResolvers<Page<Message>>();
      asked.push({ before, answer });
      return answer.promise;
    },
    includes: ({ text }) => text !== 'elsewhere',
  });
  const shown = () => list.state.get().messages.map(({ id, text }) => `${Number(id)} ${text}`);
  const ids = () => list.state.get().messages.map(({ id }) => Number(id));
  return { list, asked, shown, ids };
}

async function shownPage(from: number, to: number, next: string | null) {
  const opened = open();
  const loading = opened.list.refresh();
  opened.asked[0]?.answer.resolve({ items: newestFirst(from, to), next });
  await loading;
  return opened;
}

describe('messages', () => {
  it('WEB-145 stand oldest first, older ones are added above, and the beginning is known', async () => {
    const { list, asked, ids } = await shownPage(9, 7, '0007');
    expect(ids()).toEqual([7, 8, 9]);
    expect(list.state.get().older).toBe('idle');
    const loading = list.loadOlder();
    void list.loadOlder(); // once at a time
    expect(asked.map(({ before }) => before)).toEqual([null, '0007']);
    asked[1]?.answer.resolve({ items: newestFirst(6, 5), next: null });
    await loading;
    expect(ids()).toEqual([5, 6, 7, 8, 9]);
    expect(list.state.get().older).toBe('none');
  });

  it('WEB-145 are each there once and as they are now, whatever order their events come in', async () => {
    const { list, shown, ids } = await shownPage(9, 8, null);
    list.apply(message(11));
    list.apply(message(10));
    list.apply(message(11, 'changed'));
    list.apply(message(9, 'changed'));
    list.apply(message(12, 'elsewhere'));
    expect(ids()).toEqual([8, 9, 10, 11]);
    expect(shown()).toContain('11 changed');
    expect(shown()).toContain('9 changed');
  });

  it('WEB-145 said while the first page is on its way are not lost', async () => {
    const { list, asked, ids } = open();
    const loading = list.refresh();
    list.apply(message(10));
    asked[0]?.answer.resolve({ items: newestFirst(9, 8), next: null });
    await loading;
    expect(ids()).toEqual([8, 9, 10]);
  });

  it('WEB-145 said while one catches up are not lost to a page that was made before', async () => {
    const { list, asked, ids } = await shownPage(9, 8, null);
    const loading = list.refresh();
    list.apply(message(10));
    expect(ids()).toEqual([8, 9, 10]);
    asked[1]?.answer.resolve({ items: newestFirst(9, 8), next: null });
    await loading;
    expect(ids()).toEqual([8, 9, 10]);
  });

  it('WEB-145 that were missed are fetched, with what was changed; what was read above stays', async () => {
    const { list, asked, shown, ids } = await shownPage(9, 7, '0007');
    const older = list.loadOlder();
    asked[1]?.answer.resolve({ items: newestFirst(6, 4), next: '0004' });
    await older;
    const loading = list.refresh();
    asked[2]?.answer.resolve({ items: [message(11), message(10), message(9, 'changed')], next: '0009' });
    await loading;
    expect(ids()).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    expect(shown()).toContain('9 changed');
    expect(list.state.get().older).toBe('idle');
  });

  it('WEB-145 begin anew when more was missed than a page holds, so that there is no gap', async () => {
    const { list, asked, ids } = await shownPage(9, 7, '0007');
    const loading = list.refresh();
    asked[1]?.answer.resolve({ items: newestFirst(99, 97), next: '0097' });
    await loading;
    expect(ids()).toEqual([97, 98, 99]);
    void list.loadOlder();
    expect(asked[2]?.before).toBe('0097');
  });

  it('WEB-145 that cannot be had are said to be missing, and asked for again', async () => {
    const { list, asked, ids } = open();
    const loading = list.refresh();
    asked[0]?.answer.reject(new Error('down'));
    await loading;
    expect(list.state.get().phase).toBe('failed');
    const again = list.refresh();
    asked[1]?.answer.resolve({ items: newestFirst(9, 8), next: '0008' });
    await again;
    const older = list.loadOlder();
    asked[2]?.answer.reject(new Error('down'));
    await older;
    expect(list.state.get().older).toBe('failed');
    expect(ids()).toEqual([8, 9]);
  });
});
