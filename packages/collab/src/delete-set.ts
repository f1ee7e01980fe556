/** What is deleted in a document: for each client, ranges of clocks that neither touch nor overlap, ascending. */
import type { ByteWriter } from './byte-writer.ts';

const none: readonly number[] = [];

/** So many ranges of a client are merged with those that are there in one pass; fewer, one by one. */
const mergedFromRanges = 16;

export class DeleteSet {
  /** start, end, start, end…; ends exclusive. */
  readonly #ranges = new Map<number, number[]>();
  /** How many clocks are deleted in all. */
  units = 0;
  /** How many ranges there are in all; together with `clientCount` roughly its size. */
  rangeCount = 0;

  get clientCount(): number {
    return this.#ranges.size;
  }

  /** A client's ranges: start, end, start, end… */
  of(client: number): readonly number[] {
    return this.#ranges.get(client) ?? none;
  }

  has(client: number, start: number, end: number): boolean {
    const ranges = this.#ranges.get(client);
    if (ranges === undefined) return false;
    const at = firstEndingAfter(ranges, start);
    return at < ranges.length && (ranges[at] as number) <= start && end <= (ranges[at + 1] as number);
  }

  /** client, start, end, client, start, end… */
  addAll(deletes: readonly number[]): void {
    for (let at = 0; at < deletes.length; ) {
      const client = deletes[at] as number;
      let end = at + 3;
      while (end < deletes.length && deletes[end] === client) end += 3;
      if (end - at > 3 * mergedFromRanges) this.#merge(client, deletes, at, end);
      else for (; at < end; at += 3) this.add(client, deletes[at + 1] as number, deletes[at + 2] as number);
      at = end;
    }
  }

  /** Many ranges of a client, [from, to) of `deletes`: in a time that grows with their number, and not with its square. */
  #merge(client: number, deletes: readonly number[], from: number, to: number): void {
    const before = this.#ranges.get(client) ?? none;
    const added = isAscending(deletes, from, to) ? deletes : sorted(deletes, from, to);
    const ranges = new Array<number>(before.length + (2 * (to - from)) / 3);
    let [length, units] = [0, 0];
    let [old, more] = [0, added === deletes ? from : 0];
    const end = more + to - from;
    while (old < before.length || more < end) {
      const isOld = more >= end || (old < before.length && (before[old] as number) <= (added[more + 1] as number));
      const rangeStart = (isOld ? before[old] : added[more + 1]) as number;
      const rangeEnd = (isOld ? before[old + 1] : added[more + 2]) as number;
      if (isOld) {
        old += 2;
        units -= rangeEnd - rangeStart;
      } else more += 3;
      const lastEnd = length === 0 ? -1 : (ranges[length - 1] as number);
      if (rangeStart > lastEnd) {
        ranges[length++] = rangeStart;
        ranges[length++] = rangeEnd;
        units += rangeEnd - rangeStart;
      } else if (rangeEnd > lastEnd) {
        ranges[length - 1] = rangeEnd;
        units += rangeEnd - lastEnd;
      }
    }
    ranges.length = length;
    this.#ranges.set(client, ranges);
    this.units += units;
    this.rangeCount += (length - before.length) / 2;
  }

  add(client: number, start: number, end: number): void {
    const ranges = this.#ranges.get(client);
    if (ranges === undefined) {
      this.#ranges.set(client, [start, end]);
      this.rangeCount++;
      this.units += end - start;
      return;
    }
    const { length } = ranges;
    // Deleting goes on next to the last range, mostly.
    if (start > (ranges[length - 1] as number)) {
      ranges.push(start, end);
      this.rangeCount++;
      this.units += end - start;
      return;
    }
    // All ranges that touch [start, end] become one.
    const from = firstEndingAfter(ranges, start - 1);
    let to = from;
    let [joinedStart, joinedEnd, known] = [start, end, 0];
    for (; to < length && (ranges[to] as number) <= end; to += 2) {
      joinedStart = Math.min(joinedStart, ranges[to] as number);
      joinedEnd = Math.max(joinedEnd, ranges[to + 1] as number);
      known += (ranges[to + 1] as number) - (ranges[to] as number);
    }
    if (to === from + 2) {
      ranges[from] = joinedStart;
      ranges[from + 1] = joinedEnd;
    } else {
      ranges.splice(from, to - from, joinedStart, joinedEnd);
      this.rangeCount += 1 - (to - from) / 2;
    }
    this.units += joinedEnd - joinedStart - known;
  }

  /** As the last part of a Yjs update. */
  write(out: ByteWriter): void {
    out.varUint(this.#ranges.size);
    for (const [client, ranges] of this.#ranges) {
      out.varUint(client);
      out.varUint(ranges.length / 2);
      for (let at = 0; at < ranges.length; at += 2) {
        out.varUint(ranges[at] as number);
        out.varUint((ranges[at + 1] as number) - (ranges[at] as number));
      }
    }
  }
}

/** Whether the triples in [from, to) come by their starts, as they do from Yjs. */
function isAscending(deletes: readonly number[], from: number, to: number): boolean {
  for (let at = from + 3; at < to; at += 3) {
    if ((deletes[at + 1] as number) < (deletes[at - 2] as number)) return false;
  }
  return true;
}

/** The triples in [from, to), by their starts. */
function sorted(deletes: readonly number[], from: number, to: number): number[] {
  const triples: number[][] = [];
  for (let at = from; at < to; at += 3) triples.push(deletes.slice(at, at + 3));
  return triples.sort(([, a = 0], [, b = 0]) => a - b).flat();
}

/** The index of the first range that ends after `clock`. */
export function firstEndingAfter(ranges: readonly number[], clock: number): number {
  let low = 0;
  let high = ranges.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[2 * middle + 1] as number) <= clock) low = middle + 1;
    else high = middle;
  }
  return 2 * low;
}
