/** Elements in words, for those who do not see them. */
import { type BoardElement, type BoardElementKind, boardColors } from '@coderoom/protocol';

const kinds: Record<BoardElementKind, [one: string, many: string]> = {
  stroke: ['stroke', 'strokes'],
  line: ['line', 'lines'],
  arrow: ['arrow', 'arrows'],
  rectangle: ['rectangle', 'rectangles'],
  ellipse: ['ellipse', 'ellipses'],
  text: ['text', 'texts'],
  foreign: ['drawing', 'drawings'],
};

export function nameOf(element: BoardElement): string {
  if (element.kind === 'text') return `Text: ${element.text}`;
  const color = boardColors.find((offered) => offered.color === element.color)?.name;
  const kind = kinds[element.kind][0];
  return color === undefined ? kind : `${color} ${kind}`;
}

/** What is on a board: how many of each kind, and every text in its words. */
export function describeBoard(elements: readonly BoardElement[]): { summary: string; texts: string[] } {
  const counts = new Map<BoardElementKind, number>();
  for (const { kind } of elements) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const parts = [...counts].map(([kind, count]) => `${count} ${kinds[kind][count === 1 ? 0 : 1]}`);
  const texts = elements.flatMap((element) => (element.kind === 'text' ? [element.text] : []));
  return { summary: parts.length === 0 ? 'The board is empty.' : `On the board: ${parts.join(', ')}.`, texts };
}
