import { describe, expect, it } from 'vitest';
import { type BoardElement, compareElements, readBoardElement } from './board.ts';
import { boardColors, onDarkPaper } from './board-colors.ts';
import { decodePoints, encodePoints, type StrokePoint } from './board-points.ts';
import { readSegment, segmentsOf } from './board-segments.ts';
import { boxOf, shapesOf } from './board-shapes.ts';
import { createBoardSvg } from './board-svg.ts';
import { limits } from './limits.ts';

const common = { by: 'm', z: 1, color: '#123456', size: 4, x: 10, y: 20 };
const rectangle: BoardElement = { id: 'r', kind: 'rectangle', ...common, w: 100, h: 50 };

describe('points as bytes', () => {
  it('BOARD-5 come back rounded to tenths, near and far, to the left and up', () => {
    const points: StrokePoint[] = [
      [0, 0, 0],
      [0.04, -0.06, 1],
      [-6.3, 6.4, 0.5],
      [1234.56, -98765.4, 0.25],
      [-limits.boardExtentMax, limits.boardExtentMax, 1],
    ];
    const decoded = decodePoints(encodePoints(points)) ?? [];
    expect(decoded).toHaveLength(points.length);
    for (const [index, [x, y, pressure]] of decoded.entries()) {
      const [wantedX, wantedY, wantedPressure] = points[index] as StrokePoint;
      expect(Math.abs(x - wantedX)).toBeLessThanOrEqual(0.0501);
      expect(Math.abs(y - wantedY)).toBeLessThanOrEqual(0.0501);
      expect(pressure).toBeCloseTo(wantedPressure, 2);
    }
    // What was rounded once stays as it is.
    expect(decodePoints(encodePoints(decoded))).toEqual(decoded);
  });

  it('BOARD-5 a point near the one before takes three bytes', () => {
    const points = Array.from({ length: 100 }, (_, i): StrokePoint => [i * 3, i * -2, 0.5]);
    expect(encodePoints(points).length).toBe(300);
  });

  it('BOARD-6 bytes that are no points, too many or too far are told from such', () => {
    const many = encodePoints(Array.from({ length: limits.boardPointsPerStroke + 1 }, () => [0, 0, 0.5]));
    const far = encodePoints([[limits.boardExtentMax + 1, 0, 0]]);
    const endless = new Uint8Array(100).fill(255);
    for (const bytes of [new Uint8Array(), new Uint8Array([2]), new Uint8Array([2, 2]), endless, many, far]) {
      expect(decodePoints(bytes)).toBeUndefined();
    }
    expect(decodePoints(many.slice(3))).toHaveLength(limits.boardPointsPerStroke);
  });
});

describe('elements from elsewhere', () => {
  const { id, ...fields } = rectangle;

  it('BOARD-6 are taken as they are when they are right', () => {
    expect(readBoardElement(id, fields)).toEqual(rectangle);
    expect(readBoardElement('a', { ...fields, kind: 'arrow', w: -3, h: -4, by: undefined })).toMatchObject({
      by: null,
    });
    expect(readBoardElement('s', { ...fields, kind: 'stroke', points: encodePoints([[1, 2, 1]]) })).toMatchObject({
      points: [[1, 2, 1]],
    });
    expect(readBoardElement('t', { ...fields, kind: 'text', text: 'a\nb', more: 'ignored' })).toMatchObject({
      text: 'a\nb',
    });
    expect(readBoardElement('f', { ...fields, kind: 'foreign', strokes: [1, null, {}] })).toMatchObject({
      strokes: [1, null, {}],
    });
  });

  it.each([
    ['no kind', { kind: 'circle' }],
    ['a place that is none', { x: Number.NaN }],
    ['a place beyond the end', { y: limits.boardExtentMax * 2 }],
    ['a height that is none', { z: '1' }],
    ['a colour that could be anything', { color: 'red;}' }],
    ['no size', { size: 0 }],
    ['a size too large', { size: limits.boardSizeMax + 1 }],
    ['a rectangle inside out', { w: -1 }],
    ['a member that is none', { by: {} }],
    ['an empty text', { kind: 'text', text: ' \n' }],
    ['a text too long', { kind: 'text', text: 'x'.repeat(limits.boardTextMaxLength + 1) }],
    ['points in numbers', { kind: 'stroke', points: [1, 2, 3] }],
    ['strokes in a text', { kind: 'foreign', strokes: 'x' }],
  ])('BOARD-6 with %s are none', (_, change) => {
    expect(readBoardElement(id, { ...fields, ...change })).toBeUndefined();
  });

  it('BOARD-6 with an id that is none are none', () => {
    for (const bad of ['', 'x'.repeat(65)]) expect(readBoardElement(bad, fields)).toBeUndefined();
  });

  it('BOARD-7 lie in one order everywhere', () => {
    const ids = [
      { id: 'b', z: 1 },
      { id: 'c', z: 0.5 },
      { id: 'a', z: 1 },
    ];
    expect(ids.sort(compareElements).map((element) => element.id)).toEqual(['c', 'a', 'b']);
  });
});

describe('strokes of other systems', () => {
  it('BOARD-8 are understood when they say a piece in numbers, with colours as pages write them', () => {
    const piece = { x0: 1, y0: 2, x1: 3, y1: 4 };
    expect(readSegment({ ...piece, color: '#F00', size: 5, tool: 'pen' })).toEqual({
      ...piece,
      color: '#ff0000',
      size: 5,
      tool: 'pen',
    });
    expect(readSegment({ ...piece, color: 'Blue', size: -1 })).toMatchObject({ color: '#0000ff', size: 2 });
    expect(readSegment({ ...piece, color: 'url(#x)' })).toMatchObject({ color: '#1b1c1a' });
    for (const none of [null, 'text', 7, [], {}, { ...piece, x1: '3' }, { ...piece, y0: Number.NaN }]) {
      expect(readSegment(none)).toBeUndefined();
    }
  });

  it('BOARD-8 pieces of one colour that follow each other are one path; erasing ones are the paper’s colour', () => {
    const strokes = [
      { x0: 0, y0: 0, x1: 1, y1: 1, color: '#111111', size: 2 },
      { x0: 1, y0: 1, x1: 2, y1: 2, color: '#111111', size: 2 },
      'what only others understand',
      { x0: 5, y0: 5, x1: 6, y1: 6, color: '#111111', size: 2 },
      { x0: 0, y0: 0, x1: 9, y1: 9, size: 20, tool: 'eraser' },
    ];
    expect(shapesOf({ id: 'f', kind: 'foreign', ...common, strokes })).toEqual([
      { kind: 'drawn', path: 'M0 0L1 1L2 2M5 5L6 6', color: '#111111', width: 2 },
      { kind: 'drawn', path: 'M0 0L9 9', color: null, width: 20 },
    ]);
  });

  it('BOARD-9 our elements are told in straight pieces, each where the one before ends', () => {
    const points: StrokePoint[] = [
      [0, 0, 1],
      [1, 2, 1],
      [4, 4, 1],
    ];
    const stroke: BoardElement = { id: 's', kind: 'stroke', ...common, points: points as [number, number, number][] };
    expect(segmentsOf(stroke)).toEqual([
      { x0: 10, y0: 20, x1: 11, y1: 22, color: '#123456', size: 4, tool: 'pen' },
      { x0: 11, y0: 22, x1: 14, y1: 24, color: '#123456', size: 4, tool: 'pen' },
    ]);
    expect(segmentsOf({ ...stroke, points: [[0, 0, 1]] })).toHaveLength(1);
    expect(segmentsOf(rectangle)).toHaveLength(4);
    expect(segmentsOf({ ...rectangle, kind: 'line' })).toHaveLength(1);
    expect(segmentsOf({ ...rectangle, kind: 'arrow' })).toHaveLength(3);
    expect(segmentsOf({ ...rectangle, kind: 'ellipse' })).toHaveLength(32);
    expect(segmentsOf({ id: 't', kind: 'text', ...common, text: 'no pieces' })).toEqual([]);
  });
});

describe('a board as a picture', () => {
  it('BOARD-10 is an SVG that holds everything, with text that cannot become markup', () => {
    const svg = createBoardSvg();
    svg.add(rectangle);
    svg.add({ id: 't', kind: 'text', ...common, x: 500, text: '<script> & "so"\n\u0000\ud800' });
    svg.add({ id: 'f', kind: 'foreign', ...common, strokes: ['nothing to be seen'] });
    const text = svg.finish();
    expect(text).toContain('viewBox="-16 -6 ');
    expect(text).toContain('&lt;script&gt; &amp; &quot;so&quot;');
    expect(text).not.toContain('<script');
    expect(text).toContain('\ufffd\ufffd');
    expect(text).not.toContain('\u0000');
    expect(text.match(/<g transform/g)).toHaveLength(2);
    expect(createBoardSvg().finish()).toContain('width="448"');
  });

  it('BOARD-10 an element’s box holds all of it, with the width of its pen', () => {
    expect(boxOf(rectangle)).toEqual({ left: 8, top: 18, right: 112, bottom: 72 });
    expect(boxOf({ ...rectangle, kind: 'line', w: -10, h: -10 })).toEqual({ left: -2, top: 8, right: 12, bottom: 22 });
    const text: BoardElement = { id: 't', kind: 'text', ...common, text: 'ab\nabcd' };
    expect(boxOf(text, (line) => line.length)).toEqual({ left: 10, top: 20, right: 14, bottom: 30 });
    expect(boxOf({ id: 'f', kind: 'foreign', ...common, strokes: [] })).toBeUndefined();
  });
});

it('BOARD-11 every colour that is offered can be told from the paper, white or dark', () => {
  const luminance = (color: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string) => {
    const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  for (const { color } of boardColors) {
    expect(contrast(color, '#ffffff'), color).toBeGreaterThan(3);
    expect(contrast(onDarkPaper(color), '#191a18'), color).toBeGreaterThan(4.5);
  }
  for (const color of ['#000000', '#000080', '#330033', '#2f4f4f', '#ff0000']) {
    expect(contrast(onDarkPaper(color), '#191a18'), color).toBeGreaterThan(3);
  }
  expect(onDarkPaper('#ffff00')).toBe('#ffff00');
});
