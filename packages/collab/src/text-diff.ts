/**
 * A small set of edits that turns one text into another: keeps what is common, so that cursors in it and typing beside
 * it survive, within a bounded number of steps. Not the smallest set: what costs too much is replaced as a whole.
 */
import { limits } from '@coderoom/protocol';

/** At UTF-16 offset `at` of the old text, `remove` units go and `insert` comes. */
export interface TextEdit {
  at: number;
  remove: number;
  insert: string;
}

/** The edits in ascending order, not overlapping, never within a surrogate pair. */
export function diffTexts(before: string, after: string): TextEdit[] {
  if (before === after) return [];
  const start = commonPrefix(before, after);
  const end = commonSuffix(before, after, start);
  const budget = { steps: limits.diffStepsMax };
  return diffMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end), start, budget);
}

/** The text after the edits. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { at, remove, insert } of edits) {
    parts.push(text.slice(from, at), insert);
    from = at + remove;
  }
  parts.push(text.slice(from));
  return parts.join('');
}

interface Budget {
  steps: number;
}

/** Line by line first; lines that differ then character by character, where they are few. */
function diffMiddle(before: string, after: string, offset: number, budget: Budget): TextEdit[] {
  const whole = [{ at: offset, remove: before.length, insert: after }];
  if (before === '' || after === '') return whole;
  const [oldCount, newCount] = [countLineEnds(before), countLineEnds(after)];
  if (oldCount + newCount > limits.diffTextLinesMax || Math.abs(oldCount - newCount) > limits.diffLinesMax)
    return whole;
  const oldLines = splitLines(before);
  const newLines = splitLines(after);
  if (oldLines.length === 1 && newLines.length === 1) return diffCharacters(before, after, offset, budget);
  const numbers = new Map<string, number>();
  const numberOf = (line: string) => {
    const known = numbers.get(line);
    if (known !== undefined) return known;
    numbers.set(line, numbers.size);
    return numbers.size - 1;
  };
  const hunks = diffTokens(oldLines.map(numberOf), newLines.map(numberOf), limits.diffLinesMax, budget);
  if (hunks === undefined) return whole;
  const edits: TextEdit[] = [];
  let at = offset;
  let line = 0;
  for (const hunk of hunks) {
    for (; line < hunk.from; line++) at += (oldLines[line] as string).length;
    const removed = oldLines.slice(hunk.from, hunk.to).join('');
    edits.push(...diffCharacters(removed, newLines.slice(hunk.newFrom, hunk.newTo).join(''), at, budget));
  }
  return edits;
}

function countLineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** Each with its line end. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function diffCharacters(before: string, after: string, offset: number, budget: Budget): TextEdit[] {
  const whole = [{ at: offset, remove: before.length, insert: after }];
  if (before === '' || after === '') return whole;
  // Code points, so that an edit never falls within a surrogate pair.
  const oldPoints = Array.from(before);
  const newPoints = Array.from(after);
  // More differences than half of the text: it is another text, and shreds of the old one are in the way.
  const differencesMax = Math.min(limits.diffCharactersMax, Math.ceil((oldPoints.length + newPoints.length) / 2));
  const hunks = diffTokens(oldPoints, newPoints, differencesMax, budget);
  if (hunks === undefined) return whole;
  let at = offset;
  let point = 0;
  return hunks.map((hunk) => {
    for (; point < hunk.from; point++) at += (oldPoints[point] as string).length;
    const remove = oldPoints.slice(hunk.from, hunk.to).join('').length;
    return { at, remove, insert: newPoints.slice(hunk.newFrom, hunk.newTo).join('') };
  });
}

/** Tokens [from, to) of the old become tokens [newFrom, newTo) of the new. */
interface Hunk {
  from: number;
  to: number;
  newFrom: number;
  newTo: number;
}

/**
 * The greedy algorithm of E. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986).
 * Undefined when there are more than `differencesMax` insertions and deletions or the budget runs out.
 */
function diffTokens<T>(
  before: readonly T[],
  after: readonly T[],
  differencesMax: number,
  budget: Budget,
): Hunk[] | undefined {
  const oldLength = before.length;
  const newLength = after.length;
  if (Math.abs(oldLength - newLength) > differencesMax) return undefined;
  /** reached[d][k + d]: how far diagonal k (old index minus new index) gets in the old with d differences. */
  const reached: Int32Array[] = [];
  for (let d = 0; d <= differencesMax; d++) {
    const previous = reached[d - 1];
    const current = new Int32Array(2 * d + 1);
    reached.push(current);
    for (let k = -d; k <= d; k += 2) {
      let x = previous === undefined ? 0 : (step(previous, d, k).x as number);
      let y = x - k;
      while (x < oldLength && y < newLength && before[x] === after[y]) {
        x++;
        y++;
        budget.steps--;
      }
      current[k + d] = x;
      if (x >= oldLength && y >= newLength) return collectHunks(reached, oldLength, newLength);
    }
    budget.steps -= d + 1;
    if (budget.steps < 0) return undefined;
  }
  return undefined;
}

/** Where diagonal k begins with d differences, and from which diagonal: by a deletion (k - 1) or an insertion (k + 1). */
function step(previous: Int32Array, d: number, k: number): { x: number; from: number } {
  // In `previous`, diagonal j is at j + d - 1.
  const byInsertion = k < d - 1 ? (previous[k + d] as number) : -1;
  const byDeletion = k > 1 - d ? (previous[k + d - 2] as number) : -1;
  return byInsertion > byDeletion ? { x: byInsertion, from: k + 1 } : { x: byDeletion + 1, from: k - 1 };
}

function collectHunks(reached: readonly Int32Array[], oldLength: number, newLength: number): Hunk[] {
  const hunks: Hunk[] = [];
  let k = oldLength - newLength;
  for (let d = reached.length - 1; d > 0; d--) {
    const previous = reached[d - 1] as Int32Array;
    const { x, from } = step(previous, d, k);
    const y = x - k;
    const fromX = previous[from + d - 1] as number;
    const fromY = fromX - from;
    const next = hunks.at(-1);
    if (next !== undefined && next.from === x && next.newFrom === y) {
      next.from = fromX;
      next.newFrom = fromY;
    } else hunks.push({ from: fromX, to: x, newFrom: fromY, newTo: y });
    k = from;
  }
  return hunks.reverse();
}

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit < 0xe000;

function commonPrefix(before: string, after: string): number {
  const max = Math.min(before.length, after.length);
  let length = 0;
  while (length < max && before.charCodeAt(length) === after.charCodeAt(length)) length++;
  return length > 0 && isHighSurrogate(before.charCodeAt(length - 1)) ? length - 1 : length;
}

function commonSuffix(before: string, after: string, prefix: number): number {
  const max = Math.min(before.length, after.length) - prefix;
  let length = 0;
  while (
    length < max &&
    before.charCodeAt(before.length - 1 - length) === after.charCodeAt(after.length - 1 - length)
  ) {
    length++;
  }
  return length > 0 && isLowSurrogate(before.charCodeAt(before.length - length)) ? length - 1 : length;
}
