/**
 * A stroke's points as bytes: for each point how far it is from the one before, in tenths, as two zigzag varUints, and
 * its pressure as a byte. The first is told from the element's place.
 */
import { limits } from './limits.ts';

/** Where, relative to the element's place, and how hard the pen was pressed, from 0 to 1. */
export type StrokePoint = readonly [x: number, y: number, pressure: number];

const unitsPerStep = 10;
const pressureMax = 255;

/** A number as strokes hold it: in tenths. */
export function roundToTenths(value: number): number {
  return Math.round(value * unitsPerStep) / unitsPerStep;
}

export function encodePoints(points: readonly StrokePoint[]): Uint8Array {
  const bytes: number[] = [];
  let lastX = 0;
  let lastY = 0;
  for (const [x, y, pressure] of points) {
    const stepX = Math.round(x * unitsPerStep);
    const stepY = Math.round(y * unitsPerStep);
    writeDifference(bytes, stepX - lastX);
    writeDifference(bytes, stepY - lastY);
    bytes.push(Math.round(Math.min(1, Math.max(0, pressure)) * pressureMax));
    lastX = stepX;
    lastY = stepY;
  }
  return Uint8Array.from(bytes);
}

/** Undefined for what are no points, or too many, or too far away. */
export function decodePoints(bytes: Uint8Array): StrokePoint[] | undefined {
  const points: StrokePoint[] = [];
  let at = 0;
  let x = 0;
  let y = 0;
  const readDifference = () => {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined || factor > Number.MAX_SAFE_INTEGER / 256) return Number.NaN;
      value += (byte & 127) * factor;
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      factor *= 128;
    }
  };
  while (at < bytes.length) {
    x += readDifference();
    y += readDifference();
    const pressure = bytes[at++];
    const isNear =
      Math.abs(x) <= limits.boardExtentMax * unitsPerStep && Math.abs(y) <= limits.boardExtentMax * unitsPerStep;
    if (pressure === undefined || !isNear || points.length === limits.boardPointsPerStroke) return undefined;
    points.push([x / unitsPerStep, y / unitsPerStep, pressure / pressureMax]);
  }
  return points.length === 0 ? undefined : points;
}

function writeDifference(bytes: number[], difference: number): void {
  let value = difference < 0 ? -difference * 2 - 1 : difference * 2;
  while (value >= 128) {
    bytes.push((value % 128) + 128);
    value = Math.floor(value / 128);
  }
  bytes.push(value);
}
