/**
 * How a room's updates are packed for the log: those of one commit in one row, so that a keystroke costs some bytes and
 * not a row of its own, and each can still be told apart with its time and author.
 *
 * An entry is: its time (milliseconds since 1970) as a varUint, or, but for the first, the time since the entry before
 * it as a zigzag varUint; its author as a varUint: 0 nobody, 1 somebody new, whose id follows, n the (n - 1)th of those who were new; the update with its length.
 */
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { LoggedBatch, LoggedUpdate } from './contract.ts';

const nobody = 0;
const somebodyNew = 1;
/** Room for some keystrokes. */
const firstBytes = 128;
/** What tells the first known author from somebody new. */
const firstKnown = 2;

export class BatchWriter {
  readonly roomId: string;
  readonly firstSeq: number;
  count = 0;
  readonly #entries = new ByteWriter(firstBytes);
  readonly #authors: string[] = [];
  #at = 0;

  constructor(roomId: string, firstSeq: number) {
    this.roomId = roomId;
    this.firstSeq = firstSeq;
  }

  get lastSeq(): number {
    return this.firstSeq + this.count - 1;
  }

  get bytes(): number {
    return this.#entries.length;
  }

  /** Copies the update, which is `bytes` from `from` on. */
  add(at: number, memberId: string | null, bytes: Uint8Array, from = 0): void {
    const out = this.#entries;
    const later = at - this.#at;
    if (this.count === 0) out.varUint(at);
    else out.varUint(later >= 0 ? 2 * later : -2 * later - 1);
    this.#at = at;
    this.#writeAuthor(memberId);
    out.varUint(bytes.length - from);
    out.copy(bytes, from);
    this.count++;
  }

  #writeAuthor(memberId: string | null): void {
    const out = this.#entries;
    if (memberId === null) {
      out.varUint(nobody);
      return;
    }
    const known = this.#authors.indexOf(memberId);
    if (known >= 0) {
      out.varUint(known + firstKnown);
      return;
    }
    this.#authors.push(memberId);
    out.varUint(somebodyNew);
    out.varBytes(Buffer.from(memberId));
  }

  /** Shares the memory; nothing may be added any more. */
  batch(): LoggedBatch {
    const { roomId, firstSeq, count } = this;
    return { roomId, firstSeq, count, entries: this.#entries.view() };
  }
}

/** The updates of a batch, oldest first; they share its memory. Throws when it is damaged. */
export function* readBatch({ roomId, firstSeq, count, entries }: LoggedBatch): Generator<LoggedUpdate> {
  const input = new ByteReader(entries);
  const authors: string[] = [];
  let at = 0;
  for (let seq = firstSeq; seq < firstSeq + count; seq++) {
    const time = input.varUint();
    if (seq === firstSeq) at = time;
    else at += time % 2 === 0 ? time / 2 : -(time + 1) / 2;
    const author = input.varUint();
    if (author === somebodyNew) authors.push(input.text());
    const memberId = author === nobody ? null : author === somebodyNew ? authors.at(-1) : authors[author - firstKnown];
    if (memberId === undefined) throw new Error('an author who was never named');
    yield { roomId, seq, at, memberId, update: input.varBytes() };
  }
  if (!input.isAtEnd) throw new Error('bytes after the last update');
}

/** Packs consecutive updates of one room. */
export function packUpdates(updates: readonly LoggedUpdate[]): LoggedBatch {
  const first = updates[0];
  if (first === undefined) throw new RangeError('an empty batch');
  const writer = new BatchWriter(first.roomId, first.seq);
  for (const { at, memberId, update } of updates) writer.add(at, memberId, update);
  return writer.batch();
}
