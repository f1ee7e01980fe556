import { ProblemError } from '@coderoom/protocol';
import type { Kysely } from 'kysely';
import { isForeignKeyViolation } from '../storage/errors.ts';
import { asBuffer } from '../storage/rows.ts';
import type { Database } from '../storage/schema.ts';

/** A snippet as stored; ids are UUIDv7, so that their order is the order in time. */
export interface SnippetRow {
  id: string;
  roomId: string;
  memberId: string | null;
  memberName: string;
  fileName: string;
  path: string;
  /** Of the content, in UTF-8. */
  bytes: number;
  /** Milliseconds since the epoch. */
  pushedAt: number;
}

export type SnippetWithContent = SnippetRow & { content: string };

export interface SnippetStore {
  /** Fails with `room_not_found` when the room is gone. */
  insert(snippet: SnippetWithContent): Promise<void>;
  find(roomId: string, id: string): Promise<SnippetWithContent | undefined>;
  latest(roomId: string): Promise<SnippetWithContent | undefined>;
  /** What the newest ones of a file say. */
  contentsOf(roomId: string, path: string, limit: number): Promise<string[]>;
  /** Newest first; with `before` those older than that snippet. */
  list(roomId: string, page: { before?: string | undefined; limit: number }): Promise<SnippetRow[]>;
  /** Keeps the newest ones, so many, and of those no more than fit in so many bytes together; the newest in any case. */
  prune(roomId: string, keep: { count: number; bytes: number }): Promise<void>;
}

/** The SQL of snippets. */
export function createSnippetStore(db: Kysely<Database>): SnippetStore {
  const snippets = (roomId: string) =>
    db
      .selectFrom('snippets')
      .select(['id', 'room_id as roomId', 'member_id as memberId', 'member_name as memberName'])
      .select(['file_name as fileName', 'path', 'bytes', 'pushed_at as pushedAt'])
      .where('room_id', '=', roomId)
      .orderBy('id', 'desc');

  return {
    async insert(snippet) {
      const { id, roomId, memberId, memberName, fileName, path, content, bytes, pushedAt } = snippet;
      try {
        await db
          .insertInto('snippets')
          .values({
            id,
            room_id: roomId,
            member_id: memberId,
            member_name: memberName,
            file_name: JSON.stringify(fileName),
            path,
            content: Buffer.from(content),
            bytes,
            pushed_at: pushedAt,
          })
          .execute();
      } catch (error) {
        throw isForeignKeyViolation(error) ? new ProblemError('room_not_found') : error;
      }
    },

    async find(roomId, id) {
      const snippet = await snippets(roomId).select('content').where('id', '=', id).executeTakeFirst();
      return snippet === undefined ? undefined : readWhole(snippet);
    },

    async latest(roomId) {
      const snippet = await snippets(roomId).select('content').limit(1).executeTakeFirst();
      return snippet === undefined ? undefined : readWhole(snippet);
    },

    async contentsOf(roomId, path, limit) {
      const newest = await snippets(roomId).select('content').where('path', '=', path).limit(limit).execute();
      return newest.map((snippet) => readWhole(snippet).content);
    },

    async list(roomId, { before, limit }) {
      let page = snippets(roomId).limit(limit);
      if (before !== undefined) page = page.where('id', '<', before);
      return (await page.execute()).map(readSnippet);
    },

    async prune(roomId, keep) {
      let bytes = 0;
      const newest = await snippets(roomId)
        .limit(keep.count + 1)
        .execute();
      const last = newest.find((snippet, index) => {
        bytes += Number(snippet.bytes);
        return index > 0 && (index >= keep.count || bytes > keep.bytes);
      });
      if (last === undefined) return;
      await db.deleteFrom('snippets').where('room_id', '=', roomId).where('id', '<=', last.id).execute();
    },
  };
}

function readSnippet(snippet: SnippetRow): SnippetRow {
  return { ...snippet, fileName: JSON.parse(snippet.fileName) as string };
}

function readWhole(snippet: SnippetRow & { content: Uint8Array }): SnippetWithContent {
  return { ...readSnippet(snippet), content: asBuffer(snippet.content).toString() };
}
