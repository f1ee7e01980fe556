/** One socket in a room: where it stands, what it is owed, and how much it may have under way. The room does the work. */
import { collabClose } from '@coderoom/protocol';
import type { AwarenessSpeaker } from './awareness.ts';
import type { CollabLimits, CollabMember, CollabSession, CollabSocket } from './contract.ts';
import { encodeDurable } from './messages.ts';

/** What a session needs of its room. */
export interface SessionHost {
  readonly limits: CollabLimits;
  receive(session: Session, message: Uint8Array): void;
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
 */
export type SessionPhase = 'connecting' | 'syncing' | 'live' | 'closed';

/** What keeping a message costs beside its bytes; roughly. */
const waitingOverheadBytes = 100;

export class Session implements CollabSession, AwarenessSpeaker {
  member: CollabMember;
  readonly order: number;
  readonly clients = new Set<number>();
  hasSpoken = false;
  phase: SessionPhase = 'connecting';
  /** Asked who is present. */
  wantsAwareness = false;
  /** Was sent sync step 1 because something it sent built upon what is missing here. */
  resyncing = false;

  readonly #host: SessionHost;
  readonly #socket: CollabSocket;
  readonly #acks: boolean;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** A big answer to sync step 1 may be under way beyond the bound for slow readers. */
  #allowanceBytes = 0;
  /** Document-changing messages received. */
  #received = 0;
  /** A message was not taken: what came after it cannot be acknowledged before a sync step 2 has brought it all. */
  #missed = false;
  /** Acks to send: `count` once `seq` is durable; ascending. */
  #owed: { count: number; seq: number }[] = [];

  constructor({ host, socket, member, acks, order }: SessionOptions) {
    this.#host = host;
    this.#socket = socket;
    this.member = member;
    this.#acks = acks;
    this.order = order;
  }

  get hasMissed(): boolean {
    return this.#missed;
  }

  receive(message: Uint8Array): void {
    if (this.phase === 'closed') return;
    if (message.length > this.#host.limits.collabFrameMaxBytes) this.close(collabClose.tooLarge, 'message too large');
    else this.#host.receive(this, message);
  }

  closed(): void {
    if (this.phase === 'closed') return;
    this.phase = 'closed';
    this.#waiting = [];
    this.#owed = [];
    this.#host.detach(this);
  }

  /** Closes the socket from our side. */
  close(code: number, reason: string): void {
    if (this.phase === 'closed') return;
    this.closed();
    try {
      this.#socket.close(code, reason);
    } catch {
      // A socket that cannot even be closed is gone already.
    }
  }

  send(message: Uint8Array): void {
    if (this.phase === 'closed') return;
    const buffered = this.#socket.bufferedBytes;
    const max = this.#host.limits.collabOutgoingMaxBytes;
    if (buffered > max + this.#allowanceBytes) {
      this.close(collabClose.tryAgainLater, 'too slow');
      return;
    }
    if (buffered <= max) this.#allowanceBytes = 0;
    try {
      this.#socket.send(message);
    } catch {
      this.close(collabClose.goingAway, 'the socket takes no more');
    }
  }

  /** Sends a whole document, which may be bigger than what may otherwise be under way, but not twice. */
  sendDocument(message: Uint8Array): void {
    if (this.#socket.bufferedBytes > this.#host.limits.collabOutgoingMaxBytes) {
      this.close(collabClose.tryAgainLater, 'too slow');
      return;
    }
    this.send(message);
    this.#allowanceBytes = message.length;
  }

  /** Keeps a message until the document is there. */
  wait(message: Uint8Array): void {
    this.#waitingBytes += message.length + waitingOverheadBytes;
    if (this.#waitingBytes > this.#host.limits.collabWaitingMaxBytes) {
      this.close(collabClose.tryAgainLater, 'too much before the document was loaded');
    } else this.#waiting.push(message);
  }

  takeWaiting(): Uint8Array[] {
    this.#waitingBytes = 0;
    return this.#waiting.splice(0);
  }

  /** A document-changing message has come. */
  countReceived(): void {
    this.#received++;
  }

  /** It was not taken. */
  miss(): void {
    this.#missed = true;
  }

  /** A sync step 2 without a gap brought all that this socket's client knew, so nothing is missing any more. */
  catchUp(): void {
    this.#missed = false;
    this.resyncing = false;
  }

  /** All that has come is part of the document as of `seq`; to be acknowledged when that is durable. */
  owe(seq: number): void {
    if (!this.#acks || this.#missed || this.phase === 'closed') return;
    const last = this.#owed.at(-1);
    if (last?.seq === seq) last.count = this.#received;
    else this.#owed.push({ count: this.#received, seq });
  }

  /** Sends at most one ack: for the most that is durable when `seq` is. */
  acknowledge(seq: number): void {
    let durable = 0;
    while (durable < this.#owed.length && (this.#owed[durable] as { seq: number }).seq <= seq) durable++;
    const last = this.#owed[durable - 1];
    if (last === undefined) return;
    this.#owed.splice(0, durable);
    this.send(encodeDurable(last.count));
  }
}
