/** From a problem's column to the characters that are underlined. */
import type { PlacedProblem } from './room-problems.ts';

export function rangeOf({ path, lineStart, lineText, column }: PlacedProblem): { from: number; to: number } {
  const first = column === undefined ? undefined : characterOf(lineText, column, columnUnit(path));
  if (first === undefined || first >= lineText.length) {
    const indent = lineText.length - lineText.trimStart().length;
    return { from: lineStart + Math.min(indent, lineText.length), to: lineStart + lineText.length };
  }
  const word = /^(?:[\p{L}\p{N}_$]+|"[^"]*"|.)/u.exec(lineText.slice(first))?.[0] ?? '';
  return { from: lineStart + first, to: lineStart + first + Math.max(1, word.length) };
}

/** gcc counts columns of a terminal, with tab stops at eight; Go and Swift count bytes of UTF-8. */
type ColumnUnit = 'characters' | 'bytes' | 'columns';

function columnUnit(path: string): ColumnUnit {
  if (/\.(?:go|swift)$/.test(path)) return 'bytes';
  return /\.(?:c|h|cc|cpp|cxx|hh|hpp|hxx|ipp|tpp)$/.test(path) ? 'columns' : 'characters';
}

/** The index, from 0, of the character at a column, from 1; undefined past the end. */
function characterOf(lineText: string, column: number, unit: ColumnUnit): number | undefined {
  if (unit === 'characters') return column - 1;
  let passed = 0;
  let index = 0;
  for (const character of lineText) {
    if (passed >= column - 1) return index;
    passed += widthOf(character, passed, unit);
    index += character.length;
  }
  return undefined;
}

function widthOf(character: string, at: number, unit: Exclude<ColumnUnit, 'characters'>): number {
  if (unit === 'columns') return character === '\t' ? tabStop - (at % tabStop) : 1;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

const tabStop = 8;
