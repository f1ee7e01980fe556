/**
 * One client's structs in a document, as the bytes in which they came. A struct's bytes do not depend on where they
 * stand, so that appending bytes is all it takes to merge updates. What somebody types character by character is joined
 * into one struct, as yjs would: a document's bytes are then about as many as its text's.
 */
import { ByteWriter, varUintSize, writeVarUint } from './byte-writer.ts';
import { writeWithoutDeleted } from './deleted-content.ts';
import { none, StructReader } from './struct-reader.ts';

/** A place to begin reading is remembered after so many bytes. */
const markAfterBytes = 4096;

/** A text at the end, which can be typed on. */
interface OpenText {
  /** Where its length stands, in bytes, and how many bytes the text has. */
  lengthAt: number;
  bytes: number;
  rightClient: number;
  rightClock: number;
}

/** Bytes of structs, one after the other, that are appended together. */
export interface StructBytes {
  bytes: Uint8Array;
  from: number;
  to: number;
  /** How many structs, and how many clocks they take. */
  count: number;
  length: number;
}

/** One text as it was read: where its bytes are, and what it builds upon. */
export interface TextStruct {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
  /** In clocks, which are UTF-16 units. */
  readonly length: number;
  readonly originClient: number;
  readonly originClock: number;
  readonly rightClient: number;
  readonly rightClock: number;
}

/** Shared by all who have none, as most have. */
const nothing: number[] = [];

export class Section {
  readonly client: number;
  readonly #structs: ByteWriter;
  /** The clock of the first struct, and the one after the last. */
  readonly start: number;
  end: number;
  structCount = 0;
  #open: OpenText | undefined;
  /** clock, place in bytes, structs before it; ascending. */
  #marks = nothing;
  /** How deep in types a struct and those after it are: clock, depth, clock, depth…; ascending. */
  #depths = nothing;

  constructor(client: number, start = 0, capacity = 0) {
    this.client = client;
    this.start = start;
    this.end = start;
    this.#structs = new ByteWriter(capacity);
  }

  get byteLength(): number {
    return this.#structs.length;
  }

  append({ bytes, from, to, count, length }: StructBytes): void {
    const out = this.#structs;
    const lastMark = this.#marks.at(-2) ?? 0;
    if (out.length - lastMark >= markAfterBytes) {
      if (this.#marks === nothing) this.#marks = [];
      this.#marks.push(this.end, out.length, this.structCount);
    }
    out.copy(bytes, from, to);
    this.structCount += count;
    this.end += length;
    this.#open = undefined;
  }

  /** Appends one text struct; joins it to the last one if it goes on from there. */
  appendText(text: TextStruct): void {
    const { bytes, start, contentStart, end, rightClient, rightClock, length } = text;
    const out = this.#structs;
    const lengthBytes = lengthSizeAt(bytes, contentStart);
    const textBytes = end - contentStart - lengthBytes;
    const open = this.#open;
    const goesOn =
      open !== undefined &&
      text.originClient === this.client &&
      text.originClock === this.end - 1 &&
      open.rightClient === rightClient &&
      (rightClient === none || open.rightClock === rightClock);
    if (!goesOn) {
      const lengthAt = out.length + contentStart - start;
      this.append({ bytes, from: start, to: end, count: 1, length });
      const isCanonical = lengthBytes === varUintSize(textBytes);
      if (isCanonical) this.#open = { lengthAt, bytes: textBytes, rightClient, rightClock };
      return;
    }
    const joined = open.bytes + textBytes;
    const wider = varUintSize(joined) - varUintSize(open.bytes);
    if (wider > 0) {
      out.reserve(wider);
      out.bytes.copyWithin(open.lengthAt + wider, open.lengthAt, out.length);
      out.length += wider;
    }
    writeVarUint(out.bytes, open.lengthAt, joined);
    open.bytes = joined;
    out.copy(bytes, contentStart + lengthBytes, end);
    this.end += length;
  }

  /** Writes the structs from `clock` on, or from a little before, as a section of a Yjs update. */
  write(out: ByteWriter, clock: number): void {
    const mark = this.#markBefore(clock);
    out.varUint(this.structCount - this.#countAt(mark));
    out.varUint(this.client);
    out.varUint(this.#clockAt(mark));
    out.copy(this.#structs.bytes, this.#placeAt(mark), this.#structs.length);
  }

  /**
   * Drops the content of what is deleted by `ranges` in [from, to), of at most about so many structs; gives how many
   * were looked at, and the clock that is still to come.
   */
  dropDeleted(
    ranges: readonly number[],
    from: number,
    to: number,
    structsMax: number,
  ): { structs: number; next: number } {
    const mark = this.#markBefore(from);
    let next = this.#clockAt(mark);
    const start = this.#placeAt(mark);
    const input = new StructReader(this.#structs.view(), Number.POSITIVE_INFINITY);
    input.at = start;
    const out = new ByteWriter();
    const marks = mark < 0 ? [] : this.#marks.slice(0, mark + 3);
    let [structs, written, nextMark] = [0, 0, mark < 0 ? 0 : mark + 3];
    const before = this.#countAt(mark);
    const keepMark = (clock: number, place: number, count: number) => {
      // What was far apart may have moved together.
      if (place - (marks.at(-2) ?? 0) >= markAfterBytes / 2) marks.push(clock, place, count);
    };
    for (; next < to && structs < structsMax; structs++) {
      if (this.#placeAt(nextMark) === input.at) {
        keepMark(next, start + out.length, before + written);
        nextMark += 3;
      }
      input.next();
      written += writeWithoutDeleted(out, input, this.client, next, ranges);
      next += input.length;
    }
    const shorter = input.at - start - out.length;
    if (shorter > 0) {
      for (; nextMark < this.#marks.length; nextMark += 3) {
        const count = this.#countAt(nextMark) + written - structs;
        keepMark(this.#clockAt(nextMark), this.#placeAt(nextMark) - shorter, count);
      }
      this.#structs.replace(start, input.at, out.view());
      this.#marks = marks;
      this.structCount += written - structs;
      this.#open = undefined;
    }
    return { structs, next };
  }

  /** The last mark up to `clock`; below 0: there is none, the section begins there. */
  #markBefore(clock: number): number {
    let mark = this.#marks.length - 3;
    while (mark >= 0 && (this.#marks[mark] as number) > clock) mark -= 3;
    return mark;
  }

  #clockAt(mark: number): number {
    return mark < 0 ? this.start : (this.#marks[mark] as number);
  }

  #placeAt(mark: number): number {
    return mark < 0 ? 0 : (this.#marks[mark + 1] as number);
  }

  #countAt(mark: number): number {
    return mark < 0 ? 0 : (this.#marks[mark + 2] as number);
  }

  /** Notes how deep in types the struct at `clock` is. */
  noteDepth(clock: number, depth: number): void {
    const depths = this.#depths;
    if (depth === (depths.at(-1) ?? 0)) return;
    if (depths === nothing) this.#depths = [clock, depth];
    else depths.push(clock, depth);
  }

  depthAt(clock: number): number {
    return lookUp(this.#depths, clock) ?? 0;
  }

  get lastDepth(): number {
    return this.#depths.at(-1) ?? 0;
  }
}

/** The value that holds at `clock` in a list of clock, value, clock, value…, ascending; undefined before the first. */
export function lookUp(changes: readonly number[], clock: number): number | undefined {
  let low = 0;
  let high = changes.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((changes[2 * middle] as number) <= clock) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : changes[2 * low - 1];
}

function lengthSizeAt(bytes: Uint8Array, at: number): number {
  let size = 1;
  while ((bytes[at + size - 1] as number) >= 128) size++;
  return size;
}
