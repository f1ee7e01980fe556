/**
 * Puts what one writer changed into a text that others have changed meanwhile: the difference between what the writer
 * started from and what they wrote, at the places where it belongs now. What others inserted is never taken out.
 */
import { diffTexts, type TextEdit } from './text-diff.ts';

/** The edits of `current` that do to it what led from `base` to `text`; ascending, not overlapping. */
export function mergeEdits(base: string, text: string, current: string): TextEdit[] {
  const own = diffTexts(base, text);
  if (base === current) return own;
  const others = diffTexts(base, current);
  return own.flatMap(({ at, remove, insert }) => {
    const gone = keptRanges(others, at, at + remove);
    const place = placeAfter(others, at);
    return joinTouching([{ at: place, remove: 0, insert }, ...gone]).filter(
      (edit) => edit.remove > 0 || edit.insert !== '',
    );
  });
}

/**
 * Of the texts that a writer may have started from the one with the least to change. Taking out counts for more than putting
 * in: what somebody else has written, however alike, is rather not changed into this.
 */
export function nearestBase(bases: readonly string[], text: string): string | undefined {
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const base of new Set(bases)) {
    const cost = diffTexts(base, text).reduce((sum, edit) => sum + edit.remove * removalCost + edit.insert.length, 0);
    if (cost >= least) continue;
    nearest = base;
    least = cost;
  }
  return nearest;
}

const removalCost = 10;

/** Where an offset of the base is now; behind what others inserted there, so that no caret of theirs is pushed on. */
function placeAfter(others: readonly TextEdit[], offset: number): number {
  let shift = 0;
  for (const { at, remove, insert } of others) {
    if (at > offset) break;
    if (offset < at + remove) return at + shift + insert.length;
    shift += insert.length - remove;
  }
  return offset + shift;
}

/** What is left of a range of the base, as deletions from the current text. */
function keptRanges(others: readonly TextEdit[], from: number, to: number): TextEdit[] {
  const ranges: TextEdit[] = [];
  let shift = 0;
  let start = from;
  const keep = (end: number) => {
    if (end > start) ranges.push({ at: start + shift, remove: end - start, insert: '' });
  };
  for (const { at, remove, insert } of others) {
    if (at >= to) break;
    keep(Math.min(at, to));
    start = Math.max(start, at + remove);
    shift += insert.length - remove;
  }
  keep(to);
  return ranges;
}

/** Replacing is one edit where nobody came between. */
function joinTouching(edits: readonly TextEdit[]): TextEdit[] {
  const [insertion, first, ...rest] = edits;
  if (insertion === undefined || first === undefined || first.at !== insertion.at) return [...edits];
  return [{ ...insertion, remove: first.remove }, ...rest];
}
