/**
 * One person at the board: which tool they hold, what they see and have selected, and what they do. Knows neither pointers
 * nor React; what a gesture is about to do stands in `preview` and goes into the document once, when it ends.
 */
import {
  type BoardBox,
  type BoardElement,
  boardColors,
  boardInk,
  boardLineHeight,
  limits,
  onDarkPaper,
} from '@coderoom/protocol';
import { readStored, writeStored } from '../../storage.ts';
import { createStore, type Store } from '../../store.ts';
import { type Camera, fit, type Point, type Size, toBoard, zoomTo } from './board-camera.ts';
import type { BoardElements, Drawing, ElementChange } from './board-elements.ts';
import { boxAroundAll } from './element-box.ts';

export type BoardTool = 'select' | 'hand' | 'pen' | 'eraser' | 'line' | 'arrow' | 'rectangle' | 'ellipse' | 'text';
export type ShapeTool = Extract<BoardTool, 'line' | 'arrow' | 'rectangle' | 'ellipse'>;

/** What a gesture shows before it is over. */
export type Preview =
  | { kind: 'nothing' }
  | { kind: 'draft'; drawing: Drawing }
  | { kind: 'changed'; changes: ReadonlyMap<string, ElementChange> }
  | { kind: 'erasing'; ids: ReadonlySet<string> }
  | { kind: 'frame'; box: BoardBox };

/** A text that is being written; `id` null: a new one. */
export interface TextEditing {
  id: string | null;
  x: number;
  y: number;
  text: string;
  /** As it was before. */
  original: string;
  color: string;
  size: number;
}

interface PenStyle {
  color: string;
  /** An index into the sizes. */
  step: number;
}

export const penSizes = [2.5, 4, 8, 16] as const;
const textSizes = [16, 24, 36, 56] as const;
export const sizeNames = ['Small', 'Medium', 'Large', 'Very large'] as const;

const noIds: ReadonlySet<string> = new Set();
const defaultShape = { w: 160, h: 100 };
const duplicateOffset = 24;

export class BoardDesk {
  readonly elements: BoardElements;
  readonly tool: Store<BoardTool>;
  readonly style: Store<PenStyle>;
  readonly camera: Store<Camera> = createStore<Camera>({ x: 0, y: 0, zoom: 1 });
  readonly view: Store<Size> = createStore<Size>({ width: 0, height: 0 });
  readonly selection: Store<ReadonlySet<string>> = createStore(noIds);
  readonly preview: Store<Preview> = createStore<Preview>({ kind: 'nothing' });
  readonly editing: Store<TextEditing | null> = createStore<TextEditing | null>(null);
  /** What this person is to be told. */
  onFull: () => void = () => {};
  #canChange = false;

  constructor(elements: BoardElements) {
    this.elements = elements;
    const kept = readStored<PenStyle>('board-pen');
    const isKnown = boardColors.some(({ color }) => color === kept?.color) && penSizes[kept?.step ?? -1] !== undefined;
    this.style = createStore(isKnown && kept !== null ? kept : { color: boardInk, step: 1 });
    this.tool = createStore<BoardTool>('hand');
    elements.onChange((added) => {
      if (added === null) this.#forgetGone();
    });
  }

  get canChange(): boolean {
    return this.#canChange;
  }

  setCanChange(canChange: boolean): void {
    if (this.#canChange === canChange) return;
    this.#canChange = canChange;
    this.tool.set(canChange ? 'pen' : 'hand');
    this.preview.set({ kind: 'nothing' });
    this.selection.set(noIds);
    this.editing.set(null);
  }

  choose(tool: BoardTool): void {
    if (!this.#canChange && tool !== 'hand') return;
    this.tool.set(tool);
    if (tool !== 'select') this.selection.set(noIds);
  }

  /** The colour and size to draw with; those of what is selected become the same. */
  setStyle(change: Partial<PenStyle>): void {
    const style = { ...this.style.get(), ...change };
    this.style.set(style);
    writeStored('board-pen', style);
    const changes = this.selected().map((element): [string, ElementChange] => {
      const size = element.kind === 'text' ? (textSizes[style.step] ?? textSizes[1]) : this.penSize;
      return [element.id, change.color === undefined ? { size } : { color: style.color }];
    });
    if (changes.length > 0 && this.#canChange) this.elements.change(new Map(changes));
  }

  get penSize(): number {
    return penSizes[this.style.get().step] ?? penSizes[1];
  }

  get textSize(): number {
    return textSizes[this.style.get().step] ?? textSizes[1];
  }

  // --- Drawing ------------------------------------------------------------------------------------------------------

  /** One step, one write. */
  add(drawings: readonly Drawing[]): string[] {
    if (!this.#canChange) return [];
    const ids = this.elements.add(drawings.filter(isInside));
    if (ids.length === 0 && this.elements.isFull) this.onFull();
    return ids;
  }

  /** A shape in the middle of what is seen, for who has no pointer. */
  placeShape(kind: ShapeTool): void {
    const { color } = this.style.get();
    const { w, h } = kind === 'line' || kind === 'arrow' ? { w: defaultShape.w, h: 0 } : defaultShape;
    const middle = this.middle();
    const ids = this.add([{ kind, color, size: this.penSize, x: middle.x - w / 2, y: middle.y - h / 2, w, h }]);
    this.tool.set('select');
    this.selection.set(new Set(ids));
  }

  middle(): Point {
    const { width, height } = this.view.get();
    return toBoard(this.camera.get(), { x: width / 2, y: height / 2 });
  }

  // --- Text ---------------------------------------------------------------------------------------------------------

  writeText(at: Point): void {
    if (!this.#canChange) return;
    const size = this.textSize;
    const y = at.y - (size * boardLineHeight) / 2;
    this.editing.set({ id: null, x: at.x, y, text: '', original: '', color: this.style.get().color, size });
  }

  editText({ id, x, y, text, color, size }: Extract<BoardElement, { kind: 'text' }>): void {
    if (this.#canChange) this.editing.set({ id, x, y, text, original: text, color, size });
  }

  /** What has been written is put there; a text without a word is none. */
  finishText(): void {
    const editing = this.editing.get();
    if (editing === null || !this.#canChange) return;
    const { id, original, ...style } = editing;
    const text = editing.text.slice(0, limits.boardTextMaxLength).toWellFormed();
    if (id === null) {
      this.tool.set('select');
      if (text.trim() !== '') this.selection.set(new Set(this.add([{ kind: 'text', ...style, text }])));
    } else if (text.trim() === '') this.elements.remove([id]);
    else if (text !== original) this.elements.change(new Map([[id, { text }]]));
    this.editing.set(null);
  }

  // --- What is selected ---------------------------------------------------------------------------------------------

  selected(): BoardElement[] {
    return [...this.selection.get()].map((id) => this.elements.get(id)).filter((element) => element !== undefined);
  }

  selectAll(): void {
    if (!this.#canChange) return;
    this.tool.set('select');
    this.selection.set(new Set(this.elements.list.map(({ id }) => id)));
  }

  /** The next above or below the one that is selected. Returns which that is. */
  selectNext(step: 1 | -1): BoardElement | undefined {
    const { list } = this.elements;
    if (!this.#canChange || list.length === 0) return undefined;
    this.tool.set('select');
    const [only] = this.selection.get();
    const at = list.findIndex(({ id }) => id === only);
    const next = list[(at === -1 ? (step === 1 ? 0 : list.length - 1) : at + step + list.length) % list.length];
    if (next !== undefined) this.selection.set(new Set([next.id]));
    return next;
  }

  removeSelected(): number {
    const ids = [...this.selection.get()];
    if (!this.#canChange || ids.length === 0) return 0;
    this.elements.remove(ids);
    this.selection.set(noIds);
    return ids.length;
  }

  moveSelected(dx: number, dy: number): void {
    if (this.#canChange) this.elements.change(movesOf(this.selected(), dx, dy));
  }

  duplicateSelected(): void {
    const copies = this.selected().map(
      ({ id, by, z, ...drawing }): Drawing => ({
        ...drawing,
        x: drawing.x + duplicateOffset,
        y: drawing.y + duplicateOffset,
      }),
    );
    const ids = copies.length === 0 ? [] : this.add(copies);
    if (ids.length > 0) this.selection.set(new Set(ids));
  }

  // --- What is seen -------------------------------------------------------------------------------------------------

  zoomBy(factor: number, at?: Point): void {
    const { width, height } = this.view.get();
    this.camera.update((camera) => zoomTo(camera, camera.zoom * factor, at ?? { x: width / 2, y: height / 2 }));
  }

  resetZoom(): void {
    this.zoomBy(1 / this.camera.get().zoom);
  }

  /** Shows everything, no larger than it was drawn. */
  fitAll(): void {
    const box = boxAroundAll(this.elements.list);
    const view = this.view.get();
    if (view.width === 0) return;
    this.camera.set(box === undefined ? { x: 0, y: 0, zoom: 1 } : fit(box, view));
  }

  #forgetGone(): void {
    const selection = this.selection.get();
    const left = [...selection].filter((id) => this.elements.get(id) !== undefined);
    if (left.length < selection.size) this.selection.set(new Set(left));
    const editing = this.editing.get();
    if (editing?.id != null && this.elements.get(editing.id) === undefined) this.editing.set({ ...editing, id: null });
  }
}

export function movesOf(elements: readonly BoardElement[], dx: number, dy: number): Map<string, ElementChange> {
  return new Map(elements.map(({ id, x, y }) => [id, { x: bounded(x + dx), y: bounded(y + dy) }]));
}

/** The colour in which something is seen. */
export function shownColor(color: string, isDark: boolean): string {
  return isDark ? onDarkPaper(color) : color;
}

function bounded(place: number): number {
  return Math.min(limits.boardExtentMax, Math.max(-limits.boardExtentMax, place));
}

function isInside({ x, y }: Drawing): boolean {
  return bounded(x) === x && bounded(y) === y;
}
