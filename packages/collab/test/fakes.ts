/** What the engine's tests play with: a store in memory that can fail, sockets without a network, clients of y-protocols. */
import { collabMessage, syncMessage } from '@coderoom/protocol';
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness';
import { readSyncMessage, writeSyncStep1, writeUpdate } from 'y-protocols/sync';
import * as Y from 'yjs';
import { defaultLimits } from '../src/contract.ts';
import type {
  Collab,
  CollabMember,
  CollabSession,
  CollabSocket,
  DocumentSeed,
  DocumentStore,
  LoggedBatch,
  LoggedUpdate,
  StoredDocument,
} from '../src/index.ts';
import { createDocumentThread, encodeSeed, ForeignUpdates, packUpdates, readBatch } from '../src/index.ts';

interface StoredRoom {
  log: LoggedUpdate[];
  snapshot: { seq: number; state: Uint8Array } | undefined;
}

/** Keeps the contract of DocumentStore; each hook may throw or wait. */
export class MemoryStore implements DocumentStore {
  readonly rooms = new Map<string, StoredRoom>();
  loads = 0;
  appends = 0;
  beforeLoad: () => unknown = () => {};
  beforeAppend: (batches: readonly LoggedBatch[]) => unknown = () => {};
  /** After the commit: a throw here is an answer that got lost. */
  afterAppend: () => unknown = () => {};
  beforeSnapshot: () => unknown = () => {};

  create(roomId: string, seed: Partial<DocumentSeed> = {}): void {
    const update = encodeSeed({
      files: [{ path: 'main.py', text: '' }],
      entry: 'main.py',
      language: 'python',
      ...seed,
    });
    this.rooms.set(roomId, { log: [{ roomId, seq: 1, at: 0, memberId: null, update }], snapshot: undefined });
  }

  log(roomId: string): LoggedUpdate[] {
    return (this.rooms.get(roomId) as StoredRoom).log;
  }

  /** The document that the whole log makes. */
  replay(roomId: string): Y.Doc {
    const doc = new Y.Doc();
    for (const { update } of this.log(roomId)) Y.applyUpdate(doc, update);
    return doc;
  }

  async load(roomId: string): Promise<StoredDocument | null> {
    this.loads++;
    await this.beforeLoad();
    const room = this.rooms.get(roomId);
    if (room === undefined) return null;
    const snapshotSeq = room.snapshot?.seq ?? 0;
    const updates = room.log.filter(({ seq }) => seq > snapshotSeq);
    const batches = updates.length === 0 ? [] : [packUpdates(updates)];
    return { snapshot: room.snapshot?.state ?? null, snapshotSeq, batches };
  }

  async append(batches: readonly LoggedBatch[]): Promise<void> {
    this.appends++;
    // As a database would: what is handed over is what is stored, whatever becomes of it afterwards.
    const handedOver = batches.map((batch) => ({ ...batch, entries: batch.entries.slice() }));
    await this.beforeAppend(batches);
    for (const batch of handedOver) {
      const room = this.rooms.get(batch.roomId);
      if (room === undefined) throw new Error(`no room ${batch.roomId}`);
      for (const update of readBatch(batch)) {
        const known = room.log.find(({ seq }) => seq === update.seq);
        if (known === undefined) room.log.push(update);
        else if (!Buffer.from(known.update).equals(update.update)) throw new ForeignUpdates('there is another one');
      }
    }
    await this.afterAppend();
  }

  async saveSnapshot(roomId: string, snapshot: { seq: number; state: Uint8Array }): Promise<void> {
    await this.beforeSnapshot();
    const room = this.rooms.get(roomId);
    if (room !== undefined && (room.snapshot?.seq ?? 0) < snapshot.seq) room.snapshot = snapshot;
  }
}

export const silent = { warn: () => {}, error: () => {} };

/** One thread for all engines of a test file: starting one takes longer than most tests. */
export const thread = createDocumentThread({ limits: defaultLimits, random: Math.random });

export function member(id: string, more: Partial<CollabMember> = {}): CollabMember {
  return { id, name: `Name of ${id}`, color: '#2563eb', light: '#2563eb33', role: 'editor', ...more };
}

/** A socket that keeps what it is sent. */
export class FakeSocket implements CollabSocket {
  readonly sent: Uint8Array[] = [];
  bufferedBytes = 0;
  isPaused = false;
  closure: { code: number; reason: string } | undefined;
  onMessage: (message: Uint8Array) => void = () => {};

  send(messages: readonly Uint8Array[]): void {
    if (this.closure !== undefined) throw new Error('sent to a closed socket');
    for (const message of messages) {
      this.sent.push(message);
      this.onMessage(message);
    }
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(code: number, reason: string): void {
    this.closure ??= { code, reason };
  }

  ofType(type: number): Uint8Array[] {
    return this.sent.filter((message) => message[0] === type);
  }

  /** The counts of the durable acks that came. */
  acks(): number[] {
    return this.ofType(collabMessage.durable).map((message) => {
      const decoder = decoding.createDecoder(message);
      decoding.readVarUint(decoder);
      return decoding.readVarUint(decoder);
    });
  }

  /** How many messages of a sync kind came. */
  syncs(kind: number): number {
    return this.ofType(collabMessage.sync).filter((message) => message[1] === kind).length;
  }
}

export interface ClientOptions {
  member?: CollabMember;
  acks?: boolean;
  doc?: Y.Doc;
  /** Deliver by `step` only; otherwise by itself in a later turn. */
  manual?: boolean;
}

/** A Yjs client that speaks through a FakeSocket as y-websocket does. Survives its socket. */
export class Client {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  member: CollabMember;
  socket = new FakeSocket();
  session: CollabSession | undefined;
  /** Document-changing messages sent on the present socket. */
  sent = 0;
  synced = false;
  readonly #acks: boolean;
  readonly #manual: boolean;
  #toClient: Uint8Array[] = [];
  #toServer: Uint8Array[] = [];

  constructor(options: ClientOptions = {}) {
    this.doc = options.doc ?? new Y.Doc();
    this.member = options.member ?? member('editor');
    this.#acks = options.acks ?? false;
    this.#manual = options.manual ?? false;
    this.awareness = new Awareness(this.doc);
    this.awareness.setLocalState(null);
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === this || this.session === undefined) return;
      this.#sendSync((encoder) => writeUpdate(encoder, update));
    });
    this.awareness.on('update', (change: { added: number[]; updated: number[]; removed: number[] }) => {
      if (this.session !== undefined) this.sendAwareness([...change.added, ...change.updated, ...change.removed]);
    });
  }

  get text(): Y.Text {
    return this.file('main.py');
  }

  get clientId(): number {
    return this.doc.clientID;
  }

  get isClosed(): boolean {
    return this.socket.closure !== undefined;
  }

  get isQuiet(): boolean {
    return this.#toClient.length === 0 && this.#toServer.length === 0;
  }

  file(path: string): Y.Text {
    return this.doc.getMap('files').get(path) as Y.Text;
  }

  connect(collab: Collab, roomId = 'room'): this {
    const socket = new FakeSocket();
    this.socket = socket;
    this.sent = 0;
    this.synced = false;
    this.#toClient = [];
    this.#toServer = [];
    socket.onMessage = (message) => {
      if (this.socket !== socket) return;
      this.#toClient.push(message);
      if (!this.#manual && this.#toClient.length === 1) queueMicrotask(() => this.#receiveAll());
    };
    this.session = collab.connect({ roomId, socket, member: this.member, acks: this.#acks });
    this.#sendSync((encoder) => writeSyncStep1(encoder, this.doc));
    if (this.awareness.getLocalState() !== null) this.sendAwareness([this.clientId]);
    return this;
  }

  /** As if the network went: what is under way is lost. */
  cut(): void {
    const { session } = this;
    this.session = undefined;
    this.#toClient = [];
    this.#toServer = [];
    session?.closed();
    this.forgetOthers();
  }

  /** The client's end notices nothing, the server's neither: the next connect leaves a half-open session behind. */
  loseSilently(): CollabSession {
    const session = this.session as CollabSession;
    this.session = undefined;
    this.forgetOthers();
    return session;
  }

  forgetOthers(): void {
    for (const id of this.awareness.getStates().keys()) if (id !== this.clientId) this.awareness.states.delete(id);
  }

  send(message: Uint8Array): void {
    if (message[0] === collabMessage.sync && message[1] !== syncMessage.step1) this.sent++;
    if (this.#manual) this.#toServer.push(message);
    else this.#deliver(message);
  }

  sendUpdate(update: Uint8Array): void {
    this.#sendSync((encoder) => writeUpdate(encoder, update));
  }

  sendAwareness(clients: number[]): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, collabMessage.awareness);
    encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(this.awareness, clients));
    this.send(encoding.toUint8Array(encoder));
  }

  /** Delivers the oldest message of one direction; false when there is none. */
  step(direction: 'up' | 'down'): boolean {
    const message = direction === 'up' ? this.#toServer.shift() : this.#toClient.shift();
    if (message === undefined) return false;
    if (direction === 'up') this.#deliver(message);
    else this.#receive(message);
    return true;
  }

  destroy(): void {
    this.cut();
    this.awareness.destroy();
    this.doc.destroy();
  }

  /** As a connection does: in a Buffer, whose memory is used for what comes next. */
  #deliver(message: Uint8Array): void {
    const lent = Buffer.from(message);
    this.session?.receive(lent);
    lent.fill(0xff);
  }

  #receiveAll(): void {
    for (let next = this.#toClient.shift(); next !== undefined; next = this.#toClient.shift()) this.#receive(next);
  }

  #receive(message: Uint8Array): void {
    const decoder = decoding.createDecoder(message);
    const type = decoding.readVarUint(decoder);
    if (type === collabMessage.awareness) {
      applyAwarenessUpdate(this.awareness, decoding.readVarUint8Array(decoder), this);
    } else if (type === collabMessage.sync) {
      const encoder = encoding.createEncoder();
      encoding.writeVarUint(encoder, collabMessage.sync);
      const kind = readSyncMessage(decoder, encoder, this.doc, this, (error) => {
        throw error;
      });
      if (kind === syncMessage.step2) this.synced = true;
      if (encoding.length(encoder) > 1) this.send(encoding.toUint8Array(encoder));
    }
  }

  #sendSync(write: (encoder: encoding.Encoder) => void): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, collabMessage.sync);
    write(encoder);
    this.send(encoding.toUint8Array(encoder));
  }
}

/** Wraps a Yjs update as a client's message. */
export function updateMessage(update: Uint8Array, kind: number = syncMessage.update): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, collabMessage.sync);
  encoding.writeVarUint(encoder, kind);
  encoding.writeVarUint8Array(encoder, update);
  return encoding.toUint8Array(encoder);
}

/** An awareness message saying what is given, honest or not. */
export function awarenessMessage(entries: { client: number; clock: number; state: unknown }[]): Uint8Array {
  const states = encoding.createEncoder();
  encoding.writeVarUint(states, entries.length);
  for (const { client, clock, state } of entries) {
    encoding.writeVarUint(states, client);
    encoding.writeVarUint(states, clock);
    encoding.writeVarString(states, typeof state === 'string' ? state : JSON.stringify(state));
  }
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, collabMessage.awareness);
  encoding.writeVarUint8Array(encoder, encoding.toUint8Array(states));
  return encoding.toUint8Array(encoder);
}
