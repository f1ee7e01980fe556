import type { ClientEvents, RoomCreate, RoomEntry, ServerEvents } from '@coderoom/protocol';
import { io, type Socket } from 'socket.io-client';

/** Asks the HTTP API as an outside client would; `token` goes as a Bearer token, `body` as JSON. */
export async function request(
  url: string,
  path: string,
  options: { method?: string; token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const { method = options.body === undefined ? 'GET' : 'POST', token, body } = options;
  const answer = await fetch(new URL(path, url), {
    method,
    // A redirect is an answer like another.
    redirect: 'manual',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = /\bjson\b/.test(answer.headers.get('content-type') ?? '');
  return { status: answer.status, headers: answer.headers, body: json ? JSON.parse(text) : text };
}

/** Makes a room; the entry's token is its owner's. */
export async function createRoom(url: string, room: RoomCreate = {}): Promise<RoomEntry> {
  const answer = await request(url, '/api/v2/rooms', { body: room });
  if (answer.status !== 201) throw new Error(`POST rooms answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body as RoomEntry;
}

/** Joins a room by id or code; with `token` as the member it names. */
export async function joinRoom(
  url: string,
  idOrCode: string,
  options: { name?: string; token?: string } = {},
): Promise<RoomEntry> {
  const { token, name } = options;
  const answer = await request(url, `/api/v2/rooms/${idOrCode}/join`, {
    body: name === undefined ? {} : { name },
    ...(token === undefined ? {} : { token }),
  });
  if (answer.status !== 200) throw new Error(`join answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body as RoomEntry;
}

/** A Socket.IO client in a room, not yet connected: listen first, then `connect()`. */
export function connectEvents(url: string, token: string): Socket<ServerEvents, ClientEvents> {
  return io(url, { auth: { token }, transports: ['websocket'], forceNew: true, autoConnect: false });
}
