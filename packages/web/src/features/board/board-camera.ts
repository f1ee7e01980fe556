/** Which part of the board is in view: pure arithmetic between places on the board and on the screen. */
import type { BoardBox } from '@coderoom/protocol';

export interface Camera {
  /** The place of the board in the view's upper left corner. */
  x: number;
  y: number;
  /** Pixels of the screen per pixel of the board. */
  zoom: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

const zoomMin = 0.1;
export const zoomMax = 8;
const fitMargin = 40;

export function toBoard(camera: Camera, { x, y }: Point): Point {
  return { x: camera.x + x / camera.zoom, y: camera.y + y / camera.zoom };
}

export function toScreen(camera: Camera, { x, y }: Point): Point {
  return { x: (x - camera.x) * camera.zoom, y: (y - camera.y) * camera.zoom };
}

/** Moves the view by pixels of the screen. */
export function panBy(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x + dx / camera.zoom, y: camera.y + dy / camera.zoom };
}

/** Zooms so that what is at a place of the screen stays there. */
export function zoomTo(camera: Camera, zoom: number, at: Point): Camera {
  const bounded = Math.min(zoomMax, Math.max(zoomMin, zoom));
  const { x, y } = toBoard(camera, at);
  return { x: x - at.x / bounded, y: y - at.y / bounded, zoom: bounded };
}

/** Moves and zooms as two fingers do: what was under each stays there. */
export function pinch(camera: Camera, before: readonly Point[], now: readonly Point[]): Camera {
  const [a, b] = before;
  const [c, d] = now;
  if (a === undefined || b === undefined || c === undefined || d === undefined) return camera;
  const middle = (p: Point, q: Point) => ({ x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 });
  const spread = (p: Point, q: Point) => Math.max(1, Math.hypot(p.x - q.x, p.y - q.y));
  const [from, to] = [middle(a, b), middle(c, d)];
  const moved = panBy(camera, from.x - to.x, from.y - to.y);
  return zoomTo(moved, (moved.zoom * spread(c, d)) / spread(a, b), to);
}

/** Shows all of a box, in the middle; never larger than `max`. */
export function fit(box: BoardBox, { width, height }: Size, max = 1): Camera {
  const [wide, high] = [Math.max(1, box.right - box.left), Math.max(1, box.bottom - box.top)];
  const free = (size: number) => Math.max(size / 2, size - 2 * fitMargin);
  const wanted = Math.min(max, free(width) / wide, free(height) / high);
  const zoom = Math.min(zoomMax, Math.max(zoomMin, wanted));
  return { x: box.left - (width / zoom - wide) / 2, y: box.top - (height / zoom - high) / 2, zoom };
}

export function viewOf(camera: Camera, { width, height }: Size): BoardBox {
  const end = toBoard(camera, { x: width, y: height });
  return { left: camera.x, top: camera.y, right: end.x, bottom: end.y };
}

export function overlaps(a: BoardBox, b: BoardBox): boolean {
  return a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;
}
