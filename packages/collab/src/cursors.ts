/**
 * Cursors as lines and columns, for those who do not hold the document: clients tell theirs relative to its text, in
 * y-codemirror's form, and what that means is known to the document alone.
 */
import { documentMaps, roomMapKeys } from '@coderoom/protocol';
import * as Y from 'yjs';

/** Somebody's selection, as their awareness state has it; `head` is where the caret is. */
export interface ToldCursor {
  anchor: unknown;
  head: unknown;
}

/** A place in the main file; both count from 1, columns in UTF-16 units. */
export interface TextPlace {
  line: number;
  column: number;
}

export interface PlacedCursor {
  anchor: TextPlace;
  head: TextPlace;
}

/** Reads the cursor of an awareness state; undefined when it has none. */
export function readToldCursor(state: unknown): ToldCursor | undefined {
  const { cursor } = (state ?? {}) as { cursor?: unknown };
  if (typeof cursor !== 'object' || cursor === null) return undefined;
  const { anchor, head } = cursor as Partial<ToldCursor>;
  return { anchor, head };
}

/** Where they are in the main file; null for one that is not in it. */
export function placeCursors(doc: Y.Doc, cursors: readonly ToldCursor[]): (PlacedCursor | null)[] {
  const main = findMainFile(doc);
  if (main === undefined) return cursors.map(() => null);
  const { file } = main;
  const text = file.toString();
  return cursors.map(({ anchor, head }) => {
    const [from, to] = [indexOf(doc, file, anchor), indexOf(doc, file, head)];
    return from === undefined || to === undefined ? null : { anchor: placeOf(text, from), head: placeOf(text, to) };
  });
}

/** A place in the main file in the form that clients tell theirs; null in a room without one. Beyond its end is its end. */
export function tellCursor(doc: Y.Doc, { anchor, head }: PlacedCursor): { file: string; cursor: ToldCursor } | null {
  const main = findMainFile(doc);
  if (main === undefined) return null;
  const { path, file } = main;
  const text = file.toString();
  const tell = (place: TextPlace) =>
    Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(file, indexAt(text, place)));
  return { file: path, cursor: { anchor: tell(anchor), head: tell(head) } };
}

function findMainFile(doc: Y.Doc): { path: string; file: Y.Text } | undefined {
  const path = doc.getMap(documentMaps.room).get(roomMapKeys.entry);
  const file = typeof path === 'string' ? doc.getMap(documentMaps.files).get(path) : undefined;
  return typeof path === 'string' && file instanceof Y.Text ? { path, file } : undefined;
}

function indexOf(doc: Y.Doc, file: Y.Text, json: unknown): number | undefined {
  if (!isWithinType(json)) return undefined;
  try {
    const found = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(json), doc);
    return found?.type === file ? found.index : undefined;
  } catch {
    // Another client's idea of a position.
    return undefined;
  }
}

/** One that names a shared type would make that type in the document, by whatever name. */
function isWithinType(json: unknown): json is object {
  if (typeof json !== 'object' || json === null) return false;
  const { tname, item, type } = json as { tname?: unknown; item?: unknown; type?: unknown };
  return tname == null && (item != null || type != null);
}

function placeOf(text: string, index: number): TextPlace {
  const before = text.slice(0, index);
  return { line: before.split('\n').length, column: index - (before.lastIndexOf('\n') + 1) + 1 };
}

function indexAt(text: string, { line, column }: TextPlace): number {
  let start = 0;
  for (let passed = 1; passed < line; passed++) {
    const end = text.indexOf('\n', start);
    if (end < 0) return text.length;
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return Math.min(start + Math.max(0, column - 1), end < 0 ? text.length : end);
}
