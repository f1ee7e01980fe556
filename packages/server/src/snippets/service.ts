import type { Collab } from '@coderoom/collab';
import { limits, ProblemError, type Snippet, type SnippetPush, type SnippetSummary } from '@coderoom/protocol';
import { assertMayChange, type Caller } from '../caller.ts';
import type { RoomEvents } from '../gateway/room-events.ts';
import { isId } from '../identifiers.ts';
import { createInOrder } from '../in-order.ts';
import { filePathFor } from './file-path.ts';
import type { SnippetRow, SnippetStore, SnippetWithContent } from './store.ts';

/** Pieces of code that are shown to a room: kept as they were, and put into a file of the room. */
export interface SnippetService {
  /** Answers once both the file and the snippet are stored. */
  push(caller: Caller, request: SnippetPush): Promise<Snippet>;
  /** The newest one; undefined: there is none. */
  latest(roomId: string): Promise<Snippet | undefined>;
  find(caller: Caller, snippetId: string): Promise<Snippet>;
  /** Newest first. */
  list(
    caller: Caller,
    page: { before?: string | undefined; limit?: number | undefined },
  ): Promise<{ items: SnippetSummary[]; next: string | null }>;
}

export interface SnippetServiceOptions {
  store: SnippetStore;
  collab: Pick<Collab, 'writeFile'>;
  events: Pick<RoomEvents, 'publish'>;
  createId(): string;
  now(): number;
}

/** So many snippets of a file may be what its next one was made from. */
const basesMax = 3;

export function createSnippetService(options: SnippetServiceOptions): SnippetService {
  const { store, collab, events, createId, now } = options;
  // The last one pushed is the latest one, and what its file holds.
  const inOrder = createInOrder();

  return {
    push(caller, { fileName, content }) {
      assertMayChange(caller);
      const { room, member } = caller;
      if (fileName.length > limits.snippetNameMaxLength) {
        throw new ProblemError('invalid_request', { detail: 'the name of a snippet is too long' });
      }
      const path = filePathFor(fileName);
      const kept = content.toWellFormed();
      return inOrder(room.id, async () => {
        // Who pushes from an editor of their own changes what they pushed last: what others typed since then stays.
        const bases = await store.contentsOf(room.id, path, basesMax);
        // First the file: where there is no room for it, nothing was pushed.
        await collab.writeFile(room.id, path, kept, { memberId: member.id, bases });
        const row: SnippetWithContent = {
          id: createId(),
          roomId: room.id,
          memberId: member.id,
          memberName: member.name,
          fileName: fileName.toWellFormed(),
          path,
          content: kept,
          bytes: Buffer.byteLength(kept),
          pushedAt: now(),
        };
        await store.insert(row);
        events.publish(room.id, 'snippet:pushed', { snippet: summarize(row) });
        await store.prune(room.id, { count: limits.snippetsKeptPerRoom, bytes: limits.snippetsKeptMaxBytes });
        return describe(row);
      });
    },

    async latest(roomId) {
      const row = await store.latest(roomId);
      return row === undefined ? undefined : describe(row);
    },

    async find({ room }, snippetId) {
      const row = isId(snippetId) ? await store.find(room.id, snippetId) : undefined;
      if (row === undefined) throw new ProblemError('snippet_not_found');
      return describe(row);
    },

    async list({ room }, { before, limit = limits.snippetsPageDefault }) {
      const rows = await store.list(room.id, { before, limit: limit + 1 });
      const items = rows.slice(0, limit).map(summarize);
      return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
  };
}

function summarize({ id, roomId, memberId, memberName, fileName, path, bytes, pushedAt }: SnippetRow): SnippetSummary {
  return { id, roomId, memberId, memberName, fileName, path, bytes, pushedAt: new Date(pushedAt).toISOString() };
}

function describe(row: SnippetWithContent): Snippet {
  return { ...summarize(row), content: row.content };
}
