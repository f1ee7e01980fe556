/** Bytes that grow: lib0's primitives, written without a buffer for each. */

const growthFactor = 1.5;
const firstBytes = 32;

export class ByteWriter {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity = 0) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for so many more. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, Math.ceil(this.bytes.length * growthFactor), firstBytes));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  varUint(value: number): void {
    this.reserve(value < 128 ? 1 : varUintSize(value));
    this.length = writeVarUint(this.bytes, this.length, value);
  }

  /** Copies [from, to) of `source`. */
  copy(source: Uint8Array, from = 0, to = source.length): void {
    const count = to - from;
    this.reserve(count);
    if (count <= shortCopyMaxBytes) {
      let at = this.length;
      for (let read = from; read < to; read++) this.bytes[at++] = source[read] as number;
    } else this.bytes.set(source.subarray(from, to), this.length);
    this.length += count;
  }

  varBytes(source: Uint8Array): void {
    this.varUint(source.length);
    this.copy(source);
  }

  /** What was written, in memory of its own and of its size. */
  toBytes(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  /** What was written, sharing the memory: not to be written to any more. */
  view(): Uint8Array {
    return this.length === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  /** Puts other bytes, no more than there were, in the place of [from, to). Keeps no more memory than that needs. */
  replace(from: number, to: number, source: Uint8Array): void {
    this.bytes.set(source, from);
    this.bytes.copyWithin(from + source.length, to, this.length);
    this.length -= to - from - source.length;
    if (this.bytes.length > growthFactor * this.length + firstBytes) this.bytes = this.toBytes();
  }
}

/** Copying up to this many bytes one by one is quicker than making a view of them. */
const shortCopyMaxBytes = 48;
/** A varUint of a safe integer (53 bits) takes at most this. */
export const varUintMaxBytes = 8;

/** Gives the place after what was written. */
export function writeVarUint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let to = at;
  while (rest > 127) {
    bytes[to++] = (rest & 127) | 128;
    rest = rest < 2 ** 31 ? rest >>> 7 : Math.floor(rest / 128);
  }
  bytes[to++] = rest;
  return to;
}

export function varUintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}
