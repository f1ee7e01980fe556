/**
 * Strokes that another system's clients tell piece by piece: what one member draws without lifting the pen becomes one
 * element, and what comes while the last is being written is written together.
 */
import type { BoardEdit, Collab } from '@coderoom/collab';
import { type BoardFields, boardInk, limits, ProblemError, readSegment } from '@coderoom/protocol';
import type { Caller } from '../caller.ts';

export interface ForeignStrokes {
  /** Resolves once durable. The stroke is any JSON, already checked. */
  add(caller: Caller, stroke: unknown): Promise<void>;
  /** What waits to be written in a room will not be. */
  drop(roomId: string): void;
}

export interface ForeignStrokesOptions {
  collab: Pick<Collab, 'editBoard'>;
  createId: () => string;
  now: () => number;
}

/** One member's drawing in one room. */
interface Drawing {
  roomId: string;
  memberId: string;
  elementId: string;
  /** How many strokes its element has, or will have. */
  count: number;
  lastStroke: unknown;
  lastAt: number;
  waiting: Waiting[];
  isWriting: boolean;
}

interface Waiting {
  elementId: string;
  stroke: unknown;
  done: PromiseWithResolvers<void>;
}

export function createForeignStrokes({ collab, createId, now }: ForeignStrokesOptions): ForeignStrokes {
  const drawings = new Map<string, Drawing>();

  function drawingOf({ room, member }: Caller): Drawing {
    const key = `${room.id} ${member.id}`;
    const known = drawings.get(key);
    if (known !== undefined) return known;
    const made: Drawing = {
      roomId: room.id,
      memberId: member.id,
      elementId: '',
      count: 0,
      lastStroke: undefined,
      lastAt: Number.NEGATIVE_INFINITY,
      waiting: [],
      isWriting: false,
    };
    drawings.set(key, made);
    return made;
  }

  function forgetOld(): void {
    for (const [key, drawing] of drawings) {
      const isOld = now() - drawing.lastAt > limits.boardForeignJoinMs;
      if (isOld && !drawing.isWriting) drawings.delete(key);
    }
  }

  async function write(drawing: Drawing): Promise<void> {
    drawing.isWriting = true;
    while (drawing.waiting.length > 0) {
      const batch = drawing.waiting.splice(0);
      const outcome = await collab
        .editBoard(drawing.roomId, editsOf(batch, drawing.memberId), { memberId: drawing.memberId })
        .then(
          () => undefined,
          (error: unknown) => ({ error }),
        );
      for (const { done } of batch) {
        if (outcome === undefined) done.resolve();
        else done.reject(outcome.error);
      }
    }
    drawing.isWriting = false;
  }

  return {
    add(caller, stroke) {
      forgetOld();
      const drawing = drawingOf(caller);
      if (drawing.waiting.length >= limits.boardForeignWaitingMax) {
        return Promise.reject(new ProblemError('storage_unavailable'));
      }
      const goesOn = now() - drawing.lastAt <= limits.boardForeignJoinMs && follows(drawing.lastStroke, stroke);
      if (!goesOn || drawing.count >= limits.boardForeignStrokesPerElement) {
        drawing.elementId = createId();
        drawing.count = 0;
      }
      drawing.count++;
      drawing.lastStroke = stroke;
      drawing.lastAt = now();
      const done = Promise.withResolvers<void>();
      drawing.waiting.push({ elementId: drawing.elementId, stroke, done });
      if (!drawing.isWriting) void write(drawing);
      return done.promise;
    },

    drop(roomId) {
      for (const drawing of drawings.values()) {
        if (drawing.roomId !== roomId) continue;
        for (const { done } of drawing.waiting.splice(0)) done.resolve();
        drawing.lastAt = Number.NEGATIVE_INFINITY;
      }
    },
  };
}

/** Whether a stroke begins where the one before ended; of what is no piece in numbers nobody can say, so it does. */
function follows(before: unknown, stroke: unknown): boolean {
  const [last, next] = [readSegment(before), readSegment(stroke)];
  if (last === undefined || next === undefined) return last === next;
  return last.x1 === next.x0 && last.y1 === next.y0;
}

function editsOf(batch: readonly Waiting[], memberId: string): BoardEdit[] {
  const fields: BoardFields = { kind: 'foreign', by: memberId, color: boardInk, size: 1, x: 0, y: 0 };
  const edits: (BoardEdit & { kind: 'append'; strokes: unknown[] })[] = [];
  for (const { elementId, stroke } of batch) {
    const last = edits.at(-1);
    if (last?.element.id === elementId) last.strokes.push(stroke);
    else edits.push({ kind: 'append', element: { id: elementId, fields }, strokes: [stroke] });
  }
  return edits;
}
