/**
 * Keeps a Yjs document and its awareness in step with the server over the y-websocket protocol, and knows which local
 * edits are durable there. Knows no editor and no React.
 */
import { collabClose, collabMessage, syncMessage } from '@coderoom/protocol';
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import {
  type Awareness,
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  removeAwarenessStates,
} from 'y-protocols/awareness';
import * as Y from 'yjs';
import { createStore, type ReadableStore } from '../../store.ts';
import { AckLedger } from './ack-ledger.ts';

/** Why the client does not come back by itself. */
export type CollabCloseReason = 'unauthorized' | 'gone' | 'forbidden' | 'refused' | 'stopped';

export type CollabState =
  /** Waiting for the next attempt, or for a socket to open. `attempt` counts failures since it last stood. */
  | { name: 'connecting'; attempt: number }
  /** The socket is open; the document is not yet level with the server's. */
  | { name: 'syncing'; attempt: number }
  | { name: 'live' }
  | { name: 'closed'; reason: CollabCloseReason };

/** What the client needs of a WebSocket; tests bring their own. */
export interface CollabSocketLike {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  onerror: (() => void) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

export interface CollabClientOptions {
  doc: Y.Doc;
  awareness: Awareness;
  /** Asked anew for each attempt, since the token in it may have been renewed. */
  address: () => string;
  createSocket?: (address: string) => CollabSocketLike;
  /** Numbers in [0, 1), for the jitter of the back-off. */
  random?: () => number;
}

export const collabTimes = {
  retryMinMs: 250,
  retryMaxMs: 10_000,
  /** A connection that stood this long makes the back-off start over. */
  stableAfterMs: 5_000,
  /** After this much silence the server is asked for a sign of life … */
  probeAfterMs: 15_000,
  /** … and given up when none comes. */
  probeAnswerMs: 5_000,
} as const;

/** Closings for a fault of ours, one after the other, before we stop insisting. */
const refusalsMax = 3;

export class CollabClient {
  readonly state: ReadableStore<CollabState>;
  /** Local edits that are not known to be in the server's database. */
  readonly unsavedEdits: ReadableStore<number>;
  /** Whether the document has ever been level with the server's. */
  readonly hasSynced: ReadableStore<boolean>;

  readonly #doc: Y.Doc;
  readonly #awareness: Awareness;
  readonly #address: () => string;
  readonly #createSocket: (address: string) => CollabSocketLike;
  readonly #random: () => number;
  readonly #state = createStore<CollabState>({ name: 'connecting', attempt: 0 });
  readonly #unsaved = createStore(0);
  readonly #saved = createStore(0);
  readonly #synced = createStore(false);
  readonly #ledger = new AckLedger();

  #socket: CollabSocketLike | undefined;
  #attempt = 0;
  #refusals = 0;
  /** What has happened on this socket: only after our step 2 may updates follow. */
  #sentStep2 = false;
  #gotStep2 = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #stableTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: CollabClientOptions) {
    this.#doc = options.doc;
    this.#awareness = options.awareness;
    this.#address = options.address;
    this.#createSocket = options.createSocket ?? ((address) => new WebSocket(address) as CollabSocketLike);
    this.#random = options.random ?? Math.random;
    this.state = this.#state;
    this.unsavedEdits = this.#unsaved;
    this.hasSynced = this.#synced;
    this.#doc.on('update', this.#onUpdate);
    this.#awareness.on('update', this.#onAwareness);
  }

  /** Connects, or connects again after it was closed; a waiting attempt is made at once. */
  connect(): void {
    if (this.#socket !== undefined) return;
    clearTimeout(this.#retryTimer);
    this.#open();
  }

  /** Something about the network has changed: an attempt is made at once, a standing connection has to prove itself. */
  check(): void {
    const { name } = this.#state.get();
    if (name === 'connecting') this.reconnect();
    else if (name === 'syncing' || name === 'live') this.#probe();
  }

  /** Gives up the present socket, if any, and connects at once. */
  reconnect(): void {
    this.#drop();
    this.connect();
  }

  /** Resolves with true once every edit made before the call is durable, with false after `timeoutMs`. */
  whenSaved(timeoutMs: number): Promise<boolean> {
    const target = this.#ledger.made;
    if (this.#ledger.saved >= target) return Promise.resolve(true);
    const { name } = this.#state.get();
    if (name === 'syncing' || name === 'live') {
      this.#send((encoder) => encoding.writeVarUint(encoder, collabMessage.queryDurable));
    }
    return new Promise((resolve) => {
      const finish = (saved: boolean) => {
        clearTimeout(timer);
        stop();
        resolve(saved);
      };
      const timer = setTimeout(() => finish(false), timeoutMs);
      const stop = this.#saved.subscribe(() => {
        if (this.#saved.get() >= target) finish(true);
      });
    });
  }

  /** Stops for good, telling the others that we have left. */
  destroy(): void {
    removeAwarenessStates(this.#awareness, [this.#doc.clientID], 'left');
    this.#doc.off('update', this.#onUpdate);
    this.#awareness.off('update', this.#onAwareness);
    this.#drop();
    clearTimeout(this.#retryTimer);
    this.#state.set({ name: 'closed', reason: 'stopped' });
  }

  // --- The socket ---------------------------------------------------------------------------------------------------

  #open(): void {
    this.#state.set({ name: 'connecting', attempt: this.#attempt });
    const socket = this.#createSocket(this.#address());
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onclose = ({ code }) => this.#closed(code);
    // A close event always follows.
    socket.onerror = () => {};
  }

  #opened(): void {
    this.#sentStep2 = false;
    this.#gotStep2 = false;
    this.#ledger.restart();
    this.#state.set({ name: 'syncing', attempt: this.#attempt });
    this.#heard();
    this.#sendStep1();
    // Sets the same state with a higher clock: the others may have been told that we left.
    const own = this.#awareness.getLocalState();
    if (own !== null) this.#awareness.setLocalState(own);
  }

  #closed(code: number): void {
    const isRefusal = code === collabClose.protocolError || code === collabClose.tooLarge;
    this.#refusals = isRefusal ? this.#refusals + 1 : this.#refusals;
    this.#drop();
    const reason = this.#finalReason(code);
    if (reason !== undefined) this.#state.set({ name: 'closed', reason });
    else this.#retryLater();
  }

  #finalReason(code: number): CollabCloseReason | undefined {
    if (code === collabClose.unauthorized) return 'unauthorized';
    if (code === collabClose.roomGone) return 'gone';
    if (code === collabClose.forbidden) return 'forbidden';
    return this.#refusals >= refusalsMax ? 'refused' : undefined;
  }

  /** Lets go of the socket without a word to the state. */
  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#sentStep2 = false;
    clearTimeout(this.#stableTimer);
    clearTimeout(this.#silenceTimer);
    if (socket !== undefined) {
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
      socket.close(collabClose.normal);
    }
    const others = [...this.#awareness.getStates().keys()].filter((client) => client !== this.#doc.clientID);
    removeAwarenessStates(this.#awareness, others, this);
    // Their clocks are forgotten too: whoever is still there is told with the same clock, and must count as news.
    for (const client of others) this.#awareness.meta.delete(client);
  }

  /** Exponential back-off with full jitter above a floor, so that a restarted server is not stormed. */
  #retryLater(): void {
    const ceiling = Math.min(collabTimes.retryMaxMs, collabTimes.retryMinMs * 2 ** this.#attempt);
    this.#attempt++;
    this.#state.set({ name: 'connecting', attempt: this.#attempt });
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#open(), ceiling / 2 + (ceiling / 2) * this.#random());
  }

  /** Something has come: the connection is alive. */
  #heard(): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => this.#probe(), collabTimes.probeAfterMs);
  }

  /** Asks for the document again, which costs little when nothing is missing, and must be answered. */
  #probe(): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => {
      this.#drop();
      this.#retryLater();
    }, collabTimes.probeAnswerMs);
    this.#sendStep1();
  }

  // --- Coming in ----------------------------------------------------------------------------------------------------

  #received(data: unknown): void {
    if (!(data instanceof ArrayBuffer)) return;
    this.#heard();
    try {
      this.#handle(decoding.createDecoder(new Uint8Array(data)));
    } catch (error) {
      // What is behind it cannot be trusted either; a new connection brings everything afresh.
      console.warn('coderoom: a message of the server could not be read; connecting again', error);
      this.#drop();
      this.#retryLater();
    }
  }

  #handle(decoder: decoding.Decoder): void {
    switch (decoding.readVarUint(decoder)) {
      case collabMessage.sync:
        this.#handleSync(decoder);
        return;
      case collabMessage.awareness:
        applyAwarenessUpdate(this.#awareness, decoding.readVarUint8Array(decoder), this);
        return;
      case collabMessage.queryAwareness:
        this.#sendAwareness([this.#doc.clientID]);
        return;
      case collabMessage.durable:
        this.#ledger.acknowledge(decoding.readVarUint(decoder));
        this.#saved.set(this.#ledger.saved);
        this.#unsaved.set(this.#ledger.unsaved);
        return;
      default:
      // A newer server may say more than we know.
    }
  }

  #handleSync(decoder: decoding.Decoder): void {
    const type = decoding.readVarUint(decoder);
    const payload = decoding.readVarUint8Array(decoder);
    if (type === syncMessage.step1) {
      this.#sendSync(syncMessage.step2, Y.encodeStateAsUpdate(this.#doc, payload));
      this.#ledger.sentAll();
      this.#sentStep2 = true;
    } else {
      Y.applyUpdate(this.#doc, payload, this);
      if (type === syncMessage.step2) this.#gotStep2 = true;
    }
    if (this.#gotStep2 && this.#sentStep2 && this.#state.get().name === 'syncing') this.#becomeLive();
  }

  #becomeLive(): void {
    this.#synced.set(true);
    this.#state.set({ name: 'live' });
    this.#stableTimer = setTimeout(() => {
      this.#attempt = 0;
      this.#refusals = 0;
    }, collabTimes.stableAfterMs);
  }

  // --- Going out ----------------------------------------------------------------------------------------------------

  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin === this) return;
    this.#ledger.edit();
    // Before our step 2 an update could build upon what the server lacks; the step 2 to come carries it.
    if (this.#sentStep2) {
      this.#sendSync(syncMessage.update, update);
      this.#ledger.sentAll();
    }
    this.#unsaved.set(this.#ledger.unsaved);
  };

  readonly #onAwareness = (
    { added, updated, removed }: { added: number[]; updated: number[]; removed: number[] },
    origin: unknown,
  ): void => {
    if (origin === this) return;
    const own = [...added, ...updated, ...removed].filter((client) => client === this.#doc.clientID);
    if (own.length > 0) this.#sendAwareness(own);
  };

  #sendStep1(): void {
    this.#sendSync(syncMessage.step1, Y.encodeStateVector(this.#doc));
  }

  #sendSync(type: number, payload: Uint8Array): void {
    this.#send((encoder) => {
      encoding.writeVarUint(encoder, collabMessage.sync);
      encoding.writeVarUint(encoder, type);
      encoding.writeVarUint8Array(encoder, payload);
    });
  }

  #sendAwareness(clients: number[]): void {
    if (this.#state.get().name !== 'syncing' && this.#state.get().name !== 'live') return;
    this.#send((encoder) => {
      encoding.writeVarUint(encoder, collabMessage.awareness);
      encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(this.#awareness, clients));
    });
  }

  #send(write: (encoder: encoding.Encoder) => void): void {
    const encoder = encoding.createEncoder();
    write(encoder);
    this.#socket?.send(encoding.toUint8Array(encoder) as Uint8Array<ArrayBuffer>);
  }
}
