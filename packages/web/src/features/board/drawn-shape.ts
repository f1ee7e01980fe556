/** The shape between where a pointer went down and where it is. */
import { roundToTenths } from '@coderoom/protocol';
import type { Point } from './board-camera.ts';
import type { ShapeTool } from './board-desk.ts';
import type { Drawing } from './board-elements.ts';
import { boxBetween } from './hit-test.ts';

export function shapeBetween(
  tool: ShapeTool,
  start: Point,
  end: Point,
  style: { color: string; size: number },
): Drawing {
  const isLine = tool === 'line' || tool === 'arrow';
  const { x, y, w, h } = isLine ? { ...start, w: end.x - start.x, h: end.y - start.y } : boxBetween(start, end);
  const place = { x: roundToTenths(x), y: roundToTenths(y), w: roundToTenths(w), h: roundToTenths(h) };
  return { kind: tool, ...style, ...place };
}

/** Lines to the next eighth of a turn, boxes to squares. */
export function straighten(tool: ShapeTool, start: Point, end: Point): Point {
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  if (tool === 'rectangle' || tool === 'ellipse') {
    const side = Math.max(Math.abs(dx), Math.abs(dy));
    return { x: start.x + Math.sign(dx) * side, y: start.y + Math.sign(dy) * side };
  }
  const eighth = Math.PI / 4;
  const angle = Math.round(Math.atan2(dy, dx) / eighth) * eighth;
  const length = Math.hypot(dx, dy);
  return { x: start.x + length * Math.cos(angle), y: start.y + length * Math.sin(angle) };
}
