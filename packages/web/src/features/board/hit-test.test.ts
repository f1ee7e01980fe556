import type { BoardElement } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import { fit, panBy, pinch, toBoard, toScreen, zoomMax, zoomTo } from './board-camera.ts';
import { shapeBetween, straighten } from './drawn-shape.ts';
import { dragHandle, handlesOf, hitAlong, hits, topmostAt, within } from './hit-test.ts';

const common = { id: 'e', by: null, z: 1, color: '#1b1c1a', size: 4, x: 100, y: 100 };
const rectangle: BoardElement = { kind: 'rectangle', ...common, w: 200, h: 100 };
const reach = 3;

describe('what is hit', () => {
  it('BOARD-21 by where its pen went, and not by the frame around it', () => {
    expect(hits(rectangle, { x: 100, y: 150 }, reach)).toBe(true);
    expect(hits(rectangle, { x: 304, y: 200 }, reach)).toBe(true);
    expect(hits(rectangle, { x: 200, y: 150 }, reach)).toBe(false);
    expect(hits(rectangle, { x: 94, y: 150 }, reach)).toBe(false);
    const ellipse: BoardElement = { ...rectangle, kind: 'ellipse' };
    expect(hits(ellipse, { x: 100, y: 150 }, reach)).toBe(true);
    expect(hits(ellipse, { x: 200, y: 200 }, reach)).toBe(true);
    for (const at of [
      { x: 102, y: 102 },
      { x: 200, y: 150 },
    ])
      expect(hits(ellipse, at, reach)).toBe(false);
    const arrow: BoardElement = { ...rectangle, kind: 'arrow', w: -80, h: 0 };
    expect(hits(arrow, { x: 60, y: 101 }, reach)).toBe(true);
    expect(hits(arrow, { x: 120, y: 100 }, reach)).toBe(false);
    const stroke: BoardElement = {
      kind: 'stroke',
      ...common,
      points: [
        [0, 0, 1],
        [50, 50, 1],
        [100, 0, 1],
      ],
    };
    expect(hits(stroke, { x: 150, y: 148 }, reach)).toBe(true);
    expect(hits(stroke, { x: 150, y: 110 }, reach)).toBe(false);
    expect(hits({ ...stroke, points: [[0, 0, 1]] }, { x: 103, y: 100 }, reach)).toBe(true);
    const strokes = [
      'junk',
      { x0: 0, y0: 0, x1: 40, y1: 0, size: 6 },
      { x0: 0, y0: 90, x1: 40, y1: 90, tool: 'eraser' },
    ];
    const foreign: BoardElement = { kind: 'foreign', ...common, strokes };
    expect(hits(foreign, { x: 120, y: 105 }, reach)).toBe(true);
    expect(hits(foreign, { x: 120, y: 190 }, reach)).toBe(false);
  });

  it('BOARD-21 whatever an eraser passes, however quickly; what it goes around stays', () => {
    const line: BoardElement = { ...rectangle, kind: 'line', w: 0, h: 200 };
    const far: BoardElement = { ...line, id: 'far', y: 500 };
    expect(hitAlong([line, far], { x: 0, y: 150 }, { x: 900, y: 150 }, reach)).toEqual([line]);
    expect(hitAlong([line, far], { x: 0, y: 400 }, { x: 900, y: 400 }, reach)).toEqual([]);
  });

  it('BOARD-21 the one on top first; a frame takes what lies within as a whole', () => {
    const above: BoardElement = { ...rectangle, id: 'above', x: 100, w: 50 };
    expect(topmostAt([rectangle, above], { x: 100, y: 120 }, reach)).toBe(above);
    expect(topmostAt([rectangle, above], { x: 280, y: 100 }, reach)).toBe(rectangle);
    expect(topmostAt([rectangle, above], { x: 0, y: 0 }, reach)).toBeUndefined();
    expect(within([rectangle, above], { left: 90, top: 90, right: 200, bottom: 300 })).toEqual([above]);
  });
});

describe('handles', () => {
  it('BOARD-21 take a corner along while the opposite one stays, also past it', () => {
    expect(handlesOf(rectangle)).toHaveLength(4);
    expect(dragHandle(rectangle, 2, { x: 400, y: 300 })).toEqual({ x: 100, y: 100, w: 300, h: 200 });
    expect(dragHandle(rectangle, 0, { x: 350, y: 90 })).toEqual({ x: 300, y: 90, w: 50, h: 110 });
    const line: BoardElement = { ...rectangle, kind: 'line' };
    expect(dragHandle(line, 1, { x: 0, y: 0 })).toEqual({ x: 100, y: 100, w: -100, h: -100 });
    expect(dragHandle(line, 0, { x: 0, y: 0 })).toEqual({ x: 0, y: 0, w: 300, h: 200 });
    expect(handlesOf({ kind: 'text', ...common, text: 'x' })).toEqual([]);
  });
});

describe('the camera', () => {
  const camera = { x: 10, y: -20, zoom: 2 };

  it('BOARD-22 zooms around a place, which stays where it is, within bounds', () => {
    const at = { x: 300, y: 200 };
    const place = toBoard(camera, at);
    const closer = zoomTo(camera, 3, at);
    expect(toScreen(closer, place)).toEqual({ x: expect.closeTo(300), y: expect.closeTo(200) });
    expect(zoomTo(camera, 1000, at).zoom).toBe(zoomMax);
    expect(toScreen(panBy(camera, 30, -10), place)).toEqual({ x: expect.closeTo(270), y: expect.closeTo(210) });
  });

  it('BOARD-22 follows two fingers: what was under each is under it', () => {
    const before = [
      { x: 100, y: 100 },
      { x: 200, y: 100 },
    ];
    const now = [
      { x: 50, y: 300 },
      { x: 300, y: 300 },
    ];
    const pinched = pinch(camera, before, now);
    expect(pinched.zoom).toBe(5);
    for (const finger of [0, 1]) {
      const place = toBoard(camera, before[finger] as (typeof before)[0]);
      expect(toScreen(pinched, place).x).toBeCloseTo(now[finger]?.x ?? 0);
    }
    expect(pinch(camera, before.slice(1), now)).toBe(camera);
  });

  it('BOARD-22 fits all into the view, in the middle, and makes nothing larger than it is', () => {
    const view = { width: 800, height: 600 };
    const small = fit({ left: 0, top: 0, right: 100, bottom: 100 }, view);
    expect(small.zoom).toBe(1);
    expect(toScreen(small, { x: 50, y: 50 })).toEqual({ x: 400, y: 300 });
    const large = fit({ left: -3000, top: 0, right: 3000, bottom: 100 }, view);
    const start = toScreen(large, { x: -3000, y: 50 });
    const end = toScreen(large, { x: 3000, y: 50 });
    expect([start.x > 0, end.x < 800]).toEqual([true, true]);
    expect((start.x + end.x) / 2).toBeCloseTo(400);
  });
});

describe('shapes', () => {
  const style = { color: '#1b1c1a', size: 4 };

  it('BOARD-26 lead from where the pointer went down to where it is; with Shift straight, or as wide as high', () => {
    const [start, end] = [
      { x: 100, y: 100 },
      { x: 40, y: 110.04 },
    ];
    expect(shapeBetween('arrow', start, end, style)).toEqual({
      kind: 'arrow',
      ...style,
      x: 100,
      y: 100,
      w: -60,
      h: 10,
    });
    expect(shapeBetween('ellipse', start, end, style)).toMatchObject({ x: 40, y: 100, w: 60, h: 10 });
    expect(straighten('rectangle', start, end)).toEqual({ x: 40, y: 160 });
    expect(straighten('line', start, { x: 200, y: 104 }).y).toBeCloseTo(100);
    expect(straighten('line', start, { x: 190, y: 210 }).x - 100).toBeCloseTo(
      straighten('line', start, { x: 190, y: 210 }).y - 100,
    );
  });
});
