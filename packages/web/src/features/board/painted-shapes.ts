/** Elements as a canvas paints them; what takes long to make is kept as long as they are. */
import {
  type BoardElement,
  type BoardElementOf,
  boardBaseline,
  boardFont,
  boardLineHeight,
  shapesOf,
} from '@coderoom/protocol';
import { shownColor } from './board-desk.ts';
import type { Drawing } from './board-elements.ts';
import { outlineOf } from './freehand.ts';

type PaintedShape =
  | { kind: 'filled'; path: Path2D; color: string }
  | { kind: 'drawn'; path: Path2D; color: string | null; width: number }
  | { kind: 'text'; lines: readonly string[]; color: string; size: number };

export const papers = { light: '#ffffff', dark: '#191a18' } as const;

/** Paints elements as they are, on white paper; for pictures. */
export function paintPicture(
  context: CanvasRenderingContext2D,
  elements: readonly BoardElement[],
  { left, top, scale }: { left: number; top: number; scale: number },
): void {
  context.fillStyle = papers.light;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  for (const element of elements) {
    context.setTransform(scale, 0, 0, scale, (element.x - left) * scale, (element.y - top) * scale);
    paintShapes(context, keptShapes(element), false);
  }
}

const shapes = new WeakMap<BoardElement, PaintedShape[]>();

/** Of an element that is kept as well. */
export function keptShapes(element: BoardElement): PaintedShape[] {
  const known = shapes.get(element);
  if (known !== undefined) return known;
  const made = shapesFor(element);
  shapes.set(element, made);
  return made;
}

export function shapesFor(drawing: Drawing | BoardElement): PaintedShape[] {
  const element = { id: '', by: null, z: 0, ...drawing } as BoardElement;
  if (element.kind === 'stroke') return [{ kind: 'filled', path: outlinePath(element), color: element.color }];
  return shapesOf(element).map((shape) => (shape.kind === 'text' ? shape : { ...shape, path: new Path2D(shape.path) }));
}

/** By their points, which stay the same when a stroke is moved or gets another colour. */
const outlines = new WeakMap<BoardElementOf<'stroke'>['points'], { size: number; path: Path2D }>();

function outlinePath(stroke: BoardElementOf<'stroke'>): Path2D {
  const known = outlines.get(stroke.points);
  if (known?.size === stroke.size) return known.path;
  const path = new Path2D(outlineOf(stroke));
  outlines.set(stroke.points, { size: stroke.size, path });
  return path;
}

export function paintShapes(
  context: CanvasRenderingContext2D,
  painted: readonly PaintedShape[],
  isDark: boolean,
): void {
  for (const shape of painted) {
    switch (shape.kind) {
      case 'filled':
        context.fillStyle = shownColor(shape.color, isDark);
        context.fill(shape.path);
        break;
      case 'drawn':
        context.strokeStyle =
          shape.color === null ? (isDark ? papers.dark : papers.light) : shownColor(shape.color, isDark);
        context.lineWidth = shape.width;
        context.lineCap = 'round';
        context.lineJoin = 'round';
        context.stroke(shape.path);
        break;
      case 'text':
        context.fillStyle = shownColor(shape.color, isDark);
        context.font = `${shape.size}px ${boardFont}`;
        for (const [index, line] of shape.lines.entries()) {
          context.fillText(line, 0, (index * boardLineHeight + boardBaseline) * shape.size);
        }
        break;
      default:
        shape satisfies never;
    }
  }
}
