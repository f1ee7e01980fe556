/** Strokes of a pen: recording where it goes and how hard it is pressed, and what is painted of that. */
import { type BoardElementOf, limits, roundToTenths, type StrokePoint } from '@coderoom/protocol';
import { getStroke } from 'perfect-freehand';

/** Nearer to the last point than this, on the screen, a new one says nothing. */
const stepMinPx = 1;
/** How far a simplified stroke may be from the recorded one, on the screen. */
const tolerancePx = 0.35;
/** How much of the way to where the pen is a stroke goes at once: this takes the tremor out of it. */
const follow = 0.72;
/** A mouse presses less the faster it goes: steps of this length, on the screen, are as fast as can be. */
const fastStepPx = 26;
/** How quickly that shows. */
const pressureInertia = 0.275;

export interface StrokeRecorderOptions {
  size: number;
  zoom: number;
  /** Whether the pressure that is told can be believed. */
  hasPressure: boolean;
}

export class StrokeRecorder {
  readonly #options: StrokeRecorderOptions;
  readonly #points: [x: number, y: number, pressure: number][] = [];
  /** Where the pen is, ahead of the last point. */
  #last: { x: number; y: number; pressure: number } | undefined;

  constructor(options: StrokeRecorderOptions) {
    this.#options = options;
  }

  /** As long as this is true, no more can be added. */
  get isFull(): boolean {
    return this.#points.length >= limits.boardPointsPerStroke - 1;
  }

  /** Places on the board. */
  add(x: number, y: number, pressure: number): void {
    const { zoom } = this.#options;
    const before = this.#points.at(-1);
    if (before === undefined) {
      const first = this.#options.hasPressure ? pressure : firstPressure;
      this.#points.push([x, y, first]);
      return;
    }
    const [lastX, lastY, lastPressure] = before;
    const pressed = this.#options.hasPressure ? pressure : this.#pressureAfter(lastPressure, x - lastX, y - lastY);
    this.#last = { x, y, pressure: pressed };
    const next = { x: lastX + (x - lastX) * follow, y: lastY + (y - lastY) * follow };
    if (this.isFull || Math.hypot(next.x - lastX, next.y - lastY) * zoom < stepMinPx) return;
    this.#points.push([next.x, next.y, pressed]);
  }

  /** What has been drawn so far, with no more points than it takes; the first is at the element's place. */
  drawing(): { x: number; y: number; points: [number, number, number][] } {
    const [first = [0, 0, 0]] = this.#points;
    const last = this.#last;
    const all: StrokePoint[] = last === undefined ? this.#points : [...this.#points, [last.x, last.y, last.pressure]];
    const kept = all.length > 2 ? simplify(all, tolerancePx / this.#options.zoom, this.#options.size) : all;
    const [x, y] = [roundToTenths(first[0]), roundToTenths(first[1])];
    return { x, y, points: kept.map(([px, py, pressure]) => [roundToTenths(px - x), roundToTenths(py - y), pressure]) };
  }

  #pressureAfter(last: number, dx: number, dy: number): number {
    const speed = Math.min(1, (Math.hypot(dx, dy) * this.#options.zoom) / fastStepPx);
    return Math.min(1, last + (1 - speed - last) * speed * pressureInertia);
  }
}

const firstPressure = 0.5;

/**
 * Douglas and Peucker's simplification (1973), in which how hard the pen was pressed counts as far as it makes the stroke
 * wider. Walks with a stack of its own, so that no stroke overflows it.
 */
export function simplify(points: readonly StrokePoint[], tolerance: number, size: number): StrokePoint[] {
  const kept = new Uint8Array(points.length);
  kept[0] = 1;
  kept[points.length - 1] = 1;
  const ranges: [number, number][] = [[0, points.length - 1]];
  for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
    const [from, to] = range;
    let farthest = tolerance;
    let at = -1;
    for (let index = from + 1; index < to; index++) {
      const distance = distanceToChord(points, from, to, index, size);
      if (distance <= farthest) continue;
      farthest = distance;
      at = index;
    }
    if (at === -1) continue;
    kept[at] = 1;
    ranges.push([from, at], [at, to]);
  }
  return points.filter((_, index) => kept[index] === 1);
}

function distanceToChord(points: readonly StrokePoint[], from: number, to: number, at: number, size: number): number {
  const [ax, ay, ap] = points[from] as StrokePoint;
  const [bx, by, bp] = points[to] as StrokePoint;
  const [px, py, pp] = points[at] as StrokePoint;
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / length));
  const wider = (pp - (ap + (bp - ap) * along)) * size * thinning;
  return Math.hypot(px - (ax + dx * along), py - (ay + dy * along), wider);
}

const thinning = 0.45;

/** A stroke's outline as an SVG path, relative to the element's place. */
export function outlineOf({ points, size }: Pick<BoardElementOf<'stroke'>, 'points' | 'size'>): string {
  const outline = getStroke(points, {
    size: size * 1.15,
    thinning,
    smoothing: 0.5,
    streamline: 0,
    simulatePressure: false,
    last: true,
  });
  const [first] = outline;
  if (first === undefined) return '';
  let path = `M${at(first)}Q`;
  for (const [index, point] of outline.entries()) {
    const next = outline[(index + 1) % outline.length] ?? first;
    path += `${at(point)} ${at([(point[0] + next[0]) / 2, (point[1] + next[1]) / 2])} `;
  }
  return `${path}Z`;
}

function at([x, y]: readonly number[]): string {
  return `${Math.round((x ?? 0) * 10) / 10} ${Math.round((y ?? 0) * 10) / 10}`;
}
