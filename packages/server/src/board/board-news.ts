import type { StoredElement } from '@coderoom/collab';
import { type BoardElement, type BoardFields, readBoardElement } from '@coderoom/protocol';

export type BoardNews =
  /** New elements, from below to above; of foreign ones that went on, the same id again with the new strokes alone. */
  | { kind: 'drawn'; elements: BoardElement[] }
  /** Something was erased or changed: all that there is now. */
  | { kind: 'changed'; elements: BoardElement[] }
  /** Everything was erased. */
  | { kind: 'cleared' };

/** What was on a board, by element. */
export type KnownBoard = ReadonlyMap<string, BoardFields>;

/** What has become of a board since it was known; undefined if nothing that can be seen. */
export function newsOf(known: KnownBoard, items: readonly StoredElement[]): BoardNews | undefined {
  if (items.length === 0) return known.size === 0 ? undefined : { kind: 'cleared' };
  const drawn: StoredElement[] = [];
  let kept = 0;
  for (const { id, fields } of items) {
    const before = known.get(id);
    if (before === undefined) {
      drawn.push({ id, fields });
      continue;
    }
    kept++;
    const more = strokesSince(before, fields);
    if (more === undefined) return { kind: 'changed', elements: read(items) };
    if (more.length > 0) drawn.push({ id, fields: { ...fields, strokes: more } });
  }
  if (kept < known.size) return { kind: 'changed', elements: read(items) };
  const elements = read(drawn);
  return elements.length === 0 ? undefined : { kind: 'drawn', elements };
}

function read(items: readonly StoredElement[]): BoardElement[] {
  return items.map(({ id, fields }) => readBoardElement(id, fields)).filter((element) => element !== undefined);
}

/** The strokes that an otherwise unchanged element has more than before; undefined if it is not unchanged. */
function strokesSince(before: BoardFields, now: BoardFields): unknown[] | undefined {
  const names = Object.keys(now);
  if (names.length !== Object.keys(before).length) return undefined;
  for (const name of names) {
    if (name !== 'strokes' && !isSame(before[name], now[name])) return undefined;
  }
  const [old, strokes] = [before.strokes, now.strokes];
  if (!Array.isArray(old) || !Array.isArray(strokes)) return isSame(old, strokes) ? [] : undefined;
  // They are only ever appended.
  return strokes.length < old.length ? undefined : strokes.slice(old.length);
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : false;
}
