import type { ErrorCode } from '@coderoom/protocol';
import { connectEvents, until } from '@coderoom/testkit';
import { io } from 'socket.io-client';
import WebSocket from 'ws';
import type { RunningApp } from './running-app.ts';

/** The three ways by which a token gets somebody into a room, and how each says no. */

/** A connection that is open, and why it was closed. */
export interface OpenDoor {
  isOpen(): boolean;
  /** Resolves with the reason. */
  closed: Promise<string>;
  close(): void;
}

/** Opens a document socket; fails with the reason when it is closed right away. */
export async function openDocument(app: RunningApp, roomId: string, token: string): Promise<OpenDoor> {
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/collab/${roomId}?token=${encodeURIComponent(token)}`);
  const closed = new Promise<string>((resolve, reject) => {
    socket.on('close', (_code, reason) => resolve(reason.toString()));
    socket.on('error', reject);
  });
  closed.catch(() => {});
  // The first message is the server's sync step 1: whoever is not let in gets none.
  const open = new Promise<'open'>((resolve) => socket.once('message', () => resolve('open')));
  const outcome = await Promise.race([open, closed]);
  if (outcome !== 'open') throw new Error(outcome);
  return { isOpen: () => socket.readyState === WebSocket.OPEN, closed, close: () => socket.close() };
}

/** Opens an event socket; `room` is needed with an account token. */
export async function openEvents(app: RunningApp, token: string, room?: string): Promise<OpenDoor> {
  const socket = connectEvents(app.url, token);
  socket.auth = { token, ...(room === undefined ? {} : { room }) };
  socket.io.reconnection(false);
  const closed = new Promise<string>((resolve) => socket.on('disconnect', resolve));
  await new Promise<void>((resolve, reject) => {
    socket.on('room:welcome', () => resolve());
    socket.on('connect_error', (error) => reject(new Error((error as Error & { data?: { code: string } }).data?.code)));
    socket.connect();
  });
  return { isOpen: () => socket.connected, closed, close: () => socket.close() };
}

/** By which code each door refuses a token; 'open' where it does not. */
export async function knockOnAll(
  app: RunningApp,
  roomId: string,
  token: string,
): Promise<Record<'http' | 'events' | 'document', ErrorCode | 'open' | string>> {
  const refusalOf = async (opening: Promise<OpenDoor>) => {
    try {
      (await opening).close();
      return 'open';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const answer = await app.ask('GET', `/api/v2/rooms/${roomId}`, { token });
  return {
    http: answer.status === 200 ? 'open' : answer.body.code,
    events: await refusalOf(openEvents(app, token, roomId)),
    document: await refusalOf(openDocument(app, roomId, token)),
  };
}

/** Fails when a connection is still open after two seconds. */
export async function expectClosed(door: OpenDoor): Promise<string> {
  let reason: string | undefined;
  door.closed.then((why) => {
    reason = why || 'closed';
  });
  return until('the connection to be closed', () => reason, { timeoutMs: 2_000 });
}

/** A handshake with anything as its `auth`. */
export function handshake(app: RunningApp, auth: object): Promise<string> {
  const socket = io(app.url, { auth, transports: ['websocket'], forceNew: true, reconnection: false });
  return new Promise<string>((resolve) => {
    socket.on('connect', () => resolve('open'));
    // A refusal is told right after that.
    socket.io.on('close', () => setTimeout(() => resolve('closed')));
    socket.on('connect_error', (error) =>
      resolve((error as Error & { data?: { code: string } }).data?.code ?? 'error'),
    );
  }).finally(() => socket.close());
}
