import { limits } from '@coderoom/protocol';
import { createRoom } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshEmail, goodPassword, login, register } from './people.ts';
import { type Answer, expectProblem, openApp, type RunningApp } from './running-app.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

describe('wrong passwords', () => {
  /** Behind a believed proxy, so that tries can come from many addresses. */
  async function openLimited(ratePoints = {}): Promise<RunningApp> {
    return openApp({ EXECUTION: 'off', RATE_LIMITS: 'on', TRUST_PROXY: 'on' }, { ratePoints });
  }
  const attempt = (limited: RunningApp, email: string, password: string, address: string): Promise<Answer> =>
    limited.ask('POST', '/api/v2/auth/login', {
      body: { email, password },
      headers: { 'x-forwarded-for': address },
    });

  it('AUTH-30 of an account are refused from the eleventh on, without locking its owner out', async () => {
    await using limited = await openLimited();
    const { email } = await register(limited);
    for (let tries = 0; tries < limits.signInFailuresPerAccount; tries++) {
      expectProblem(await attempt(limited, email, `guess ${tries}`, '198.51.100.1'), 'sign_in_refused');
    }
    const refused = await attempt(limited, email, 'guess again', '198.51.100.1');
    expectProblem(refused, 'rate_limited');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // Right or wrong makes no difference any more from there.
    expectProblem(await attempt(limited, email, goodPassword, '198.51.100.1'), 'rate_limited');
    for (let signIns = 0; signIns < 3; signIns++) {
      expect((await attempt(limited, email, goodPassword, '203.0.113.9')).status).toBe(200);
    }
    // Under attack, another address has a single wrong try.
    expectProblem(await attempt(limited, email, 'a guess', '203.0.113.10'), 'sign_in_refused');
    expectProblem(await attempt(limited, email, 'a guess', '203.0.113.10'), 'rate_limited');
  });

  it('AUTH-30 cannot slip through by coming at the same time', async () => {
    await using limited = await openLimited();
    const { email } = await register(limited);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => attempt(limited, email, `guess ${index}`, '198.51.100.2')),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(limits.signInFailuresPerAccount);
    expect(statuses.filter((status) => status === 429)).toHaveLength(30 - limits.signInFailuresPerAccount);
  });

  it('AUTH-31 of an address are refused from the 101st on, on whatever accounts, of which others take no harm', async () => {
    await using limited = await openLimited({ requests: 10_000 });
    const { email } = await register(limited);
    const from = '198.51.100.3';
    for (let batch = 0; batch < limits.signInFailuresPerAddress / 10; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => attempt(limited, freshEmail('nobody'), 'guess', from)),
      );
      for (const answer of answers) expectProblem(answer, 'sign_in_refused');
    }
    expectProblem(await attempt(limited, freshEmail('nobody'), 'guess', from), 'rate_limited');
    expectProblem(await attempt(limited, email, goodPassword, from), 'rate_limited');
    expect((await attempt(limited, email, goodPassword, '198.51.100.4')).status).toBe(200);
  });

  it('AUTH-31 do not count when they are right, and no header makes another address of one', async () => {
    await using limited = await openApp({ EXECUTION: 'off', RATE_LIMITS: 'on' }, { ratePoints: { requests: 10_000 } });
    const person = await register(limited);
    for (let signIns = 0; signIns < 2 * limits.signInFailuresPerAccount; signIns++) await login(limited, person);
    const statuses = new Set<number>();
    for (let tries = 0; tries <= limits.signInFailuresPerAccount; tries++) {
      statuses.add((await attempt(limited, person.email, 'guess', `198.51.100.${tries}`)).status);
    }
    expect([...statuses]).toEqual([401, 429]);
  });

  it('AUTH-31 count where a password is asked for again, too', async () => {
    await using limited = await openLimited();
    const { accessToken: token } = await register(limited);
    const body = { currentPassword: 'guess', newPassword: 'a fine new password' };
    for (let tries = 0; tries < limits.signInFailuresPerAccount; tries++) {
      expectProblem(await limited.ask('POST', '/api/v2/me/password', { token, body }), 'password_refused');
    }
    expectProblem(await limited.ask('POST', '/api/v2/me/password', { token, body }), 'rate_limited');
    expectProblem(await limited.ask('DELETE', '/api/v2/me', { token, body: { password: 'guess' } }), 'rate_limited');
  });
});

describe('the refresh cookie', () => {
  const refreshPath = '/api/v2/auth/refresh';
  const ownPage = () => ({ origin: app.url, 'sec-fetch-site': 'same-origin' });
  const readCookie = (answer: Answer) => {
    const [pair = '', ...attributes] = (answer.headers.get('set-cookie') ?? '').split('; ');
    return { pair, attributes };
  };
  async function signInByPage(headers: Record<string, string> = ownPage()): Promise<Answer> {
    const body = { email: freshEmail(), password: goodPassword, cookie: true };
    return app.ask('POST', '/api/v2/auth/register', { body, headers });
  }

  it('AUTH-40 is set on request, for no script and no other site, and the token is nowhere else', async () => {
    const answer = await signInByPage();
    expect(answer.status).toBe(201);
    expect(answer.body.refreshToken).toBeUndefined();
    const { pair, attributes } = readCookie(answer);
    expect(pair).toMatch(/^coderoom_refresh=[\w-]{43}$/);
    expect(attributes).toEqual([
      'Path=/api/v2/auth',
      expect.stringMatching(/^Max-Age=2591\d{3}$/),
      'HttpOnly',
      'SameSite=Strict',
    ]);
    const plain = await app.ask('POST', '/api/v2/auth/register', {
      body: { email: freshEmail(), password: goodPassword },
      headers: ownPage(),
    });
    expect(plain.headers.get('set-cookie')).toBeNull();
  });

  it('AUTH-40 travels over TLS only where the server is reached by it', async () => {
    await using secure = await openApp({ EXECUTION: 'off', PUBLIC_URL: 'https://code.test' });
    const answer = await secure.ask('POST', '/api/v2/auth/register', {
      body: { email: freshEmail(), password: goodPassword, cookie: true },
      headers: { origin: 'https://code.test', 'sec-fetch-site': 'same-origin' },
    });
    expect(readCookie(answer).attributes).toContain('Secure');
    await using proxied = await openApp({ EXECUTION: 'off', TRUST_PROXY: 'on' });
    const behind = await proxied.ask('POST', '/api/v2/auth/register', {
      body: { email: freshEmail(), password: goodPassword, cookie: true },
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'code.test', origin: 'https://code.test' },
    });
    expect(readCookie(behind).attributes).toContain('Secure');
  });

  it('AUTH-41 is renewed by refreshing from a page of this server, and cleared when it is spent', async () => {
    const { pair } = readCookie(await signInByPage());
    const ask = (cookie: string) =>
      app.ask('POST', refreshPath, { headers: { ...ownPage(), cookie: `theme=dark; ${cookie}; other=1` } });
    const renewed = await ask(pair);
    expect(renewed.status).toBe(200);
    expect(renewed.body.refreshToken).toBeUndefined();
    const next = readCookie(renewed).pair;
    expect(next).toMatch(/^coderoom_refresh=[\w-]{43}$/);
    expect(next).not.toBe(pair);

    const signedOut = await app.ask('POST', '/api/v2/auth/logout', { headers: { ...ownPage(), cookie: next } });
    expect(signedOut.status).toBe(204);
    expect(signedOut.headers.get('set-cookie')).toMatch(/^coderoom_refresh=; Path=\/api\/v2\/auth; Max-Age=0/);
    const spent = await ask(next);
    expectProblem(spent, 'session_ended');
    expect(spent.headers.get('set-cookie')).toMatch(/^coderoom_refresh=; .*Max-Age=0/);
    expectProblem(await app.ask('POST', refreshPath, { headers: ownPage() }), 'sign_in_required');
  });

  it('AUTH-42 is refused from any other page, and from what does not say where it comes from', async () => {
    await using open = await openApp({ EXECUTION: 'off', CORS_ORIGINS: 'https://listed.test' });
    const signedIn = await open.ask('POST', '/api/v2/auth/register', {
      body: { email: freshEmail(), password: goodPassword, cookie: true },
      headers: { origin: open.url },
    });
    const { pair: cookie } = readCookie(signedIn);
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.test' },
      { origin: 'null' },
      { origin: `${open.url}.evil.test` },
      { origin: 'https://listed.test' },
      { origin: open.url, 'sec-fetch-site': 'cross-site' },
      { origin: open.url, 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'none' },
      {},
    ];
    for (const headers of foreign) {
      for (const path of [refreshPath, '/api/v2/auth/logout']) {
        const answer = await open.ask('POST', path, { headers: { ...headers, cookie } });
        expectProblem(answer, 'origin_refused');
        expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
        expect(answer.headers.get('set-cookie')).toBeNull();
      }
    }
    const mine = await open.ask('POST', refreshPath, { headers: { origin: open.url, cookie } });
    expect(mine.status).toBe(200);
    for (const headers of foreign.slice(0, 7)) {
      for (const path of ['register', 'login', 'oidc/token']) {
        const body = { ...(path === 'oidc/token' ? { token: 'x' } : { email: freshEmail(), password: goodPassword }) };
        const answer = await open.ask('POST', `/api/v2/auth/${path}`, { body: { ...body, cookie: true }, headers });
        expectProblem(answer, 'origin_refused');
      }
    }
  });

  it('AUTH-42 counts nowhere else, and no form of another site can send what would', async () => {
    const answer = await signInByPage();
    const { pair: cookie } = readCookie(answer);
    const { room } = await createRoom(app.url);
    const headers = { ...ownPage(), cookie };
    for (const [method, path] of [
      ['GET', '/api/v2/me'],
      ['PATCH', '/api/v2/me'],
      ['DELETE', '/api/v2/me'],
      ['POST', '/api/v2/me/password'],
      ['GET', '/api/v2/me/sessions'],
      ['DELETE', '/api/v2/me/sessions'],
      ['POST', '/api/v2/me/rooms'],
    ] as const) {
      const bodies: Record<string, object> = {
        'PATCH /api/v2/me': { name: 'x' },
        'POST /api/v2/me/password': { newPassword: 'something new' },
        'POST /api/v2/me/rooms': { tokens: [] },
      };
      const body = bodies[`${method} ${path}`];
      const refused = await app.ask(method, path, { headers, ...(body === undefined ? {} : { body }) });
      expectProblem(refused, 'sign_in_required');
    }
    expectProblem(await app.ask('GET', `/api/v2/rooms/${room.id}`, { headers }), 'token_missing');
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const form = await app.ask('POST', '/api/v2/auth/login', {
        headers: { ...headers, 'content-type': type },
        body: JSON.stringify({ email: 'a@example.org', password: goodPassword, cookie: true }),
      });
      expectProblem(form, 'unsupported_media_type');
    }
  });
});

describe('the log', () => {
  it('LOG-2 holds no password and no token of an account, whatever happens to them', async () => {
    const person = await register(app, { password: 'a-password-that-must-not-be-logged' });
    await app.ask('POST', '/api/v2/auth/login', { body: { email: person.email, password: 'wrong-and-not-logged' } });
    const { body } = await app.ask('POST', '/api/v2/auth/refresh', { body: { refreshToken: person.refreshToken } });
    await app.ask('POST', '/api/v2/auth/refresh', { body: { refreshToken: 'junk-and-not-logged' } });
    await app.ask('GET', `/api/v2/me?token=${person.accessToken}`, { token: person.accessToken });
    await app.ask('GET', '/api/v2/me', { token: 'eyJ-broken-and-not-logged' });
    await fetch(`${app.url}/api/v2/auth/oidc/callback?code=code-not-logged&state=not-logged`, { redirect: 'manual' });
    await app.ask('POST', '/api/v2/auth/login', {
      headers: { cookie: `coderoom_refresh=${body.refreshToken}`, origin: 'https://evil.test' },
      body: { email: person.email, password: person.password, cookie: true },
    });
    await app.ask('DELETE', '/api/v2/me', { token: person.accessToken, body: { password: person.password } });
    const log = app.logged.join('');
    expect(log).toContain('/api/v2/auth/login');
    for (const secret of [
      person.password,
      person.refreshToken,
      person.accessToken,
      body.refreshToken,
      body.accessToken,
    ]) {
      expect(log).not.toContain(secret);
    }
    expect(log).not.toContain('not-logged');
  });
});
