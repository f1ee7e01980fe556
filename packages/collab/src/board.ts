/**
 * A room's board as it stands in its Yjs document: reads it in pages, draws and clears. Each writer is to run within one
 * transaction. What elements mean is protocol's business (board.ts there).
 */
import { type BoardFields, compareElements, documentMaps, limits, ProblemError } from '@coderoom/protocol';
import * as Y from 'yjs';

/** An element as the document holds it, not yet checked. */
export interface StoredElement {
  id: string;
  fields: BoardFields;
}

export interface BoardPage {
  /** Changes with whatever is on the board. */
  version: string;
  /** From below to above; none if `version` is the one that was known. */
  items: StoredElement[];
  /** Behind which place it goes on; null when there are no more. */
  next: BoardPlace | null;
}

/** Where an element lies, whether it still does or not. */
export interface BoardPlace {
  z: number;
  id: string;
}

export interface BoardReading {
  after?: BoardPlace | undefined;
  limit: number;
  maxBytes: number;
  /** Nothing is read if this is still the version. */
  unless?: string | undefined;
}

export type BoardEdit =
  /** On top of all there is. */
  | { kind: 'add'; element: StoredElement }
  /** To the strokes of a foreign element, which is made of `element` if it is not there any more. */
  | { kind: 'append'; element: StoredElement; strokes: readonly unknown[] }
  | { kind: 'clear' };

export function readBoard(doc: Y.Doc, { after, limit, maxBytes, unless }: BoardReading): BoardPage {
  const board = doc.getMap(documentMaps.board);
  const version = versionOf(board);
  if (version === unless) return { version, items: [], next: null };
  const items: StoredElement[] = [];
  let bytes = 0;
  let last: BoardPlace | undefined;
  for (const { id, z, map } of listPlaces(board)) {
    if (after !== undefined && compareElements({ id, z }, after) <= 0) continue;
    const fields = map.toJSON();
    bytes += sizeOf(fields);
    if (last !== undefined && (items.length === limit || bytes > maxBytes)) return { version, items, next: last };
    items.push({ id, fields });
    last = { z, id };
  }
  return { version, items, next: null };
}

export function editBoard(doc: Y.Doc, edits: readonly BoardEdit[]): void {
  const board = doc.getMap(documentMaps.board);
  let top: Top | undefined;
  const add = (element: StoredElement) => {
    top ??= topOf(board);
    addElement(board, element, top);
  };
  for (const edit of edits) {
    switch (edit.kind) {
      case 'add':
        add(edit.element);
        break;
      case 'append': {
        const known = board.get(edit.element.id);
        const strokes = known instanceof Y.Map ? known.get('strokes') : undefined;
        if (strokes instanceof Y.Array) strokes.push([...edit.strokes]);
        else add({ ...edit.element, fields: { ...edit.element.fields, strokes: edit.strokes } });
        break;
      }
      case 'clear':
        for (const id of [...board.keys()]) board.delete(id);
        top = undefined;
        break;
      default:
        edit satisfies never;
    }
  }
}

/** About how many bytes edits take. */
export function sizeOfEdits(edits: readonly BoardEdit[]): number {
  let bytes = 0;
  for (const edit of edits) {
    if (edit.kind !== 'clear') bytes += sizeOf(edit.element.fields);
    if (edit.kind === 'append') bytes += sizeOf(edit.strokes);
  }
  return bytes;
}

/** How many elements there are, and where the highest lies. */
interface Top {
  count: number;
  z: number;
}

function topOf(board: Y.Map<unknown>): Top {
  const places = listPlaces(board);
  return { count: places.length, z: places.at(-1)?.z ?? 0 };
}

function addElement(board: Y.Map<unknown>, { id, fields }: StoredElement, top: Top): void {
  if (top.count >= limits.boardElementsMax) throw new ProblemError('board_full');
  top.count++;
  top.z = Math.min(limits.boardHeightMax, top.z + 1);
  const map = new Y.Map<unknown>();
  for (const [name, value] of Object.entries(fields)) {
    map.set(name, name === 'strokes' && Array.isArray(value) ? Y.Array.from(value) : value);
  }
  map.set('z', top.z);
  board.set(id, map);
}

/** From below to above; what says no height lies lowest. */
function listPlaces(board: Y.Map<unknown>): (BoardPlace & { map: Y.Map<unknown> })[] {
  const places: (BoardPlace & { map: Y.Map<unknown> })[] = [];
  for (const [id, map] of board) {
    if (!(map instanceof Y.Map)) continue;
    const z = map.get('z');
    places.push({ id, z: typeof z === 'number' && Number.isFinite(z) ? z : 0, map });
  }
  return places.sort(compareElements);
}

/** A hash (FNV-1a, 32 bits twice) of which of Yjs' items are to be seen; the text of a document is not looked at. */
function versionOf(board: Y.Map<unknown>): string {
  let [low, high] = [0x811c9dc5, 0x1b873593];
  const add = (number: number) => {
    low = Math.imul(low ^ number, 0x01000193);
    high = Math.imul(high ^ (number + 1), 0x01000193);
  };
  for (const item of board._map.values()) {
    if (item.deleted) continue;
    add(item.id.client);
    add(item.id.clock);
    const [value] = item.content.getContent() as unknown[];
    if (!(value instanceof Y.Map)) continue;
    for (const field of value._map.values() as Iterable<Y.Item>) {
      add(field.id.client);
      add(field.id.clock);
      const [inner] = field.content.getContent() as unknown[];
      if (inner instanceof Y.Array) add(inner.length);
    }
  }
  return `${(low >>> 0).toString(36)}${(high >>> 0).toString(36)}`;
}

function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 0;
  for (const [name, part] of Object.entries(value)) bytes += name.length + sizeOf(part);
  return bytes;
}
