/** What is deleted in a document: for each client, ranges of clocks that neither touch nor overlap, ascending. */
import type { ByteWriter } from './byte-writer.ts';

const none: readonly number[] = [];

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
