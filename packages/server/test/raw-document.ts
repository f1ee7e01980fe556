/** A WebSocket on /collab with no Yjs client behind it, which may send anything; for tests only. */
import { collabMessage, syncMessage } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import WebSocket from 'ws';

export interface RawDocument extends Disposable {
  readonly socket: WebSocket;
  /** All that the server sent. */
  readonly received: Uint8Array[];
  /** Why it closed, if it has. */
  closure(): { code: number; reason: string } | undefined;
  closed(timeoutMs?: number): Promise<{ code: number; reason: string }>;
  send(message: Uint8Array): void;
  /** Resolves when the server has dealt with all that was sent before, by answering or by closing. */
  settled(): Promise<void>;
}

export async function openRawDocument(url: string, roomId: string, token: string): Promise<RawDocument> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/collab/${roomId}?token=${token}`);
  const received: Uint8Array[] = [];
  let closure: { code: number; reason: string } | undefined;
  let answers = 0;
  let questions = 0;
  socket.on('error', () => {});
  socket.on('message', (data) => {
    const message = new Uint8Array(data as Buffer);
    received.push(message);
    if (message[0] === collabMessage.sync && message[1] === syncMessage.step2) answers++;
  });
  socket.on('close', (code, reason) => {
    closure = { code, reason: reason.toString() };
  });
  await until('the socket to open', () => socket.readyState !== WebSocket.CONNECTING);
  const send = (message: Uint8Array) => {
    if (message[0] === collabMessage.sync && message[1] === syncMessage.step1) questions++;
    if (socket.readyState === WebSocket.OPEN) socket.send(message);
  };
  return {
    socket,
    received,
    closure: () => closure,
    closed: (timeoutMs = 10_000) => until('the socket to be closed', () => closure, { timeoutMs }),
    send,
    async settled() {
      send(askForNothing);
      await until('an answer or the end', () => closure !== undefined || answers >= questions, { everyMs: 1 });
    },
    [Symbol.dispose]: () => socket.terminate(),
  };
}

/** Sync step 1 of somebody who has everything of nobody: the answer is a document, however small. */
const askForNothing = Uint8Array.of(collabMessage.sync, syncMessage.step1, 1, 0);
