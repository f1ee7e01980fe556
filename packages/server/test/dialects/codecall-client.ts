import { until } from '@coderoom/testkit';
import { io, type Socket } from 'socket.io-client';
import { expect } from 'vitest';
import { fromV4 } from '../../src/dialects/ids.ts';
import { freshEmail, goodPassword } from '../people.ts';
import type { Answer, RunningApp } from '../running-app.ts';

/** Somebody with an account, who asks as CodeCall's clients do. */
export interface CodeCallPerson {
  id: string;
  email: string;
  accessToken: string;
  refreshToken: string;
  post(path: string, body?: unknown): Promise<Answer>;
  get(path: string): Promise<Answer>;
}

/** A CodeCall client on its socket: keeps what it is told, and its editor's text as such a client does. */
export interface CodeCallSocket {
  socket: Socket;
  /** Its editor. */
  text: string;
  all(name: string): unknown[];
  next(name: string, matches?: (payload: never) => boolean): Promise<unknown>;
  emit(name: string, payload?: unknown): void;
  /** Its editor says something else now, and it tells so. */
  type(sessionId: string, text: string): void;
  close(): void;
}

export async function openPerson(app: RunningApp, name = 'Ada'): Promise<CodeCallPerson> {
  const email = freshEmail(name.toLowerCase());
  const registered = await app.ask('POST', '/auth/register', { body: { name, email, password: goodPassword } });
  expect(registered.status, JSON.stringify(registered.body)).toBe(201);
  const login = await app.ask('POST', '/auth/login', { body: { email, password: goodPassword } });
  expect(login.status, JSON.stringify(login.body)).toBe(200);
  const { accessToken, refreshToken } = login.body;
  return {
    id: registered.body.user.id,
    email,
    accessToken,
    refreshToken,
    post: (path, body) => app.ask('POST', path, { token: accessToken, ...(body === undefined ? {} : { body }) }),
    get: (path) => app.ask('GET', path, { token: accessToken }),
  };
}

export async function openSocket(
  url: string,
  token: string | undefined,
  transports: string[] = ['websocket'],
): Promise<CodeCallSocket> {
  const socket = io(url, {
    auth: token === undefined ? {} : { token },
    transports,
    forceNew: true,
    reconnection: false,
  });
  const heard: { name: string; payload: unknown }[] = [];
  socket.onAny((name: string, payload: unknown) => heard.push({ name, payload }));
  const client: CodeCallSocket = {
    socket,
    text: '',
    all: (name) => heard.filter((one) => one.name === name).map(({ payload }) => payload),
    next: (name, matches = () => true) =>
      until(name, () => heard.find((one) => one.name === name && matches(one.payload as never))).then(
        ({ payload }) => payload,
      ),
    emit: (name, payload) => void socket.emit(name, payload),
    type(sessionId, text) {
      client.text = text;
      socket.emit('code-change', { sessionId, code: text });
    },
    close: () => void socket.disconnect(),
  };
  socket.on('code-update', ({ code }: { code: string }) => {
    client.text = code;
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', resolve);
    socket.on('connect_error', reject);
  });
  return client;
}

/** A session's host, as our own API knows them. */
export async function asHost(app: RunningApp, { email }: CodeCallPerson, sessionId: string) {
  const roomId = fromV4(sessionId);
  const path = `/api/v2/rooms/${roomId}`;
  const web = await app.ask('POST', '/api/v2/auth/login', { body: { email, password: goodPassword } });
  const joined = await app.ask('POST', `${path}/join`, { token: web.body.accessToken, body: {} });
  return { path, roomId, token: joined.body.token as string };
}

interface Pair {
  host: CodeCallPerson;
  guest: CodeCallPerson;
  sessionId: string;
  a: CodeCallSocket;
  b: CodeCallSocket;
}

/** Host and guest of a session, both on their sockets and in it. */
export async function openPair(app: RunningApp, transports?: { a: string[]; b: string[] }): Promise<Pair> {
  const [host, guest] = [await openPerson(app), await openPerson(app, 'Bob')];
  const sessionId = (await host.post('/sessions')).body.data.id as string;
  await guest.post(`/sessions/join/${sessionId}`);
  const a = await openSocket(app.url, host.accessToken, transports?.a);
  a.emit('join-session', { sessionId });
  await a.next('presence:update');
  const b = await openSocket(app.url, guest.accessToken, transports?.b);
  b.emit('join-session', { sessionId });
  await a.next('user-joined');
  await b.next('presence:update');
  return { host, guest, sessionId, a, b };
}
