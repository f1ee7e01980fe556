/** The room's chat: what was said, what this person says before the server has it, who types, what is unread. No React. */
import type { Message, MessageCreate, MessageType } from '@coderoom/protocol';
import { limits } from '@coderoom/protocol';
import { type ApiCall, ApiProblem, createIdempotencyKey } from '../../api.ts';
import type { Page } from '../../paged-list.ts';
import { readStored, writeStored } from '../../storage.ts';
import { createStore, type ReadableStore } from '../../store.ts';
import { announce } from '../notices/announcer.ts';
import { showToast } from '../notices/toasts.ts';
import type { Panels } from '../panels/panels.ts';
import type { RoomEventsClient } from '../rooms/room-events-client.ts';
import { MessageList } from './message-list.ts';

/** What this person has said and the server has not confirmed. */
export interface PendingMessage {
  /** The same for each attempt, so that it is said once. */
  key: string;
  text: string;
  type: MessageType;
  replyTo: string | null;
  state: 'sending' | 'failed';
  /** Why it failed, in words. */
  problem: string;
  /** The message that has come by an event, while the answer is still on its way. */
  seenAs: string | null;
}

export interface RoomChatOptions {
  roomId: string;
  events: Pick<RoomEventsClient, 'state' | 'connection' | 'follow' | 'on' | 'ask'>;
  panels: Pick<Panels, 'open' | 'show'>;
  ask: <T>(path: string, call?: ApiCall) => Promise<T>;
}

/** Others are told anew that one types after so long. */
const typingTellMs = limits.typingShownMs / 2;
const pageSize = 50;

export class RoomChat {
  readonly list: MessageList;
  /** What is being written and not said yet; it outlasts the panel. */
  draft = { text: '', isCode: false };
  readonly pending: ReadableStore<readonly PendingMessage[]>;
  /** Ids of those who type. */
  readonly typing: ReadableStore<readonly string[]>;
  readonly unread: ReadableStore<{ count: number; isMentioned: boolean }>;
  readonly #pending = createStore<readonly PendingMessage[]>([]);
  readonly #typing = createStore<readonly string[]>([]);
  readonly #unread = createStore({ count: 0, isMentioned: false });
  readonly #options: RoomChatOptions;
  readonly #typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #stops: (() => void)[] = [];
  #isLoaded = false;
  #toldTypingAt = 0;

  constructor(options: RoomChatOptions) {
    this.#options = options;
    this.pending = this.#pending;
    this.typing = this.#typing;
    this.unread = this.#unread;
    this.list = new MessageList({ load: (before) => this.#load({ before }), includes: () => true });
    const { events, panels } = options;
    this.#stops.push(
      events.follow((event) => {
        if (event.name === 'message:created') this.#said(event.message);
        if (event.name === 'message:updated' || event.name === 'message:deleted') this.#apply(event.message);
      }),
      events.on('chat:typing', ({ memberId, typing }) => this.#typed(memberId, typing)),
      events.on('message:mentioned', ({ message }) => this.#mentioned(message)),
      events.connection.subscribe(() => {
        if (events.connection.get() === 'live') void this.#catchUp();
      }),
      panels.open.subscribe(() => this.#look()),
    );
    document.addEventListener('visibilitychange', this.#look);
    this.#stops.push(() => document.removeEventListener('visibilitychange', this.#look));
    void this.#countUnread();
    this.#look();
  }

  /** A thread of its own; `stop` when it is no longer looked at. */
  openThread(rootId: string): { list: MessageList; stop: () => void } {
    const list = new MessageList({
      load: (before) => this.#load({ before, thread: rootId }),
      includes: ({ id, threadId }) => id === rootId || threadId === rootId,
    });
    const stop = this.#options.events.follow((event) => {
      if (event.name === 'message:created' || event.name === 'message:updated' || event.name === 'message:deleted') {
        list.apply(event.message);
      }
    });
    void list.refresh();
    return { list, stop };
  }

  /** Loads what is there when the panel is opened for the first time. */
  open(): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    void this.list.refresh();
  }

  retryLoading(): void {
    void this.list.refresh();
  }

  post(content: { text: string; type: 'text' | 'code'; replyTo: string | null }): void {
    const message: PendingMessage = {
      key: createIdempotencyKey(),
      ...content,
      state: 'sending',
      problem: '',
      seenAs: null,
    };
    this.#pending.update((pending) => [...pending, message]);
    this.tellTyping(false);
    void this.#send(message);
  }

  retry(key: string): void {
    const message = this.#pending.get().find((known) => known.key === key);
    if (message === undefined || message.state === 'sending') return;
    this.#change(key, { state: 'sending', problem: '' });
    void this.#send(message);
  }

  discard(key: string): void {
    this.#pending.update((pending) => pending.filter((known) => known.key !== key));
  }

  async edit(messageId: string, text: string): Promise<void> {
    const { message } = await this.#options.events.ask('message:edit', { messageId, text });
    this.list.apply(message);
  }

  async remove(messageId: string): Promise<void> {
    const { message } = await this.#options.events.ask('message:delete', { messageId });
    this.list.apply(message);
  }

  /** Called with each key; told to the others from time to time. */
  tellTyping(isTyping: boolean): void {
    const now = Date.now();
    if (isTyping ? now - this.#toldTypingAt < typingTellMs : this.#toldTypingAt === 0) return;
    this.#toldTypingAt = isTyping ? now : 0;
    this.#options.events.ask('chat:typing', { typing: isTyping }).catch(() => {}); // worth nothing a moment later
  }

  close(): void {
    for (const stop of this.#stops) stop();
    for (const timer of this.#typingTimers.values()) clearTimeout(timer);
  }

  #load(wanted: { before?: string | null; after?: string; thread?: string; limit?: number }): Promise<Page<Message>> {
    const query = new URLSearchParams({ limit: String(wanted.limit ?? pageSize) });
    for (const [name, value] of Object.entries(wanted)) {
      if (value !== null && name !== 'limit') query.set(name, String(value));
    }
    return this.#options.ask<Page<Message>>(`/messages?${query}`);
  }

  async #send({ key, text, type, replyTo }: PendingMessage): Promise<void> {
    const request: MessageCreate & { key: string } = {
      text,
      type: type === 'code' ? 'code' : 'text',
      ...(replyTo === null ? {} : { replyTo }),
      key,
    };
    try {
      const { message } = await this.#options.events.ask('message:post', request);
      this.discard(key);
      this.list.apply(message);
      this.#read(message.id);
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'It could not be sent.';
      this.#change(key, { state: 'failed', problem, seenAs: null });
      if (!(error instanceof ApiProblem) || error.code !== 'unreachable') announce(`Not sent: ${problem}`);
    }
  }

  #change(key: string, change: Partial<PendingMessage>): void {
    this.#pending.update((pending) => pending.map((known) => (known.key === key ? { ...known, ...change } : known)));
  }

  /** Before the chat is opened nothing is kept. */
  #apply(message: Message): void {
    if (this.#isLoaded) this.list.apply(message);
  }

  #said(message: Message): void {
    this.#apply(message);
    this.#typed(message.memberId ?? '', false);
    const { memberId } = this.#options.events.state.get();
    if (message.memberId === memberId) {
      // The event may come before the answer: then it is not to be seen twice meanwhile.
      const waiting = this.#pending.get().find(({ state, seenAs }) => state === 'sending' && seenAs === null);
      if (waiting !== undefined) this.#change(waiting.key, { seenAs: message.id });
      this.#read(message.id);
      return;
    }
    if (this.#isLookedAt()) {
      this.#read(message.id);
      return;
    }
    this.#unread.update(({ count, isMentioned }) => ({ count: count + 1, isMentioned }));
    // Who has the panel open but looks elsewhere hears it from the log itself.
    if (this.#options.panels.open.get() !== 'chat') announce(`New message from ${message.memberName}`);
  }

  #mentioned(message: Message): void {
    if (this.#isLookedAt()) return;
    this.#unread.update(({ count }) => ({ count: Math.max(1, count), isMentioned: true }));
    const action = { label: 'Show', act: () => this.#options.panels.show('chat') };
    showToast(`${message.memberName} mentioned you: ${shorten(message.text)}`, { action });
  }

  #typed(memberId: string, isTyping: boolean): void {
    clearTimeout(this.#typingTimers.get(memberId));
    this.#typingTimers.delete(memberId);
    const others = this.#typing.get().filter((id) => id !== memberId);
    if (!isTyping) {
      if (others.length < this.#typing.get().length) this.#typing.set(others);
      return;
    }
    this.#typingTimers.set(
      memberId,
      setTimeout(() => this.#typed(memberId, false), limits.typingShownMs),
    );
    this.#typing.set([...others, memberId]);
  }

  /** The connection is back: what was missed is fetched, what could not be sent is. */
  async #catchUp(): Promise<void> {
    for (const { key, state } of this.#pending.get()) if (state === 'failed') this.retry(key);
    if (this.#isLoaded) await this.list.refresh();
    else await this.#countUnread();
  }

  async #countUnread(): Promise<void> {
    const after = readStored<string>(this.#readKey());
    if (after === null || this.#isLookedAt()) return;
    const { memberId } = this.#options.events.state.get();
    const page = await this.#load({ after, limit: limits.messagesPageMax }).catch(() => null); // told when it is opened
    if (page === null || this.#isLookedAt()) return;
    const others = page.items.filter((message) => message.memberId !== memberId && message.deletedAt === null);
    const isMentioned = others.some(({ mentions }) => mentions.includes(memberId));
    this.#unread.set({ count: others.length, isMentioned });
  }

  #isLookedAt(): boolean {
    return this.#options.panels.open.get() === 'chat' && document.visibilityState === 'visible';
  }

  readonly #look = (): void => {
    if (!this.#isLookedAt()) return;
    this.open();
    const last = this.list.state.get().messages.at(-1);
    if (last !== undefined) this.#read(last.id);
    this.#unread.set({ count: 0, isMentioned: false });
  };

  #read(messageId: string): void {
    const before = readStored<string>(this.#readKey());
    if (before === null || before < messageId) writeStored(this.#readKey(), messageId);
  }

  #readKey(): string {
    return `chat-read:${this.#options.roomId}`;
  }
}

const shownMax = 80;

function shorten(text: string): string {
  return text.length > shownMax ? `${text.slice(0, shownMax)} …` : text;
}
