/**
 * Reads the structs of a Yjs update (encoding version 1) one after the other, without making anything of them: where
 * each ends, how long it is, and what it builds upon. Knows every kind of content; follows yjs' `readClientsStructRefs`.
 */
import { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { isNestedWithin } from './nesting.ts';

/** A struct's content, by the lowest five bits of its first byte. */
export const structKind = {
  gc: 0,
  deleted: 1,
  json: 2,
  binary: 3,
  text: 4,
  embed: 5,
  format: 6,
  type: 7,
  any: 8,
  subdocument: 9,
  skip: 10,
} as const;

const kindBits = 0b11111;
/** What else its first byte tells: which of its neighbours are named, and whether it stands at a key. */
export const structFlag = { hasOrigin: 128, hasRightOrigin: 64, hasParentSub: 32 } as const;
const { hasOrigin, hasRightOrigin, hasParentSub } = structFlag;

/** XmlElement and XmlHook carry a name; XmlText is the last of yjs' type references. */
const namedTypes = new Set([3, 5]);
const lastType = 6;

/** No id: clients are never negative. */
export const none = -1;

interface StructId {
  client: number;
  clock: number;
}

/** Between which two a struct stands; at least one of them is there. */
export interface Place {
  origin: StructId | null;
  right: StructId | null;
}

/** Appends what comes before the content of a struct that stands there. */
export function writePlace(out: ByteWriter, kind: number, { origin, right }: Place): void {
  out.byte(kind | (origin === null ? 0 : hasOrigin) | (right === null ? 0 : hasRightOrigin));
  for (const neighbour of [origin, right]) {
    if (neighbour === null) continue;
    out.varUint(neighbour.client);
    out.varUint(neighbour.clock);
  }
}

/** The fields are those of the struct that was read last. */
export class StructReader extends ByteReader {
  readonly #nestingMax: number;

  kind: number = structKind.gc;
  /** How many clocks it takes. */
  length = 0;
  /** Where its bytes begin; they end at `at`. */
  start = 0;
  originClient = none;
  originClock = 0;
  rightClient = none;
  rightClock = 0;
  /** The item that holds the type it is in, when that is said; `none` with `inRoot` or when its neighbours tell. */
  parentClient = none;
  parentClock = 0;
  inRoot = false;
  /** Where its content begins (after neighbours and parent), and where the struct ends. */
  contentStart = 0;
  end = 0;

  constructor(bytes: Uint8Array, nestingMax: number) {
    super(bytes);
    this.#nestingMax = nestingMax;
  }

  /** Reads the next. Throws on what no honest client sends. */
  next(): void {
    this.start = this.at;
    const info = this.byte();
    this.kind = info & kindBits;
    this.originClient = none;
    this.rightClient = none;
    this.parentClient = none;
    this.inRoot = false;
    if (this.kind === structKind.gc || this.kind === structKind.skip) {
      this.contentStart = this.at;
      this.length = this.varUint();
    } else {
      if (info & hasOrigin) {
        this.originClient = this.varUint();
        this.originClock = this.varUint();
      }
      if (info & hasRightOrigin) {
        this.rightClient = this.varUint();
        this.rightClock = this.varUint();
      }
      if ((info & (hasOrigin | hasRightOrigin)) === 0) {
        this.inRoot = this.varUint() === 1;
        if (this.inRoot) this.skipText();
        else {
          this.parentClient = this.varUint();
          this.parentClock = this.varUint();
        }
        if (info & hasParentSub) this.skipText();
      }
      this.contentStart = this.at;
      this.length = this.#content();
    }
    if (this.length <= 0) throw new Error('a struct without length');
    this.end = this.at;
  }

  #content(): number {
    switch (this.kind) {
      case structKind.text:
        return this.skipText();
      case structKind.deleted:
        return this.varUint();
      case structKind.any:
        return this.#anyList(this.varUint());
      case structKind.type: {
        const type = this.varUint();
        if (type > lastType) throw new Error('an unknown shared type');
        if (namedTypes.has(type)) this.skipText();
        return 1;
      }
      case structKind.json: {
        const count = this.varUint();
        for (let left = count; left > 0; left--) this.#json();
        return count;
      }
      case structKind.binary:
        this.varBytes();
        return 1;
      case structKind.embed:
        this.#json();
        return 1;
      case structKind.format:
        this.skipText();
        this.#json();
        return 1;
      case structKind.subdocument:
        throw new Error('documents within documents are not supported');
      default:
        throw new Error('an unknown kind of struct');
    }
  }

  #json(): void {
    const text = this.text();
    // Yjs writes what JSON cannot say like this.
    if (text === 'undefined') return;
    if (!isNestedWithin(JSON.parse(text), this.#nestingMax)) throw new Error('a value is nested too deeply');
  }

  #anyList(count: number): number {
    for (let left = count; left > 0; left--) skipAny(this, this.#nestingMax);
    return count;
  }

  /**
   * Appends what comes before the content: of the struct at hand, or of what is left of it after its first `known`
   * clocks, which stands to the right of these. The content to come may be of another kind.
   */
  writeHead(out: ByteWriter, kind: number, client: number, clock: number, known = 0): void {
    if (known === 0) {
      out.byte(((this.bytes[this.start] as number) & ~kindBits) | kind);
      out.copy(this.bytes, this.start + 1, this.contentStart);
      return;
    }
    writePlace(out, kind, {
      origin: { client, clock: clock + known - 1 },
      right: this.rightClient === none ? null : { client: this.rightClient, clock: this.rightClock },
    });
  }

  /** The content of a text. */
  contentText(): string {
    return new ByteReader(this.bytes, this.contentStart).text();
  }

  /**
   * Appends the struct at hand without its first `known` clocks, as yjs would write it: what remains follows its own
   * first part.
   */
  writeRest(out: ByteWriter, client: number, clock: number, known: number): void {
    const bytes = this.bytes;
    if (this.kind === structKind.gc) {
      out.byte(structKind.gc);
      out.varUint(this.length - known);
      return;
    }
    this.writeHead(out, this.kind, client, clock, known);
    const content = new ByteReader(bytes, this.contentStart);
    switch (this.kind) {
      case structKind.deleted:
        out.varUint(this.length - known);
        return;
      case structKind.text: {
        // Half of a surrogate pair becomes U+FFFD here as it does in yjs.
        out.varBytes(Buffer.from(this.contentText().slice(known).toWellFormed()));
        return;
      }
      case structKind.any:
      case structKind.json:
        out.varUint(content.varUint() - known);
        for (let left = known; left > 0; left--) {
          if (this.kind === structKind.any) skipAny(content, this.#nestingMax);
          else content.skipText();
        }
        out.copy(bytes, content.at, this.end);
        return;
      default:
        throw new Error('a struct that cannot be cut');
    }
  }
}

/** Of lib0's `writeVarInt`: larger numbers travel as float64. */
const wholeNumberMaxBytes = 7;

/** Skips a value of lib0's `writeAny`, nested at most so deep. */
function skipAny(input: ByteReader, nestingLeft: number): void {
  const kind = input.byte();
  if ((kind === 118 || kind === 117) && nestingLeft <= 0) throw new Error('a value is nested too deeply');
  switch (kind) {
    case 127: // undefined
    case 126: // null
    case 121: // false
    case 120: // true
      return;
    case 125: // a whole number
      for (let left = wholeNumberMaxBytes; input.byte() >= 128; left--) {
        if (left === 1) throw new Error('a number out of range');
      }
      return;
    case 124: // float32
      input.skip(4);
      return;
    case 123: // float64
    case 122: // bigint64
      input.skip(8);
      return;
    case 119: // text
      input.skipText();
      return;
    case 118: // object
      for (let left = input.varUint(); left > 0; left--) {
        input.skipText();
        skipAny(input, nestingLeft - 1);
      }
      return;
    case 117: // array
      for (let left = input.varUint(); left > 0; left--) skipAny(input, nestingLeft - 1);
      return;
    case 116: // bytes
      input.varBytes();
      return;
    default:
      throw new Error('an unknown kind of value');
  }
}
