/** One socket in a room: where it stands, what it is owed, and how much it may have under way. The room does the work. */
import { collabClose } from '@coderoom/protocol';
import type { AwarenessSpeaker } from './awareness.ts';
import type { CollabLimits, CollabMember, CollabSession, CollabSocket } from './contract.ts';
import type { Counters } from './counters.ts';
import { encodeDurable } from './messages.ts';

/** What a session needs of its room. */
export interface SessionHost {
  readonly limits: CollabLimits;
  readonly counters: Counters;
  receive(session: Session, message: Uint8Array): void;
  /** The session lagged behind and can be told again what it missed. */
  catchUp(session: Session): void;
  detach(session: Session): void;
}

export interface SessionOptions {
  host: SessionHost;
  socket: CollabSocket;
  member: CollabMember;
  acks: boolean;
  order: number;
}

/**
 * - connecting: the document is loading, messages wait
 * - syncing: greeted; has not asked for the document yet, so it is told no updates
 * - live: has the document and is told every update
 * - lagging: was live, and its network takes no more; it is told what it missed once it does
 */
export type SessionPhase = 'connecting' | 'syncing' | 'live' | 'lagging' | 'closed';

/** What keeping a message costs beside its bytes; roughly. */
const waitingOverheadBytes = 100;
const noClients: ReadonlySet<number> = new Set();

export class Session implements CollabSession, AwarenessSpeaker {
  member: CollabMember;
  readonly order: number;
  hasSpoken = false;
  phase: SessionPhase = 'connecting';
  /** Asked who is present. */
  wantsAwareness = false;
  /** Was sent sync step 1 because something it sent built upon what is missing here. */
  resyncing = false;
  /** An update of its is being read in slices; what comes after that waits. */
  isReading = false;
  /** What it had of the document when it began to lag. */
  laggedAt: ReadonlyMap<number, number> | undefined;

  readonly #host: SessionHost;
  readonly #socket: CollabSocket;
  readonly #acks: boolean;
  #clients: Set<number> | undefined;
  #waiting: Uint8Array[] | undefined;
  #waitingBytes = 0;
  /** A big answer to sync step 1 may be under way beyond the bound for slow readers. */
  #allowanceBytes = 0;
  /** Document-changing messages received. */
  #received = 0;
  /** A message was not taken: what came after it cannot be acknowledged before a sync step 2 has brought it all. */
  #missed = false;
  /** Acks to come: count, seq, count, seq…: `count` messages are durable once `seq` is. Ascending. */
  #owed: number[] = [];
  /** An ack that can be sent: it rides on the next delivery. 0: none. */
  #ackDue = 0;
  /** So many are to be acknowledged without delay. 0: none. */
  #awaited = 0;

  constructor({ host, socket, member, acks, order }: SessionOptions) {
    this.#host = host;
    this.#socket = socket;
    this.member = member;
    this.#acks = acks;
    this.order = order;
  }

  get clients(): ReadonlySet<number> {
    return this.#clients ?? noClients;
  }

  speakFor(client: number): void {
    this.#clients ??= new Set();
    this.#clients.add(client);
  }

  fallSilent(client: number): void {
    this.#clients?.delete(client);
  }

  get hasMissed(): boolean {
    return this.#missed;
  }

  receive(message: Uint8Array): void {
    if (this.phase === 'closed') return;
    if (message.length > this.#host.limits.collabFrameMaxBytes) this.close(collabClose.tooLarge, 'message too large');
    else this.#host.receive(this, message);
  }

  drained(): void {
    if (this.phase === 'lagging') this.#host.catchUp(this);
  }

  closed(): void {
    if (this.phase === 'closed') return;
    this.phase = 'closed';
    this.#waiting = undefined;
    this.#owed = [];
    this.laggedAt = undefined;
    this.#host.detach(this);
  }

  /** Closes the socket from our side. */
  close(code: number, reason: string): void {
    if (this.phase === 'closed') return;
    this.sendAck();
    this.closed();
    try {
      this.#socket.close(code, reason);
    } catch {
      // A socket that cannot even be closed is gone already.
    }
  }

  /** Whether its network has so much to take already that it is to be told no more for now. */
  get isSlow(): boolean {
    return this.#socket.bufferedBytes > this.#host.limits.collabLagMaxBytes + this.#allowanceBytes;
  }

  /** It lags behind; `clocks` is what it has of the document. */
  lag(clocks: ReadonlyMap<number, number>): void {
    this.phase = 'lagging';
    this.laggedAt = clocks;
    this.#host.counters.lagged++;
  }

  /** Sends messages together, and with them the ack that is due. */
  send(messages: readonly Uint8Array[]): void {
    if (this.phase === 'closed') return;
    const buffered = this.#socket.bufferedBytes;
    if (buffered > 0 || this.#allowanceBytes > 0) {
      const max = this.#host.limits.collabOutgoingMaxBytes;
      if (buffered > max + this.#allowanceBytes) {
        this.#closeAsSlow();
        return;
      }
      if (buffered <= max) this.#allowanceBytes = 0;
    }
    const all = this.#ackDue === 0 ? messages : [...messages, encodeDurable(this.#ackDue)];
    this.#ackDue = 0;
    if (all.length === 0) return;
    const { counters } = this.#host;
    for (const message of all) counters.bytesOut += message.length;
    try {
      this.#socket.send(all);
    } catch {
      this.close(collabClose.goingAway, 'the socket takes no more');
    }
  }

  /** Sends a whole document, which may be bigger than what may otherwise be under way, but not twice. */
  sendDocument(message: Uint8Array): void {
    if (this.phase === 'closed') return;
    if (this.#socket.bufferedBytes > this.#host.limits.collabOutgoingMaxBytes) {
      this.#closeAsSlow();
      return;
    }
    this.send([message]);
    this.#allowanceBytes = message.length;
  }

  #closeAsSlow(): void {
    this.#ackDue = 0;
    this.#host.counters.slowClosed++;
    this.close(collabClose.tryAgainLater, 'too slow');
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (this.phase !== 'closed') this.#socket.resume();
  }

  /** Keeps a message until the document is there, or the message before it is read. */
  wait(message: Uint8Array): void {
    this.#waitingBytes += message.length + waitingOverheadBytes;
    if (this.#waitingBytes > this.#host.limits.collabWaitingMaxBytes) {
      this.close(collabClose.tryAgainLater, 'too much at once');
      return;
    }
    this.#waiting ??= [];
    // Not slice(): that of a Buffer shares its memory.
    this.#waiting.push(new Uint8Array(message));
  }

  takeWaiting(): readonly Uint8Array[] {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#waitingBytes = 0;
    return waiting;
  }

  /** A document-changing message has come. */
  countReceived(): void {
    this.#received++;
  }

  /** It was not taken. */
  refuse(): void {
    this.#missed = true;
  }

  /** A sync step 2 without a gap brought all that this socket's client knew, so nothing is missing any more. */
  forgive(): void {
    this.#missed = false;
    this.resyncing = false;
  }

  /** All that has come is part of the document as of `seq`; to be acknowledged when that is durable. */
  owe(seq: number): void {
    if (!this.#acks || this.#missed || this.phase === 'closed') return;
    const owed = this.#owed;
    const last = owed.length - 1;
    if (last > 0 && owed[last] === seq) owed[last - 1] = this.#received;
    else owed.push(this.#received, seq);
  }

  /** `seq` is durable. True when that makes an ack due that is not sent at once. */
  settle(seq: number): boolean {
    const owed = this.#owed;
    let settled = 0;
    while (settled < owed.length && (owed[settled + 1] as number) <= seq) settled += 2;
    if (settled === 0) return false;
    this.#ackDue = owed[settled - 2] as number;
    if (settled === owed.length) owed.length = 0;
    else owed.splice(0, settled);
    if (this.#awaited === 0 || this.#ackDue < this.#awaited) return true;
    this.#awaited = 0;
    this.sendAck();
    return false;
  }

  /** Tells without delay once all that has come is durable. False when that is so already, or nothing is to be told. */
  awaitAll(): boolean {
    this.#awaited = this.#owed.at(-2) ?? 0;
    if (this.#awaited === 0) this.sendAck();
    return this.#awaited > 0;
  }

  /** Sends the ack that is due and found nothing to ride on. */
  sendAck(): void {
    if (this.#ackDue > 0) this.send([]);
  }
}
