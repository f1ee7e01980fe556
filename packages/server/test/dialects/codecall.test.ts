import { limits } from '@coderoom/protocol';
import { request } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshEmail, goodPassword, login } from '../people.ts';
import { openApp, type RunningApp } from '../running-app.ts';
import { openPerson, openSocket } from './codecall-client.ts';

const uuidV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const unknownId = '019a0000-0000-4000-8000-000000000000';
const failure = (message: string) => ({ success: false, message });
let clock = Date.now();
let app: RunningApp;

beforeAll(async () => {
  app = await openApp({}, { presenceGraceMs: 50, now: () => clock });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

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
