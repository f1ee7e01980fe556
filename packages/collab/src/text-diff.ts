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
  // Whole lines: an added line is seen as one, and not as the end of the line before with the beginning of itself.
  const prefix = commonPrefix(before, after);
  const start = prefix === 0 ? 0 : before.lastIndexOf('\n', prefix - 1) + 1;
  const end = wholeLinesAtEnd(before, after, commonSuffix(before, after, prefix));
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

/** How much of what both texts end with is whole lines in both. */
function wholeLinesAtEnd(before: string, after: string, length: number): number {
  const isLineStart = (text: string) => length === text.length || text[text.length - length - 1] === '\n';
  if (isLineStart(before) && isLineStart(after)) return length;
  const lineEnd = before.indexOf('\n', before.length - length);
  return lineEnd < 0 ? 0 : before.length - lineEnd - 1;
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
  const hunks = diffLines(oldLines, newLines, budget);
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

function diffLines(before: readonly string[], after: readonly string[], budget: Budget): Hunk[] | undefined {
  const numbers = new Map<string, number>();
  const numberOf = (line: string) => {
    const known = numbers.get(line);
    if (known !== undefined) return known;
    numbers.set(line, numbers.size);
    return numbers.size - 1;
  };
  const oldNumbers = Int32Array.from(before, numberOf);
  const newNumbers = Int32Array.from(after, numberOf);
  const hunks = diffTokens(oldNumbers, newNumbers, limits.diffLinesMax, budget);
  if (hunks !== undefined || before.length !== after.length) return hunks;
  // As many lines as before, and many of them changed: indented or formatted anew, each in its place.
  const changed: Hunk[] = [];
  for (let line = 0; line < before.length && changed.length <= limits.diffLinesMax; line++) {
    if (oldNumbers[line] !== newNumbers[line]) {
      changed.push({ from: line, to: line + 1, newFrom: line, newTo: line + 1 });
    }
  }
  return changed.length <= limits.diffLinesMax ? changed : undefined;
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

function diffCharacters(oldText: string, newText: string, place: number, budget: Budget): TextEdit[] {
  const start = commonPrefix(oldText, newText);
  const end = commonSuffix(oldText, newText, start);
  const before = oldText.slice(start, oldText.length - end);
  const after = newText.slice(start, newText.length - end);
  const offset = place + start;
  const whole = [{ at: offset, remove: before.length, insert: after }];
  if (before === '' || after === '') return whole;
  // More differences than half of the text: it is another text, and shreds of the old one are in the way; unless it is the
  // old one with much added, or taken out.
  const half = Math.ceil((before.length + after.length) / 2);
  const differencesMax = Math.min(limits.diffCharactersMax, Math.max(half, Math.abs(after.length - before.length)));
  const hunks = diffTokens(unitsOf(before), unitsOf(after), differencesMax, budget);
  if (hunks === undefined) return whole;
  return keepPairsWhole(hunks, before, after).map(({ from, to, newFrom, newTo }) => ({
    at: offset + from,
    remove: to - from,
    insert: after.slice(newFrom, newTo),
  }));
}

function unitsOf(text: string): Int32Array {
  const units = new Int32Array(text.length);
  for (let at = 0; at < text.length; at++) units[at] = text.charCodeAt(at);
  return units;
}

/** Widens hunks that begin or end within a surrogate pair, of the old text or the new one, and joins those that meet. */
function keepPairsWhole(hunks: readonly Hunk[], before: string, after: string): Hunk[] {
  const whole: Hunk[] = [];
  for (const hunk of hunks) {
    let { from, to, newFrom, newTo } = hunk;
    if (isWithinPair(before, from) || isWithinPair(after, newFrom)) {
      from--;
      newFrom--;
    }
    if (isWithinPair(before, to) || isWithinPair(after, newTo)) {
      to++;
      newTo++;
    }
    const last = whole.at(-1);
    if (last !== undefined && from <= last.to) {
      last.to = to;
      last.newTo = newTo;
    } else whole.push({ from, to, newFrom, newTo });
  }
  return whole;
}

function isWithinPair(text: string, at: number): boolean {
  return at > 0 && isHighSurrogate(text.charCodeAt(at - 1)) && isLowSurrogate(text.charCodeAt(at));
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
function diffTokens(before: Int32Array, after: Int32Array, differencesMax: number, budget: Budget): Hunk[] | undefined {
  const oldLength = before.length;
  const newLength = after.length;
  if (Math.abs(oldLength - newLength) > differencesMax) return undefined;
  /** reached[d][k + d]: how far diagonal k (old index minus new index) gets in the old with d differences. */
  const reached: Int32Array[] = [];
  let previous = new Int32Array(0);
  for (let d = 0; d <= differencesMax; d++) {
    const current = new Int32Array(2 * d + 1);
    reached.push(current);
    for (let k = -d; k <= d; k += 2) {
      const byInsertion = insertionFrom(previous, d, k);
      const byDeletion = deletionFrom(previous, d, k);
      let x = d === 0 ? 0 : byInsertion > byDeletion ? byInsertion : byDeletion + 1;
      const start = x;
      while (x < oldLength && x - k < newLength && before[x] === after[x - k]) x++;
      budget.steps -= x - start + 1;
      current[k + d] = x;
      if (x >= oldLength && x - k >= newLength) return collectHunks(reached, oldLength, newLength);
    }
    if (budget.steps < 0) return undefined;
    previous = current;
  }
  return undefined;
}

/** How far diagonal k + 1 got with one difference less; -1 if it is none. Diagonal j is at j + d - 1 there. */
function insertionFrom(previous: Int32Array, d: number, k: number): number {
  return k < d - 1 ? (previous[k + d] as number) : -1;
}

/** The same for diagonal k - 1. */
function deletionFrom(previous: Int32Array, d: number, k: number): number {
  return k > 1 - d ? (previous[k + d - 2] as number) : -1;
}

function collectHunks(reached: readonly Int32Array[], oldLength: number, newLength: number): Hunk[] {
  const hunks: Hunk[] = [];
  let k = oldLength - newLength;
  for (let d = reached.length - 1; d > 0; d--) {
    const previous = reached[d - 1] as Int32Array;
    const byInsertion = insertionFrom(previous, d, k);
    const byDeletion = deletionFrom(previous, d, k);
    const isInsertion = byInsertion > byDeletion;
    const fromX = isInsertion ? byInsertion : byDeletion;
    const fromK = isInsertion ? k + 1 : k - 1;
    const fromY = fromX - fromK;
    const x = isInsertion ? fromX : fromX + 1;
    const y = x - k;
    const next = hunks.at(-1);
    if (next !== undefined && next.from === x && next.newFrom === y) {
      next.from = fromX;
      next.newFrom = fromY;
    } else hunks.push({ from: fromX, to: x, newFrom: fromY, newTo: y });
    k = fromK;
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
