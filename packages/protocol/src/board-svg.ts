/** A board as a picture: an SVG on white paper, for any program that shows such. */
import type { BoardElement } from './board.ts';
import {
  type BoardBox,
  type BoardShape,
  boardBaseline,
  boardFont,
  boardLineHeight,
  boxOf,
  joinBoxes,
  type MeasureText,
  type StrokeOutline,
  shapesOf,
} from './board-shapes.ts';

export interface BoardSvgOptions {
  outline?: StrokeOutline;
  measure?: MeasureText;
}

const paper = '#ffffff';
const margin = 24;
const emptyBox: BoardBox = { left: 0, top: 0, right: 400, bottom: 300 };

/** Piece by piece, the elements from below to above: `add` as many as there are, then take the whole. */
export function createBoardSvg(options: BoardSvgOptions = {}) {
  const { outline, measure } = options;
  let content = '';
  let box: BoardBox | undefined;
  return {
    add(element: BoardElement): void {
      const own = boxOf(element, measure);
      if (own === undefined) return;
      box = box === undefined ? own : joinBoxes([box, own]);
      const shapes = shapesOf(element, outline).map(svgOf).join('');
      content += `<g transform="translate(${element.x} ${element.y})">${shapes}</g>\n`;
    },

    /** Characters so far. */
    get length(): number {
      return content.length;
    },

    finish(): string {
      const { left, top, right, bottom } = box ?? emptyBox;
      const [x, y] = [Math.floor(left - margin), Math.floor(top - margin)];
      const [width, height] = [Math.ceil(right + margin) - x, Math.ceil(bottom + margin) - y];
      return (
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${x} ${y} ${width} ${height}" width="${width}" height="${height}">\n` +
        `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${paper}"/>\n` +
        `<g fill="none" stroke-linecap="round" stroke-linejoin="round">\n${content}</g>\n</svg>\n`
      );
    },
  };
}

function svgOf(shape: BoardShape): string {
  switch (shape.kind) {
    case 'filled':
      return `<path d="${shape.path}" fill="${shape.color}"/>`;
    case 'drawn':
      return `<path d="${shape.path}" stroke="${shape.color ?? paper}" stroke-width="${shape.width}"/>`;
    case 'text': {
      const { size } = shape;
      const lines = shape.lines.map((line, index) => {
        const y = (index * boardLineHeight + boardBaseline) * size;
        return `<tspan x="0" y="${Math.round(y * 10) / 10}">${escapeXml(line)}</tspan>`;
      });
      const font = escapeXml(boardFont);
      return `<text font-family="${font}" font-size="${size}" fill="${shape.color}" xml:space="preserve">${lines.join('')}</text>`;
    }
    default:
      return shape satisfies never;
  }
}

/** Characters that XML cannot say at all become U+FFFD (XML 1.0, 2.2). */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"]/g, (character) => escapes[character] ?? character);
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
