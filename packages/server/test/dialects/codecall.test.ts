import { once } from 'node:events';
import { limits } from '@coderoom/protocol';
import { connectDocument, createRoom, pause, request, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromV4 } from '../../src/dialects/ids.ts';
import { freshEmail, goodPassword, login } from '../people.ts';
import { openMember } from '../room-member.ts';
import { openApp, type RunningApp } from '../running-app.ts';
import { type CodeCallPerson, type CodeCallSocket, openPerson, openSocket } from './codecall-client.ts';

const uuidV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const unknownId = '019a0000-0000-4000-8000-000000000000';
let clock = Date.now();
let app: RunningApp;
const failure = (message: string) => ({ success: false, message });

beforeAll(async () => {
  app = await openApp({}, { presenceGraceMs: 50, now: () => clock });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

/** A session's host, as our own API knows them. */
async function asHost({ email }: CodeCallPerson, sessionId: string) {
  const roomId = fromV4(sessionId);
  const path = `/api/v2/rooms/${roomId}`;
  const web = await app.ask('POST', '/api/v2/auth/login', { body: { email, password: goodPassword } });
  const joined = await app.ask('POST', `${path}/join`, { token: web.body.accessToken, body: {} });
  return { path, roomId, token: joined.body.token as string };
}

const asMember = ({ host, sessionId }: Pick<Pair, 'host' | 'sessionId'>) => asHost(host, sessionId);

describe('CodeCall’s accounts', () => {
  it('DIA-80 registering answers as both generations have it, once for each address', async () => {
    const email = freshEmail('grace');
    const body = { name: 'Grace', email, password: goodPassword };
    const answer = await app.ask('POST', '/auth/register', { body });
    expect(answer.status).toBe(201);
    const user = { id: expect.stringMatching(uuidV4), name: 'Grace', username: 'Grace', email };
    expect(answer.body).toEqual({ success: true, message: 'User registered successfully', user, data: user });
    const again = await app.ask('POST', '/auth/register', { body });
    expect([again.status, again.body]).toEqual([409, failure('Email already registered')]);
  });

  it('DIA-80 what is missing or too weak is refused with 400 and a reason', async () => {
    const all = { name: 'Grace', email: freshEmail(), password: goodPassword };
    for (const field of ['name', 'email', 'password'] as const) {
      const { [field]: _left, ...rest } = all;
      const answer = await app.ask('POST', '/auth/register', { body: rest });
      expect([answer.status, answer.body]).toEqual([400, failure('Name, email and password are required')]);
    }
    for (const wrong of [{ password: 'short' }, { email: 'nobody' }, { password: 'password' }, { name: ' ' }]) {
      const answer = await app.ask('POST', '/auth/register', { body: { ...all, ...wrong } });
      expect([answer.status, answer.body]).toEqual([400, failure(expect.stringMatching(/.{10}/))]);
    }
  });

  it('DIA-80 signing in gives the tokens at the top and in data, and says no more than that something is wrong', async () => {
    const email = freshEmail();
    await app.ask('POST', '/auth/register', { body: { name: 'Ada', email, password: goodPassword } });
    const { status, body } = await app.ask('POST', '/auth/login', { body: { email, password: goodPassword } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ success: true, message: 'Login successful' });
    expect(body.data).toMatchObject({ accessToken: body.accessToken, refreshToken: body.refreshToken });
    for (const wrong of [{ password: 'another one' }, { email: freshEmail() }, { email: 'nobody' }]) {
      const refused = await app.ask('POST', '/auth/login', { body: { email, password: goodPassword, ...wrong } });
      expect([refused.status, refused.body]).toEqual([401, failure('Invalid credentials')]);
    }
    const empty = await app.ask('POST', '/auth/login', { body: {} });
    expect([empty.status, empty.body]).toEqual([400, failure('Email and password are required')]);
  });

  it('DIA-80 an account made there signs in to the web client, and the other way round', async () => {
    const person = await openPerson(app);
    const native = await app.ask('POST', '/api/v2/auth/login', {
      body: { email: person.email, password: goodPassword },
    });
    expect(native.status).toBe(200);
    const email = freshEmail();
    await app.ask('POST', '/api/v2/auth/register', { body: { email, password: goodPassword, name: 'Ada' } });
    const { status } = await app.ask('POST', '/auth/login', { body: { email, password: goodPassword } });
    expect(status).toBe(200);
  });

  it('DIA-81 a token says whose it is, for a quarter of an hour; without a good one it is 401 in CodeCall’s words', async () => {
    const { accessToken, id, email } = await openPerson(app);
    const payload = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString());
    expect(payload).toMatchObject({ userId: id, email, exp: payload.iat + 15 * 60 });
    expect(JSON.parse(Buffer.from(accessToken.split('.')[0] ?? '', 'base64url').toString()).alg).toBe('HS256');
    const shown = await app.ask('GET', '/api/test/protected', { token: accessToken });
    expect(shown.body).toEqual({
      success: true,
      message: 'Protected route accessed',
      user: { userId: id, email, iat: payload.iat, exp: payload.exp },
    });

    const refusals: [headers: Record<string, string>, message: string][] = [
      [{}, 'Authorization token missing'],
      [{ authorization: accessToken }, 'Authorization token missing'],
      [{ authorization: 'Bearer x' }, 'Invalid access token'],
      [{ authorization: `Bearer ${accessToken.slice(0, -2)}xx` }, 'Invalid access token'],
    ];
    const guarded = ['GET /friends', 'POST /sessions', 'POST /execute/run', `POST /sessions/join/${unknownId}`];
    for (const address of guarded) {
      const [method = '', path = ''] = address.split(' ');
      for (const [headers, message] of refusals) {
        const answer = await app.ask(method, path, { headers });
        expect([address, answer.status, answer.body]).toEqual([address, 401, failure(message)]);
      }
    }
    clock += limits.accessTokenTtlMs + 1_000;
    const late = await app.ask('GET', '/friends', { token: accessToken });
    expect([late.status, late.body]).toEqual([401, failure('Access token expired')]);
  });

  it('DIA-81 it ends with the sign-in', async () => {
    const person = await openPerson(app);
    const web = await login(app, { email: person.email, password: goodPassword } as never);
    await app.ask('DELETE', '/api/v2/me/sessions', { token: web.accessToken });
    const answer = await person.get('/friends');
    expect([answer.status, answer.body]).toEqual([401, failure('Invalid access token')]);
  });
});

describe('CodeCall’s friends', () => {
  it('DIA-82 one asks, the other one accepts, both see it', async () => {
    const [ada, bob, eve] = [await openPerson(app), await openPerson(app, 'Bob'), await openPerson(app, 'Eve')];
    const asked = await ada.post('/friends/request', { receiverId: bob.id });
    expect(asked.status).toBe(200);
    const row = {
      id: expect.stringMatching(uuidV4),
      requesterId: ada.id,
      receiverId: bob.id,
      status: 'PENDING',
      createdAt: expect.stringMatching(isoTime),
    };
    expect(asked.body).toEqual({ success: true, message: 'Friend request sent', data: row });
    const { id } = asked.body.data;

    const twice = await ada.post('/friends/request', { receiverId: bob.id });
    expect([twice.status, twice.body]).toEqual([409, failure('Friend request already sent')]);
    expect((await ada.get('/friends')).body).toEqual({ success: true, message: 'Success', data: [] });
    for (const [person, request] of [
      [ada, id],
      [eve, id],
      [bob, unknownId],
      [bob, 'x'],
    ] as const) {
      const refused = await person.post(`/friends/accept/${request}`);
      expect([refused.status, refused.body]).toEqual([403, failure('Unauthorized')]);
    }

    const accepted = await bob.post(`/friends/accept/${id}`);
    expect([accepted.status, accepted.body]).toEqual([
      200,
      { success: true, message: 'Friend request accepted', data: { ...row, id, status: 'ACCEPTED' } },
    ]);
    for (const person of [ada, bob]) {
      const { body } = await person.get('/friends');
      expect(body).toEqual({ success: true, message: 'Success', data: [{ ...row, id, status: 'ACCEPTED' }] });
    }
    const web = await app.ask('POST', '/api/v2/auth/login', { body: { email: bob.email, password: goodPassword } });
    const { body } = await app.ask('GET', '/api/v2/friends', { token: web.body.accessToken });
    expect(body.items).toMatchObject([{ person: { name: 'Ada' }, state: 'accepted' }]);
  });

  it('DIA-82 nobody is asked who is oneself, unknown, or not named; who asks back accepts', async () => {
    const [ada, bob] = [await openPerson(app), await openPerson(app, 'Bob')];
    const tries: [body: object, status: number, message: string][] = [
      [{ receiverId: ada.id }, 400, 'Cannot send request to yourself'],
      [{ receiverId: unknownId }, 404, 'User not found'],
      [{ receiverId: 'x' }, 404, 'User not found'],
      [{}, 400, 'receiverId is required'],
    ];
    for (const [body, status, message] of tries) {
      const answer = await ada.post('/friends/request', body);
      expect([answer.status, answer.body]).toEqual([status, failure(message)]);
    }
    await ada.post('/friends/request', { receiverId: bob.id });
    const back = await bob.post('/friends/request', { receiverId: ada.id });
    expect(back.body.data).toMatchObject({ requesterId: ada.id, status: 'ACCEPTED' });
  });
});

describe('CodeCall’s practice sessions', () => {
  it('DIA-83 wait for a guest, go on with one, and end', async () => {
    const [host, guest] = [await openPerson(app), await openPerson(app, 'Bob')];
    const made = await host.post('/sessions', { ignored: true });
    const waiting = {
      id: expect.stringMatching(uuidV4),
      hostId: host.id,
      guestId: null,
      status: 'WAITING',
      createdAt: expect.stringMatching(isoTime),
      endedAt: null,
    };
    expect([made.status, made.body]).toEqual([200, { success: true, message: 'Session created', data: waiting }]);
    const { id } = made.body.data;
    const own = await host.post(`/sessions/join/${id}`);
    expect([own.status, own.body]).toEqual([400, failure('Host cannot join as guest')]);

    const joined = await guest.post(`/sessions/join/${id}`);
    const active = { ...waiting, id, guestId: guest.id, status: 'ACTIVE' };
    expect([joined.status, joined.body]).toEqual([200, { success: true, message: 'Session joined', data: active }]);
    const again = await guest.post(`/sessions/join/${id}`);
    expect([again.status, again.body]).toEqual([400, failure('Session already joined')]);

    const notHost = await guest.post(`/sessions/end/${id}`);
    expect([notHost.status, notHost.body]).toEqual([403, failure('Only host can end session')]);
    for (let time = 0; time < 2; time++) {
      const ended = await host.post(`/sessions/end/${id}`);
      const data = { ...active, status: 'ENDED', endedAt: expect.stringMatching(isoTime) };
      expect([ended.status, ended.body]).toEqual([200, { success: true, message: 'Session ended', data }]);
    }
  });

  it('DIA-83 an unknown one is not found, and one that has ended lets nobody in', async () => {
    const [host, guest] = [await openPerson(app), await openPerson(app, 'Bob')];
    for (const id of [unknownId, 'x']) {
      const answer = await guest.post(`/sessions/join/${id}`);
      expect([answer.status, answer.body]).toEqual([404, failure('Session not found')]);
      const end = await guest.post(`/sessions/end/${id}`);
      expect([end.status, end.body]).toEqual([403, failure('Only host can end session')]);
    }
    const { id } = (await host.post('/sessions')).body.data;
    await host.post(`/sessions/end/${id}`);
    const late = await guest.post(`/sessions/join/${id}`);
    expect([late.status, late.body]).toEqual([400, failure('Session has ended')]);
  });

  it('DIA-83 of many who come at once one is the guest', async () => {
    const host = await openPerson(app);
    const others = await Promise.all(['Bob', 'Cy', 'Di', 'Eve'].map((name) => openPerson(app, name)));
    const { id } = (await host.post('/sessions')).body.data;
    const answers = await Promise.all(others.map((other) => other.post(`/sessions/join/${id}`)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400]);
    expect(answers.filter(({ status }) => status === 400).map(({ body }) => body.message)).toEqual(
      Array(3).fill('Session already joined'),
    );
  });

  it('DIA-84 strangers come in by no other door either, unless the host says yes', async () => {
    const host = await openPerson(app);
    const { id } = (await host.post('/sessions')).body.data;
    const stranger = await request(app.url, `/api/v2/rooms/${fromV4(id)}/join`, { body: {} });
    expect([stranger.status, stranger.body]).toEqual([202, expect.objectContaining({ knock: expect.anything() })]);
    const listed = await app.ask('GET', '/api/v2/rooms');
    expect(JSON.stringify(listed.body)).not.toContain('Practice session');
  });

  it('DIA-84 whoever knows a session by its view-only link is no guest by that', async () => {
    const [host, viewer] = [await openPerson(app), await openPerson(app, 'Vic')];
    const { id } = (await host.post('/sessions')).body.data;
    const { token } = await asHost(host, id);
    const link = { visibility: 'unlisted', lobby: false, viewLink: true };
    const changed = await app.ask('PATCH', `/api/v2/rooms/${fromV4(id)}`, { token, body: link });
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    const asked = await viewer.post(`/sessions/join/${id}`);
    expect([asked.status, asked.body.success]).toEqual([403, false]);
    await app.ask('POST', `/api/v2/rooms/${fromV4(id)}/start`, { token });
    const members = await app.ask('GET', `/api/v2/rooms/${fromV4(id)}/members`, { token });
    expect(members.body.items.map(({ role }: { role: string }) => role).toSorted()).toEqual(['owner', 'viewer']);
  });

  it('DIA-84 a session with a password is not joined without it, and who was removed has to be let in again', async () => {
    const [host, guest] = [await openPerson(app), await openPerson(app, 'Bob')];
    const locked = (await host.post('/sessions')).body.data;
    const { path, token } = await asHost(host, locked.id);
    const changed = await app.ask('PATCH', path, { token, body: { password: 'sesame' } });
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    const refused = await guest.post(`/sessions/join/${locked.id}`);
    expect([refused.status, refused.body.success]).toEqual([403, false]);

    const { id } = (await host.post('/sessions')).body.data;
    expect((await guest.post(`/sessions/join/${id}`)).status).toBe(200);
    const room = await asHost(host, id);
    const { body: members } = await app.ask('GET', `${room.path}/members`, { token: room.token });
    const bob = members.items.find(({ role }: { role: string }) => role === 'editor');
    await app.ask('DELETE', `${room.path}/members/${bob.id}`, { token: room.token });
    const back = await guest.post(`/sessions/join/${id}`);
    expect([back.status, back.body.message]).toEqual([403, expect.stringContaining('has been asked')]);
  });

  it('DIA-84 a room made elsewhere is joined by its code, by the same door as in the web client', async () => {
    const person = await openPerson(app);
    const open = await createRoom(app.url);
    const joined = await person.post(`/sessions/join/${open.room.code}`);
    expect([joined.status, joined.body.data]).toMatchObject([200, { status: 'ACTIVE', guestId: person.id }]);
    const again = await person.post(`/sessions/join/${joined.body.data.id}`);
    expect([again.status, again.body]).toEqual([400, failure('Session already joined')]);
    const shut = await createRoom(app.url, { visibility: 'private' });
    const refused = await person.post(`/sessions/join/${shut.room.code}`);
    expect([refused.status, refused.body]).toEqual([404, failure('Session not found')]);
    const lobby = await createRoom(app.url, { lobby: true });
    const asked = await person.post(`/sessions/join/${lobby.room.code}`);
    expect([asked.status, asked.body.message]).toEqual([403, expect.stringContaining('has been asked')]);
  });
});

describe('CodeCall’s execution', () => {
  it('DIA-85 runs JavaScript in the sandbox and answers its output, or what it failed by', async () => {
    const person = await openPerson(app);
    const run = async (code: unknown) => (await person.post('/execute/run', { code })).body;
    expect(await run('console.log(6 * 7)')).toEqual({
      success: true,
      message: 'Success',
      data: { success: true, output: '42\n' },
    });
    expect((await run('console.log(1); throw new Error("no")')).data).toEqual({
      success: false,
      output: expect.stringContaining('Error: no'),
    });
    expect((await run('process.exit(3)')).data).toEqual({ success: false, output: 'Command failed: exit code 3' });
    for (const missing of [undefined, '']) expect(await run(missing)).toEqual(failure('Code is required'));
    const files = await run('console.log(require("node:fs").existsSync("/root/.ssh"), process.env.HOME)');
    expect(files.data.output).not.toContain(process.env.HOME ?? 'nothing');
  });

  it('DIA-85 stops what takes longer than 3 s or writes more than 50 KiB', { timeout: 60_000 }, async () => {
    const person = await openPerson(app);
    const [slow, loud] = await Promise.all([
      person.post('/execute/run', { code: 'for (;;);' }),
      person.post('/execute/run', { code: 'console.log("x".repeat(60_000))' }),
    ]);
    expect(slow.body.data).toEqual({ success: false, output: 'Command failed: stopped after 3 s' });
    expect(loud.body.data.success).toBe(false);
    expect(loud.body.data.output).toMatch(/^x{51200}\nstdout maxBuffer length exceeded$/);
  });
});

describe('CodeCall’s addresses', () => {
  it('DIA-86 what is nowhere, or asked otherwise, is 404 as a page', async () => {
    for (const [method, path] of [
      ['GET', '/auth/login'],
      ['POST', '/sessions/x/y/z'],
      ['GET', '/sessions'],
      ['DELETE', '/friends'],
      ['PATCH', '/execute/<run>'],
    ] as const) {
      const answer = await request(app.url, path, { method });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
      expect(answer.body).toContain(`Cannot ${method} ${new URL(path, app.url).pathname}`);
    }
  });

  it('DIA-86 bad bodies are refused in CodeCall’s shape, pages of other sites may ask', async () => {
    const bad = await app.ask('POST', '/auth/login', {
      body: '{"email":',
      headers: { 'content-type': 'application/json' },
    });
    expect([bad.status, bad.body]).toEqual([400, failure(expect.stringMatching(/JSON/))]);
    for (const body of [[], 'x', 5, { email: 5, password: {} }]) {
      const answer = await app.ask('POST', '/auth/login', { body: JSON.stringify(body) });
      expect([answer.status, answer.body]).toEqual([400, failure(expect.any(String))]);
    }
    const large = await app.ask('POST', '/auth/login', { body: `"${'x'.repeat(limits.httpBodyMaxBytes)}"` });
    expect([large.status, large.body.success]).toEqual([413, false]);
    const origin = 'https://elsewhere.example';
    const asked = await app.ask('POST', '/auth/login', { body: {}, headers: { origin } });
    expect(asked.headers.get('access-control-allow-origin')).toBe('*');
    const preflight = await request(app.url, '/auth/login', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-headers': 'authorization' },
    });
    expect(preflight.status).toBeLessThan(300);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization');
  });

  it('DIA-86 switched off, all of them say so, and so does its socket', async () => {
    const { accessToken } = await openPerson(app);
    await using without = await openApp({ DIALECTS: 'codecast', EXECUTION: 'off' });
    for (const path of ['/auth/login', '/sessions', '/api/sessions', '/execute/run', '/friends/request']) {
      const answer = await request(without.url, path, { body: {} });
      expect([path, answer.status, answer.body]).toEqual([
        path,
        404,
        failure('CodeCall is switched off on this server.'),
      ]);
    }
    await expect(openSocket(without.url, accessToken)).rejects.toThrow('CodeCall is switched off on this server.');
  });
});

describe('CodeCall’s later generation', () => {
  it('DIA-87 finds everything under /api, with the ids where it puts them', async () => {
    const email = freshEmail('grace');
    const registered = await app.ask('POST', '/api/auth/register', {
      body: { username: 'Grace', email, password: goodPassword },
    });
    expect(registered.body.data).toMatchObject({ username: 'Grace', email });
    const [host, guest] = [await openPerson(app), await openPerson(app, 'Bob')];
    const asked = await host.post('/api/friends/request', { receiverId: guest.id });
    const accepted = await guest.post('/api/friends/accept', { requestId: asked.body.data.id });
    expect(accepted.body.data.status).toBe('ACCEPTED');
    const unnamed = await guest.post('/api/friends/accept', {});
    expect([unnamed.status, unnamed.body]).toEqual([400, failure('requestId is required')]);
    expect((await guest.get('/api/friends')).body.data).toHaveLength(1);
    const { id } = (await host.post('/api/sessions')).body.data;
    expect((await guest.post(`/api/sessions/${id}/join`)).body.data.status).toBe('ACTIVE');
    expect((await host.post(`/api/sessions/${id}/end`)).body.data.status).toBe('ENDED');
    expect((await host.post('/api/execute/run', { code: 'console.log(1)' })).body.data.output).toBe('1\n');
  });

  it('DIA-87 signs in, refreshes and signs out where another system does so, too', async () => {
    const { email } = await openPerson(app);
    const login = await request(app.url, '/api/auth/login', { body: { email, password: goodPassword } });
    expect([login.status, login.body]).toMatchObject([200, { data: { user: { email } } }]);
    const wrong = await request(app.url, '/api/auth/login', { body: { email, password: 'another one' } });
    expect([wrong.status, wrong.body]).toEqual([401, failure('Invalid credentials')]);
    const { refreshToken } = login.body as { refreshToken: string };
    const next = await request(app.url, '/api/auth/refresh', { body: { refreshToken } });
    expect([next.status, next.body]).toMatchObject([200, { success: true, message: 'Token refreshed' }]);
    const out = await request(app.url, '/api/auth/logout', { body: { refreshToken } });
    expect([out.status, out.body]).toEqual([200, { success: true, message: 'Logged out successfully' }]);
    const none = await request(app.url, '/api/auth/login', { body: {} });
    expect([none.status, Object.keys(none.body as object)]).toEqual([401, ['error']]);
  });

  it('DIA-87 tokens are refreshed, each refresh token once, and given back', async () => {
    const { refreshToken } = await openPerson(app);
    const next = await app.ask('POST', '/auth/refresh', { body: { refreshToken } });
    expect(next.status).toBe(200);
    expect(next.body.data.accessToken).toBe(next.body.accessToken);
    expect((await app.ask('GET', '/friends', { token: next.body.accessToken })).status).toBe(200);
    const out = await app.ask('POST', '/auth/logout', { body: { refreshToken: next.body.refreshToken } });
    expect([out.status, out.body]).toEqual([200, { success: true, message: 'Logged out successfully' }]);
    expect((await app.ask('GET', '/friends', { token: next.body.accessToken })).status).toBe(401);
    const tries: [body: object, status: number][] = [
      [{}, 401],
      [{ refreshToken: 'x' }, 401],
      [{ refreshToken: next.body.refreshToken }, 401],
    ];
    for (const [body, status] of tries) {
      expect((await app.ask('POST', '/auth/refresh', { body })).status).toBe(status);
    }
    expect((await app.ask('POST', '/auth/logout', { body: {} })).status).toBe(400);
  });
});

interface Pair {
  host: CodeCallPerson;
  guest: CodeCallPerson;
  sessionId: string;
  a: CodeCallSocket;
  b: CodeCallSocket;
}

/** Host and guest of a session, both on their sockets and in it. */
async function openPair(transports?: { a: string[]; b: string[] }): Promise<Pair> {
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

describe('CodeCall’s sockets', () => {
  it('DIA-88 connect by an access token, and are refused in CodeCall’s words without a good one', async () => {
    const { accessToken } = await openPerson(app);
    (await openSocket(app.url, accessToken)).close();
    await expect(openSocket(app.url, undefined)).rejects.toThrow('Authentication token missing');
    const forged = `${accessToken.slice(0, -2)}xx`;
    await expect(openSocket(app.url, forged)).rejects.toThrow('Unauthorized socket connection');
    clock += limits.accessTokenTtlMs + 1_000;
    await expect(openSocket(app.url, accessToken)).rejects.toThrow('Unauthorized socket connection');
  });

  it('DIA-88 stay when the token has expired, and end with the sign-in', async () => {
    const { a, host } = await openPair();
    clock += limits.accessTokenTtlMs + 1_000;
    a.emit('join-session', { sessionId: 'x' });
    expect(a.socket.connected).toBe(true);
    const ended = once(a.socket as never, 'disconnect');
    await app.ask('POST', '/auth/logout', { body: { refreshToken: host.refreshToken } });
    await ended;
  });

  it('DIA-89 who joins is announced to the others, by whichever door, and so is who goes', async () => {
    const pair = await openPair();
    const { a, b, host, guest, sessionId } = pair;
    expect(a.all('user-joined')).toEqual([{ userId: guest.id }]);
    expect(b.all('user-joined')).toEqual([]);
    b.emit('join-session', { sessionId });
    await until('the second announcement', () => a.all('user-joined').length === 2);
    const users = [host, guest].map(({ id }) => ({ userId: id, joinedAt: expect.stringMatching(isoTime) }));
    await a.next('presence:update', (told: { users: unknown[] }) => told.users.length === 2);
    expect(a.all('presence:update').at(-1)).toEqual({ users: expect.arrayContaining(users), roomId: sessionId });
    b.close();
    await a.next('presence:user-left', ({ userId }: { userId: string }) => userId === guest.id);
    await a.next('presence:update', (told: { users: unknown[] }) => told.users.length === 1);
  });

  it('DIA-84 strangers hear nothing of a session and are not heard in it', async () => {
    const pair = await openPair();
    const eve = await openSocket(app.url, (await openPerson(app, 'Eve')).accessToken);
    eve.emit('join-session', { sessionId: pair.sessionId });
    eve.emit('code-change', { sessionId: pair.sessionId, code: 'mine' });
    eve.emit('whiteboard-draw', { sessionId: pair.sessionId, stroke: { x0: 1 } });
    eve.emit('webrtc-offer', { sessionId: pair.sessionId, offer: { type: 'offer', sdp: 'x' } });
    pair.a.type(pair.sessionId, 'ours');
    await pair.b.next('code-update');
    pair.a.emit('whiteboard-clear', { sessionId: pair.sessionId });
    await pair.b.next('whiteboard-clear');
    expect(eve.all('code-update').concat(eve.all('user-joined'), eve.all('presence:update'))).toEqual([]);
    for (const one of [pair.a, pair.b]) {
      expect(one.all('code-update').map((told) => (told as { code: string }).code)).not.toContain('mine');
      expect(one.all('whiteboard-draw').concat(one.all('webrtc-offer'))).toEqual([]);
    }
    eve.close();
  });

  it('DIA-90 what one types the others get, not the sender; by sessionId or roomId, and without having joined', async () => {
    const { a, b, host, sessionId } = await openPair();
    a.type(sessionId, 'let x = 1');
    expect(await b.next('code-update')).toEqual({ code: 'let x = 1', userId: host.id });
    b.text = 'let x = 12';
    b.emit('code-change', { roomId: sessionId, code: b.text });
    await until('the other one’s text', () => a.text === b.text);
    expect(a.all('code-update')).toHaveLength(1);
    const again = await openSocket(app.url, host.accessToken);
    again.emit('code-change', { sessionId, code: 'let x = 12;' });
    await again.next('code-update');
    again.type(sessionId, 'let x = 123');
    await until('it everywhere', () => a.text === 'let x = 123' && b.text === 'let x = 123');
  });

  it('DIA-90 it is in the room’s file, and what is typed in an editor comes as code-update', async () => {
    const pair = await openPair();
    const { path, token, roomId } = await asMember(pair);
    pair.a.type(pair.sessionId, 'one\n');
    await until('the file', async () => {
      const { body } = await app.ask('GET', `${path}/files/main.js`, { token });
      return body.text === 'one\n';
    });
    using editor = connectDocument(app.url, roomId, token);
    await editor.synced();
    editor.file('main.js').insert(4, 'two\n');
    await until('both to have it', () => [pair.a, pair.b].every(({ text }) => text === 'one\ntwo\n'));
  });

  it.each([
    { a: ['websocket'], b: ['websocket'] },
    { a: ['polling'], b: ['polling', 'websocket'] },
  ])('DIA-90 nobody’s typing is lost when all type at once, by $a and $b', { timeout: 60_000 }, async (transports) => {
    const { a, b, sessionId } = await openPair(transports);
    const typed: string[] = [];
    for (let turn = 0; turn < 60; turn++) {
      for (const [name, client] of [
        ['a', a],
        ['b', b],
      ] as const) {
        const mark = `<${name}${turn}>\n`;
        typed.push(mark);
        const at = name === 'a' ? 0 : client.text.length;
        client.type(sessionId, client.text.slice(0, at) + mark + client.text.slice(at));
      }
      await pause(turn % 7);
    }
    await until('both to have all', () => a.text === b.text && typed.every((mark) => a.text.includes(mark)), {
      timeoutMs: 20_000,
    });
    expect(a.text.length).toBe(typed.join('').length);
  });

  it('DIA-91 who comes late gets the text and the strokes, also with nobody there to answer', async () => {
    const { a, b, guest, host, sessionId } = await openPair();
    a.type(sessionId, 'so far');
    await b.next('code-update');
    const stroke = { x0: 1, y0: 2, x1: 3, y1: 4, color: '#ff0000', size: 3, tool: 'pen' };
    a.emit('whiteboard-draw', { sessionId, stroke });
    await b.next('whiteboard-draw');
    const late = await openSocket(app.url, guest.accessToken);
    late.emit('join-session', { sessionId });
    expect(await late.next('code-update')).toEqual({ code: 'so far', synced: true });
    expect(await late.next('whiteboard-draw')).toEqual({ stroke, userId: host.id });
    late.emit('code-sync-request', { sessionId });
    expect(await a.next('code-sync-requested')).toEqual({ requesterId: guest.id });
    await until('the text again', () => late.all('code-update').length === 2);
    a.emit('code-sync-response', { sessionId, code: 'so far, and further' });
    await until('what was answered', () => late.text === 'so far, and further' && b.text === late.text);
  });

  it('DIA-92 strokes come out as they went in, are on the room’s board, and a cleared one is cleared for all', async () => {
    const pair = await openPair();
    const { a, b, host, sessionId } = pair;
    const strokes = [
      { x0: 1, y0: 2, x1: 3, y1: 4, color: 'red', size: 3, tool: 'pen' },
      'any JSON',
      { points: [[1, 2]] },
    ];
    for (const stroke of strokes) a.emit('whiteboard-draw', { sessionId, stroke });
    await until('all strokes', () => b.all('whiteboard-draw').length === strokes.length);
    expect(b.all('whiteboard-draw')).toEqual(strokes.map((stroke) => ({ stroke, userId: host.id })));
    expect(a.all('whiteboard-draw')).toEqual([]);
    const { path, token } = await asMember(pair);
    const board = await app.ask('GET', `${path}/board`, { token });
    expect(JSON.stringify(board.body)).toContain('any JSON');
    b.emit('whiteboard-clear', { sessionId });
    for (const one of [a, b]) await until('a clear board', () => one.all('whiteboard-clear').length === 1);
    expect((await app.ask('GET', `${path}/board`, { token })).body.items).toEqual([]);
  });

  it('DIA-93 offers, answers and candidates reach the other, or the one they are meant for; going is told', async () => {
    const { a, b, host, guest, sessionId } = await openPair();
    a.emit('webrtc-join', { roomId: sessionId });
    expect(await b.next('webrtc-peer-joined')).toEqual({ userId: host.id });
    const offer = { type: 'offer', sdp: 'v=0' };
    a.emit('webrtc-offer', { sessionId, offer });
    expect(await b.next('webrtc-offer')).toEqual({ offer, from: host.id });
    const answer = { type: 'answer', sdp: 'v=0' };
    b.emit('webrtc-answer', { roomId: sessionId, answer, target: host.id });
    expect(await a.next('webrtc-answer')).toEqual({ answer, from: guest.id });
    const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 };
    b.emit('webrtc-ice-candidate', { sessionId, candidate });
    expect(await a.next('webrtc-ice-candidate')).toEqual({ candidate, from: guest.id });
    a.emit('webrtc-offer', { sessionId, offer, target: unknownId });
    b.emit('webrtc-leave', { sessionId });
    expect(await a.next('webrtc-peer-left')).toEqual({ userId: guest.id });
    expect(b.all('webrtc-offer')).toHaveLength(1);
    expect(a.all('webrtc-offer')).toEqual([]);
    b.emit('webrtc-offer', { sessionId, offer });
    await a.next('webrtc-offer');
    b.close();
    await until('that it went', () => a.all('webrtc-peer-left').length === 2);
  });

  it('DIA-93 somebody in the web client’s call is a peer like any other', async () => {
    const open = await createRoom(app.url);
    const person = await openPerson(app);
    const sessionId = (await person.post(`/sessions/join/${open.room.code}`)).body.data.id as string;
    const web = await openMember(app.url, open.token);
    const { peerId } = (await web.ask('call:join', {})) as unknown as { peerId: string };
    const a = await openSocket(app.url, person.accessToken);
    const offer = { type: 'offer', sdp: 'v=0' };
    a.emit('webrtc-offer', { sessionId, offer });
    const heard = await until('the offer', () => web.all('call:signal' as never)[0] as unknown as { from: string });
    expect(heard).toMatchObject({ signal: { description: offer } });
    const answer = { type: 'answer', sdp: 'v=0' };
    await web.ask('call:signal', { to: heard.from, signal: { description: answer } });
    expect(await a.next('webrtc-answer')).toMatchObject({ answer });
    expect(peerId).toBeTypeOf('string');
    web.close();
    await a.next('webrtc-peer-left');
    a.close();
  });

  it('DIA-94 junk is not answered, breaks nothing, and is kept from the others', async () => {
    const { a, b, sessionId } = await openPair();
    const names = [
      'join-session',
      'code-change',
      'code-sync-request',
      'code-sync-response',
      'whiteboard-draw',
      'whiteboard-clear',
      'webrtc-offer',
      'webrtc-ice-candidate',
      'webrtc-leave',
      'nothing-like-it',
    ];
    const junk = [undefined, null, 5, 'x', [], {}, { sessionId: 5 }, { sessionId: 'x' }, { sessionId: null, code: 1 }];
    for (const name of names) for (const payload of junk) a.emit(name, payload);
    for (const code of [undefined, null, 5, {}]) a.emit('code-change', { sessionId, code });
    a.emit('whiteboard-draw', { sessionId });
    a.emit('webrtc-offer', { sessionId, offer: 'x'.repeat(100_000) });
    a.emit('code-change', { sessionId: '__proto__', code: 'x' });
    // Nested deeper than a client could write it.
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    for (const [name, field] of Object.entries({ 'webrtc-offer': 'offer', 'whiteboard-draw': 'stroke' })) {
      a.socket.io.engine.write(`2["${name}",{"sessionId":"${sessionId}","${field}":${deep}}]`);
    }
    a.type(sessionId, 'still here');
    await until('the text', () => b.text === 'still here');
    expect(b.all('whiteboard-draw').concat(b.all('webrtc-offer'))).toEqual([]);
    expect(app.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  it('DIA-94 a session that has ended takes no more text, and its clients see what it has', async () => {
    const { a, b, host, sessionId } = await openPair();
    a.type(sessionId, 'the last word');
    await until('it', () => b.text === 'the last word');
    await host.post(`/sessions/end/${sessionId}`);
    b.type(sessionId, 'no, mine');
    await until('what there is', () => b.text === 'the last word');
    expect(a.text).toBe('the last word');
  });

  it('DIA-84 a member who is removed is heard no more', async () => {
    const pair = await openPair();
    const { path, token } = await asMember(pair);
    const { body } = await app.ask('GET', `${path}/members`, { token });
    const guest = body.items.find(({ role }: { role: string }) => role === 'editor');
    const gone = once(pair.b.socket as never, 'disconnect');
    await app.ask('DELETE', `${path}/members/${guest.id}`, { token });
    await gone;
    const back = await openSocket(app.url, pair.guest.accessToken);
    back.emit('join-session', { sessionId: pair.sessionId });
    back.emit('code-change', { sessionId: pair.sessionId, code: 'mine' });
    pair.a.type(pair.sessionId, 'ours');
    await until('the file', async () => {
      const { body } = await app.ask('GET', `${path}/files/main.js`, { token });
      return body.text === 'ours';
    });
    expect(back.all('code-update')).toEqual([]);
  });
});
