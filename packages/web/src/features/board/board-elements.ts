/** The room's board as the shared document holds it, and what this person draws there: with an undo of their own. */
import {
  type BoardElement,
  compareElements,
  documentMaps,
  encodePoints,
  limits,
  readBoardElement,
} from '@coderoom/protocol';
import * as Y from 'yjs';
import { createStore, type ReadableStore } from '../../store.ts';

type WithoutIdentity<Element> = Element extends unknown ? Omit<Element, 'id' | 'by' | 'z'> : never;

/** What is drawn, before it has a place among the others. */
export type Drawing = WithoutIdentity<BoardElement>;

/** What can be changed of an element: where it is and what it is like, never its kind or a stroke's points. */
export interface ElementChange {
  x?: number;
  y?: number;
  w?: number;
  h?: number;
  text?: string;
  color?: string;
  size?: number;
}

export interface BoardHistory {
  canUndo: boolean;
  canRedo: boolean;
}

export interface BoardElementsOptions {
  doc: Y.Doc;
  memberId: string;
  createId?: () => string;
}

/** Told what was added on top, when that is all that has changed; otherwise null. */
type BoardListener = (added: readonly BoardElement[] | null) => void;

export class BoardElements {
  readonly history: ReadableStore<BoardHistory>;
  readonly count: ReadableStore<number>;

  readonly #doc: Y.Doc;
  readonly #map: Y.Map<unknown>;
  readonly #memberId: string;
  readonly #createId: () => string;
  readonly #undo: Y.UndoManager;
  readonly #known = new Map<string, BoardElement>();
  readonly #listeners = new Set<BoardListener>();
  readonly #history = createStore<BoardHistory>({ canUndo: false, canRedo: false });
  readonly #count = createStore(0);
  #sorted: readonly BoardElement[] | undefined;

  constructor({ doc, memberId, createId = createElementId }: BoardElementsOptions) {
    this.#doc = doc;
    this.#map = doc.getMap(documentMaps.board);
    this.#memberId = memberId;
    this.#createId = createId;
    this.history = this.#history;
    this.count = this.#count;
    for (const id of this.#map.keys()) this.#read(id);
    this.#count.set(this.#known.size);
    this.#map.observeDeep(this.#onChange);
    // Each step is one's own, however quickly it follows another.
    this.#undo = new Y.UndoManager(this.#map, { trackedOrigins: new Set([this]), captureTimeout: 0 });
    for (const event of ['stack-item-added', 'stack-item-popped', 'stack-cleared'] as const) {
      this.#undo.on(event, () => this.#tellHistory());
    }
  }

  /** From below to above. Of more than a board holds, which only another client can have put there, the lowest. */
  get list(): readonly BoardElement[] {
    this.#sorted ??= [...this.#known.values()].sort(compareElements).slice(0, limits.boardElementsMax);
    return this.#sorted;
  }

  get isFull(): boolean {
    return this.#map.size >= limits.boardElementsMax;
  }

  get(id: string): BoardElement | undefined {
    return this.#known.get(id);
  }

  onChange(listener: BoardListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Adds on top of all, as one step. Returns the ids; none if there is no room for them. */
  add(drawings: readonly Drawing[]): string[] {
    if (this.#map.size + drawings.length > limits.boardElementsMax) return [];
    let z = this.list.at(-1)?.z ?? 0;
    const ids = drawings.map(() => this.#createId());
    this.#change(() => {
      for (const [index, drawing] of drawings.entries()) {
        z = Math.min(limits.boardHeightMax, z + 1);
        this.#map.set(ids[index] as string, mapOf({ ...drawing, by: this.#memberId, z }));
      }
    });
    return ids;
  }

  /** Changes several elements as one step; those that are gone stay gone. */
  change(changes: ReadonlyMap<string, ElementChange>): void {
    this.#change(() => {
      for (const [id, change] of changes) {
        const map = this.#map.get(id);
        if (!(map instanceof Y.Map)) continue;
        for (const [name, value] of Object.entries(change)) if (map.get(name) !== value) map.set(name, value);
      }
    });
  }

  remove(ids: Iterable<string>): void {
    this.#change(() => {
      for (const id of ids) this.#map.delete(id);
    });
  }

  /** Takes everything away. Returns how to bring it back, whatever was done meanwhile. */
  clear(): () => void {
    const cleared = this.list;
    this.remove([...this.#map.keys()]);
    return () =>
      this.#change(() => {
        for (const { id, ...fields } of cleared) if (!this.#map.has(id)) this.#map.set(id, mapOf(fields));
      });
  }

  /** Takes back what this person did last, and nobody else. */
  undo(): void {
    this.#undo.undo();
  }

  redo(): void {
    this.#undo.redo();
  }

  destroy(): void {
    this.#undo.destroy();
    this.#map.unobserveDeep(this.#onChange);
  }

  #change(change: () => void): void {
    this.#doc.transact(change, this);
  }

  #tellHistory(): void {
    const { undoStack, redoStack } = this.#undo;
    this.#history.set({ canUndo: undoStack.length > 0, canRedo: redoStack.length > 0 });
  }

  readonly #onChange = (events: Y.YEvent<Y.AbstractType<unknown>>[]): void => {
    const changed = new Set<string>();
    for (const event of events) {
      if (event.path.length > 0) changed.add(String(event.path[0]));
      else for (const id of (event as Y.YMapEvent<unknown>).keysChanged) changed.add(id);
    }
    const top = this.list.at(-1);
    let isAddition = this.#map.size <= limits.boardElementsMax;
    const added: BoardElement[] = [];
    for (const id of changed) {
      const before = this.#known.get(id);
      const now = this.#read(id);
      if (before !== undefined) isAddition = false;
      if (now === undefined) continue;
      if (top !== undefined && compareElements(top, now) > 0) isAddition = false;
      added.push(now);
    }
    this.#sorted = isAddition ? [...this.list, ...added.sort(compareElements)] : undefined;
    this.#count.set(this.#known.size);
    if (isAddition && added.length === 0) return;
    for (const listener of [...this.#listeners]) listener(isAddition ? added : null);
  };

  #read(id: string): BoardElement | undefined {
    const map = this.#map.get(id);
    const element = map instanceof Y.Map ? readBoardElement(id, map.toJSON()) : undefined;
    if (element === undefined) this.#known.delete(id);
    else this.#known.set(id, element);
    return element;
  }
}

function mapOf(fields: Drawing & { by: string | null; z: number }): Y.Map<unknown> {
  const map = new Y.Map<unknown>(Object.entries(fields));
  if (fields.kind === 'stroke') map.set('points', encodePoints(fields.points));
  if (fields.kind === 'foreign') map.set('strokes', Y.Array.from(fields.strokes as object[]));
  return map;
}

const idBytes = 9;

/** Short, since it is stored with each element; as good as unique within a room. */
function createElementId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(idBytes));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}
