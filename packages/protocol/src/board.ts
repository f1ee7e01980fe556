/**
 * What is drawn in a room: elements of the shared document's `board` map, id → Y.Map. A stroke's `points` are bytes
 * there, see board-points.ts; a foreign element's `strokes` a Y.Array; everything else stands there as it is here.
 */
import { type Static, Type } from 'typebox';
import { decodePoints, type StrokePoint } from './board-points.ts';
import { limits } from './limits.ts';

const place = {
  x: Type.Number({ description: 'in pixels of an unscaled board, to the right; of a stroke’s or line’s beginning' }),
  y: Type.Number({ description: 'downwards' }),
};
const common = {
  id: Type.String(),
  by: Type.Union([Type.String(), Type.Null()], { description: 'who drew it, as their client says: a member’s id' }),
  z: Type.Number({ description: 'what is higher lies above' }),
  color: Type.String({ description: '#rrggbb on white paper' }),
  size: Type.Number({ description: 'width of the pen; of text, its font’s size' }),
  ...place,
};
/** A tuple in words that OpenAPI's tools know. */
const Point = Type.Unsafe<[x: number, y: number, pressure: number]>(
  Type.Array(Type.Number(), { minItems: 3, maxItems: 3 }),
);
const extent = { w: Type.Number(), h: Type.Number() };

/** `w` and `h` lead from the beginning of a line or arrow to its end, and are negative where that is left or above. */
export const BoardElement = Type.Union(
  [
    Type.Object({
      kind: Type.Literal('stroke'),
      ...common,
      points: Type.Array(Point, {
        description: 'x and y relative to the element’s, and pressure from 0 to 1',
      }),
    }),
    Type.Object({ kind: Type.Literal('line'), ...common, ...extent }),
    Type.Object({ kind: Type.Literal('arrow'), ...common, ...extent }),
    Type.Object({ kind: Type.Literal('rectangle'), ...common, ...extent }),
    Type.Object({ kind: Type.Literal('ellipse'), ...common, ...extent }),
    Type.Object({ kind: Type.Literal('text'), ...common, text: Type.String() }),
    Type.Object({
      kind: Type.Literal('foreign'),
      ...common,
      strokes: Type.Array(Type.Unknown(), { description: 'as another system’s client sent them, one after the other' }),
    }),
  ],
  { $id: 'BoardElement' },
);
export type BoardElement = Static<typeof BoardElement>;
export type BoardElementKind = BoardElement['kind'];
export type BoardElementOf<Kind extends BoardElementKind> = Extract<BoardElement, { kind: Kind }>;

/** An element as the document holds it; its map's `toJSON()`. */
export type BoardFields = Record<string, unknown>;

/** Elements of equal height lie as their ids are ordered. */
export function compareElements(a: { z: number; id: string }, b: { z: number; id: string }): number {
  return a.z - b.z || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** What a map of the document says, if it is an element; the map may come from any client. */
export function readBoardElement(id: string, fields: BoardFields): BoardElement | undefined {
  const { kind, by = null, z, color, size } = fields;
  if (!isElementId(id) || !(by === null || (typeof by === 'string' && by.length <= idMaxLength))) return undefined;
  if (!isWithin(z, limits.boardHeightMax) || !isColor(color) || !isWithin(size, limits.boardSizeMax)) return undefined;
  const { x, y } = fields;
  if (!isPlace(x) || !isPlace(y) || size <= 0) return undefined;
  const known = { id, by, z, color, size, x, y };
  switch (kind) {
    case 'stroke': {
      const points = fields.points instanceof Uint8Array ? readPoints(fields.points) : undefined;
      return points && { kind, ...known, points: points as BoardElementOf<'stroke'>['points'] };
    }
    case 'line':
    case 'arrow':
      return isPlace(fields.w) && isPlace(fields.h) ? { kind, ...known, w: fields.w, h: fields.h } : undefined;
    case 'rectangle':
    case 'ellipse': {
      const { w, h } = fields;
      return isPlace(w) && isPlace(h) && w >= 0 && h >= 0 ? { kind, ...known, w, h } : undefined;
    }
    case 'text':
      return isBoardText(fields.text) ? { kind, ...known, text: fields.text } : undefined;
    case 'foreign': {
      const { strokes } = fields;
      return Array.isArray(strokes) ? { kind, ...known, strokes } : undefined;
    }
    default:
      return undefined;
  }
}

/** The same bytes give the same points, so that what was made of these can be kept with them. */
const points = new WeakMap<Uint8Array, StrokePoint[] | undefined>();

function readPoints(bytes: Uint8Array): StrokePoint[] | undefined {
  if (!points.has(bytes)) points.set(bytes, decodePoints(bytes));
  return points.get(bytes);
}

/** Colours are kept in one form, so that what was chosen is found again. */
export function isColor(value: unknown): value is string {
  return typeof value === 'string' && /^#[0-9a-f]{6}$/.test(value);
}

function isBoardText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= limits.boardTextMaxLength;
}

const idMaxLength = 64;

function isElementId(id: string): boolean {
  return id.length > 0 && id.length <= idMaxLength;
}

function isPlace(value: unknown): value is number {
  return isWithin(value, limits.boardExtentMax);
}

function isWithin(value: unknown, max: number): value is number {
  return typeof value === 'number' && Math.abs(value) <= max;
}
