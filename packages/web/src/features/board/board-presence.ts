/** Who else is at the board: tells the others where this person's pointer is and what they are drawing, and reads the same. */
import { type BoardElement, encodePoints, readBoardElement } from '@coderoom/protocol';
import type { Awareness } from 'y-protocols/awareness';
import type { Point } from './board-camera.ts';
import type { Drawing } from './board-elements.ts';

/** The awareness state's field of ours. */
interface BoardFields {
  /** Where the pointer is; null: not over the board. */
  pointer: { x: number; y: number } | null;
  /** An element as the document would hold it, a stroke's bytes in base64; null: nothing is being drawn. */
  draft: Record<string, unknown> | null;
}

export interface OtherAtBoard {
  client: number;
  name: string;
  color: string;
  pointer: Point | null;
  draft: BoardElement | null;
}

/** Others are told at most this often … */
const tellEveryMs = 50;
/** … and of long strokes less often, so that they cost no more than this. */
const bytesPerMs = 30;
/** The most that the server passes on is somewhat more. */
const draftMaxLength = 12_000;

export class BoardPresence {
  readonly #awareness: Awareness;
  #pointer: Point | null = null;
  #draft: Drawing | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waitUntil = 0;

  constructor(awareness: Awareness) {
    this.#awareness = awareness;
  }

  setPointer(pointer: Point | null): void {
    this.#pointer = pointer;
    this.#later();
  }

  setDraft(draft: Drawing | null): void {
    if (this.#draft === draft) return;
    const isOver = draft === null;
    this.#draft = draft;
    // What is finished is in the document now: nobody should see it twice.
    if (isOver) this.#tell();
    else this.#later();
  }

  destroy(): void {
    clearTimeout(this.#timer);
    this.#set(null);
  }

  #later(): void {
    this.#timer ??= setTimeout(() => this.#tell(), Math.max(0, this.#waitUntil - Date.now()));
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pointer = this.#pointer && { x: Math.round(this.#pointer.x), y: Math.round(this.#pointer.y) };
    const draft = this.#draft && draftFields(this.#draft);
    const length = draft === null ? 0 : JSON.stringify(draft).length;
    this.#waitUntil = Date.now() + Math.max(tellEveryMs, length / bytesPerMs);
    this.#set({ pointer, draft: length > draftMaxLength ? null : draft });
  }

  #set(board: BoardFields | null): void {
    const state = this.#awareness.getLocalState();
    if (state === null || JSON.stringify(state.board ?? null) === JSON.stringify(board)) return;
    this.#awareness.setLocalState({ ...state, board });
  }
}

export function othersAtBoard(awareness: Awareness): OtherAtBoard[] {
  const others: OtherAtBoard[] = [];
  for (const [client, state] of awareness.getStates()) {
    const { board, user } = state as {
      board?: Partial<BoardFields> | null;
      user?: { name?: unknown; color?: unknown };
    };
    if (client === awareness.clientID || typeof board !== 'object' || board === null) continue;
    const { pointer, draft } = board;
    others.push({
      client,
      name: typeof user?.name === 'string' ? user.name : 'Somebody',
      color: typeof user?.color === 'string' ? user.color : '#57606a',
      pointer: isPoint(pointer) ? pointer : null,
      draft: typeof draft === 'object' && draft !== null ? (readDraft(draft) ?? null) : null,
    });
  }
  return others;
}

function draftFields(draft: Drawing): Record<string, unknown> {
  if (draft.kind !== 'stroke') return { ...draft };
  return { ...draft, points: btoa(String.fromCharCode(...encodePoints(draft.points))) };
}

function readDraft(fields: Record<string, unknown>): BoardElement | undefined {
  const { points } = fields;
  try {
    const bytes =
      typeof points === 'string' ? Uint8Array.from(atob(points), (character) => character.charCodeAt(0)) : points;
    return readBoardElement('draft', { ...fields, points: bytes, by: null, z: 0 });
  } catch {
    return undefined; // another client's idea of a draft
  }
}

function isPoint(value: unknown): value is Point {
  const { x, y } = (value ?? {}) as Partial<Point>;
  return typeof x === 'number' && typeof y === 'number';
}
