import { type MessageType, ProblemError } from '@coderoom/protocol';
import { type Kysely, type SqlBool, sql } from 'kysely';
import { isForeignKeyViolation, isUniqueViolation } from '../storage/errors.ts';
import type { Database } from '../storage/schema.ts';

/** A message as stored; times are milliseconds since the epoch. */
export interface MessageRow {
  id: string;
  roomId: string;
  /** Null: the system's. */
  memberId: string | null;
  memberName: string;
  type: MessageType;
  text: string;
  replyTo: string | null;
  /** The message that its thread began with; null unless it is an answer. */
  threadId: string | null;
  mentions: string[];
  createdAt: number;
  editedAt: number | null;
  deletedAt: number | null;
}

/** Which messages of a room: all, or those of a thread, or those with a text in them. */
interface MessageQuery {
  /** The message that the thread began with, which is part of it. */
  threadId?: string | undefined;
  /** As `searchable` makes it. */
  search?: string | undefined;
  /** Only those before this message, the newest first … */
  before?: string | undefined;
  /** … or those after that one, the oldest first. One that is forgotten lies before all there are. */
  after?: string | undefined;
  limit: number;
}

export interface MessageStore {
  /** Puts it behind all others of its room. Returns its number, from 1. Fails with `room_not_found`. */
  insert(message: MessageRow): Promise<number>;
  find(roomId: string, id: string): Promise<MessageRow | undefined>;
  /** The id of the room that a message is of. */
  findRoom(id: string): Promise<string | undefined>;
  list(roomId: string, query: MessageQuery): Promise<MessageRow[]>;
  /** Without the deleted ones, the newest first. */
  page(roomId: string, page: { offset: number; limit: number }): Promise<MessageRow[]>;
  /** Without the deleted ones. */
  count(roomId: string): Promise<number>;
  /** False when it is deleted. */
  edit(id: string, change: Pick<MessageRow, 'text' | 'mentions'> & { editedAt: number }): Promise<boolean>;
  /** Its place stays. False when it was deleted before. */
  erase(id: string, deletedAt: number): Promise<boolean>;
  /** Forgets those up to this number. */
  prune(roomId: string, seq: number): Promise<void>;
}

const insertAttemptsMax = 100;

/** The SQL of messages. They are numbered in each room, so that their order is the same for everybody. */
export function createMessageStore(db: Kysely<Database>): MessageStore {
  const messages = (roomId: string) =>
    db
      .selectFrom('messages')
      .select(['id', 'room_id as roomId', 'member_id as memberId', 'member_name as memberName', 'type', 'text'])
      .select(['reply_to as replyTo', 'thread_id as threadId', 'mentions'])
      .select(['created_at as createdAt', 'edited_at as editedAt', 'deleted_at as deletedAt'])
      .where('room_id', '=', roomId)
      .$castTo<StoredMessage>();

  const numberOf = (roomId: string, id: string) =>
    sql<number>`coalesce((select seq from messages where room_id = ${roomId} and id = ${id}), 0)`;

  return {
    async insert(message) {
      for (let attempt = 1; ; attempt++) {
        const { last } = await db
          .selectFrom('messages')
          .select((is) => is.fn.max('seq').as('last'))
          .where('room_id', '=', message.roomId)
          .executeTakeFirstOrThrow();
        const seq = Number(last ?? 0) + 1;
        try {
          await db.insertInto('messages').values(valuesOf(message, seq)).execute();
          return seq;
        } catch (error) {
          if (isForeignKeyViolation(error)) throw new ProblemError('room_not_found');
          // Another process has taken the number.
          if (!isUniqueViolation(error) || attempt === insertAttemptsMax) throw error;
        }
      }
    },

    async find(roomId, id) {
      const message = await messages(roomId).where('id', '=', id).executeTakeFirst();
      return message === undefined ? undefined : readMessage(message);
    },

    async findRoom(id) {
      const row = await db.selectFrom('messages').select('room_id').where('id', '=', id).executeTakeFirst();
      return row?.room_id;
    },

    async list(roomId, { threadId, search, before, after, limit }) {
      let query = messages(roomId)
        .orderBy('seq', after === undefined ? 'desc' : 'asc')
        .limit(limit);
      if (threadId !== undefined) {
        query = query.where((is) => is.or([is('thread_id', '=', threadId), is('id', '=', threadId)]));
      }
      if (search !== undefined) query = query.where(contains(search)).where('deleted_at', 'is', null);
      if (before !== undefined) query = query.where('seq', '<', numberOf(roomId, before));
      if (after !== undefined) query = query.where('seq', '>', numberOf(roomId, after));
      return (await query.execute()).map(readMessage);
    },

    async page(roomId, { offset, limit }) {
      const page = messages(roomId).where('deleted_at', 'is', null).orderBy('seq', 'desc').offset(offset).limit(limit);
      return (await page.execute()).map(readMessage);
    },

    async count(roomId) {
      const { count } = await db
        .selectFrom('messages')
        .select((is) => is.fn.countAll<number>().as('count'))
        .where('room_id', '=', roomId)
        .where('deleted_at', 'is', null)
        .executeTakeFirstOrThrow();
      return Number(count);
    },

    async edit(id, { text, mentions, editedAt }) {
      const { numUpdatedRows } = await db
        .updateTable('messages')
        .set({ text, search_text: searchable(text), mentions: JSON.stringify(mentions), edited_at: editedAt })
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async erase(id, deletedAt) {
      const { numUpdatedRows } = await db
        .updateTable('messages')
        .set({ text: '', search_text: '', mentions: '[]', deleted_at: deletedAt })
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async prune(roomId, seq) {
      await db.deleteFrom('messages').where('room_id', '=', roomId).where('seq', '<=', seq).execute();
    },
  };
}

type StoredMessage = Omit<MessageRow, 'mentions'> & { mentions: string };

/** A text as it is searched for: the databases' own ideas of letters differ. */
export function searchable(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

function contains(search: string) {
  const pattern = `%${search.replace(/[!%_]/g, '!$&')}%`;
  return sql<SqlBool>`search_text like ${pattern} escape '!'`;
}

function valuesOf(message: MessageRow, seq: number) {
  const { id, roomId, memberId, memberName, type, text, replyTo, threadId, mentions } = message;
  return {
    room_id: roomId,
    seq,
    id,
    member_id: memberId,
    member_name: memberName,
    type,
    text,
    search_text: searchable(text),
    reply_to: replyTo,
    thread_id: threadId,
    mentions: JSON.stringify(mentions),
    created_at: message.createdAt,
    edited_at: message.editedAt,
    deleted_at: message.deletedAt,
  };
}

function readMessage(message: StoredMessage): MessageRow {
  return { ...message, mentions: JSON.parse(message.mentions) as string[] };
}
