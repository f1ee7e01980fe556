/**
 * One open room: its document as bytes, its sessions and the hot path between them. Whoever opens rooms is the registry
 * (collab.ts); how updates become durable is the update log's business, what they mean the document thread's. What the
 * server itself reads and writes is own-operations.ts, verifying and snapshots are upkeep.ts.
 */
import { collabClose, type ErrorCode, mayEdit, ProblemError } from '@coderoom/protocol';
import { RoomAwareness } from './awareness.ts';
import type { CollabLimits, CollabLogger, CollabMember, CollabSocket, DocumentStore } from './contract.ts';
import type { Counters } from './counters.ts';
import { type PlacedCursor, readToldCursor } from './cursors.ts';
import { type Change, type DocumentState, decodeStateVector } from './document-state.ts';
import type { DocumentThread } from './document-thread.ts';
import type { Operation, OperationResult } from './document-work.ts';
import { Keystroke } from './keystroke.ts';
import {
  type AwarenessEntry,
  type ClientMessage,
  decodeMessage,
  encodeAwareness,
  encodeStep1,
  encodeSyncInPlace,
  isEmptyUpdate,
  step2Head,
  updateHead,
} from './messages.ts';
import { Outbox } from './outbox.ts';
import { type OpenDocument, type OperationsHost, OwnOperations } from './own-operations.ts';
import type { PacedAnswers } from './paced-answers.ts';
import { readDocument } from './read-document.ts';
import { readInSlices } from './read-in-slices.ts';
import { Session, type SessionHost } from './session.ts';
import type { Turns } from './turns.ts';
import type { UpdateLog } from './update-log.ts';
import { Upkeep, type UpkeepHost } from './upkeep.ts';

export interface RoomServices {
  store: DocumentStore;
  log: UpdateLog;
  thread: DocumentThread;
  turns: Turns;
  answers: PacedAnswers<Session>;
  counters: Counters;
  logger: CollabLogger;
  limits: CollabLimits;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Some of the room's sessions have acks due; `sendAcks` is to be called some time. */
  onAcksDue: (room: Room) => void;
  /** A session wrote while too much waits for its commit. */
  onPressure: (session: Session) => void;
  /** Nobody needs the room any more; `unload` is to be called some time. */
  onIdle: (room: Room) => void;
  /** The room is over: closed, unloaded, or could not be loaded. */
  onGone: (room: Room) => void;
}

/** Where somebody is in the main file. */
export interface MemberCursor extends PlacedCursor {
  /** Of awareness; a member has one in each of their windows. */
  client: number;
  memberId: string;
}

interface OpenPhase extends OpenDocument {
  kind: 'open';
}

type Phase = { kind: 'loading' } | OpenPhase | { kind: 'gone'; problem: ErrorCode };

type Outcome = ReturnType<DocumentState['read']>;

const nothing: readonly Uint8Array[] = [];
const noEntries: readonly AwarenessEntry[] = [];
/** Of all rooms: none is read while another is dealt with. */
const keystroke = new Keystroke();

export class Room implements SessionHost, OperationsHost, UpkeepHost {
  readonly id: string;
  readonly limits: CollabLimits;
  readonly counters: Counters;
  readonly #services: RoomServices;
  readonly #sessions = new Set<Session>();
  readonly #awareness: RoomAwareness<Session>;
  readonly #outbox = new Outbox<Session>();
  /** Kept by `turns`: it waits to tell what is new. */
  isScheduled = false;
  /** Who is told of changes; undefined as long as nobody is, which costs nothing. */
  watchers: ReadonlySet<(what: 'changed' | 'moved') => void> | undefined;
  #phase: Phase = { kind: 'loading' };
  #ready: Promise<void>;
  #readOnly: boolean;
  /** The engine is closing: what comes now is not taken, and will come again when its client reconnects. */
  #isFrozen = false;
  #order = 0;
  readonly #operations: OwnOperations;
  readonly #upkeep: Upkeep;

  /** The last update that is in the document, and the last that is durable. */
  #lastSeq = 0;
  #committedSeq = 0;

  /** The answer for who has nothing, as long as it is right and somebody's network still holds it. */
  #whole: WeakRef<Uint8Array> | undefined;

  constructor(id: string, services: RoomServices, options: { readOnly: boolean }) {
    this.id = id;
    this.#services = services;
    this.limits = services.limits;
    this.counters = services.counters;
    this.#readOnly = options.readOnly;
    this.#awareness = new RoomAwareness(services.limits);
    this.#operations = new OwnOperations(this, services);
    this.#upkeep = new Upkeep(this, this.#operations, services);
    this.#ready = this.#startLoading();
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  // --- Sessions -----------------------------------------------------------------------------------------------------

  connect(socket: CollabSocket, member: CollabMember, acks: boolean): Session {
    const session = new Session({ host: this, socket, member, acks, order: this.#order++ });
    const ofMember = this.#sessions.values().filter((other) => other.member.id === member.id);
    if (ofMember.toArray().length >= this.limits.collabSocketsPerMember) {
      session.close(collabClose.tryAgainLater, 'too many connections');
      return session;
    }
    this.#sessions.add(session);
    if (this.#phase.kind === 'open') this.#greet(session, this.#phase.state);
    return session;
  }

  detach(session: Session): void {
    if (!this.#sessions.delete(session)) return;
    this.#awareness.depart(session);
    if (this.#awareness.hasChanges) this.#services.turns.schedule(this);
    this.#tellIfIdle();
  }

  /** One message of a socket. Whatever goes wrong with it is its sender's trouble alone. */
  receive(session: Session, message: Uint8Array): void {
    if (this.#isFrozen) return;
    if (this.#phase.kind !== 'open' || session.isReading) {
      session.wait(message);
      return;
    }
    this.counters.bytesIn += message.length;
    if (keystroke.read(message) && this.#takeTyped(session, this.#phase.state)) return;
    let decoded: ClientMessage;
    try {
      decoded = decodeMessage(message);
    } catch (error) {
      session.close(collabClose.protocolError, reasonOf(error));
      return;
    }
    try {
      this.#handle(session, decoded, this.#phase.state);
    } catch (error) {
      this.#services.logger.error(
        { err: error, roomId: this.id, type: decoded.type },
        'a message could not be handled',
      );
      session.close(collabClose.protocolError, 'the message could not be handled');
    }
  }

  #handle(session: Session, message: ClientMessage, state: DocumentState): void {
    switch (message.type) {
      case 'step1':
        this.#answerStep1(session, message.stateVector);
        return;
      case 'step2':
      case 'update':
        this.#receiveUpdate(session, message, state);
        return;
      case 'awareness':
        this.#receiveAwareness(session, message.states);
        return;
      case 'queryAwareness':
        session.wantsAwareness = true;
        this.#services.turns.schedule(this);
        return;
      case 'queryDurable':
        if (session.awaitAll()) this.#services.log.hurry();
        return;
      default:
        message satisfies never;
    }
  }

  #greet(session: Session, state: DocumentState): void {
    session.phase = 'syncing';
    session.send([encodeStep1(state.stateVector()), ...this.#presenceFor(session)]);
  }

  #answerStep1(session: Session, stateVector: Uint8Array): void {
    let has: Map<number, number>;
    try {
      has = decodeStateVector(stateVector);
    } catch (error) {
      session.close(collabClose.protocolError, reasonOf(error));
      return;
    }
    this.#services.answers.give(session, () => this.#sendMissing(session, has));
  }

  /** Gives how many bytes that were. */
  #sendMissing(session: Session, has: ReadonlyMap<number, number>): number {
    if (this.#phase.kind !== 'open' || session.phase === 'closed') return 0;
    const { state } = this.#phase;
    // The answer holds all that is still to be told; nobody is told twice.
    this.takeTurn();
    if (session.phase === 'syncing' || session.phase === 'lagging') session.phase = 'live';
    session.laggedAt = undefined;
    const answer = has.size === 0 ? this.#wholeAnswer(state) : encodeAnswer(state, has);
    session.sendDocument(answer);
    return answer.length;
  }

  /** Newcomers who come together share one answer. */
  #wholeAnswer(state: DocumentState): Uint8Array {
    const known = this.#whole?.deref();
    if (known !== undefined) return known;
    const answer = encodeAnswer(state);
    this.#whole = new WeakRef(answer);
    return answer;
  }

  #receiveAwareness(session: Session, states: Uint8Array): void {
    try {
      this.#awareness.receive(session, states);
    } catch (error) {
      session.close(collabClose.protocolError, reasonOf(error));
    }
    if (this.#awareness.hasChanges) this.#services.turns.schedule(this);
  }

  /** What was typed takes the short way; false when nothing was taken and only the long one can tell why. */
  #takeTyped(session: Session, state: DocumentState): boolean {
    const { log, onPressure, now } = this.#services;
    const { updateBytes: bytes } = keystroke;
    if (!this.#mayChange(session) || !log.hasSpaceFor(bytes)) return false;
    if (state.bytes + bytes > this.limits.documentMaxBytes || !state.type(keystroke)) return false;
    session.countReceived();
    const at = now();
    this.#lastSeq++;
    log.append(this.id, this.#lastSeq, at, session.member.id, keystroke.bytes, keystroke.updateFrom);
    this.#outbox.addTyped(session, keystroke);
    this.#noteChange(bytes, at);
    this.#owe(session);
    if (log.pendingBytes > this.limits.logPauseBytes) onPressure(session);
    return true;
  }

  #receiveUpdate(session: Session, message: ClientMessage & { update: Uint8Array }, state: DocumentState): void {
    session.countReceived();
    const { update } = message;
    if (!this.#mayChange(session)) {
      if (isEmptyUpdate(update)) this.#owe(session);
      else session.refuse();
      return;
    }
    if (update.length > this.limits.collabReadAtOnceBytes) {
      // Not slice(): that of a Buffer shares its memory.
      void this.#receiveLarge(session, message.type, new Uint8Array(update));
      return;
    }
    let outcome: Outcome;
    try {
      outcome = state.read(update, this.limits.collabNestingMax);
    } catch (error) {
      session.close(collabClose.protocolError, reasonOf(error));
      return;
    }
    this.#conclude(session, message.type, outcome, state);
  }

  /** What the session sends meanwhile waits; others go on. */
  async #receiveLarge(session: Session, type: ClientMessage['type'], update: Uint8Array): Promise<void> {
    session.isReading = true;
    session.pause();
    const current = () => {
      const isWanted = session.phase !== 'closed' && !this.#isFrozen && this.#phase.kind === 'open';
      return isWanted ? this.open().state : undefined;
    };
    try {
      const { collabNestingMax: nestingMax, readSliceStructs: sliceStructs } = this.limits;
      const take = (outcome: Outcome, state: DocumentState) => {
        if (this.#mayChange(session)) this.#conclude(session, type, outcome, state);
        else session.refuse();
      };
      await readInSlices({ update, nestingMax, sliceStructs, current, take });
    } catch (error) {
      session.close(collabClose.protocolError, reasonOf(error));
    } finally {
      session.isReading = false;
      session.resume();
      for (const message of session.takeWaiting()) session.receive(message);
    }
  }

  #conclude(session: Session, type: ClientMessage['type'], outcome: Outcome, state: DocumentState): void {
    if (outcome.kind === 'gap') {
      this.#askForMissing(session, type, state);
      return;
    }
    if (outcome.kind === 'change' && !this.#take(session, outcome, state)) return;
    if (type === 'step2') session.forgive();
    this.#owe(session);
  }

  /** Takes what is new; false when it is refused, which closes the session. */
  #take(session: Session, change: Change, state: DocumentState): boolean {
    const { log, onPressure } = this.#services;
    const bytes = change.update.length;
    if (change.parts.length > 0 && !this.#hasSpaceFor(bytes, state)) {
      session.close(collabClose.tooLarge, 'the document is full');
      // What was deleted in small pieces goes only when all of it is made anew.
      if (this.#upkeep.hasWork) void this.#upkeep.compact();
      return false;
    }
    if (!log.hasSpaceFor(bytes)) {
      session.close(collabClose.tryAgainLater, 'storage unavailable');
      return false;
    }
    this.#accept(session.member.id, session, change, state);
    if (log.pendingBytes > this.limits.logPauseBytes) onPressure(session);
    return true;
  }

  /** Nothing is kept for later: the sender is asked for all that is missing, once; then it is closed. */
  #askForMissing(session: Session, type: ClientMessage['type'], state: DocumentState): void {
    session.refuse();
    if (session.resyncing) {
      if (type === 'step2') session.close(collabClose.protocolError, 'parts of the document are missing');
      return;
    }
    session.resyncing = true;
    session.send([encodeStep1(state.stateVector())]);
  }

  #mayChange(session: Session): boolean {
    return !this.#readOnly && mayEdit(session.member.role);
  }

  // --- The document -------------------------------------------------------------------------------------------------

  /** A change becomes part of the document, of the log, and of what everybody but its author is told. */
  #accept(memberId: string | null, author: Session | undefined, change: Change, state: DocumentState): void {
    const { log, now } = this.#services;
    this.#lastSeq++;
    const at = now();
    log.append(this.id, this.#lastSeq, at, memberId, change.update);
    this.#outbox.add(author, change);
    state.apply(change);
    this.#noteChange(change.update.length, at);
  }

  #noteChange(bytes: number, at: number): void {
    this.counters.edits++;
    this.#upkeep.note(bytes, at);
    this.#whole = undefined;
    this.#services.turns.schedule(this);
    if (this.watchers !== undefined) for (const tell of this.watchers) tell('changed');
  }

  /** All of the room's updates up to `seq` are durable. */
  committed(seq: number): void {
    this.#committedSeq = seq;
    let hasDue = false;
    for (const session of this.#sessions) hasDue = session.settle(seq) || hasDue;
    if (hasDue) this.#services.onAcksDue(this);
    if (this.#upkeep.isDue) void this.#upkeep.compact();
  }

  sendAcks(): void {
    for (const session of this.#sessions) session.sendAck();
  }

  #owe(session: Session): void {
    session.owe(this.#lastSeq);
    if (this.#lastSeq === this.#committedSeq && session.settle(this.#committedSeq)) this.#services.onAcksDue(this);
  }

  #hasSpaceFor(bytes: number, state: DocumentState): boolean {
    const { documentMaxBytes } = this.limits;
    if (state.bytes + bytes <= documentMaxBytes) return true;
    state.dropDeleted();
    return state.bytes + bytes <= documentMaxBytes;
  }

  // --- Once per turn of the event loop, or less often under pressure ------------------------------------------------

  /** Tells everybody what is new. */
  takeTurn(): void {
    if (this.#phase.kind !== 'open') return;
    const presence = this.#awareness.hasChanges ? this.#awareness.takeChanges() : noEntries;
    const max = this.limits.collabAwarenessMaxBytes;
    const presenceForAll = presence.length === 0 ? nothing : encodeAwareness(presence, max);
    if (presence.length > 0 && this.watchers !== undefined) for (const tell of this.watchers) tell('moved');
    for (const session of this.#sessions) {
      if (session.phase === 'connecting') continue;
      if (session.phase === 'lagging') {
        if (!session.isSlow) this.catchUp(session);
        continue;
      }
      const news = this.#newsFor(session, this.#phase.state);
      if (news === undefined) continue;
      this.counters.deliveries += news.length;
      const hasPresence = presence.length > 0 || session.wantsAwareness;
      const told = hasPresence ? this.#presenceNewsFor(session, presence, presenceForAll) : nothing;
      if (told.length > 0) session.send(news.length === 0 ? told : [...news, ...told]);
      else if (news.length > 0) session.send(news);
    }
    this.#outbox.clear();
  }

  /** What a session is to be told of who is where. */
  #presenceNewsFor(
    session: Session,
    changes: readonly AwarenessEntry[],
    forAll: readonly Uint8Array[],
  ): readonly Uint8Array[] {
    if (session.wantsAwareness) {
      session.wantsAwareness = false;
      return this.#presenceFor(session);
    }
    if (!changes.some(({ client }) => session.clients.has(client))) return forAll;
    const others = changes.filter(({ client }) => !session.clients.has(client));
    return encodeAwareness(others, this.limits.collabAwarenessMaxBytes);
  }

  /** What a session is to be told of the document; undefined when it begins to lag instead. */
  #newsFor(session: Session, state: DocumentState): readonly Uint8Array[] | undefined {
    if (session.phase !== 'live' || this.#outbox.isEmpty) return nothing;
    if (!session.isSlow) return this.#outbox.messagesFor(session);
    session.lag(this.#outbox.clocksBefore(state));
    return undefined;
  }

  /** A session whose network takes more again gets all that it missed as one update. */
  catchUp(session: Session): void {
    if (this.#phase.kind !== 'open' || session.laggedAt === undefined || session.isSlow) return;
    const { state } = this.#phase;
    const missed = session.laggedAt;
    session.phase = 'live';
    session.laggedAt = undefined;
    session.sendDocument(encodeSyncInPlace(updateHead, 0, (out) => state.writeUpdate(out, missed)));
    session.wantsAwareness = true;
    this.#services.turns.schedule(this);
  }

  #presenceFor(session: Session): Uint8Array[] {
    const others = this.#awareness.entries().filter(({ client }) => !session.clients.has(client));
    return encodeAwareness(others, this.limits.collabAwarenessMaxBytes);
  }

  // --- The server's own operations ----------------------------------------------------------------------------------

  read<O extends Operation>(operation: O): Promise<OperationResult[O['kind']]> {
    return this.#operations.read(operation);
  }

  edit<O extends Operation>(memberId: string | null, bytes: number, operation: O): Promise<OperationResult[O['kind']]> {
    return this.#operations.edit(memberId, bytes, operation);
  }

  /** Where members are in the main file, as they last told; by their awareness client. */
  async readCursors(): Promise<MemberCursor[]> {
    const told = this.#awareness.entries().flatMap(({ client, text }) => {
      const state = JSON.parse(text) as { user: { id: string } };
      const cursor = readToldCursor(state);
      return cursor === undefined ? [] : [{ client, memberId: state.user.id, cursor }];
    });
    if (told.length === 0) return [];
    const places = await this.read({ kind: 'placeCursors', cursors: told.map(({ cursor }) => cursor) });
    return told.flatMap(({ client, memberId }, index) => {
      const place = places[index];
      return place == null ? [] : [{ client, memberId, ...place }];
    });
  }

  // --- What the server's operations and the upkeep see of the room ---------------------------------------------------

  async loaded(): Promise<void> {
    while (this.#phase.kind === 'loading') await this.#ready;
  }

  open(): OpenPhase {
    if (this.#phase.kind === 'open') return this.#phase;
    throw new ProblemError(this.#phase.kind === 'gone' ? this.#phase.problem : 'storage_unavailable');
  }

  get state(): DocumentState | undefined {
    return this.#phase.kind === 'open' ? this.#phase.state : undefined;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get committedSeq(): number {
    return this.#committedSeq;
  }

  replaceState(state: DocumentState): void {
    this.#phase = { ...this.open(), state };
    this.#whole = undefined;
  }

  acceptOwn(memberId: string | null, change: Change, state: DocumentState): void {
    this.#accept(memberId, undefined, change, state);
  }

  repair(reason: string): Promise<void> {
    return this.#upkeep.repair(reason);
  }

  operationsEnded(): void {
    this.#tellIfIdle();
  }

  assertWritable(bytes: number): void {
    const { log } = this.#services;
    const { state } = this.open();
    if (this.#readOnly) throw new ProblemError('room_ended');
    if (this.#isFrozen) throw new ProblemError('shutting_down');
    if (log.failing || !log.hasSpaceFor(bytes)) throw new ProblemError('storage_unavailable');
    if (bytes > 0 && !this.#hasSpaceFor(bytes, state)) throw new ProblemError('document_too_large');
  }

  // --- Members, and the end ------------------------------------------------------------------------------------------

  updateMember(member: CollabMember): void {
    for (const session of this.#sessions) {
      if (session.member.id !== member.id) continue;
      session.member = member;
      this.#awareness.restamp(session);
      this.#askIfMissed(session);
    }
    if (this.#awareness.hasChanges) this.#services.turns.schedule(this);
  }

  setReadOnly(readOnly: boolean): void {
    this.#readOnly = readOnly;
    for (const session of this.#sessions) this.#askIfMissed(session);
  }

  /** Who may write now, and wrote when it might not, is asked for what it has. */
  #askIfMissed(session: Session): void {
    if (this.#phase.kind !== 'open' || !session.hasMissed || !this.#mayChange(session)) return;
    session.send([encodeStep1(this.#phase.state.stateVector())]);
  }

  closeSessions(code: number, reason: string, memberId?: string): void {
    for (const session of this.#sessions) {
      if (memberId === undefined || session.member.id === memberId) session.close(code, reason);
    }
  }

  freeze(): void {
    this.takeTurn();
    this.#isFrozen = true;
  }

  /** Ends the room at once, without saving anything more. `problem` is what its users are told from then on. */
  dispose(code: number, reason: string, problem: ErrorCode): void {
    this.takeTurn();
    const phase = this.#phase;
    this.#phase = { kind: 'gone', problem };
    this.closeSessions(code, reason);
    if (phase.kind === 'open') phase.document.forget();
    if (phase.kind !== 'gone') this.#services.onGone(this);
  }

  // --- Loading, unloading --------------------------------------------------------------------------------------------

  #startLoading(): Promise<void> {
    const ready = Promise.resolve().then(() => this.#load());
    // Nobody may be waiting for it; sessions are told by being closed.
    ready.catch(() => {});
    return ready;
  }

  async #load(): Promise<void> {
    const { store, log, logger } = this.#services;
    try {
      // What an earlier opening of the room left behind.
      await log.durable(this.id, Number.POSITIVE_INFINITY);
      const stored = await store.load(this.id);
      if (this.#phase.kind !== 'loading') return;
      if (stored === null) {
        this.dispose(collabClose.roomGone, 'there is no such room', 'room_not_found');
        throw new ProblemError('room_not_found');
      }
      const { state, seq } = await readDocument(stored, this.limits.readSliceStructs);
      // It may have been disposed of while it was read.
      if ((this.#phase as Phase).kind === 'loading') this.#begin(state, seq, stored.snapshotSeq);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      logger.error({ err: error, roomId: this.id }, 'a document could not be loaded');
      this.dispose(collabClose.tryAgainLater, 'storage unavailable', 'storage_unavailable');
      throw new ProblemError('storage_unavailable');
    }
  }

  #begin(state: DocumentState, seq: number, snapshotSeq: number): void {
    this.#lastSeq = seq;
    this.#committedSeq = seq;
    // The first update is our own: the seed.
    this.#upkeep.begin(seq - Math.max(snapshotSeq, 1));
    this.#phase = { kind: 'open', state, document: this.#services.thread.open() };
    for (const session of this.#sessions) {
      if (session.phase === 'connecting') this.#greet(session, state);
    }
    for (const session of this.#sessions) {
      for (const message of session.takeWaiting()) session.receive(message);
    }
    this.#tellIfIdle();
  }

  get isIdle(): boolean {
    return this.#sessions.size === 0 && !this.#operations.areUnderWay && this.#phase.kind === 'open';
  }

  #tellIfIdle(): void {
    if (this.isIdle) this.#services.onIdle(this);
  }

  /** Lets go of an idle room once all is verified and durable; whoever connects meanwhile keeps it. */
  async unload(): Promise<void> {
    if (!this.isIdle) return;
    try {
      if (this.#upkeep.hasWork) await this.#upkeep.compact();
      await this.#services.log.durable(this.id, this.#lastSeq);
    } catch {
      // The room was closed and forgotten while it waited.
    }
    if (!this.isIdle) return;
    if (this.#lastSeq > this.#committedSeq) this.#services.onIdle(this);
    else this.dispose(collabClose.goingAway, 'idle', 'storage_unavailable');
  }
}

function encodeAnswer(state: DocumentState, has?: ReadonlyMap<number, number>): Uint8Array {
  const bytes = has === undefined ? state.encodedMaxBytes : 0;
  return encodeSyncInPlace(step2Head, bytes, (out) => state.writeUpdate(out, has));
}

function reasonOf(error: unknown): string {
  // A close reason has at most 123 bytes (RFC 6455, 5.5).
  return `bad message: ${error instanceof Error ? error.message : 'unreadable'}`
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 120);
}
