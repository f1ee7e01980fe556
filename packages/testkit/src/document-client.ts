import { collabMessage, documentMaps, syncMessage } from '@coderoom/protocol';
import WebSocket, { type RawData } from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { until } from './until.ts';

/** A Yjs document connected by the stock y-websocket provider, with the durable acks counted beside it. */
export interface DocumentClient extends Disposable {
  doc: Y.Doc;
  provider: WebsocketProvider;
  /** The text of a file; made by nobody but the server, so it may be missing. */
  file(path: string): Y.Text;
  /** Document-changing messages sent on the present socket, and how many of them the server called durable. */
  sent(): number;
  durable(): number;
  /** Resolves when the first sync is done. */
  synced(): Promise<void>;
  /** Asks that it be soon, and resolves when all that was sent is durable. */
  saved(): Promise<void>;
}

/** Connects to `/collab/<roomId>` of a server; with `acks` the server is asked for durable acks. */
export function connectDocument(
  url: string,
  roomId: string,
  token: string,
  options: { acks?: boolean; clientId?: number } = {},
): DocumentClient {
  const doc = new Y.Doc();
  if (options.clientId !== undefined) doc.clientID = options.clientId;
  const counts = { sent: 0, durable: 0 };

  /** Counts on the wire, so that the provider stays the stock one. */
  class CountingSocket extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols);
      counts.sent = 0;
      counts.durable = 0;
      this.on('message', (data: RawData) => {
        const bytes = new Uint8Array(data as ArrayBuffer);
        if (bytes[0] === collabMessage.durable) counts.durable = readVarUint(bytes, 1);
      });
    }

    override send(data: Parameters<WebSocket['send']>[0]): void {
      const bytes = data as Uint8Array;
      if (bytes[0] === collabMessage.sync && bytes[1] !== syncMessage.step1) counts.sent++;
      super.send(data);
    }
  }

  const provider = new WebsocketProvider(`${url.replace(/^http/, 'ws')}/collab`, roomId, doc, {
    params: { token, ...(options.acks === true ? { acks: '1' } : {}) },
    WebSocketPolyfill: CountingSocket as never,
    disableBc: true,
    maxBackoffTime: 500,
  });
  provider.messageHandlers[collabMessage.durable] = () => {};

  return {
    doc,
    provider,
    file: (path) => doc.getMap(documentMaps.files).get(path) as Y.Text,
    sent: () => counts.sent,
    durable: () => counts.durable,
    synced: async () => {
      await until('the first sync', () => provider.synced);
    },
    saved: async () => {
      if (provider.ws?.readyState === WebSocket.OPEN) provider.ws.send(Uint8Array.of(collabMessage.queryDurable));
      await until('the durable ack', () => counts.durable >= counts.sent);
    },
    [Symbol.dispose]: () => {
      provider.destroy();
      doc.destroy();
    },
  };
}

function readVarUint(bytes: Uint8Array, from: number): number {
  let value = 0;
  let factor = 1;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    value += (byte & 127) * factor;
    if (byte < 128) break;
    factor *= 128;
  }
  return value;
}
