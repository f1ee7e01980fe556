/**
 * What a room has to tell since it last told anything. Consecutive typing of one author becomes one message, so that
 * under load a receiver gets as many messages as there are people typing, not as many as there are keystrokes.
 */
import { ByteWriter, varUintMaxBytes, varUintSize } from './byte-writer.ts';
import type { Change, ChangePart, DocumentState } from './document-state.ts';
import { encodeUpdate, updateHead } from './messages.ts';
import { Section } from './section.ts';

/** A message is not joined with more beyond this. */
const joinedMaxBytes = 32_768;

interface Entry<Author> {
  author: Author | undefined;
  /** Undefined once more was joined to it. */
  message: Uint8Array | undefined;
  /** If more can be joined to it: one client's structs, and where they stand in the message. */
  part: ChangePart | undefined;
  section: Section | undefined;
}

export class Outbox<Author> {
  #entries: Entry<Author>[] = [];
  /** Each author's last entry. */
  readonly #last = new Map<Author, Entry<Author>>();
  #forAll: readonly Uint8Array[] | undefined;
  /** The clock at which each client's news begin. */
  readonly #starts = new Map<number, number>();

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Copies the change. */
  add(author: Author | undefined, change: Change): void {
    this.#forAll = undefined;
    for (const { client, start } of change.parts) if (!this.#starts.has(client)) this.#starts.set(client, start);
    const last = author === undefined ? undefined : this.#last.get(author);
    if (last !== undefined && join(last, change)) return;
    const entry = { author, message: encodeUpdate(change.update), part: joinablePart(change), section: undefined };
    this.#entries.push(entry);
    if (author !== undefined) this.#last.set(author, entry);
  }

  /** The messages for somebody who has none of it but their own. Those who said nothing share one list. */
  messagesFor(reader: Author): readonly Uint8Array[] {
    this.#forAll ??= this.#entries.map(({ message, section }) => message ?? encodeSection(section as Section));
    if (!this.#entries.some(({ author }) => author === reader)) return this.#forAll;
    return this.#forAll.filter((_, index) => this.#entries[index]?.author !== reader);
  }

  /** What somebody has who was told all but this. */
  clocksBefore(state: DocumentState): Map<number, number> {
    const clocks = new Map<number, number>();
    for (const { client, end } of state.sections.values()) clocks.set(client, this.#starts.get(client) ?? end);
    return clocks;
  }

  clear(): void {
    if (this.#entries.length === 0) return;
    this.#starts.clear();
    this.#entries = [];
    this.#last.clear();
    this.#forAll = undefined;
  }
}

/** The change's structs where they stand in its message, if they are all that it is. */
function joinablePart({ parts, deletes, update }: Change): ChangePart | undefined {
  const [part] = parts;
  if (part === undefined || parts.length > 1 || deletes.length > 0 || part.bytes !== update) return undefined;
  const moved = updateHead.length + varUintSize(update.length);
  return { ...part, from: part.from + moved, to: part.to + moved };
}

/** Joins a change to what its author said before, if it goes on from there. */
function join(entry: Entry<unknown>, { parts, deletes, newText }: Change): boolean {
  const [part] = parts;
  const first = entry.part;
  if (first === undefined || part === undefined || parts.length > 1 || deletes.length > 0) return false;
  const end = entry.section?.end ?? first.start + first.length;
  const bytes = entry.section?.byteLength ?? 0;
  if (part.client !== first.client || part.start !== end || bytes > joinedMaxBytes) return false;
  if (entry.section === undefined) {
    entry.section = new Section(first.client, first.start);
    entry.section.append({ ...first, bytes: entry.message as Uint8Array });
    entry.message = undefined;
  }
  if (newText === undefined) entry.section.append(part);
  else entry.section.appendText(newText);
  return true;
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
