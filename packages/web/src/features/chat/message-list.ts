/** Messages as the server has them, oldest first: a page at a time backwards, and kept up to date by events. */
import type { Message } from '@coderoom/protocol';
import type { Page } from '../../paged-list.ts';
import { createStore, type ReadableStore } from '../../store.ts';

export interface MessageListState {
  phase: 'loading' | 'failed' | 'shown';
  messages: readonly Message[];
  /** Whether there are older ones, and how asking for them is doing. */
  older: 'none' | 'idle' | 'loading' | 'failed';
}

export interface MessageListOptions {
  /** The newest ones, newest first; or those before a cursor. */
  load(before: string | null): Promise<Page<Message>>;
  /** Which messages belong here. */
  includes(message: Message): boolean;
}

export class MessageList {
  readonly state: ReadableStore<MessageListState>;
  readonly #state = createStore<MessageListState>({ phase: 'loading', messages: [], older: 'none' });
  readonly #options: MessageListOptions;
  #next: string | null = null;
  /** Grows with each beginning; an answer that belongs to an earlier one is dropped. */
  #era = 0;
  /** What events said while the newest page was on its way, which may not have it. */
  #early: Message[] | null = null;

  constructor(options: MessageListOptions) {
    this.#options = options;
    this.state = this.#state;
  }

  /** The newest page, also to catch up: what was said or changed while nothing was heard. */
  async refresh(): Promise<void> {
    const era = ++this.#era;
    this.#early ??= [];
    if (this.#state.get().phase === 'failed') this.#state.set({ phase: 'loading', messages: [], older: 'none' });
    try {
      const { items, next } = await this.#options.load(null);
      if (era !== this.#era) return;
      const fresh = items.toReversed();
      const known = this.#state.get().messages;
      const first = fresh[0];
      // The page reaches what was known: it is renewed. Otherwise there is a gap, and one begins anew.
      const isJoined =
        first === undefined || next === null || known.some(({ id }) => id >= first.id) || known.length === 0;
      const kept = isJoined && first !== undefined ? known.filter(({ id }) => id < first.id) : [];
      if (kept.length === 0) this.#next = next;
      const messages = [...kept, ...fresh];
      this.#state.set({ phase: 'shown', messages, older: this.#next === null ? 'none' : 'idle' });
      const early = this.#early ?? [];
      this.#early = null;
      for (const message of early) this.apply(message);
    } catch {
      if (era !== this.#era) return;
      this.#early = null;
      if (this.#state.get().phase === 'loading') this.#state.update((state) => ({ ...state, phase: 'failed' }));
    }
  }

  async loadOlder(): Promise<void> {
    const era = this.#era;
    const before = this.#next;
    if (before === null || this.#state.get().older === 'loading') return;
    this.#state.update((state) => ({ ...state, older: 'loading' }));
    try {
      const { items, next } = await this.#options.load(before);
      if (era !== this.#era) return;
      this.#next = next;
      this.#state.update((state) => {
        const known = new Set(state.messages.map(({ id }) => id));
        const fresh = items.filter(({ id }) => !known.has(id)).toReversed();
        return { ...state, messages: [...fresh, ...state.messages], older: next === null ? 'none' : 'idle' };
      });
    } catch {
      if (era === this.#era) this.#state.update((state) => ({ ...state, older: 'failed' }));
    }
  }

  /** A message that is new, or as it is now. */
  apply(message: Message): void {
    if (!this.#options.includes(message)) return;
    this.#early?.push(message);
    if (this.#state.get().phase !== 'shown') return;
    this.#state.update((state) => {
      const { messages } = state;
      if (messages.some(({ id }) => id === message.id)) {
        return { ...state, messages: messages.map((known) => (known.id === message.id ? message : known)) };
      }
      // Of what has not been loaded, changes are of no concern.
      const isOlder = messages[0] !== undefined && message.id < messages[0].id;
      if (isOlder && this.#next !== null) return state;
      const at = messages.findLastIndex(({ id }) => id < message.id) + 1;
      return { ...state, messages: [...messages.slice(0, at), message, ...messages.slice(at)] };
    });
  }
}
