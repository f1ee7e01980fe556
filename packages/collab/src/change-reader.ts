/**
 * Reads an update against a document: are its bytes sound, does the document hold all that it builds upon, and what of
 * it is new? In as many steps as its caller likes, since an update may be a whole document. Changes nothing.
 */
import { ByteWriter } from './byte-writer.ts';
import { DeleteSet } from './delete-set.ts';
import type { Change, ChangePart, DocumentState } from './document-state.ts';
import { lookUp } from './section.ts';
import { none, StructReader, structKind } from './struct-reader.ts';

/** One client's structs in the update, and how far they have been looked at. */
interface Part {
  client: number;
  /** Where its structs begin. */
  from: number;
  /** Where the next one to look at begins, its clock, and how many are left. */
  place: number;
  reached: number;
  left: number;
  /** The clock that the document has. */
  known: number;
  /** The clock after the last struct, once scanned. */
  end: number;
  /** Where the new structs begin, and how many there are; `cut` stands for the first if it was known in part. */
  newFrom: number;
  newCount: number;
  cut: ByteWriter | undefined;
  /** How deep in types the new structs are. */
  depths: number[];
  depth: number;
  /** Under way, and held up by another part. */
  isWaiting: boolean;
  /** The clock that another part waits for. */
  wanted: number;
}

/** Shared by all that have none, as most have. */
const noDepths: number[] = [];
const noDeletes: number[] = [];

type Outcome = Change | { kind: 'known' } | { kind: 'gap' };

/**
 * - scanning: measures each client's structs, to know what the update holds
 * - ordering: looks at the structs in an order in which each comes after what it builds upon
 * - deleting: looks at the deletions
 * - checking: something is missing; the rest is only held against what no honest client sends
 */
type Phase = 'scanning' | 'ordering' | 'deleting' | 'checking' | 'done';

export class ChangeReader {
  readonly #state: DocumentState;
  readonly #in: StructReader;
  readonly #nestingMax: number;
  readonly #unsortedRangesMax: number;
  readonly #parts: Part[] = [];
  /** Only when there are several. */
  readonly #byClient: Map<number, Part> | undefined;
  /** Parts under way, each held up by the one above it. */
  readonly #stack: Part[] = [];
  readonly #partCount: number;
  #phase: Phase;
  #structsToScan = 0;
  #nextPart = 0;
  /** Where the deletions begin, once that is known. */
  #deletesAt = none;
  #newText: StructReader | undefined;
  #clientsLeft = 0;
  /** Of the client at hand. */
  #deletingClient = none;
  #rangesLeft = 0;
  #rangesRead = 0;
  #lastDeleted = 0;
  #deletes = noDeletes;
  /** Nothing of what was deleted is known already. */
  #deletesAllNew = true;
  #check: Iterator<void> | undefined;
  #outcome: Outcome = { kind: 'known' };

  /** Of one client's deletions, which Yjs sorts, those after the first `unsortedRangesMax` must be ascending. */
  constructor(
    state: DocumentState,
    update: Uint8Array,
    nestingMax: number,
    unsortedRangesMax = Number.POSITIVE_INFINITY,
  ) {
    this.#state = state;
    this.#nestingMax = nestingMax;
    this.#unsortedRangesMax = unsortedRangesMax;
    this.#in = new StructReader(update, nestingMax);
    this.#partCount = this.#in.varUint();
    if (this.#partCount > 1) {
      this.#byClient = new Map();
      this.#phase = 'scanning';
      return;
    }
    // The usual case, what one client did, needs no scan: whatever it builds upon is known or comes before it.
    this.#phase = 'ordering';
    if (this.#partCount === 1) this.#readHead();
    else this.#deletesAt = this.#in.at;
  }

  /**
   * Looks at about so many structs or deletions; gives how many of them were left over, 0 or less when it is not through.
   * Throws on what no honest client sends.
   */
  advance(structs: number): number {
    let left = structs;
    for (; this.#phase !== 'done' && left > 0; left--) {
      this.#step();
    }
    return this.#phase === 'done' ? Math.max(left, 1) : 0;
  }

  #step(): void {
    switch (this.#phase) {
      case 'ordering':
        this.#order();
        return;
      case 'deleting':
        this.#delete();
        return;
      case 'scanning':
        this.#scan();
        return;
      case 'checking':
        if (this.#check === undefined || this.#check.next().done) this.#phase = 'done';
    }
  }

  /** Whether the document still has of these clients what it had when their structs were looked at. */
  get isCurrent(): boolean {
    return this.#parts.every(({ client, known }) => this.#state.endOf(client) === known);
  }

  /** The change is good until the document, or the memory that was read, changes. */
  result(): Outcome {
    return this.#outcome;
  }

  #finish(outcome: Outcome): void {
    this.#outcome = outcome;
    this.#phase = 'done';
  }

  /** It builds upon what is missing. */
  #finishAsGap(): void {
    this.#outcome = { kind: 'gap' };
    this.#check = readThrough(this.#in.bytes, this.#nestingMax);
    this.#phase = 'checking';
  }

  #readHead(): Part {
    const input = this.#in;
    const left = input.varUint();
    const client = input.varUint();
    const reached = input.varUint();
    const from = input.at;
    const section = this.#state.sections.get(client);
    const known = section?.end ?? 0;
    const depth = section?.lastDepth ?? 0;
    const part: Part = {
      client,
      from,
      place: from,
      reached,
      left,
      known,
      end: reached,
      newFrom: from,
      newCount: 0,
      cut: undefined,
      depths: noDepths,
      depth,
      isWaiting: false,
      wanted: Number.POSITIVE_INFINITY,
    };
    if (this.#byClient?.has(client)) throw new Error('two sections of one client');
    this.#byClient?.set(client, part);
    this.#parts.push(part);
    if (reached > known) this.#finishAsGap();
    return part;
  }

  #scan(): void {
    const input = this.#in;
    if (this.#structsToScan > 0) {
      this.#structsToScan--;
      input.next();
      const part = this.#parts.at(-1) as Part;
      part.end = safeClock(part.end + input.length);
    } else if (this.#parts.length < this.#partCount) {
      this.#structsToScan = this.#readHead().left;
    } else {
      this.#deletesAt = input.at;
      this.#phase = 'ordering';
    }
  }

  /** Looks at one struct of a part that nothing holds up. */
  #order(): void {
    const part = this.#stack.at(-1) ?? this.#startNextPart();
    if (part === undefined) {
      this.#startDeleting();
      return;
    }
    const input = this.#in;
    if (part.left === 0) {
      this.#stack.pop();
      if (this.#byClient === undefined) this.#deletesAt = input.at;
      return;
    }
    input.at = part.place;
    input.next();
    if (input.kind === structKind.skip) {
      this.#finishAsGap();
      return;
    }
    const end = safeClock(part.reached + input.length);
    if (end > part.known) {
      const isFounded =
        this.#isFounded(part, input.originClient, input.originClock) &&
        this.#isFounded(part, input.rightClient, input.rightClock) &&
        this.#isFounded(part, input.parentClient, input.parentClock);
      if (!isFounded) return;
      this.#takeNew(part);
    }
    part.isWaiting = false;
    part.left--;
    part.reached = end;
    part.end = Math.max(part.end, end);
    part.place = input.at;
    if (part.reached > part.wanted) this.#stack.pop();
  }

  #startNextPart(): Part | undefined {
    const part = this.#parts[this.#nextPart++];
    if (part === undefined) return undefined;
    part.wanted = Number.POSITIVE_INFINITY;
    this.#stack.push(part);
    return part;
  }

  /** Whether what a struct builds upon is there by now. If it comes elsewhere in the update, that goes first. */
  #isFounded(part: Part, client: number, clock: number): boolean {
    if (client === none) return true;
    if (client === part.client) {
      if (clock >= part.reached) throw new Error('a struct builds upon itself');
      return true;
    }
    const other = this.#byClient?.get(client);
    if (clock < Math.max(other?.reached ?? 0, this.#state.endOf(client))) return true;
    if (other === undefined || clock >= other.end) {
      this.#finishAsGap();
      return false;
    }
    part.isWaiting = true;
    if (other.isWaiting) throw new Error('structs build upon each other in a circle');
    other.wanted = clock;
    this.#stack.push(other);
    return false;
  }

  #takeNew(part: Part): void {
    const input = this.#in;
    const isCut = part.reached < part.known;
    if (part.newCount === 0) part.newFrom = isCut ? input.at : input.start;
    part.newCount++;
    if (isCut) {
      part.cut = new ByteWriter();
      input.writeRest(part.cut, part.client, part.reached, part.known - part.reached);
      return;
    }
    const depth = this.#depth();
    if (input.kind === structKind.type && depth >= this.#nestingMax) {
      throw new Error('shared types are nested too deeply');
    }
    if (depth !== part.depth) {
      if (part.depths === noDepths) part.depths = [];
      part.depths.push(part.reached, depth);
      part.depth = depth;
    }
  }

  /** How many types are around the struct at hand. Yjs deletes nests by recursion: an endless one overflows the stack. */
  #depth(): number {
    const input = this.#in;
    if (input.inRoot || input.kind === structKind.gc) return 0;
    if (input.parentClient !== none) return this.#depthAt(input.parentClient, input.parentClock) + 1;
    return input.originClient === none
      ? this.#depthAt(input.rightClient, input.rightClock)
      : this.#depthAt(input.originClient, input.originClock);
  }

  #depthAt(client: number, clock: number): number {
    const section = this.#state.sections.get(client);
    const part = this.#partOf(client);
    if (part === undefined || clock < part.known) return section?.depthAt(clock) ?? 0;
    return lookUp(part.depths, clock) ?? section?.lastDepth ?? 0;
  }

  #partOf(client: number): Part | undefined {
    if (this.#byClient !== undefined) return this.#byClient.get(client);
    const only = this.#parts[0];
    return only?.client === client ? only : undefined;
  }

  #startDeleting(): void {
    this.#newText = this.#findNewText();
    this.#in.at = this.#deletesAt;
    this.#clientsLeft = this.#in.varUint();
    this.#phase = 'deleting';
    if (this.#clientsLeft === 0) this.#conclude();
  }

  /** Looks at one deletion. */
  #delete(): void {
    const input = this.#in;
    if (this.#rangesLeft === 0) {
      if (this.#clientsLeft === 0) {
        this.#conclude();
        return;
      }
      this.#clientsLeft--;
      this.#deletingClient = input.varUint();
      this.#rangesLeft = input.varUint();
      this.#rangesRead = 0;
      this.#lastDeleted = 0;
      return;
    }
    this.#rangesLeft--;
    const client = this.#deletingClient;
    const start = input.varUint();
    const end = safeClock(start + input.varUint());
    if (end === start) throw new Error('a deletion without length');
    const mayBeUnsorted = ++this.#rangesRead <= this.#unsortedRangesMax;
    if (start < this.#lastDeleted && !mayBeUnsorted) throw new Error('deletions out of order');
    this.#lastDeleted = start;
    if (end > Math.max(this.#partOf(client)?.end ?? 0, this.#state.endOf(client))) this.#finishAsGap();
    else if (this.#state.deletes.has(client, start, end)) this.#deletesAllNew = false;
    else if (this.#deletes === noDeletes) this.#deletes = [client, start, end];
    else this.#deletes.push(client, start, end);
  }

  /** What all of it comes to. */
  #conclude(): void {
    const input = this.#in;
    const deletes = this.#deletes;
    let isRaw = this.#deletesAllNew;
    if (!input.isAtEnd) throw new Error('bytes after the update');
    const parts: ChangePart[] = [];
    for (const part of this.#parts) {
      if (part.cut !== undefined || part.newFrom !== part.from || part.newCount === 0) isRaw = false;
      if (part.newCount > 0) parts.push(toChangePart(part, input.bytes));
    }
    if (parts.length === 0 && deletes.length === 0) this.#finish({ kind: 'known' });
    else {
      const update = isRaw ? input.bytes : encodeChange(parts, deletes);
      this.#finish({ kind: 'change', update, parts, deletes, newText: this.#newText });
    }
  }

  /** The reader, if all that is new is the one text that it has just read. */
  #findNewText(): StructReader | undefined {
    const [part] = this.#parts;
    const isOne = this.#byClient === undefined && part?.newCount === 1 && part.cut === undefined;
    return isOne && this.#in.kind === structKind.text ? this.#in : undefined;
  }
}

/** Throws unless these are the bytes of an update, whatever it builds upon; struct by struct, deletion by deletion. */
function* readThrough(update: Uint8Array, nestingMax: number): Generator<void> {
  const input = new StructReader(update, nestingMax);
  for (let clients = input.varUint(); clients > 0; clients--) {
    let structs = input.varUint();
    input.varUint();
    for (input.varUint(); structs > 0; structs--) {
      input.next();
      yield;
    }
  }
  for (let clients = input.varUint(); clients > 0; clients--) {
    input.varUint();
    for (let ranges = input.varUint(); ranges > 0; ranges--) {
      input.varUint();
      input.varUint();
      yield;
    }
  }
  if (!input.isAtEnd) throw new Error('bytes after the update');
}

function toChangePart(part: Part, bytes: Uint8Array): ChangePart {
  const { client, known, end, newFrom: from, place: to, newCount: count, cut, depths } = part;
  // New structs follow the known ones without a gap.
  const [start, length] = [known, end - known];
  if (cut === undefined) return { client, start, depths, count, length, bytes, from, to };
  cut.copy(bytes, from, to);
  return { client, start, depths, count, length, bytes: cut.bytes, from: 0, to: cut.length };
}

/** A Yjs update with these structs and deletions. */
function encodeChange(parts: readonly ChangePart[], deletes: readonly number[]): Uint8Array {
  const out = new ByteWriter();
  out.varUint(parts.length);
  for (const { client, start, count, bytes, from, to } of parts) {
    out.varUint(count);
    out.varUint(client);
    out.varUint(start);
    out.copy(bytes, from, to);
  }
  const gone = new DeleteSet();
  gone.addAll(deletes);
  gone.write(out);
  return out.toBytes();
}

function safeClock(clock: number): number {
  if (!Number.isSafeInteger(clock)) throw new Error('a clock out of range');
  return clock;
}
