/** Elements as what is painted: paths in the words of SVG, which canvases understand too, and lines of text. */
import type { BoardElement, BoardElementOf } from './board.ts';
import { roundToTenths as round } from './board-points.ts';
import { arrowHead, readSegment } from './board-segments.ts';

/** Relative to the element's place. */
export type BoardShape =
  | { kind: 'filled'; path: string; color: string }
  /** `color` null: the paper's. */
  | { kind: 'drawn'; path: string; color: string | null; width: number }
  | { kind: 'text'; lines: readonly string[]; color: string; size: number };

/** How the outline of a stroke is made, by who can make one. */
export type StrokeOutline = (stroke: BoardElementOf<'stroke'>) => string;

/** Lines of text stand this far apart, and the first one's baseline this far below its top, in parts of the font's size. */
export const boardLineHeight = 1.25;
export const boardBaseline = 0.98;
export const boardFont = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

/** Without `outline` strokes are drawn along their middle. */
export function shapesOf(element: BoardElement, outline?: StrokeOutline): BoardShape[] {
  const { color, size } = element;
  const drawn = (path: string): BoardShape[] => [{ kind: 'drawn', path, color, width: size }];
  switch (element.kind) {
    case 'stroke':
      return outline === undefined ? drawn(middleOf(element)) : [{ kind: 'filled', path: outline(element), color }];
    case 'line':
      return drawn(`M0 0L${round(element.w)} ${round(element.h)}`);
    case 'arrow': {
      const { w, h } = element;
      const [left, right] = arrowHead(element).map(([x, y]) => `${round(x)} ${round(y)}`);
      return drawn(`M0 0L${round(w)} ${round(h)}M${left}L${round(w)} ${round(h)}L${right}`);
    }
    case 'rectangle': {
      const { w, h } = element;
      const r = round(Math.min(6, w / 2, h / 2));
      return drawn(
        `M${r} 0H${round(w - r)}Q${round(w)} 0 ${round(w)} ${r}V${round(h - r)}Q${round(w)} ${round(h)} ${round(w - r)} ${round(h)}` +
          `H${r}Q0 ${round(h)} 0 ${round(h - r)}V${r}Q0 0 ${r} 0Z`,
      );
    }
    case 'ellipse': {
      const [rx, ry] = [round(element.w / 2), round(element.h / 2)];
      return drawn(`M0 ${ry}A${rx} ${ry} 0 1 1 ${rx * 2} ${ry}A${rx} ${ry} 0 1 1 0 ${ry}Z`);
    }
    case 'text':
      return [{ kind: 'text', lines: element.text.split('\n'), color, size }];
    case 'foreign':
      return shapesOfForeign(element);
    default:
      return element satisfies never;
  }
}

/** Pieces of one colour and size that follow each other become one path. */
function shapesOfForeign({ strokes }: BoardElementOf<'foreign'>): BoardShape[] {
  const shapes: Extract<BoardShape, { kind: 'drawn' }>[] = [];
  let end = '';
  for (const stroke of strokes) {
    const segment = readSegment(stroke);
    if (segment === undefined) continue;
    const { x0, y0, x1, y1, size } = segment;
    const color = /^eras/i.test(segment.tool) ? null : segment.color;
    const start = `${round(x0)} ${round(y0)}`;
    let last = shapes.at(-1);
    if (last === undefined || last.color !== color || last.width !== size) {
      last = { kind: 'drawn', path: '', color, width: size };
      shapes.push(last);
      end = '';
    }
    if (start !== end) last.path += `M${start}`;
    end = `${round(x1)} ${round(y1)}`;
    last.path += `L${end}`;
  }
  return shapes;
}

/** A stroke's middle, smooth: each point bends the way between the middles of its neighbours. */
function middleOf({ points }: BoardElementOf<'stroke'>): string {
  const [first = [0, 0, 0]] = points;
  let path = `M${first[0]} ${first[1]}`;
  for (let at = 1; at < points.length - 1; at++) {
    const [x, y] = points[at] as [number, number, number];
    const [nextX, nextY] = points[at + 1] as [number, number, number];
    path += `Q${x} ${y} ${round((x + nextX) / 2)} ${round((y + nextY) / 2)}`;
  }
  const [x, y] = points.at(-1) ?? first;
  return `${path}L${x} ${y}`;
}

export interface BoardBox {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** How wide a line of text is, by who can measure it. */
export type MeasureText = (line: string, size: number) => number;

/** About as wide as letters are. */
const guessWidth: MeasureText = (line, size) => line.length * size * 0.58;

/** A pen that is pressed hard makes its stroke wider: so far from its middle, in parts of its size. */
const strokeReach = 0.85;

/** What an element covers, pen and all; undefined when it shows nothing. */
export function boxOf(element: BoardElement, measure: MeasureText = guessWidth): BoardBox | undefined {
  const { x, y, size } = element;
  switch (element.kind) {
    case 'stroke':
      return around(
        element.points.map(([px, py]) => [x + px, y + py]),
        size * strokeReach + 1,
      );
    case 'line':
    case 'rectangle':
    case 'ellipse':
      return around(
        [
          [x, y],
          [x + element.w, y + element.h],
        ],
        size / 2,
      );
    case 'arrow': {
      const head = arrowHead(element).map(([hx, hy]): [number, number] => [x + hx, y + hy]);
      return around([[x, y], [x + element.w, y + element.h], ...head], size / 2);
    }
    case 'text': {
      const lines = element.text.split('\n');
      const width = Math.max(...lines.map((line) => measure(line, size)));
      return { left: x, top: y, right: x + width, bottom: y + lines.length * size * boardLineHeight };
    }
    case 'foreign': {
      const segments = element.strokes.map(readSegment).filter((segment) => segment !== undefined);
      const ends = segments.flatMap(({ x0, y0, x1, y1 }): [number, number][] => [
        [x + x0, y + y0],
        [x + x1, y + y1],
      ]);
      return around(ends, Math.max(0, ...segments.map((segment) => segment.size / 2)));
    }
    default:
      return element satisfies never;
  }
}

/** The box of boxes. */
export function joinBoxes(boxes: readonly BoardBox[]): BoardBox | undefined {
  return boxes.length === 0
    ? undefined
    : boxes.reduce((all, box) => ({
        left: Math.min(all.left, box.left),
        top: Math.min(all.top, box.top),
        right: Math.max(all.right, box.right),
        bottom: Math.max(all.bottom, box.bottom),
      }));
}

function around(points: readonly (readonly [number, number])[], margin: number): BoardBox | undefined {
  if (points.length === 0) return undefined;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return { left: left - margin, top: top - margin, right: right + margin, bottom: bottom + margin };
}
