/**
 * What a room has to tell since it last told anything. Consecutive typing of one author becomes one message, so that
 * under load a receiver gets as many messages as there are people typing, not as many as there are keystrokes.
 */
import { ByteWriter, varUintMaxBytes, varUintSize } from './byte-writer.ts';
import type { Change, ChangePart, DocumentState } from './document-state.ts';
import type { Keystroke } from './keystroke.ts';
import { encodeUpdate, updateHead } from './messages.ts';
import { Section } from './section.ts';

/** A message is not joined with more beyond this. */
const joinedMaxBytes = 32_768;

const nothing: readonly Uint8Array[] = [];
const noDepths: readonly number[] = [];

interface Entry<Author> {
  author: Author | undefined;
  /** The clocks at which clients' news in it begin. */
  starts: readonly { client: number; start: number }[];
  /** Undefined once more was joined to it. */
  message: Uint8Array | undefined;
  /** If more can be joined to it: one client's structs as they stand in the message. */
  part: ChangePart | undefined;
  section: Section | undefined;
}

export class Outbox<Author> {
  #entries: Entry<Author>[] = [];
  #forAll: readonly Uint8Array[] | undefined;

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Copies the change. */
  add(author: Author | undefined, change: Change): void {
    this.#forAll = undefined;
    const last = this.#lastOf(author);
    if (last !== undefined && joinChange(last, change)) return;
    const message = encodeUpdate(change.update);
    const part = joinablePart(change, message);
    this.#entries.push({ author, starts: change.parts, message, part, section: undefined });
  }

  /** Copies what was typed. */
  addTyped(author: Author, typed: Keystroke): void {
    this.#forAll = undefined;
    const last = this.#lastOf(author);
    const { client, clock: start, length, start: from, end: to } = typed;
    if (last !== undefined && mayJoin(last, client, start)) {
      sectionOf(last).appendText(typed);
      return;
    }
    const message = new Uint8Array(typed.bytes);
    const part = { client, start, depths: noDepths, count: 1, length, bytes: message, from, to };
    this.#entries.push({ author, starts: [part], message, part, section: undefined });
  }

  #lastOf(author: Author | undefined): Entry<Author> | undefined {
    if (author === undefined) return undefined;
    // There are seldom more than two.
    for (let at = this.#entries.length - 1; at >= 0; at--) {
      if (this.#entries[at]?.author === author) return this.#entries[at];
    }
    return undefined;
  }

  /** The messages for somebody who has none of it but their own. Those who said nothing share one list. */
  messagesFor(reader: Author): readonly Uint8Array[] {
    this.#forAll ??= this.#entries.map(({ message, section }) => message ?? encodeSection(section as Section));
    if (this.#lastOf(reader) === undefined) return this.#forAll;
    // Nearly always one keystroke.
    if (this.#forAll.length === 1) return nothing;
    return this.#forAll.filter((_, index) => this.#entries[index]?.author !== reader);
  }

  /** What somebody has who was told all but this. */
  clocksBefore(state: DocumentState): Map<number, number> {
    const clocks = new Map<number, number>();
    for (const { client, end } of state.sections.values()) clocks.set(client, end);
    // A client's first start counts.
    for (const { starts } of this.#entries.toReversed()) {
      for (const { client, start } of starts.toReversed()) clocks.set(client, start);
    }
    return clocks;
  }

  clear(): void {
    if (this.isEmpty) return;
    this.#entries = [];
    this.#forAll = undefined;
  }
}

/** The change's structs as they stand in its message, if they are all that it is. */
function joinablePart({ parts, deletes, update }: Change, message: Uint8Array): ChangePart | undefined {
  const part = parts[0];
  if (part === undefined || parts.length > 1 || deletes.length > 0 || part.bytes !== update) return undefined;
  // The message ends with the update.
  const moved = message.length - update.length;
  return { ...part, bytes: message, from: part.from + moved, to: part.to + moved };
}

/** Joins a change to what its author said before, if it goes on from there. */
function joinChange(entry: Entry<unknown>, { parts, deletes, newText }: Change): boolean {
  const part = parts[0];
  if (part === undefined || parts.length > 1 || deletes.length > 0) return false;
  if (!mayJoin(entry, part.client, part.start)) return false;
  const section = sectionOf(entry);
  if (newText === undefined) section.append(part);
  else section.appendText(newText);
  return true;
}

/** Whether a client's structs from `start` on go on where the entry ends. */
function mayJoin({ part, section }: Entry<unknown>, client: number, start: number): boolean {
  if (part === undefined || client !== part.client) return false;
  if (section === undefined) return start === part.start + part.length;
  return start === section.end && section.byteLength <= joinedMaxBytes;
}

/** The entry as something that can be appended to. */
function sectionOf(entry: Entry<unknown>): Section {
  if (entry.section !== undefined) return entry.section;
  const part = entry.part as ChangePart;
  entry.section = new Section(part.client, part.start);
  entry.section.append(part);
  entry.message = undefined;
  return entry.section;
}

/** An update message with one client's structs. */
function encodeSection(section: Section): Uint8Array {
  const body = new ByteWriter(section.byteLength + 4 * varUintMaxBytes);
  body.varUint(1);
  section.write(body, section.start);
  body.varUint(0);
  const out = new ByteWriter(updateHead.length + varUintSize(body.length) + body.length);
  out.copy(updateHead);
  out.varUint(body.length);
  out.copy(body.bytes, 0, body.length);
  return out.view();
}
