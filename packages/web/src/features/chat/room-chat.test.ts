// @vitest-environment happy-dom
import type { Message } from '@coderoom/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiProblem } from '../../api.ts';
import { createStore } from '../../store.ts';
import { toasts } from '../notices/toasts.ts';
import type { PanelName } from '../panels/panels.ts';
import type { RoomEvent, RoomEventsState } from '../rooms/room-events.ts';
import type { EventsConnection } from '../rooms/room-events-client.ts';
import { RoomChat, type RoomChatOptions } from './room-chat.ts';

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => {
  vi.useRealTimers();
});

let lastId = 100;
const message = (change: Partial<Message> = {}) =>
  ({
    id: `m${++lastId}`,
    memberId: 'ben',
    memberName: 'Ben',
    text: 'hi',
    type: 'text',
    replyTo: null,
    threadId: null,
    mentions: [],
    deletedAt: null,
    ...change,
  }) as Message;

function setUp() {
  const followers = new Set<(event: RoomEvent) => void>();
  const passing = new Map<string, (event: never) => void>();
  const connection = createStore<EventsConnection>('live');
  const open = createStore<PanelName | null>(null);
  const asked: { name: string; request: Record<string, unknown>; answer: PromiseWithResolvers<object> }[] = [];
  const listed: string[] = [];
  let seq = 0;
  const options = {
    roomId: 'room',
    panels: { open, show: open.set },
    ask: async (path: string) => {
      listed.push(path);
      return { items: [], next: null };
    },
    events: {
      state: createStore({ memberId: 'ana' } as RoomEventsState),
      connection,
      follow(follower: (event: RoomEvent) => void) {
        followers.add(follower);
        return () => followers.delete(follower);
      },
      on(name: string, listener: (event: never) => void) {
        passing.set(name, listener);
        return () => passing.delete(name);
      },
      ask(name: string, request: Record<string, unknown>) {
        const answer = Promise.withResolvers<object>();
        asked.push({ name, request, answer });
        return answer.promise;
      },
    },
  };
  const chat = new RoomChat(options as unknown as RoomChatOptions);
  return {
    chat,
    asked,
    listed,
    open,
    connection,
    posts: () => asked.filter(({ name }) => name === 'message:post'),
    say(said: Message) {
      for (const follower of followers) follower({ name: 'message:created', seq: ++seq, message: said });
    },
    pass: (name: string, event: object) => passing.get(name)?.(event as never),
    settled: () => vi.advanceTimersByTimeAsync(0),
    texts: () => chat.list.state.get().messages.map(({ text }) => text),
  };
}

describe('saying something', () => {
  it('WEB-148 shows it at once, and once, whether the event or the answer comes first', async () => {
    const { chat, posts, say, open, settled, texts } = setUp();
    open.set('chat');
    await settled();
    chat.post({ text: 'one', type: 'text', replyTo: null });
    expect(chat.pending.get()).toMatchObject([{ text: 'one', state: 'sending', seenAs: null }]);
    const one = message({ memberId: 'ana', text: 'one' });
    say(one);
    // Not shown twice meanwhile: what is pending knows under which id it has come.
    expect(chat.pending.get()).toMatchObject([{ seenAs: one.id }]);
    posts()[0]?.answer.resolve({ message: one });
    await settled();
    expect(chat.pending.get()).toEqual([]);
    expect(texts()).toEqual(['one']);
  });

  it('WEB-148 keeps what could not be sent, and sends it again with the same key, by hand or on return', async () => {
    const { chat, posts, connection, settled, open } = setUp();
    open.set('chat');
    chat.post({ text: 'one', type: 'code', replyTo: 'm1' });
    posts()[0]?.answer.reject(new ApiProblem('unreachable', 'You are not connected right now.'));
    await settled();
    expect(chat.pending.get()).toMatchObject([{ state: 'failed', problem: 'You are not connected right now.' }]);
    const key = chat.pending.get()[0]?.key ?? '';
    chat.retry(key);
    chat.retry(key);
    expect(posts()).toHaveLength(2);
    posts()[1]?.answer.reject(new ApiProblem('unreachable', 'You are not connected right now.'));
    await settled();
    connection.set('lost');
    connection.set('live');
    expect(posts().map(({ request }) => request)).toEqual(
      Array.from({ length: 3 }, () => ({ text: 'one', type: 'code', replyTo: 'm1', key })),
    );
    posts()[2]?.answer.resolve({ message: message({ memberId: 'ana', text: 'one' }) });
    await settled();
    expect(chat.pending.get()).toEqual([]);
  });

  it('WEB-148 forgets what one discards', async () => {
    const { chat, posts, settled } = setUp();
    chat.post({ text: 'one', type: 'text', replyTo: null });
    posts()[0]?.answer.reject(new ApiProblem('rate_limited', 'Too many.'));
    await settled();
    chat.discard(chat.pending.get()[0]?.key ?? '');
    expect(chat.pending.get()).toEqual([]);
  });
});

describe('what is unread', () => {
  it('WEB-149 is what others said while the chat was closed, and a mention is told by name', () => {
    const { chat, say, pass, open } = setUp();
    say(message());
    say(message({ memberId: 'ana' }));
    expect(chat.unread.get()).toEqual({ count: 1, isMentioned: false });
    const mention = message({ text: '@Ana look', mentions: ['ana'] });
    say(mention);
    pass('message:mentioned', { message: mention });
    expect(chat.unread.get()).toEqual({ count: 2, isMentioned: true });
    expect(toasts.get().at(-1)?.text).toBe('Ben mentioned you: @Ana look');
    toasts.get().at(-1)?.action?.act();
    expect(open.get()).toBe('chat');
    expect(chat.unread.get()).toEqual({ count: 0, isMentioned: false });
    say(message());
    expect(chat.unread.get().count).toBe(0);
  });

  it('WEB-149 is asked for by where one had read to, and by nothing where one was never', async () => {
    const first = setUp();
    await first.settled();
    expect(first.listed).toEqual([]);
    first.open.set('chat');
    await first.settled();
    first.say(message({ id: 'm500' }));
    first.chat.close();
    const again = setUp();
    await again.settled();
    expect(again.listed).toEqual(['/messages?limit=100&after=m500']);
  });
});

describe('who types', () => {
  it('WEB-150 is told while they do, and forgotten when nothing more is heard', async () => {
    const { chat, pass, say } = setUp();
    pass('chat:typing', { memberId: 'ben', typing: true });
    expect(chat.typing.get()).toEqual(['ben']);
    await vi.advanceTimersByTimeAsync(6_100);
    expect(chat.typing.get()).toEqual([]);
    pass('chat:typing', { memberId: 'ben', typing: true });
    say(message());
    expect(chat.typing.get()).toEqual([]);
  });

  it('WEB-150 is not told with every key, and told to have stopped', () => {
    const { chat, asked } = setUp();
    const told = () => asked.filter(({ name }) => name === 'chat:typing').map(({ request }) => request.typing);
    for (let keys = 0; keys < 20; keys++) chat.tellTyping(true);
    expect(told()).toEqual([true]);
    vi.advanceTimersByTime(3_100);
    chat.tellTyping(true);
    chat.tellTyping(false);
    chat.tellTyping(false);
    expect(told()).toEqual([true, true, false]);
  });
});
