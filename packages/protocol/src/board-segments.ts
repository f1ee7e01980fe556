/**
 * Strokes as other systems' clients draw them, one straight piece at a time: reading theirs, and putting our elements
 * in these words.
 */
import { type BoardElement, isColor } from './board.ts';
import { boardInk } from './board-colors.ts';
import { limits } from './limits.ts';

export interface BoardSegment {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  /** `#rrggbb`. */
  color: string;
  size: number;
  tool: string;
}

const defaultSize = 2;

/** The piece that a foreign stroke says, if it says one in numbers; its colour and size as far as we understand them. */
export function readSegment(stroke: unknown): BoardSegment | undefined {
  if (typeof stroke !== 'object' || stroke === null) return undefined;
  const { x0, y0, x1, y1, color, size, tool } = stroke as Record<string, unknown>;
  if (![x0, y0, x1, y1].every((value) => typeof value === 'number' && Math.abs(value) <= limits.boardExtentMax)) {
    return undefined;
  }
  const isSize = typeof size === 'number' && size > 0 && size <= limits.boardSizeMax;
  return {
    ...({ x0, y0, x1, y1 } as Pick<BoardSegment, 'x0' | 'y0' | 'x1' | 'y1'>),
    color: readColor(color),
    size: isSize ? size : defaultSize,
    tool: typeof tool === 'string' ? tool : 'pen',
  };
}

/** An element in straight pieces; text has none. */
export function segmentsOf(element: BoardElement): BoardSegment[] {
  const { color, size, x, y } = element;
  const join = (corners: readonly (readonly [number, number])[]) =>
    corners.slice(1).map(([x1, y1], index): BoardSegment => {
      const [x0, y0] = corners[index] as readonly [number, number];
      return { x0: x + x0, y0: y + y0, x1: x + x1, y1: y + y1, color, size, tool: 'pen' };
    });
  switch (element.kind) {
    case 'stroke': {
      const points = element.points.map(([px, py]) => [px, py] as const);
      return join(points.length === 1 ? [...points, ...points] : points);
    }
    case 'line':
      return join([
        [0, 0],
        [element.w, element.h],
      ]);
    case 'arrow': {
      const [left, right] = arrowHead(element);
      const end = [element.w, element.h] as const;
      return [...join([[0, 0], end]), ...join([left, end, right])];
    }
    case 'rectangle': {
      const { w, h } = element;
      return join([
        [0, 0],
        [w, 0],
        [w, h],
        [0, h],
        [0, 0],
      ]);
    }
    case 'ellipse': {
      const { w, h } = element;
      const corners = Array.from({ length: ellipseCorners + 1 }, (_, index) => {
        const angle = (index / ellipseCorners) * 2 * Math.PI;
        return [(w / 2) * (1 + Math.cos(angle)), (h / 2) * (1 + Math.sin(angle))] as const;
      });
      return join(corners);
    }
    case 'text':
      return [];
    case 'foreign':
      return element.strokes
        .map(readSegment)
        .filter((segment) => segment !== undefined)
        .map(({ x0, y0, x1, y1, ...rest }) => ({ x0: x + x0, y0: y + y0, x1: x + x1, y1: y + y1, ...rest }));
    default:
      return element satisfies never;
  }
}

const ellipseCorners = 32;
const headAngle = Math.PI / 7;

/** The two ends of an arrow's head, relative to its beginning. */
export function arrowHead({
  w,
  h,
  size,
}: {
  w: number;
  h: number;
  size: number;
}): [[number, number], [number, number]] {
  const length = Math.min(Math.hypot(w, h) / 2, 10 + size * 3);
  const angle = Math.atan2(h, w);
  const end = (turn: number): [number, number] => [
    w - length * Math.cos(angle + turn),
    h - length * Math.sin(angle + turn),
  ];
  return [end(headAngle), end(-headAngle)];
}

/** Colours as web pages write them, the commonest; ink for all others. */
function readColor(color: unknown): string {
  if (typeof color !== 'string') return boardInk;
  const text = color.trim().toLowerCase();
  if (isColor(text)) return text;
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/.exec(text);
  if (short !== null)
    return `#${short
      .slice(1)
      .map((digit) => digit + digit)
      .join('')}`;
  return namedColors[text] ?? boardInk;
}

const namedColors: Record<string, string> = {
  black: '#000000',
  white: '#ffffff',
  gray: '#808080',
  grey: '#808080',
  red: '#ff0000',
  orange: '#ffa500',
  yellow: '#ffff00',
  green: '#008000',
  lime: '#00ff00',
  cyan: '#00ffff',
  blue: '#0000ff',
  purple: '#800080',
  magenta: '#ff00ff',
  pink: '#ffc0cb',
  brown: '#a52a2a',
};
