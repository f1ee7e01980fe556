import type { BoardPlace, Collab } from '@coderoom/collab';
import { type BoardElement, createBoardSvg, limits, ProblemError, readBoardElement } from '@coderoom/protocol';
import { assertMayChange, type Caller } from '../caller.ts';
import { isNestedDeeper } from '../nesting.ts';
import { type BoardListener, createBoardWatch } from './board-watch.ts';
import { createForeignStrokes } from './foreign-strokes.ts';
import { readWholeBoard } from './whole-board.ts';

/** A room's board for those who do not hold its document: reading it whole, and drawing in another system's words. */
export interface BoardService {
  /** From below to above; `next` is the `after` of the page to come. */
  list(
    caller: Caller,
    page: { after?: string | undefined; limit?: number | undefined },
  ): Promise<{ items: BoardElement[]; next: string | null }>;
  /** As an SVG picture. */
  draw(caller: Caller): Promise<string>;
  /** Adds a stroke as another system's client says it: any JSON, which is given back as it is. Resolves once durable. */
  addForeign(caller: Caller, stroke: unknown): Promise<void>;
  clear(caller: Caller): Promise<void>;
  /** Everything that is on a room's board. */
  read(roomId: string): Promise<BoardElement[]>;
  /** What becomes of a room's board from now on, whoever draws. Resolves to how to stop, once it is known what there is. */
  watch(roomId: string, listener: BoardListener): Promise<() => void>;
}

export function createBoardService(options: {
  collab: Pick<Collab, 'readBoard' | 'editBoard' | 'watch'>;
  logger: { error(details: object, message: string): void };
  createId: () => string;
  now: () => number;
}): BoardService {
  const { collab, logger } = options;
  const foreign = createForeignStrokes(options);
  const watches = createBoardWatch(collab, logger);

  async function read(roomId: string): Promise<BoardElement[]> {
    const board = await readWholeBoard(collab, roomId);
    return readAll(board?.items ?? []);
  }

  return {
    async list({ room }, { after, limit = limits.boardPageMax }) {
      const page = await collab.readBoard(room.id, {
        after: after === undefined ? undefined : readCursor(after),
        limit,
        maxBytes: limits.boardPageMaxBytes,
      });
      return { items: readAll(page.items), next: page.next === null ? null : writeCursor(page.next) };
    },

    async draw({ room }) {
      const svg = createBoardSvg();
      for (const element of await read(room.id)) {
        svg.add(element);
        if (svg.length > limits.boardSvgMaxLength) {
          throw new ProblemError('too_large', { detail: 'The board is too large to be given as one picture.' });
        }
      }
      return svg.finish();
    },

    async addForeign(caller, stroke) {
      assertMayChange(caller);
      if (isNestedDeeper(stroke, limits.passedOnNestingMax)) throw new ProblemError('invalid_request');
      const json = JSON.stringify(stroke) as string | undefined;
      if (json === undefined) throw new ProblemError('invalid_request', { detail: 'A stroke is missing.' });
      if (Buffer.byteLength(json) > limits.boardForeignStrokeMaxBytes) throw new ProblemError('too_large');
      // Just what JSON says: nothing that only this process would know.
      await foreign.add(caller, JSON.parse(json));
    },

    async clear(caller) {
      assertMayChange(caller);
      foreign.drop(caller.room.id);
      await collab.editBoard(caller.room.id, [{ kind: 'clear' }], { memberId: caller.member.id });
    },

    read,
    watch: watches.watch,
  };
}

function readAll(items: readonly { id: string; fields: Record<string, unknown> }[]): BoardElement[] {
  return items.map(({ id, fields }) => readBoardElement(id, fields)).filter((element) => element !== undefined);
}

function writeCursor({ z, id }: BoardPlace): string {
  return Buffer.from(JSON.stringify([z, id])).toString('base64url');
}

function readCursor(text: string): BoardPlace {
  try {
    const [z, id] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    if (typeof z === 'number' && typeof id === 'string') return { z, id };
  } catch {
    // Then it is none of ours.
  }
  throw new ProblemError('invalid_request', { detail: 'after is not the `next` of a page.' });
}
