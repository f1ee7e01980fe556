/**
 * One open room: its document, its sessions and the hot path between them. Whoever opens rooms is the registry
 * (collab.ts); how updates become durable is the update log's business.
 */
import { collabClose, type ErrorCode, mayEdit, ProblemError } from '@coderoom/protocol';
import * as Y from 'yjs';
import { RoomAwareness } from './awareness.ts';
import { checkOrder, checkUpdate, type UpdateCheck } from './check-update.ts';
import type { CollabLimits, CollabLogger, CollabMember, CollabSocket, DocumentStore } from './contract.ts';
import {
  type ClientMessage,
  decodeMessage,
  encodeAwareness,
  encodeStep1,
  encodeStep2,
  encodeUpdate,
  isEmptyUpdate,
} from './messages.ts';
import { hasPending, replayDocument } from './replay.ts';
import { Session, type SessionHost } from './session.ts';
import type { UpdateLog } from './update-log.ts';

export interface RoomServices {
  store: DocumentStore;
  log: UpdateLog;
  logger: CollabLogger;
  limits: CollabLimits;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** The room is over: closed, unloaded, or could not be loaded. */
  onGone: (room: Room) => void;
}

type Phase = { kind: 'loading' } | { kind: 'open'; doc: Y.Doc } | { kind: 'gone'; problem: ErrorCode };

/** A precise measure of the document is worth its cost after it has grown by this part of its limit. */
const measureAfterPart = 1 / 16;

export class Room implements SessionHost {
  readonly id: string;
  readonly limits: CollabLimits;
  readonly #services: RoomServices;
  readonly #sessions = new Set<Session>();
  readonly #awareness: RoomAwareness<Session>;
  #phase: Phase = { kind: 'loading' };
  #ready: Promise<void>;
  #readOnly: boolean;
  /** The engine is closing: what comes now is not taken, and will come again when its client reconnects. */
  #isFrozen = false;
  #order = 0;
  /** Operations of the server's own that need the document. */
  #uses = 0;

  /** The last update that is in the document, durable, and in the snapshot, respectively. */
  #lastSeq = 0;
  #committedSeq = 0;
  #snapshotSeq = 0;
  #compactAtSeq = 0;
  #isCompacting = false;

  /** The document's encoded size: measured at some time, plus the updates since. */
  #measuredBytes = 0;
  #bytes = 0;

  /** What Yjs says has changed, while a change is made. */
  #produced: Uint8Array[] = [];
  #turnIsScheduled = false;
  #unloadTimer: NodeJS.Timeout | undefined;
  #isUnloading = false;

  constructor(id: string, services: RoomServices, options: { readOnly: boolean }) {
    this.id = id;
    this.#services = services;
    this.limits = services.limits;
    this.#readOnly = options.readOnly;
    this.#awareness = new RoomAwareness(services.limits);
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
    clearTimeout(this.#unloadTimer);
    this.#sessions.add(session);
    if (this.#phase.kind === 'open') this.#greet(session, this.#phase.doc);
    return session;
  }

  detach(session: Session): void {
    if (!this.#sessions.delete(session)) return;
    this.#awareness.depart(session);
    if (this.#awareness.hasChanges) this.#scheduleTurn();
    this.#unloadWhenIdle();
  }

  /** One message of a socket. Whatever goes wrong with it is its sender's trouble alone. */
  receive(session: Session, message: Uint8Array): void {
    if (this.#isFrozen) return;
    if (this.#phase.kind !== 'open') {
      session.wait(message);
      return;
    }
    let decoded: ClientMessage;
    try {
      decoded = decodeMessage(message);
    } catch (error) {
      session.close(collabClose.protocolError, reasonOf(error));
      return;
    }
    try {
      this.#handle(session, decoded, this.#phase.doc);
    } catch (error) {
      this.#services.logger.error({ error, roomId: this.id, type: decoded.type }, 'a message could not be handled');
      session.close(collabClose.protocolError, 'the message could not be handled');
    }
  }

  #handle(session: Session, message: ClientMessage, doc: Y.Doc): void {
    switch (message.type) {
      case 'step1':
        this.#answerStep1(session, message.stateVector, doc);
        return;
      case 'step2':
      case 'update':
        this.#receiveUpdate(session, message, doc);
        return;
      case 'awareness':
        this.#receiveAwareness(session, message.states);
        return;
      case 'queryAwareness':
        session.wantsAwareness = true;
        this.#scheduleTurn();
        return;
      default:
        message satisfies never;
    }
  }

  #greet(session: Session, doc: Y.Doc): void {
    session.phase = 'syncing';
    session.send(encodeStep1(Y.encodeStateVector(doc)));
    this.#sendPresence(session);
  }

  #answerStep1(session: Session, stateVector: Uint8Array, doc: Y.Doc): void {
    let update: Uint8Array;
    try {
      update = Y.encodeStateAsUpdate(doc, stateVector);
    } catch (error) {
      session.close(collabClose.protocolError, reasonOf(error));
      return;
    }
    if (session.phase === 'syncing') session.phase = 'live';
    session.sendDocument(encodeStep2(update));
  }

  #receiveAwareness(session: Session, states: Uint8Array): void {
    try {
      this.#awareness.receive(session, states);
    } catch (error) {
      session.close(collabClose.protocolError, reasonOf(error));
    }
    if (this.#awareness.hasChanges) this.#scheduleTurn();
  }

  #receiveUpdate(session: Session, message: ClientMessage & { update: Uint8Array }, doc: Y.Doc): void {
    session.countReceived();
    const { update } = message;
    if (!this.#mayChange(session)) {
      if (isEmptyUpdate(update)) this.#owe(session);
      else session.miss();
      return;
    }
    let check: UpdateCheck;
    try {
      check = checkUpdate(doc.store, update, this.limits.collabNestingMax);
    } catch (error) {
      session.close(collabClose.protocolError, reasonOf(error));
      return;
    }
    if (check.kind === 'gap') {
      this.#askForMissing(session, message.type, doc);
      return;
    }
    if (check.kind === 'sound' && !this.#take(session, update, check, doc)) return;
    if (message.type === 'step2') session.catchUp();
    this.#owe(session);
  }

  /** Applies a checked update; false when it is refused, which closes the session. */
  #take(session: Session, update: Uint8Array, check: UpdateCheck & { kind: 'sound' }, doc: Y.Doc): boolean {
    if (!check.onlyDeletes && !this.#hasSpaceFor(update.length, doc)) {
      session.close(collabClose.tooLarge, 'the document is full');
      return false;
    }
    if (!this.#services.log.hasSpaceFor(update.length)) {
      session.close(collabClose.tryAgainLater, 'storage unavailable');
      return false;
    }
    try {
      this.#change(doc, () => {
        Y.applyUpdate(doc, update);
        checkOrder(doc.store, check.placed);
      });
    } catch (error) {
      this.#services.logger.warn({ error, roomId: this.id, memberId: session.member.id }, 'an update was poison');
      session.close(collabClose.protocolError, 'the update cannot be applied');
      return false;
    }
    this.#publish(session.member.id, session);
    return true;
  }

  /** Nothing is kept for later: the sender is asked for all that is missing, once; then it is closed. */
  #askForMissing(session: Session, type: ClientMessage['type'], doc: Y.Doc): void {
    session.miss();
    if (session.resyncing) {
      if (type === 'step2') session.close(collabClose.protocolError, 'parts of the document are missing');
      return;
    }
    session.resyncing = true;
    session.send(encodeStep1(Y.encodeStateVector(doc)));
  }

  #mayChange(session: Session): boolean {
    return !this.#readOnly && mayEdit(session.member.role);
  }

  // --- The document -------------------------------------------------------------------------------------------------

  /** Runs a change, gathering what it produced. If it fails halfway, the document is made anew from the log. */
  #change<T>(doc: Y.Doc, change: () => T): T {
    this.#produced = [];
    try {
      const result = change();
      if (hasPending(doc)) throw new Error('the change left something pending');
      return result;
    } catch (error) {
      const isUntouched = error instanceof ProblemError && this.#produced.length === 0;
      this.#produced = [];
      if (!isUntouched) this.#rebuild(doc);
      throw error;
    }
  }

  /**
   * Logs what was produced, and tells everybody but its author. Yjs may tidy up after a change (formatting marks around
   * nothing): that comes as further updates, which the author does not have either.
   */
  #publish(memberId: string | null, author: Session | undefined): void {
    const at = this.#services.now();
    for (const [index, update] of this.#produced.entries()) {
      this.#lastSeq++;
      this.#bytes += update.length;
      this.#services.log.append({ roomId: this.id, seq: this.#lastSeq, at, memberId, update });
      const message = encodeUpdate(update);
      for (const session of this.#sessions) {
        if ((session !== author || index > 0) && session.phase === 'live') session.send(message);
      }
    }
    this.#produced = [];
  }

  /** All of the room's updates up to `seq` are durable. */
  committed(seq: number): void {
    this.#committedSeq = seq;
    for (const session of this.#sessions) session.acknowledge(seq);
    if (this.#lastSeq >= this.#compactAtSeq) void this.#compact();
  }

  #owe(session: Session): void {
    session.owe(this.#lastSeq);
    if (this.#lastSeq === this.#committedSeq) this.#scheduleTurn();
  }

  #hasSpaceFor(bytes: number, doc: Y.Doc): boolean {
    const max = this.limits.documentMaxBytes;
    if (this.#bytes + bytes <= max) return true;
    if (this.#bytes - this.#measuredBytes >= max * measureAfterPart) {
      this.#measuredBytes = Y.encodeStateAsUpdate(doc).length;
      this.#bytes = this.#measuredBytes;
    }
    return this.#bytes + bytes <= max;
  }

  // --- The server's own operations ----------------------------------------------------------------------------------

  /** Runs something on the document, which stays loaded meanwhile. */
  async use<T>(operation: (doc: Y.Doc) => T | Promise<T>): Promise<T> {
    this.#uses++;
    clearTimeout(this.#unloadTimer);
    try {
      while (this.#phase.kind === 'loading') await this.#ready;
      if (this.#phase.kind === 'gone') throw new ProblemError(this.#phase.problem);
      return await operation(this.#phase.doc);
    } finally {
      this.#uses--;
      this.#unloadWhenIdle();
    }
  }

  /** Changes the document on behalf of a member; resolves once that, and all before it, is durable. */
  async edit<T>(memberId: string | null, bytes: number, change: (doc: Y.Doc) => T): Promise<T> {
    return this.use(async (doc) => {
      const { log } = this.#services;
      if (this.#readOnly) throw new ProblemError('room_ended');
      if (log.failing || !log.hasSpaceFor(bytes)) throw new ProblemError('storage_unavailable');
      if (bytes > 0 && !this.#hasSpaceFor(bytes, doc)) throw new ProblemError('document_too_large');
      const result = this.#change(doc, () => doc.transact(() => change(doc)));
      this.#publish(memberId, undefined);
      await this.#durable(this.#lastSeq);
      return result;
    });
  }

  async #durable(seq: number): Promise<void> {
    const { promise: timeout, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new ProblemError('storage_unavailable')), this.limits.durableWaitMs);
    try {
      await Promise.race([this.#services.log.durable(this.id, seq), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  updateMember(member: CollabMember): void {
    for (const session of this.#sessions) {
      if (session.member.id !== member.id) continue;
      session.member = member;
      this.#awareness.restamp(session);
      this.#askIfMissed(session);
    }
    if (this.#awareness.hasChanges) this.#scheduleTurn();
  }

  setReadOnly(readOnly: boolean): void {
    this.#readOnly = readOnly;
    for (const session of this.#sessions) this.#askIfMissed(session);
  }

  /** Who may write now, and wrote when it might not, is asked for what it has. */
  #askIfMissed(session: Session): void {
    if (this.#phase.kind !== 'open' || !session.hasMissed || !this.#mayChange(session)) return;
    session.send(encodeStep1(Y.encodeStateVector(this.#phase.doc)));
  }

  closeSessions(code: number, reason: string, memberId?: string): void {
    for (const session of this.#sessions) {
      if (memberId === undefined || session.member.id === memberId) session.close(code, reason);
    }
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  /** Ends the room at once, without saving anything more. `problem` is what its users are told from then on. */
  dispose(code: number, reason: string, problem: ErrorCode): void {
    const phase = this.#phase;
    this.#phase = { kind: 'gone', problem };
    clearTimeout(this.#unloadTimer);
    this.closeSessions(code, reason);
    if (phase.kind === 'open') phase.doc.destroy();
    if (phase.kind !== 'gone') this.#services.onGone(this);
  }

  // --- Once per turn of the event loop ------------------------------------------------------------------------------

  #scheduleTurn(): void {
    if (this.#turnIsScheduled) return;
    this.#turnIsScheduled = true;
    setImmediate(() => {
      this.#turnIsScheduled = false;
      this.#tellPresence();
      for (const session of this.#sessions) session.acknowledge(this.#committedSeq);
    });
  }

  #tellPresence(): void {
    const changes = this.#awareness.takeChanges();
    const max = this.limits.collabAwarenessMaxBytes;
    const forAll = encodeAwareness(changes, max);
    for (const session of this.#sessions) {
      if (session.phase === 'connecting') continue;
      if (session.wantsAwareness) {
        session.wantsAwareness = false;
        this.#sendPresence(session);
        continue;
      }
      const hasOwn = changes.some(({ client }) => session.clients.has(client));
      const messages = hasOwn
        ? encodeAwareness(
            changes.filter(({ client }) => !session.clients.has(client)),
            max,
          )
        : forAll;
      for (const message of messages) session.send(message);
    }
  }

  #sendPresence(session: Session): void {
    const others = this.#awareness.entries().filter(({ client }) => !session.clients.has(client));
    for (const message of encodeAwareness(others, this.limits.collabAwarenessMaxBytes)) session.send(message);
  }

  // --- Loading, compacting, unloading -------------------------------------------------------------------------------

  #startLoading(): Promise<void> {
    const ready = Promise.resolve().then(() => this.#load());
    // Nobody may be waiting for it; sessions are told by being closed.
    ready.catch(() => {});
    return ready;
  }

  async #load(): Promise<void> {
    const { store, log, logger } = this.#services;
    try {
      // Taken before the store is read: what is committed in between is then in either.
      const unsaved = log.unsaved(this.id);
      const stored = await store.load(this.id);
      if (this.#phase.kind !== 'loading') return;
      if (stored === null) {
        this.dispose(collabClose.roomGone, 'there is no such room', 'room_not_found');
        throw new ProblemError('room_not_found');
      }
      const replayed = await replayDocument(stored, unsaved, this.limits.replaySliceMs);
      // It may have been disposed of while it was replayed.
      if ((this.#phase as Phase).kind !== 'loading') replayed.doc.destroy();
      else this.#open(replayed, unsaved.length > 0);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      logger.error({ error, roomId: this.id }, 'a document could not be loaded');
      this.dispose(collabClose.tryAgainLater, 'storage unavailable', 'storage_unavailable');
      throw new ProblemError('storage_unavailable');
    }
  }

  #open(replayed: Awaited<ReturnType<typeof replayDocument>>, hadUnsaved: boolean): void {
    const { doc } = replayed;
    this.#lastSeq = replayed.seq;
    // Without unsaved updates all of it is durable; otherwise `committed` tells, or has told.
    if (!hadUnsaved || this.#services.log.unsaved(this.id).length === 0) this.#committedSeq = replayed.seq;
    this.#snapshotSeq = replayed.snapshotSeq;
    this.#compactAtSeq = replayed.snapshotSeq + this.limits.compactAfterUpdates;
    this.#measuredBytes = replayed.snapshotBytes;
    this.#bytes = replayed.snapshotBytes + replayed.tailBytes;
    doc.on('update', (update: Uint8Array) => this.#produced.push(update));
    this.#phase = { kind: 'open', doc };
    for (const session of this.#sessions) {
      if (session.phase === 'connecting') this.#greet(session, doc);
    }
    for (const session of this.#sessions) {
      for (const message of session.takeWaiting()) session.receive(message);
    }
    this.#unloadWhenIdle();
  }

  /** After a change that failed halfway the document cannot be trusted: it is made anew from what was logged. */
  #rebuild(doc: Y.Doc): void {
    doc.destroy();
    this.#phase = { kind: 'loading' };
    this.#ready = this.#startLoading();
  }

  /** Saves the document as of now, once that is durable, so that the next load has less to replay. */
  async #compact(): Promise<void> {
    if (this.#isCompacting || this.#phase.kind !== 'open') return;
    this.#isCompacting = true;
    const { log, store, logger } = this.#services;
    const seq = this.#lastSeq;
    this.#compactAtSeq = seq + this.limits.compactAfterUpdates;
    try {
      const state = Y.encodeStateAsUpdate(this.#phase.doc);
      this.#bytes = state.length;
      this.#measuredBytes = state.length;
      await log.durable(this.id, seq);
      await store.saveSnapshot(this.id, { seq, state });
      this.#snapshotSeq = seq;
    } catch (error) {
      logger.warn({ error, roomId: this.id, seq }, 'a snapshot was not saved');
    } finally {
      this.#isCompacting = false;
    }
  }

  get #isIdle(): boolean {
    return this.#sessions.size === 0 && this.#uses === 0;
  }

  #unloadWhenIdle(): void {
    if (!this.#isIdle || this.#phase.kind !== 'open') return;
    clearTimeout(this.#unloadTimer);
    this.#unloadTimer = setTimeout(() => void this.#unload(), this.limits.roomUnloadAfterMs);
    this.#unloadTimer.unref();
  }

  /** Lets go of an idle room once all is durable; whoever connects meanwhile keeps it. */
  async #unload(): Promise<void> {
    if (this.#isUnloading || !this.#isIdle) return;
    this.#isUnloading = true;
    try {
      if (this.#lastSeq > this.#snapshotSeq) await this.#compact();
      await this.#services.log.durable(this.id, this.#lastSeq);
    } catch {
      // The room was closed and forgotten while it waited.
    } finally {
      this.#isUnloading = false;
    }
    if (!this.#isIdle || this.#phase.kind !== 'open') return;
    if (this.#services.log.unsaved(this.id).length > 0) this.#unloadWhenIdle();
    else this.dispose(collabClose.goingAway, 'idle', 'storage_unavailable');
  }
}

function reasonOf(error: unknown): string {
  // A close reason has at most 123 bytes (RFC 6455, 5.5).
  return `bad message: ${error instanceof Error ? error.message : 'unreadable'}`
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 120);
}
