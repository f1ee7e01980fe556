/** Reads lib0's primitives from bytes that nobody vouches for: every step is bounded, and too little is an error. */
import { isUtf8 } from 'node:buffer';

/** Up to this many bytes, looking at each is quicker than asking the platform. */
const shortTextMaxBytes = 64;

export class ByteReader {
  bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.at];
    if (value === undefined) throw new Error('unexpected end');
    this.at++;
    return value;
  }

  /** A whole number up to 2^53 - 1. */
  varUint(): number {
    let byte = this.byte();
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let factor = 128; ; factor *= 128) {
      byte = this.byte();
      value += (byte & 127) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw new Error('a number out of range');
      if (byte < 128) return value;
      if (factor > 2 ** 46) throw new Error('a number out of range');
    }
  }

  skip(count: number): void {
    if (count > this.bytes.length - this.at) throw new Error('unexpected end');
    this.at += count;
  }

  /** A byte array with its length before it; shares the memory. */
  varBytes(): Uint8Array {
    const length = this.varUint();
    const from = this.at;
    this.skip(length);
    return this.bytes.subarray(from, this.at);
  }

  /** Skips a text and gives its length in UTF-16 units. Throws unless it is well-formed UTF-8. */
  skipText(): number {
    const length = this.varUint();
    const from = this.at;
    this.skip(length);
    return utf16Length(this.bytes, from, this.at);
  }

  text(): string {
    const bytes = this.varBytes();
    if (!isUtf8(bytes)) throw new Error('a text that is not UTF-8');
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  }
}

/** UTF-16 units of UTF-8 in [from, to). Throws unless it is well-formed. */
function utf16Length(bytes: Uint8Array, from: number, to: number): number {
  let isAscii = true;
  if (to - from <= shortTextMaxBytes) {
    for (let at = from; at < to && isAscii; at++) isAscii = (bytes[at] as number) < 128;
    if (isAscii) return to - from;
  }
  if (!isUtf8(bytes.subarray(from, to))) throw new Error('a text that is not UTF-8');
  let units = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    // Each character has one byte that is not a continuation; those of four bytes take two units.
    if (byte < 128 || byte >= 192) units += byte >= 240 ? 2 : 1;
  }
  return units;
}
