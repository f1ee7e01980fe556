import { limits, type Message, type MessageType, ProblemError, type ServerEvents } from '@coderoom/protocol';
import { assertMay, type Caller } from '../caller.ts';
import type { FriendService } from '../friends/service.ts';
import type { AccountSockets } from '../gateway/account-sockets.ts';
import type { Presence } from '../gateway/presence.ts';
import type { RateLimits } from '../gateway/rate-limits.ts';
import type { RoomEvents } from '../gateway/room-events.ts';
import type { EventSockets } from '../gateway/sockets.ts';
import { isId } from '../identifiers.ts';
import { createInOrder } from '../in-order.ts';
import type { MemberService } from '../members/service.ts';
import { findMentions } from './mentions.ts';
import { cleanMessage } from './message-text.ts';
import { type MessageRow, type MessageStore, searchable } from './store.ts';

/** What is said in rooms: by all their members, in one order, until the room has ended. */
export interface ChatService {
  /** Answers once it is stored. Fails with `message_not_found` when what it answers is not there. */
  post(caller: Caller, request: MessageRequest): Promise<Message>;
  /** Those before a message, the newest first; or those after one, the oldest first. Of a thread, or with a text in them. */
  list(caller: Caller, query?: MessageListQuery): Promise<{ items: Message[]; next: string | null }>;
  find(caller: Caller, messageId: string): Promise<Message>;
  /** The id of the room that a message is of, for clients that name the message alone. Fails with `message_not_found`. */
  roomOf(messageId: string): Promise<string>;
  /** By its author. */
  edit(caller: Caller, messageId: string, text: string): Promise<Message>;
  /** By its author or the room's owner. Its place stays, without text; once more changes nothing. */
  remove(caller: Caller, messageId: string): Promise<Message>;
  /** For clients that count pages: from 1, the newest first, without deleted messages. */
  page(roomId: string, page: { page: number; perPage: number }): Promise<{ items: Message[]; total: number }>;
  /** Tells the others that somebody is typing, or has stopped. */
  tellTyping(caller: Caller, isTyping: boolean): void;
}

interface MessageRequest {
  text: string;
  type?: MessageType | undefined;
  replyTo?: string | null | undefined;
}

interface MessageListQuery {
  before?: string | undefined;
  after?: string | undefined;
  /** Any message of the thread. */
  thread?: string | undefined;
  search?: string | undefined;
  limit?: number | undefined;
}

export interface ChatServiceOptions {
  store: MessageStore;
  members: Pick<MemberService, 'listRows'>;
  friends: Pick<FriendService, 'hasBlocked'>;
  events: Pick<RoomEvents, 'publish'>;
  presence: Pick<Presence, 'isOnline'>;
  sockets: Pick<EventSockets, 'tell'>;
  accountSockets: Pick<AccountSockets, 'send'>;
  rateLimits: Pick<RateLimits, 'count'>;
  createId(): string;
  now(): number;
}

/** Old messages are forgotten so many at a time. */
const pruneEvery = 100;

export function createChatService(options: ChatServiceOptions): ChatService {
  const { store, members, friends, events, presence, sockets, accountSockets, rateLimits, createId, now } = options;
  // Stored, and told, in one order: whoever has seen a message has been told all that came before it.
  const inOrder = createInOrder();

  async function findRow(roomId: string, messageId: string): Promise<MessageRow> {
    const row = isId(messageId) ? await store.find(roomId, messageId) : undefined;
    if (row === undefined) throw new ProblemError('message_not_found');
    return row;
  }

  /** One that is there to be changed, and by whom it may be. */
  async function findToChange(caller: Caller, messageId: string, mayOwner: boolean): Promise<MessageRow> {
    assertMay('talk', caller);
    await rateLimits.count('messagesOfMember', caller.member.id);
    const row = await findRow(caller.room.id, messageId);
    const isOwners = mayOwner && caller.member.role === 'owner';
    if (row.memberId !== caller.member.id && !isOwners) throw new ProblemError('forbidden');
    return row;
  }

  async function mentionedBy({ room }: Caller, text: string, type: MessageType): Promise<string[]> {
    if (type === 'code' || !text.includes('@')) return [];
    return findMentions(text, await members.listRows(room.id));
  }

  const isBlocked = async ({ accountId }: Caller['member'], byId: string) =>
    accountId !== null && friends.hasBlocked(byId, accountId);

  async function tellMentioned({ room, member }: Caller, row: MessageRow, ids: string[]): Promise<void> {
    const others = ids.filter((id) => id !== member.id);
    if (others.length === 0) return;
    const message = describe(row);
    const present = new Map((await members.listRows(room.id)).map((other) => [other.id, other]));
    for (const id of others) {
      const accountId = present.get(id)?.accountId ?? null;
      if (presence.isOnline(room.id, id)) sockets.tell('message:mentioned', { message }, { member: id });
      else if (accountId !== null && !(await isBlocked(member, accountId))) {
        accountSockets.send(accountId, 'message:mentioned', { room: { id: room.id, title: room.title }, message });
      }
    }
  }

  /** Tells a message as it is now, which may be more than one change later. */
  async function publish(name: ChangeEvent, row: MessageRow): Promise<MessageRow> {
    const changed = await findRow(row.roomId, row.id);
    events.publish(row.roomId, name, { message: describe(changed) });
    return changed;
  }

  return {
    async post(caller, { text, type = 'text', replyTo = null }) {
      assertMay('talk', caller);
      const { room, member } = caller;
      await rateLimits.count('messagesOfMember', member.id);
      const clean = cleanMessage(text, type);
      const mentions = await mentionedBy(caller, clean, type);
      const answered = replyTo === null ? undefined : await findRow(room.id, replyTo);
      const row = await inOrder(room.id, async () => {
        const fresh: MessageRow = {
          id: createId(),
          roomId: room.id,
          memberId: member.id,
          memberName: member.name,
          type,
          text: clean,
          replyTo: answered?.id ?? null,
          threadId: answered === undefined ? null : (answered.threadId ?? answered.id),
          mentions,
          createdAt: now(),
          editedAt: null,
          deletedAt: null,
        };
        const seq = await store.insert(fresh);
        events.publish(room.id, 'message:created', { message: describe(fresh) });
        if (seq % pruneEvery === 0 && seq > limits.messagesKeptPerRoom) {
          await store.prune(room.id, seq - limits.messagesKeptPerRoom);
        }
        return fresh;
      });
      await tellMentioned(caller, row, mentions);
      return describe(row);
    },

    async list({ room }, { before, after, thread, search, limit = limits.messagesPageDefault } = {}) {
      const sought = search === undefined ? undefined : searchable(search).trim();
      if (sought === '') throw new ProblemError('invalid_request', { detail: 'search for something' });
      const known = thread === undefined ? undefined : await findRow(room.id, thread);
      const rows = await store.list(room.id, {
        before,
        after,
        threadId: known === undefined ? undefined : (known.threadId ?? known.id),
        search: sought,
        limit: limit + 1,
      });
      const items = rows.slice(0, limit);
      return { items: items.map(describe), next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },

    async roomOf(messageId) {
      const roomId = isId(messageId) ? await store.findRoom(messageId) : undefined;
      if (roomId === undefined) throw new ProblemError('message_not_found');
      return roomId;
    },

    find: async ({ room }, messageId) => describe(await findRow(room.id, messageId)),

    async edit(caller, messageId, text) {
      const row = await findToChange(caller, messageId, false);
      const clean = cleanMessage(text, row.type);
      const mentions = await mentionedBy(caller, clean, row.type);
      const changed = await inOrder(row.roomId, async () => {
        const isEdited = await store.edit(row.id, { text: clean, mentions, editedAt: now() });
        if (!isEdited) throw new ProblemError('message_not_found');
        return publish('message:updated', row);
      });
      const isNew = (id: string) => !row.mentions.includes(id);
      await tellMentioned(caller, changed, mentions.filter(isNew));
      return describe(changed);
    },

    async remove(caller, messageId) {
      const row = await findToChange(caller, messageId, true);
      return inOrder(row.roomId, async () =>
        describe((await store.erase(row.id, now())) ? await publish('message:deleted', row) : row),
      );
    },

    async page(roomId, { page, perPage }) {
      const [rows, total] = await Promise.all([
        store.page(roomId, { offset: (page - 1) * perPage, limit: perPage }),
        store.count(roomId),
      ]);
      return { items: rows.map(describe), total };
    },

    tellTyping(caller, typing) {
      assertMay('talk', caller);
      const { room, member } = caller;
      sockets.tell('chat:typing', { memberId: member.id, typing }, { room: room.id, butMember: member.id });
    },
  };
}

type ChangeEvent = Extract<keyof ServerEvents, 'message:updated' | 'message:deleted'>;

const timeOf = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

function describe(row: MessageRow): Message {
  const { id, roomId, memberId, memberName, text, type, replyTo, threadId, mentions } = row;
  return {
    id,
    roomId,
    memberId,
    memberName,
    text,
    type,
    replyTo,
    threadId,
    mentions,
    createdAt: new Date(row.createdAt).toISOString(),
    editedAt: timeOf(row.editedAt),
    deletedAt: timeOf(row.deletedAt),
  };
}
