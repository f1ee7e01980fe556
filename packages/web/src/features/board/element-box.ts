/** What elements cover, with text as wide as this browser writes it; remembered as long as they are what they are. */
import { type BoardBox, type BoardElement, boardFont, boxOf, joinBoxes, type MeasureText } from '@coderoom/protocol';

const boxes = new WeakMap<BoardElement, { box: BoardBox | undefined }>();
let context: CanvasRenderingContext2D | null | undefined;

export const measureText: MeasureText = (line, size) => {
  context ??= document.createElement('canvas').getContext('2d');
  if (context === null) return line.length * size;
  context.font = `${size}px ${boardFont}`;
  return context.measureText(line).width;
};

export function boxAround(element: BoardElement): BoardBox | undefined {
  const known = boxes.get(element);
  if (known !== undefined) return known.box;
  const box = boxOf(element, measureText);
  boxes.set(element, { box });
  return box;
}

export function boxAroundAll(elements: readonly BoardElement[]): BoardBox | undefined {
  return joinBoxes(elements.map(boxAround).filter((box) => box !== undefined));
}
