import type { Latencies } from './latencies.ts';
import { openRawSocket, type RawSocket } from './raw-socket.ts';
import {
  cursorMessage,
  messageKind,
  namePrefix,
  type Place,
  Reader,
  readTyped,
  syncMessage,
  syncStep,
  typedFrame,
  typedUpdate,
} from './wire.ts';

/** One client to open. */
export interface Seat {
  url: string;
  room: number;
  /** How the server wants its messages framed. */
  framing: 'y-websocket' | 'hocuspocus';
  /** Hocuspocus: the document's name before each message. */
  documentName?: string;
  /** Whether the server says what is durable. */
  acks?: boolean;
  /** It holds no document and answers no sync. */
  isRelay?: boolean;
}

/** What all clients measure together. */
export interface Tally {
  /** How long a client of the given id took to type its nth edit: when that was due, or left. */
  sentAt(client: number, clock: number, length: number, each: (at: number) => void): void;
  /** Whether what arrives is being timed; a document that is put in is not. */
  isTiming: boolean;
  delivered: number;
  cursors: number;
  deliveries: Latencies;
  acks: Latencies;
}

/** What an update without anything in it looks like: the answer of a client that has nothing of its own. */
const emptyUpdate = Uint8Array.of(0, 0);
const nothing = new Uint8Array();

/** One simulated person: types into the text of its room behind its own last character, and times what it hears of others. */
export class LoadClient {
  readonly id: number;
  readonly seat: Seat;
  place: Place = { left: undefined, right: undefined };
  clock = 0;
  /** Edits of this spell: of `unit` characters each, from `base` on, with the times at which they left. */
  base = 0;
  unit = 1;
  sentAt: number[] = [];
  /** Bytes of the document that came as sync step 2, and when. */
  syncedAt: number | undefined;
  syncedBytes = 0;
  /** Document-changing messages sent on this socket, when each left, and how many the server called durable. */
  sent = 0;
  durable = 0;
  readonly #leftAt: number[] = [];
  readonly #prefix: Uint8Array;
  readonly #tally: Tally;
  #socket: RawSocket | undefined;
  #cursorClock = 0;

  constructor(id: number, seat: Seat, tally: Tally) {
    this.id = id;
    this.seat = seat;
    this.#tally = tally;
    this.#prefix = seat.framing === 'hocuspocus' ? namePrefix(seat.documentName ?? '') : nothing;
  }

  async connect(): Promise<void> {
    this.#socket = await openRawSocket(this.seat.url, (message, from) => {
      // The first message may come before `connect` has returned.
      this.#socket ??= from;
      this.#receive(message);
    });
    if (this.seat.framing === 'hocuspocus') this.#send(Uint8Array.of(messageKind.hocuspocusAuth, 0, 1, 0x78, 1, 0x34));
  }

  /** Asks for the document. */
  sync(): void {
    this.syncedAt = undefined;
    if (this.seat.isRelay === true) this.syncedAt = performance.now();
    else this.#send(syncMessage(syncStep.stateVector, Uint8Array.of(0)));
  }

  type(text: string, leftAt: number): void {
    this.sentAt.push(leftAt);
    const frame = typedFrame(this.#prefix, this.id, this.clock, text, this.place);
    if (frame === undefined) {
      this.sendUpdate(syncStep.update, typedUpdate(this.id, this.clock, text, this.place), leftAt);
    } else {
      this.#socket?.sendFrame(frame);
      this.#noteSent(leftAt);
    }
    this.clock += text.length;
  }

  sendUpdate(step: number, update: Uint8Array, leftAt = performance.now()): void {
    this.#send(syncMessage(step, update));
    this.#noteSent(leftAt);
  }

  #noteSent(leftAt: number): void {
    this.sent++;
    if (this.seat.acks === true) this.#leftAt.push(leftAt);
  }

  moveCursor(): void {
    this.#send(cursorMessage(this.id, ++this.#cursorClock, Math.max(0, this.clock - 1)));
  }

  closed(): string | undefined {
    return this.#socket?.closed();
  }

  close(): void {
    this.#socket?.close();
  }

  #send(message: Uint8Array): void {
    this.#socket?.send(this.#prefix, message);
  }

  #receive(message: Buffer): void {
    const tally = this.#tally;
    const reader = new Reader(message, this.#prefix.length);
    const kind = reader.varUint();
    if (kind === messageKind.durable && this.seat.framing === 'y-websocket') {
      this.#noteDurable(reader.varUint());
      return;
    }
    if (kind === messageKind.awareness) tally.cursors++;
    if (kind !== messageKind.sync && kind !== messageKind.hocuspocusSyncReply) return;
    const step = reader.varUint();
    const length = reader.varUint();
    const now = performance.now();
    if (step === syncStep.stateVector) {
      // The server asks for what we have: nothing that it lacks.
      if (this.seat.isRelay !== true) this.sendUpdate(syncStep.answer, emptyUpdate);
    } else if (step === syncStep.answer) {
      this.syncedAt = now;
      this.syncedBytes = length;
    } else if (step === syncStep.update && length > emptyUpdate.length && tally.isTiming) {
      readTyped(message, reader.at, (author, clock, count) => {
        if (author === this.id) return; // an echo is no delivery
        tally.sentAt(author, clock, count, (at) => {
          tally.delivered++;
          tally.deliveries.add(now - at);
        });
      });
    }
  }

  #noteDurable(count: number): void {
    const now = performance.now();
    for (let index = this.durable; index < count; index++) {
      this.#tally.acks.add(now - (this.#leftAt[index] as number));
    }
    this.durable = count;
  }
}
