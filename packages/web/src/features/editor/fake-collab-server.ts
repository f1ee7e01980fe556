/** A server for tests of the sync client: speaks the protocol over sockets that are plain objects, and obeys the test. */
import { collabMessage, syncMessage } from '@coderoom/protocol';
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import * as Y from 'yjs';
import type { CollabSocketLike } from './collab-client.ts';

export class FakeSocket implements CollabSocketLike {
  binaryType = '';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  isClosed = false;
  readonly sent: Uint8Array[] = [];
  readonly #server: FakeCollabServer;

  constructor(server: FakeCollabServer) {
    this.#server = server;
  }

  send(data: Uint8Array): void {
    this.sent.push(data);
    this.#server.received(this, data);
  }

  close(): void {
    this.isClosed = true;
  }
}

export class FakeCollabServer {
  readonly doc = new Y.Doc();
  readonly sockets: FakeSocket[] = [];
  readonly addresses: string[] = [];
  /** Document-changing messages on the present socket. */
  changes = 0;
  /** Whether step 1 is answered; a test that wants silence says no. */
  isAnswering = true;
  readonly awareness: Uint8Array[] = [];

  readonly createSocket = (address: string): FakeSocket => {
    this.addresses.push(address);
    const socket = new FakeSocket(this);
    this.sockets.push(socket);
    return socket;
  };

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('Nobody has connected');
    return socket;
  }

  /** The connection is accepted and greeted with step 1. */
  accept(): void {
    this.changes = 0;
    this.socket.onopen?.();
    this.askForMissing();
  }

  askForMissing(): void {
    this.#sync(syncMessage.step1, Y.encodeStateVector(this.doc));
  }

  /** An update of somebody else. */
  edit(change: (doc: Y.Doc) => void): void {
    const before = Y.encodeStateVector(this.doc);
    change(this.doc);
    this.#sync(syncMessage.update, Y.encodeStateAsUpdate(this.doc, before));
  }

  /** Says that the first `count` document-changing messages are durable. */
  acknowledge(count: number): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, collabMessage.durable);
    encoding.writeVarUint(encoder, count);
    this.tell(encoding.toUint8Array(encoder));
  }

  tell(message: Uint8Array): void {
    this.socket.onmessage?.({ data: message.slice().buffer });
  }

  hangUp(code: number): void {
    this.socket.onclose?.({ code });
  }

  received(socket: FakeSocket, message: Uint8Array): void {
    if (socket !== this.socket || socket.isClosed) return;
    const decoder = decoding.createDecoder(message);
    const kind = decoding.readVarUint(decoder);
    if (kind === collabMessage.awareness) this.awareness.push(decoding.readVarUint8Array(decoder));
    if (kind !== collabMessage.sync) return;
    const type = decoding.readVarUint(decoder);
    const payload = decoding.readVarUint8Array(decoder);
    if (type === syncMessage.step1) {
      if (this.isAnswering) this.#sync(syncMessage.step2, Y.encodeStateAsUpdate(this.doc, payload));
      return;
    }
    this.changes++;
    Y.applyUpdate(this.doc, payload);
  }

  #sync(type: number, payload: Uint8Array): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, collabMessage.sync);
    encoding.writeVarUint(encoder, type);
    encoding.writeVarUint8Array(encoder, payload);
    this.tell(encoding.toUint8Array(encoder));
  }
}
