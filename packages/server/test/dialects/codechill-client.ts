import { createHash, randomBytes } from 'node:crypto';
import { until } from '@coderoom/testkit';
import { io } from 'socket.io-client';
import { expect } from 'vitest';
import type { AppOverrides } from '../../src/app.ts';
import { Browser, startProvider, type TestPerson, type TestProvider } from '../oidc-provider.ts';
import { freshEmail } from '../people.ts';
import { type Answer, openApp, type RunningApp } from '../running-app.ts';

/** What CodeChill's pages do: sign in at a provider, then speak to its routes and sockets. */
export interface CodeChillApp extends AsyncDisposable {
  readonly app: RunningApp;
  readonly url: string;
  /** A token that the provider has made for somebody of this name. */
  issuerToken(login: string, person?: TestPerson): Promise<string>;
  ask(method: string, path: string, token?: string, body?: unknown): Promise<Answer>;
  /** Somebody signed in by CodeChill's login. */
  signIn(name?: string): Promise<CodeChillPerson>;
  /** A public room of theirs, unless the body says otherwise. */
  makeRoom(person: CodeChillPerson, body?: object): Promise<CodeChillRoom>;
  /** A socket that was let in. */
  connect(person: Pick<CodeChillPerson, 'token'>): Promise<CodeChillSocket>;
}

export interface CodeChillPerson {
  id: string;
  name: string;
  email: string;
  issuerToken: string;
  token: string;
  refreshToken: string;
}

/** A test looks into whatever came. */
// biome-ignore lint/suspicious/noExplicitAny: see above
type Whatever = any;
type CodeChillRoom = Record<string, Whatever>;

export interface CodeChillSocket {
  emit(name: string, payload?: unknown): void;
  /** At once, whenever it comes. */
  on(name: string, listener: (payload: Whatever) => void): void;
  /** The first event of that name that was not asked for yet. */
  next(name: string): Promise<Whatever>;
  /** All of a name that have come so far and were not asked for. */
  all(name: string): Whatever[];
  /** All that has come and was not asked for, in order. */
  heard(): { name: string; payload: Whatever }[];
  /** Every event that the server has answered so far: what would come has come by then. */
  settle(): Promise<void>;
  /** Goes into a room, and what it is told of it. */
  join(roomId: string): Promise<Whatever>;
  isConnected(): boolean;
  close(): void;
}

export async function openCodeChill(
  env: Record<string, string> = {},
  overrides: AppOverrides = {},
  { audience }: { audience?: string } = {},
): Promise<CodeChillApp> {
  const provider = await startProvider();
  const people: Record<string, TestPerson> = {};
  const redirectUri = 'http://127.0.0.1:4200/callback';
  provider.open({ redirectUri, people, claimsInIdToken: true, ...(audience === undefined ? {} : { audience }) });
  const app = await openApp(
    {
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_CLIENT_SECRET: provider.clientSecret,
      ...env,
    },
    { presenceGraceMs: 50, ...overrides },
  );
  let count = 0;

  const ask: CodeChillApp['ask'] = (method, path, token, body) =>
    app.ask(method, path, { ...(token === undefined ? {} : { token }), ...(body === undefined ? {} : { body }) });

  async function issuerToken(login: string, person: TestPerson = {}): Promise<string> {
    people[login] = { email: freshEmail(login), email_verified: true, name: login, ...people[login], ...person };
    return fetchToken(provider, redirectUri, login, audience);
  }

  return {
    app,
    get url() {
      return app.url;
    },
    issuerToken,
    ask,

    async signIn(name = 'Ada') {
      const login = `${name.toLowerCase().replaceAll(' ', '-')}-${++count}`;
      const token = await issuerToken(login, { name });
      const { status, body } = await ask('POST', '/api/auth/login', token);
      expect(status, JSON.stringify(body)).toBe(200);
      const { access_token, refresh_token, user } = body;
      return {
        id: user.id,
        name,
        email: user.email,
        issuerToken: token,
        token: access_token,
        refreshToken: refresh_token,
      };
    },

    async makeRoom({ token }, body = {}) {
      const answer = await ask('POST', '/api/rooms', token, { name: 'Sorting', ...body });
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      return answer.body.room;
    },

    connect: ({ token }) => connectSocket(app.url, token),

    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}

/** Signs in as a page does: authorization code with PKCE. */
async function fetchToken(
  provider: TestProvider,
  redirectUri: string,
  login: string,
  audience: string | undefined,
): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: provider.clientId,
    response_type: 'code',
    scope: 'openid profile email',
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(audience === undefined ? {} : { resource: audience }),
  });
  const back = await new Browser().signInAtProvider(`${provider.issuer}/auth?${query}`, login);
  const code = new URL(back).searchParams.get('code') ?? '';
  const answer = await fetch(`${provider.issuer}/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from([provider.clientId, provider.clientSecret].map(encodeURIComponent).join(':')).toString('base64')}`,
    },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...(audience === undefined ? {} : { resource: audience }),
    }),
  });
  const tokens = (await answer.json()) as { id_token?: string; access_token?: string };
  const token = audience === undefined ? tokens.id_token : tokens.access_token;
  if (token === undefined) throw new Error(`the provider answered ${answer.status}: ${JSON.stringify(tokens)}`);
  return token;
}

export async function connectSocket(url: string, token: string, options: object = {}): Promise<CodeChillSocket> {
  const socket = io(url, {
    auth: { token },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    ...options,
  });
  const heard: { name: string; payload: unknown }[] = [];
  socket.onAny((name: string, payload: unknown) => heard.push({ name, payload }));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });

  const take = (name: string) => {
    const found = heard.findIndex((event) => event.name === name);
    return found < 0 ? undefined : { payload: heard.splice(found, 1)[0]?.payload };
  };
  const next = async (name: string) =>
    (await until(`${name}, of ${heard.map((is) => is.name)}`, () => take(name))).payload;
  const open: CodeChillSocket = {
    emit: (name, payload) => socket.emit(name, ...(payload === undefined ? [] : [payload])),
    on: (name, listener) => void socket.on(name, listener),
    next,
    all: (name) => heard.filter((event) => event.name === name).map(({ payload }) => payload),
    heard: () => [...heard] as { name: string; payload: never }[],
    async settle() {
      socket.emit('leave_room', { room_id: 'settled' });
      const isAnswer = (event: { name: string; payload: unknown }) =>
        event.name === 'room_left' && (event.payload as { room_id: string }).room_id === 'settled';
      await until('an answer to the last event', () => heard.some(isAnswer));
      heard.splice(heard.findIndex(isAnswer), 1);
    },
    async join(roomId) {
      socket.emit('join_room', { room_id: roomId });
      return next('room_joined');
    },
    isConnected: () => socket.connected,
    close: () => void socket.disconnect(),
  };
  expect(await open.next('connected')).toEqual({ message: 'Connected successfully' });
  return open;
}

/** A room of somebody else, with two people in it by their sockets. */
export async function meetInRoom(
  chill: CodeChillApp,
  [first, second]: [CodeChillPerson, CodeChillPerson],
  body: object = {},
) {
  const owner = await chill.signIn('Grace');
  const room = await chill.makeRoom(owner, body);
  const [a, b] = [await chill.connect(first), await chill.connect(second)];
  const joined = await a.join(room.id);
  await b.join(room.id);
  await a.next('user_joined');
  return { owner, room, a, b, joined, close: () => [a, b].map((socket) => socket.close()) };
}

/** How a handshake is refused. */
export async function refusalOf(url: string, auth: object): Promise<string> {
  const socket = io(url, { auth, transports: ['websocket'], forceNew: true, reconnection: false });
  try {
    return await new Promise((resolve, reject) => {
      socket.on('connect_error', ({ message }) => resolve(message));
      socket.on('connect', () => reject(new Error('it was let in')));
    });
  } finally {
    socket.close();
  }
}

export const uuidV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const naiveTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/;
export const unknownId = '019a0000-0000-4000-8000-000000000000';
