import { decodePoints, encodePoints, limits, type StrokePoint } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import { outlineOf, StrokeRecorder, simplify } from './freehand.ts';

const options = { size: 4, zoom: 1, hasPressure: false };

/** How far a point is from a path at least. */
function distanceTo(path: readonly StrokePoint[], [x, y]: StrokePoint): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (let at = 1; at < path.length; at++) {
    const [[ax, ay], [bx, by]] = [path[at - 1] as StrokePoint, path[at] as StrokePoint];
    const length = (bx - ax) ** 2 + (by - ay) ** 2;
    const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
    nearest = Math.min(nearest, Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)));
  }
  return nearest;
}

describe('a recorded stroke', () => {
  it('BOARD-20 takes few points, from where the pen was set down to where it was lifted, and stays on its way', () => {
    const recorder = new StrokeRecorder(options);
    const way = Array.from({ length: 300 }, (_, i): StrokePoint => [100 + i, 200 + 50 * Math.sin(i / 30), 0.5]);
    for (const [x, y] of way) recorder.add(x, y, 0.5);
    const { x, y, points } = recorder.drawing();
    expect([x, y]).toEqual([100, 200]);
    expect(points[0]?.slice(0, 2)).toEqual([0, 0]);
    expect([points.at(-1)?.[0], points.at(-1)?.[1]]).toEqual([299, expect.closeTo((way.at(-1)?.[1] ?? 0) - 200, 1)]);
    expect(points.length).toBeLessThan(60);
    const path = points.map(([px, py, p]): StrokePoint => [x + px, y + py, p]);
    for (const point of way) expect(distanceTo(path, point)).toBeLessThan(1.5);
    expect(encodePoints(points).length).toBeLessThan(250);
    expect(decodePoints(encodePoints(points))).toHaveLength(points.length);
  });

  it('BOARD-20 of a dot is one point, of a short dash its two ends', () => {
    const dot = new StrokeRecorder(options);
    dot.add(5, 5, 0.5);
    expect(dot.drawing()).toMatchObject({ x: 5, y: 5, points: [[0, 0, expect.any(Number)]] });
    dot.add(5.2, 5, 0.5);
    const { points } = dot.drawing();
    expect(points.map(([x, y]) => [x, y])).toEqual([
      [0, 0],
      [0.2, 0],
    ]);
  });

  it('BOARD-20 keeps a pen’s pressure, and makes one of a mouse’s speed', () => {
    const pen = new StrokeRecorder({ ...options, hasPressure: true });
    const [slow, quick] = [new StrokeRecorder(options), new StrokeRecorder(options)];
    for (let i = 0; i < 40; i++) {
      pen.add(i * 3, 0, i < 20 ? 0.2 : 0.9);
      slow.add(i * 1.5, 0, 0);
      quick.add(i * 40, 0, 0);
    }
    expect(new Set(pen.drawing().points.map(([, , pressure]) => pressure))).toEqual(new Set([0.2, 0.9]));
    const end = (recorder: StrokeRecorder) => recorder.drawing().points.at(-1)?.[2] ?? 0;
    expect(end(slow)).toBeGreaterThan(end(quick));
  });

  it('BOARD-20 never has more points than a stroke may', () => {
    const recorder = new StrokeRecorder(options);
    for (let i = 0; i < limits.boardPointsPerStroke * 2; i++) recorder.add((i % 2) * 100, i * 50, 0.5);
    expect(recorder.isFull).toBe(true);
    expect(recorder.drawing().points.length).toBeLessThanOrEqual(limits.boardPointsPerStroke);
  });

  it('BOARD-20 a straight line is its ends, however many points it was; so is one of equal ones', () => {
    const straight = Array.from({ length: 50_000 }, (_, i): StrokePoint => [i / 10, i / 20, 0.5]);
    expect(simplify(straight, 0.1, 4)).toHaveLength(2);
    expect(
      simplify(
        Array.from({ length: 9 }, (): StrokePoint => [1, 1, 1]),
        0.1,
        4,
      ),
    ).toHaveLength(2);
  });
});

it('BOARD-20 is painted as a closed outline of finite numbers, whatever its points are', () => {
  const strokes: [number, number, number][][] = [
    [[0, 0, 0.5]],
    [
      [0, 0, 0],
      [0, 0, 1],
    ],
    [
      [0, 0, 0.5],
      [100, 0, 0.5],
      [0, 0, 0.5],
    ],
    [
      [0, 0, 1],
      [limits.boardExtentMax, -limits.boardExtentMax, 0],
    ],
  ];
  for (const points of strokes) expect(outlineOf({ points, size: 4 })).toMatch(/^M[-\d. ]+Q[-\d. ]+Z$/);
});
