/**
 * A room's document as bytes: each client's structs, and what is deleted. It answers sync steps and takes changes
 * without a Y.Doc. What a change means for the text it does not know; document-thread.ts does.
 */
import { ByteReader } from './byte-reader.ts';
import { ByteWriter, varUintMaxBytes } from './byte-writer.ts';
import { ChangeReader } from './change-reader.ts';
import { DeleteSet } from './delete-set.ts';
import type { Keystroke } from './keystroke.ts';
import { Section, type StructBytes, type TextStruct } from './section.ts';
import { none } from './struct-reader.ts';

/** What an update brings to a document that does not have it yet. */
export interface Change {
  kind: 'change';
  /** As a Yjs update without what is known already. May share the memory of the update that was read. */
  update: Uint8Array;
  /** New structs by client. */
  parts: readonly ChangePart[];
  /** New deletions: client, start, end, client, start, end… */
  deletes: readonly number[];
  /** If all that is new is one text: that text, as long as what has just read it reads no more. */
  newText: TextStruct | undefined;
}

export interface ChangePart extends StructBytes {
  client: number;
  /** The clock of the first of them. */
  start: number;
  /** How deep in types the new structs are, where that changes: clock, depth, clock, depth… */
  depths: readonly number[];
}

/** A range of deletions takes about this much; so do the head of a client's structs, and that of its deletions. */
const bytesPerRange = 4;
const bytesPerHead = 8;

/** What is deleted is dropped once it is as many clocks as this, and as this part of the document's bytes. */
const dropMinLength = 16_384;
const dropPart = 1 / 8;
/** Dropping gives way to others after looking at so many structs; it goes on with the next change. */
const dropSliceStructs = 5_000;

/** Where in a section something was deleted. */
interface Touched {
  client: number;
  from: number;
  to: number;
}

export class DocumentState {
  readonly sections = new Map<number, Section>();
  readonly deletes = new DeleteSet();
  #structBytes = 0;
  /** What was deleted and still has its content: about how many clocks, and where. */
  #deletedLength = 0;
  #touched = new Map<number, Touched>();
  /** Where content is being dropped. */
  #dropping: Touched[] = [];

  /** The size of the whole document as an update; roughly. */
  get bytes(): number {
    const { clientCount, rangeCount } = this.deletes;
    return this.#structBytes + (this.sections.size + clientCount) * bytesPerHead + rangeCount * bytesPerRange;
  }

  /** The clock after the last that is known of a client. */
  endOf(client: number): number {
    return this.sections.get(client)?.end ?? 0;
  }

  /**
   * Judges an update against the document: what is new in it, `known` for nothing, `gap` when it builds upon something
   * that is missing. Throws an Error that says what is wrong with an update that no honest client sends.
   */
  read(update: Uint8Array, nestingMax: number): Change | { kind: 'known' } | { kind: 'gap' } {
    const reader = new ChangeReader(this, update, nestingMax);
    reader.advance(Number.POSITIVE_INFINITY);
    return reader.result();
  }

  /** Takes a change that was read from this document as it is now. */
  apply({ parts, deletes, newText }: Change): void {
    for (const part of parts) {
      let section = this.sections.get(part.client);
      if (section === undefined) {
        section = new Section(part.client);
        this.sections.set(part.client, section);
      }
      for (let at = 0; at < part.depths.length; at += 2) {
        section.noteDepth(part.depths[at] as number, part.depths[at + 1] as number);
      }
      const before = section.byteLength;
      if (newText === undefined) section.append(part);
      else section.appendText(newText);
      this.#structBytes += section.byteLength - before;
    }
    if (deletes.length > 0) this.#delete(deletes);
    if (this.#deletedLength > Math.max(dropMinLength, this.#structBytes * dropPart)) this.#startDropping();
    if (this.#dropping.length > 0) this.#drop(dropSliceStructs);
  }

  /** Takes what was typed; false when something speaks against it, which `read` will name. */
  type(typed: Keystroke): boolean {
    const section = this.sections.get(typed.client);
    if (section === undefined || section.end !== typed.clock) return false;
    if (typed.rightClient !== none && !(typed.rightClock < this.endOf(typed.rightClient))) return false;
    const before = section.byteLength;
    section.appendText(typed);
    this.#structBytes += section.byteLength - before;
    if (this.#dropping.length > 0) this.#drop(dropSliceStructs);
    return true;
  }

  #delete(deletes: readonly number[]): void {
    const before = this.deletes.units;
    this.deletes.addAll(deletes);
    this.#deletedLength += this.deletes.units - before;
    for (let at = 0; at < deletes.length; at += 3) {
      const [client, from, to] = [deletes[at] as number, deletes[at + 1] as number, deletes[at + 2] as number];
      const touched = this.#touched.get(client);
      if (touched === undefined) this.#touched.set(client, { client, from, to });
      else {
        touched.from = Math.min(touched.from, from);
        touched.to = Math.max(touched.to, to);
      }
    }
  }

  /** Drops all content that is deleted and still there, except for what is too small to be worth it. */
  dropDeleted(): void {
    this.#startDropping();
    this.#drop(Number.POSITIVE_INFINITY);
  }

  /** What is deleted so far has no content: it came like that. */
  assumeDropped(): void {
    this.#deletedLength = 0;
    this.#touched = new Map();
    this.#dropping = [];
  }

  #startDropping(): void {
    this.#dropping.push(...this.#touched.values());
    this.#deletedLength = 0;
    this.#touched = new Map();
  }

  #drop(structsMax: number): void {
    let left = structsMax;
    while (left > 0) {
      const touched = this.#dropping.at(-1);
      if (touched === undefined) return;
      const { client, from, to } = touched;
      const section = this.sections.get(client);
      if (section === undefined) throw new Error('something is deleted that is not there');
      const before = section.byteLength;
      const { structs, next } = section.dropDeleted(this.deletes.of(client), from, to, left);
      this.#structBytes -= before - section.byteLength;
      left -= Math.max(structs, 1);
      if (next >= to) this.#dropping.pop();
      else touched.from = next;
    }
  }

  stateVector(): Uint8Array {
    const out = new ByteWriter(2 * varUintMaxBytes * (this.sections.size + 1));
    out.varUint(this.sections.size);
    for (const { client, end } of this.sections.values()) {
      out.varUint(client);
      out.varUint(end);
    }
    return out.toBytes();
  }

  /** The document, or what somebody with this state vector may lack of it, as a Yjs update. All deletions are in it. */
  writeUpdate(out: ByteWriter, has?: ReadonlyMap<number, number>): void {
    const lacking: Section[] = [];
    for (const section of this.sections.values()) {
      if (section.end > (has?.get(section.client) ?? 0)) lacking.push(section);
    }
    out.varUint(lacking.length);
    for (const section of lacking) section.write(out, has?.get(section.client) ?? 0);
    this.deletes.write(out);
  }

  encode(has?: ReadonlyMap<number, number>): Uint8Array {
    const out = new ByteWriter(has === undefined ? this.encodedMaxBytes : 0);
    this.writeUpdate(out, has);
    return out.toBytes();
  }

  /** The whole document as an update takes hardly more than this. */
  get encodedMaxBytes(): number {
    return (
      this.#structBytes + 3 * varUintMaxBytes * (this.sections.size + 1) + this.deletes.rangeCount * varUintMaxBytes
    );
  }
}

/** Throws unless these are the bytes of a state vector. */
export function decodeStateVector(bytes: Uint8Array): Map<number, number> {
  const input = new ByteReader(bytes);
  const clocks = new Map<number, number>();
  for (let left = input.varUint(); left > 0; left--) clocks.set(input.varUint(), input.varUint());
  return clocks;
}
