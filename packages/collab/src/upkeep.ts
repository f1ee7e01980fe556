/**
 * Keeps a room's document sound and short: what only its structure speaks for is tried out, saved as a snapshot, and
 * taken for the document if that makes it much shorter; what turns out to be unsound is taken out of it.
 */
import { ProblemError } from '@coderoom/protocol';
import type { CollabLimits, CollabLogger, DocumentStore } from './contract.ts';
import type { Counters } from './counters.ts';
import { type Change, type DocumentState, decodeStateVector } from './document-state.ts';
import type { DocumentThread } from './document-thread.ts';
import { readBatch } from './log-entries.ts';
import type { OpenDocument, OwnOperations } from './own-operations.ts';
import { encodeDeletions } from './quarantine.ts';
import { readDocument } from './read-document.ts';
import type { UpdateLog } from './update-log.ts';

/** What this needs of the room. */
export interface UpkeepHost {
  readonly id: string;
  /** The last update that is in the document, and the last that is durable. */
  readonly lastSeq: number;
  readonly committedSeq: number;
  /** The document as it is; undefined when the room is not open. */
  readonly state: DocumentState | undefined;
  /** Throws a ProblemError unless the document is there. */
  open(): OpenDocument;
  /** The same document in other bytes. */
  replaceState(state: DocumentState): void;
  acceptOwn(memberId: string | null, change: Change, state: DocumentState): void;
}

interface UpkeepServices {
  store: DocumentStore;
  log: UpdateLog;
  thread: DocumentThread;
  counters: Counters;
  logger: CollabLogger;
  limits: CollabLimits;
  now: () => number;
}

/** A document is verified after fewer updates than this part of its bytes only when time has passed. */
const bytesPerVerifiedUpdate = 512;
/** A snapshot takes the document's place in memory when it is shorter by this part, and the document no trifle. */
const adoptBelowPart = 0.7;
const adoptMinBytes = 16_384;
/** Less is enough when the document is near its limit. */
const adoptNearLimitBelowPart = 0.97;
const nearLimitPart = 0.8;

export class Upkeep {
  readonly #host: UpkeepHost;
  readonly #operations: OwnOperations;
  readonly #services: UpkeepServices;
  /** Since when there are updates that only their structure speaks for, how many, and how long they are together. */
  #unverifiedSince = 0;
  #unverified = 0;
  #unverifiedBytes = 0;
  #isCompacting = false;

  constructor(host: UpkeepHost, operations: OwnOperations, services: UpkeepServices) {
    this.#host = host;
    this.#operations = operations;
    this.#services = services;
  }

  /** The document was loaded, with so many updates that no snapshot speaks for. */
  begin(unverified: number): void {
    this.#unverified = unverified;
    this.#unverifiedSince = this.#services.now();
  }

  /** An update of a client was taken. */
  note(bytes: number, at: number): void {
    if (this.#unverified++ === 0) this.#unverifiedSince = at;
    this.#unverifiedBytes += bytes;
  }

  get hasWork(): boolean {
    return this.#unverified > 0;
  }

  /**
   * Nothing stays unverified for ever: at most so many updates, or so long a time of activity. Nor is more left to be
   * read after the snapshot, by whoever opens the room next, than about the document once more.
   */
  get isDue(): boolean {
    const { state } = this.#host;
    if (this.#unverified === 0 || state === undefined) return false;
    const { compactAfterUpdates, compactAfterBytes, unverifiedMaxMs } = this.#services.limits;
    const { bytes } = state;
    return (
      this.#unverified >= Math.max(compactAfterUpdates, bytes / bytesPerVerifiedUpdate) ||
      this.#unverifiedBytes >= Math.max(compactAfterBytes, bytes) ||
      this.#services.now() - this.#unverifiedSince > unverifiedMaxMs
    );
  }

  /** Tries the document out and saves it in its shortest form, once that is durable: the next load has less to read. */
  async compact(): Promise<void> {
    const host = this.#host;
    if (this.#isCompacting || host.state === undefined) return;
    this.#isCompacting = true;
    const { log, store, logger, now } = this.#services;
    const [unverified, unverifiedBytes] = [this.#unverified, this.#unverifiedBytes];
    let seq = host.lastSeq;
    try {
      const made = await this.#operations.run({ kind: 'snapshot' });
      const { value: state, stateVector } = made;
      seq = made.seq;
      this.#unverified -= unverified;
      this.#unverifiedBytes -= unverifiedBytes;
      this.#unverifiedSince = now();
      await this.#adopt(state, decodeStateVector(stateVector));
      await log.durable(host.id, seq);
      if (host.committedSeq < seq) throw new Error('the room ended before that was durable');
      await store.saveSnapshot(host.id, { seq, state });
    } catch (error) {
      if (host.state !== undefined) {
        // Tried again after as many updates or as long a time.
        this.#unverified = 1;
        this.#unverifiedBytes = 0;
        this.#unverifiedSince = now();
      }
      logger.warn({ err: error, roomId: host.id, seq }, 'a snapshot was not saved');
    } finally {
      this.#isCompacting = false;
    }
  }

  /** A snapshot takes the document's place in memory if that is worth it; `clocks` is what it contains. */
  async #adopt(snapshot: Uint8Array, clocks: ReadonlyMap<number, number>): Promise<void> {
    const bytes = this.#host.state?.bytes ?? 0;
    const isNearLimit = bytes > this.#services.limits.documentMaxBytes * nearLimitPart;
    const part = isNearLimit ? adoptNearLimitBelowPart : adoptBelowPart;
    if ((bytes > adoptMinBytes || isNearLimit) && snapshot.length < bytes * part) await this.#replace(snapshot, clocks);
  }

  /** The document becomes what the snapshot says, with what it has above `clocks`. */
  async #replace(snapshot: Uint8Array, clocks: ReadonlyMap<number, number>): Promise<void> {
    const state = await this.#read(snapshot);
    const before = this.#host.state;
    if (before === undefined) return;
    const newer = state.read(before.encode(clocks), Number.POSITIVE_INFINITY);
    if (newer.kind === 'gap') throw new Error('a snapshot lacks what the document has');
    if (newer.kind === 'change') state.apply(newer);
    this.#host.replaceState(state);
  }

  async #read(snapshot: Uint8Array): Promise<DocumentState> {
    const stored = { snapshot, snapshotSeq: 0, batches: [] };
    return (await readDocument(stored, this.#services.limits.readSliceStructs)).state;
  }

  /**
   * The document's bytes do not make a document: some update passed for sound by its structure and is not. It is found
   * in the log, and what it brought is taken out of the document; the log stays as it is.
   */
  async repair(reason: string): Promise<void> {
    const { store, log, thread, logger, counters } = this.#services;
    const { id: roomId } = this.#host;
    logger.error({ roomId, reason }, 'a document is unsound');
    this.#host.open().document.forget();
    await log.durable(roomId, this.#host.lastSeq);
    const stored = await store.load(roomId);
    if (stored === null) throw new ProblemError('room_not_found');
    const updates = stored.batches
      .flatMap((batch) => [...readBatch(batch)])
      .filter(({ seq }) => seq > stored.snapshotSeq)
      .map(({ seq, update }) => ({ seq, update }));
    const { state: sifted, bad, badClocks } = await thread.sift(stored.snapshot, updates);
    const seq = updates.at(-1)?.seq ?? stored.snapshotSeq;
    counters.quarantined += bad.length;
    logger.error({ roomId, bad }, 'updates are quarantined');
    const clean = await this.#read(sifted);
    await this.#replace(sifted, decodeStateVector(clean.stateVector()));
    await store.saveSnapshot(roomId, { seq, state: sifted });
    if (badClocks.length === 0) return;
    // Those who could show what is bad are to show it no more; here it is gone already.
    const update = encodeDeletions(badClocks);
    const { state } = this.#host.open();
    this.#host.acceptOwn(null, { kind: 'change', update, parts: [], deletes: badClocks, newText: undefined }, state);
  }
}
