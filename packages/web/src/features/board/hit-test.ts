/** What lies under a pointer or within a frame, and an element's handles. */
import { arrowHead, type BoardBox, type BoardElement, readSegment } from '@coderoom/protocol';
import { overlaps, type Point } from './board-camera.ts';
import type { ElementChange } from './board-elements.ts';
import { boxAround } from './element-box.ts';

/** Whether a place is on an element, or nearer to it than `reach`. */
export function hits(element: BoardElement, { x, y }: Point, reach: number): boolean {
  const box = boxAround(element);
  if (box === undefined || !overlaps(box, { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach })) {
    return false;
  }
  const [px, py] = [x - element.x, y - element.y];
  const near = reach + element.size / 2;
  switch (element.kind) {
    case 'stroke':
      return isOnPath(element.points, px, py, near);
    case 'line':
      return isOnPath(
        [
          [0, 0],
          [element.w, element.h],
        ],
        px,
        py,
        near,
      );
    case 'arrow': {
      const [left, right] = arrowHead(element);
      const end = [element.w, element.h] as const;
      return isOnPath([[0, 0], end], px, py, near) || isOnPath([left, end, right], px, py, near);
    }
    case 'rectangle': {
      const { w, h } = element;
      return isOnPath(
        [
          [0, 0],
          [w, 0],
          [w, h],
          [0, h],
          [0, 0],
        ],
        px,
        py,
        near,
      );
    }
    case 'ellipse':
      return isOnEllipse(element, px, py, near);
    case 'text':
      return true;
    case 'foreign':
      return element.strokes.some((stroke) => {
        const segment = readSegment(stroke);
        if (segment === undefined || /^eras/i.test(segment.tool)) return false;
        const { x0, y0, x1, y1, size } = segment;
        return isOnPath(
          [
            [x0, y0],
            [x1, y1],
          ],
          px,
          py,
          reach + size / 2,
        );
      });
    default:
      return element satisfies never;
  }
}

/** The topmost at a place. */
export function topmostAt(elements: readonly BoardElement[], place: Point, reach: number): BoardElement | undefined {
  return elements.findLast((element) => hits(element, place, reach));
}

/** All that something passes on its way from one place to another. */
export function hitAlong(elements: readonly BoardElement[], from: Point, to: Point, reach: number): BoardElement[] {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const steps = Math.max(1, Math.ceil(length / Math.max(1, reach)));
  return elements.filter((element) => {
    for (let step = 1; step <= steps; step++) {
      const [x, y] = [from.x + ((to.x - from.x) * step) / steps, from.y + ((to.y - from.y) * step) / steps];
      if (hits(element, { x, y }, reach)) return true;
    }
    return false;
  });
}

/** All that lie within a frame as a whole. */
export function within(elements: readonly BoardElement[], frame: BoardBox): BoardElement[] {
  return elements.filter((element) => {
    const box = boxAround(element);
    if (box === undefined) return false;
    return box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
  });
}

function isOnPath(path: readonly (readonly number[])[], x: number, y: number, reach: number): boolean {
  if (path.length === 1) return Math.hypot(x - (path[0]?.[0] ?? 0), y - (path[0]?.[1] ?? 0)) <= reach;
  for (let at = 1; at < path.length; at++) {
    const [ax = 0, ay = 0] = path[at - 1] as readonly number[];
    const [bx = 0, by = 0] = path[at] as readonly number[];
    const [dx, dy] = [bx - ax, by - ay];
    const length = dx * dx + dy * dy;
    const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
    if (Math.hypot(x - ax - dx * along, y - ay - dy * along) <= reach) return true;
  }
  return false;
}

/** About: the distance along the line to the middle. */
function isOnEllipse({ w, h }: { w: number; h: number }, x: number, y: number, reach: number): boolean {
  const [cx, cy] = [x - w / 2, y - h / 2];
  const distance = Math.hypot(cx, cy);
  const scale = Math.hypot(cx / Math.max(1, w / 2), cy / Math.max(1, h / 2));
  return scale === 0 ? Math.min(w, h) / 2 <= reach : Math.abs(distance - distance / scale) <= reach;
}

/** Where an element can be taken to change its extent; strokes and text have none. */
export function handlesOf(element: BoardElement): Point[] {
  const { x, y } = element;
  switch (element.kind) {
    case 'line':
    case 'arrow':
      return [
        { x, y },
        { x: x + element.w, y: y + element.h },
      ];
    case 'rectangle':
    case 'ellipse': {
      const { w, h } = element;
      return [
        { x, y },
        { x: x + w, y },
        { x: x + w, y: y + h },
        { x, y: y + h },
      ];
    }
    default:
      return [];
  }
}

/** What becomes of an element when its handle is taken to a place. */
export function dragHandle(element: BoardElement, handle: number, to: Point): ElementChange {
  const handles = handlesOf(element);
  const isBox = element.kind === 'rectangle' || element.kind === 'ellipse';
  const opposite = handles[isBox ? (handle + 2) % 4 : 1 - handle];
  if (opposite === undefined) return {};
  if (isBox) return boxBetween(opposite, to);
  const [start, end] = handle === 0 ? [to, opposite] : [opposite, to];
  return { x: start.x, y: start.y, w: end.x - start.x, h: end.y - start.y };
}

export function boxBetween(a: Point, b: Point): { x: number; y: number; w: number; h: number } {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), w: Math.abs(a.x - b.x), h: Math.abs(a.y - b.y) };
}
