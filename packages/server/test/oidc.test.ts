import { createHmac, generateKeyPairSync } from 'node:crypto';
import { until } from '@coderoom/testkit';
import { exportSPKI, importJWK, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type IssuerStandIn, startIssuer } from './issuer-stand-in.ts';
import { Browser, startProvider, type TestPerson, type TestProvider } from './oidc-provider.ts';
import { freshEmail, goodPassword, register } from './people.ts';
import { type Answer, expectProblem, openApp, type RunningApp } from './running-app.ts';

const base = '/api/v2/auth/oidc';
const signInPage = (code: string) => `/app/sign-in?problem=${code}`;

/** The account that a browser is signed in to. */
async function accountOf(app: RunningApp, browser: Browser): Promise<{ id: string; [field: string]: unknown }> {
  const answer = await browser.ask(`${app.url}/api/v2/auth/refresh`, { method: 'POST', headers: { origin: app.url } });
  expect(answer.status).toBe(200);
  const { account } = (await answer.json()) as { account: { id: string } };
  return account;
}

describe('a browser at a real provider', () => {
  let provider: TestProvider;
  let app: RunningApp;
  const people: Record<string, TestPerson> = {};

  beforeAll(async () => {
    provider = await startProvider();
    app = await openApp({
      EXECUTION: 'off',
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_CLIENT_SECRET: provider.clientSecret,
    });
    provider.open({ redirectUri: `${app.url}${base}/callback`, people });
  });
  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
  });

  const start = (returnTo = '/') => `${app.url}${base}/start?returnTo=${encodeURIComponent(returnTo)}`;

  async function signIn(login: string, browser = new Browser(), returnTo = '/'): Promise<Response> {
    return browser.ask(await browser.signInAtProvider(start(returnTo), login));
  }

  it('AUTH-60 is sent there with PKCE, and comes back signed in, where it wanted to go', async () => {
    const email = freshEmail('grace');
    people.grace = { email, email_verified: true, name: 'Grace Hopper', picture: 'https://pictures.test/grace.png' };
    expect((await app.ask('GET', base)).body).toEqual({ enabled: true, name: new URL(provider.issuer).host });

    const browser = new Browser();
    const back = await signIn('grace', browser, '/r/abcd-efgh?tab=people#top');
    expect(back.status).toBe(303);
    expect(back.headers.get('location')).toBe('/r/abcd-efgh?tab=people#top');
    expect(back.headers.get('cache-control')).toBe('no-store');
    const asked = new URL(browser.visited.find((url) => url.startsWith(`${provider.issuer}/auth?`)) ?? '');
    expect(asked.searchParams.get('code_challenge_method')).toBe('S256');
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(asked.searchParams.get(name)?.length, name).toBeGreaterThanOrEqual(43);
    }
    const setCookie = back.headers.getSetCookie().find((line) => line.startsWith('coderoom_refresh='));
    expect(setCookie).toMatch(/; Path=\/api\/v2\/auth; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
    expect([...browser.cookies(app.url).keys()]).toEqual(['coderoom_refresh']);

    const account = await accountOf(app, browser);
    expect(account).toMatchObject({
      email,
      name: 'Grace Hopper',
      picture: 'https://pictures.test/grace.png',
      hasPassword: false,
    });
    const again = new Browser();
    await signIn('grace', again);
    expect((await accountOf(app, again)).id).toBe(account.id);
  });

  it('AUTH-60 also where the provider puts the claims into the id token', async () => {
    await using other = await startProvider();
    await using server = await openApp({
      EXECUTION: 'off',
      OIDC_ISSUER: other.issuer,
      OIDC_CLIENT_ID: other.clientId,
      OIDC_CLIENT_SECRET: other.clientSecret,
    });
    const email = freshEmail('lin');
    const redirectUri = `${server.url}${base}/callback`;
    other.open({ redirectUri, people: { lin: { email, email_verified: true } }, claimsInIdToken: true });
    const browser = new Browser();
    await browser.ask(await browser.signInAtProvider(`${server.url}${base}/start`, 'lin'));
    expect(await accountOf(server, browser)).toMatchObject({ email, name: expect.stringMatching(/^\w+ \w+$/) });
  });

  it('AUTH-61 is not signed in when what it brings back is not what it was sent with', async () => {
    people.mallory = { email: freshEmail('mallory'), email_verified: true };
    const expectRefused = async (browser: Browser, url: string, what: string) => {
      const answer = await browser.ask(url);
      expect([answer.status, answer.headers.get('location')], what).toEqual([303, signInPage('oidc_failed')]);
      expect(browser.cookies(app.url).has('coderoom_refresh'), what).toBe(false);
      expect(browser.cookies(app.url).has('coderoom_oidc'), what).toBe(false);
    };
    const change = (url: string, changes: Record<string, string>) => {
      const changed = new URL(url);
      for (const [name, value] of Object.entries(changes)) changed.searchParams.set(name, value);
      return changed.href;
    };

    for (const [what, changes] of Object.entries<Record<string, string>>({
      'another state': { state: 'x'.repeat(43) },
      'another code': { code: 'x'.repeat(43) },
      'another issuer': { iss: 'https://evil.test' },
      'a refusal': { error: 'access_denied' },
    })) {
      const browser = new Browser();
      const back = await browser.signInAtProvider(start(), 'mallory');
      await expectRefused(browser, change(back, changes), what);
    }

    // Somebody else's answer, which would sign a victim in to the attacker's account.
    const attacker = new Browser();
    const attackersAnswer = await attacker.signInAtProvider(start(), 'mallory');
    await expectRefused(new Browser(), attackersAnswer, 'a browser that never started');
    const victim = new Browser();
    await victim.ask(start());
    await expectRefused(victim, attackersAnswer, 'a browser that started another sign-in');

    const forger = new Browser();
    const forgersAnswer = await forger.signInAtProvider(start(), 'mallory');
    const sealed = forger.cookies(app.url).get('coderoom_oidc') ?? '';
    forger.cookies(app.url).set('coderoom_oidc', `${sealed.slice(0, -2)}AA`);
    await expectRefused(forger, forgersAnswer, 'a changed cookie');
    for (const junk of ['', '?', '?code=x', '?state=x', '?code=x&state=y', `?code=${'x'.repeat(5_000)}`]) {
      await expectRefused(new Browser(), `${app.url}${base}/callback${junk}`, junk);
    }

    const honest = new Browser();
    const answer = await honest.signInAtProvider(start(), 'mallory');
    const cookie = honest.cookies(app.url).get('coderoom_oidc') ?? '';
    expect((await honest.ask(answer)).headers.get('location')).toBe('/');
    const replaying = new Browser();
    replaying.cookies(app.url).set('coderoom_oidc', cookie);
    await expectRefused(replaying, answer, 'the same answer again');
  });

  it('AUTH-62 comes back to pages of this server only', async () => {
    people.grace ??= { email: freshEmail('grace'), email_verified: true };
    for (const [asked, given] of [
      ['/app/rooms', '/app/rooms'],
      ['https://evil.test/', '/'],
      ['//evil.test/x', '/'],
      ['/\\evil.test', '/'],
      ['/\t/evil.test', '/'],
      ['/..//evil.test', '/evil.test'],
      ['javascript:alert(1)', '/'],
      ['app', '/'],
      ['', '/'],
    ] as const) {
      const back = await signIn('grace', new Browser(), asked);
      expect(back.headers.get('location'), asked).toBe(given);
    }
  });

  it('AUTH-63 gets the account with the same e-mail when both sides have it verified', async () => {
    const email = freshEmail('joan');
    people['joan.old'] = { email, email_verified: true, name: 'Joan' };
    people['joan.new'] = { email: email.toUpperCase(), email_verified: true, name: 'Joan Clarke' };
    const [before, after] = [new Browser(), new Browser()];
    await signIn('joan.old', before);
    await signIn('joan.new', after);
    const account = await accountOf(app, after);
    expect(account.id).toBe((await accountOf(app, before)).id);
    expect(account.name).toBe('Joan');
  });

  it('AUTH-63 never gets one by an e-mail that either side has not verified', async () => {
    // Somebody registered a victim's address with a password that they know.
    const email = freshEmail('victim');
    const squatter = await register(app, { email, name: 'Squatter' });
    people.victim = { email, email_verified: true, name: 'Victim' };
    const victim = new Browser();
    await signIn('victim', victim);
    const victims = await accountOf(app, victim);
    expect(victims.id).not.toBe(squatter.account.id);
    expect(victims).toMatchObject({ name: 'Victim', email: null, hasPassword: false });

    // And the other way: the provider lets people claim any address.
    const verified = freshEmail('owner');
    people.owner = { email: verified, email_verified: true };
    const owner = new Browser();
    await signIn('owner', owner);
    for (const [index, claim] of [false, 'true', undefined].entries()) {
      const login = `claimer${index}`;
      people[login] = { email: verified, ...(claim === undefined ? {} : { email_verified: claim }) };
      const claimer = new Browser();
      await signIn(login, claimer);
      const claimed = await accountOf(app, claimer);
      expect(claimed.id).not.toBe((await accountOf(app, owner)).id);
      expect(claimed.email).toBeNull();
    }
    // An address that no e-mail of ours could be does not stand in anybody's way.
    for (const [index, odd] of ['a@b, c@d', '\u212aelvin@example.org', 'x'.repeat(300), ''].entries()) {
      people[`odd${index}`] = {
        email: odd,
        email_verified: true,
        name: '\u202e\u200b',
        picture: 'javascript:alert(1)',
      };
      const browser = new Browser();
      await signIn(`odd${index}`, browser);
      expect(await accountOf(app, browser)).toMatchObject({ email: null, picture: null });
    }
  });

  it('AUTH-64 may set a password later, and sign in by either', async () => {
    const email = freshEmail('both');
    people.both = { email, email_verified: true, name: 'Both Ways' };
    const browser = new Browser();
    await signIn('both', browser);
    const refreshed = await browser.ask(`${app.url}/api/v2/auth/refresh`, {
      method: 'POST',
      headers: { origin: app.url },
    });
    const { accessToken: token, account } = (await refreshed.json()) as {
      accessToken: string;
      account: { id: string };
    };
    expect((await app.ask('POST', '/api/v2/me/password', { token, body: { newPassword: goodPassword } })).status).toBe(
      204,
    );
    const byPassword = await app.ask('POST', '/api/v2/auth/login', { body: { email, password: goodPassword } });
    expect(byPassword.body.account.id).toBe(account.id);
    expectProblem(
      await app.ask('POST', '/api/v2/me/password', { token, body: { newPassword: 'and another one' } }),
      'password_refused',
    );
    expectProblem(await app.ask('DELETE', '/api/v2/me', { token, body: {} }), 'password_refused');
    await app.ask('DELETE', '/api/v2/me', { token, body: { password: goodPassword } });
    const fresh = new Browser();
    await signIn('both', fresh);
    expect((await accountOf(app, fresh)).id).not.toBe(account.id);
  });
});

describe('tokens of a provider', () => {
  let issuer: IssuerStandIn;
  let app: RunningApp;
  const clientId = 'spa';
  const audience = 'https://api.coderoom.test';
  const nowS = () => Math.floor(Date.now() / 1000);
  const claims = (changes: object = {}) => ({
    iss: issuer.issuer,
    aud: clientId,
    sub: 'auth0|1',
    iat: nowS(),
    exp: nowS() + 600,
    ...changes,
  });
  const enter = (token: string): Promise<Answer> => app.ask('POST', `${base}/token`, { body: { token } });

  beforeEach(async () => {
    issuer = await startIssuer();
    app = await openApp(
      { EXECUTION: 'off', OIDC_ISSUER: issuer.issuer, OIDC_CLIENT_ID: clientId, OIDC_AUDIENCE: audience },
      { oidc: { retryMs: 200, keysCooldownMs: 200 } },
    );
  });
  afterEach(async () => {
    await app[Symbol.asyncDispose]();
    await issuer[Symbol.asyncDispose]();
  });

  it('AUTH-65 sign in: id tokens for this client, and access tokens for its audience', async () => {
    const person = { email: 'kay@example.org', email_verified: true, name: 'Kay' };
    const byIdToken = await enter(await issuer.sign(claims(person)));
    expect(byIdToken.status).toBe(200);
    expect(byIdToken.body.account).toMatchObject({ email: 'kay@example.org', name: 'Kay', hasPassword: false });
    expect((await app.ask('GET', '/api/v2/me', { token: byIdToken.body.accessToken })).status).toBe(200);

    // As Auth0 makes them for a page that names an audience.
    const access = claims({ aud: [audience, `${issuer.issuer}userinfo`], azp: 'another client', scope: 'openid' });
    for (const typ of ['JWT', 'at+jwt']) {
      const byAccessToken = await enter(await issuer.sign(access, { typ }));
      expect(byAccessToken.body.account?.id, typ).toBe(byIdToken.body.account.id);
    }
    const another = await enter(await issuer.sign(claims({ sub: 'auth0|2' })));
    expect(another.body.account.id).not.toBe(byIdToken.body.account.id);
    expect(another.body.account.email).toBeNull();
  });

  it('AUTH-66 that are junk, for others, or of another kind are refused', async () => {
    const good = await issuer.sign(claims());
    const [, payload, signature] = good.split('.');
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const jwk = issuer.publicKey();
    const pem = await exportSPKI((await importJWK(jwk, 'RS256')) as Parameters<typeof exportSPKI>[0]);
    const forge = (header: object, key: string) => {
      const input = `${encode({ kid: jwk.kid, typ: 'JWT', ...header })}.${payload}`;
      return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
    };
    const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const ownJwk = own.publicKey.export({ format: 'jwk' }) as never;
    const bySelf = (header: object) =>
      new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...header }).sign(own.privateKey);
    const junk: Record<string, string> = {
      'alg none': `${encode({ alg: 'none' })}.${payload}.`,
      'HS256 with the public key as PEM': forge({ alg: 'HS256' }, pem),
      'HS256 with the public key as JWK': forge({ alg: 'HS256' }, JSON.stringify(jwk)),
      'HS256 with the modulus': forge({ alg: 'HS256' }, jwk.n ?? ''),
      'a key of its own': await bySelf({ kid: jwk.kid }),
      'an embedded key': await bySelf({ jwk: ownJwk }),
      'keys from elsewhere': await bySelf({ jku: 'http://127.0.0.1:9/keys', kid: jwk.kid }),
      'kid with a path': await bySelf({ kid: '../../../etc/passwd' }),
      'another audience': await issuer.sign(claims({ aud: 'somebody else' })),
      'no audience': await issuer.sign(claims({ aud: undefined })),
      'another client, naming us besides': await issuer.sign(claims({ aud: ['other', clientId], azp: 'other' })),
      'another issuer': await issuer.sign(claims({ iss: 'https://evil.test/' })),
      'the issuer without its slash': await issuer.sign(claims({ iss: issuer.issuer.slice(0, -1) })),
      'no subject': await issuer.sign(claims({ sub: undefined })),
      'an empty subject': await issuer.sign(claims({ sub: '' })),
      'a subject that is a list': await issuer.sign(claims({ sub: ['auth0|1'] as never })),
      'no end': await issuer.sign(claims({ exp: undefined })),
      'not yet valid': await issuer.sign(claims({ nbf: nowS() + 300 })),
      'a logout token': await issuer.sign(claims(), { typ: 'logout+jwt' }),
      'another signature': `${encode({ alg: 'RS256', kid: jwk.kid, typ: 'JWT' })}.${encode(claims({ sub: 'x' }))}.${signature}`,
      'our own kind': 'a.b.c',
      text: 'hello',
    };
    for (const [name, token] of Object.entries(junk)) {
      const answer = await enter(token);
      expect(answer.body.code, name).toBe('oidc_failed');
      expectProblem(answer, 'oidc_failed');
    }
    expectProblem(await enter(await issuer.sign(claims({ exp: nowS() - 120 }))), 'token_expired');
    expectProblem(await enter('a'.repeat(16_001)), 'invalid_request');
    // Clocks differ a little.
    expect((await enter(await issuer.sign(claims({ exp: nowS() - 20 })))).status).toBe(200);
    expectProblem(await app.ask('GET', '/api/v2/me', { token: good }), 'token_invalid');
  });

  it('AUTH-67 are checked by keys that are kept, and asked for again when a new one appears', async () => {
    for (let signIns = 0; signIns < 5; signIns++) expect((await enter(await issuer.sign(claims()))).status).toBe(200);
    expect(issuer.keysAsked()).toBe(1);

    const old = await issuer.sign(claims());
    await issuer.rotate({ keepOld: true });
    await until('the new key', async () => (await enter(await issuer.sign(claims()))).status === 200);
    expect((await enter(old)).status).toBe(200);

    await issuer.rotate({ keepOld: false });
    await until('the newest key', async () => (await enter(await issuer.sign(claims()))).status === 200);
    expectProblem(await enter(old), 'oidc_failed');

    // Unknown keys, as anybody may make them up, do not make us ask each time.
    const before = issuer.keysAsked();
    await Promise.all(Array.from({ length: 20 }, async () => enter(await issuer.sign(claims(), { kid: 'made up' }))));
    expect(issuer.keysAsked() - before).toBeLessThanOrEqual(2);
  });

  it('AUTH-68 wait for a provider that is gone, and nothing else does', async () => {
    for (const mood of ['fails', 'redirects', 'huge', 'junk', 'somebody else'] as const) {
      issuer.behave(mood);
      await using without = await openApp(
        { EXECUTION: 'off', OIDC_ISSUER: issuer.issuer, OIDC_CLIENT_ID: clientId },
        { oidc: { retryMs: 200 } },
      );
      const refused = await without.ask('POST', `${base}/token`, { body: { token: 'a.b.c' } });
      expect(refused.body.code, mood).toBe('oidc_unavailable');
      expect(Number(refused.headers.get('retry-after')), mood).toBeGreaterThan(0);
      const away = await fetch(`${without.url}${base}/start`, { redirect: 'manual' });
      expect(away.headers.get('location'), mood).toBe(signInPage('oidc_unavailable'));
      expect((await without.ask('GET', base)).body.enabled).toBe(true);
      await register(without);
      issuer.behave('well');
      const token = await issuer.sign(claims());
      await until('the provider to be asked again', async () => {
        const answer = await without.ask('POST', `${base}/token`, { body: { token } });
        return answer.status === 200;
      });
    }
  });

  it('AUTH-68 do not wait long for a provider that says nothing, and are not many who ask it', async () => {
    issuer.behave('hangs');
    const asking = Promise.all(Array.from({ length: 10 }, () => enter('a.b.c')));
    await register(app);
    const answers = await asking;
    for (const answer of answers) expectProblem(answer, 'oidc_unavailable');
    const health = await app.ask('GET', '/health');
    expect(health.body.dependencies.issuer).toEqual({ state: 'down' });
    issuer.behave('well');
    await until('the provider to be back', async () => (await enter(await issuer.sign(claims()))).status === 200);
    expect((await app.ask('GET', '/health')).body.dependencies.issuer).toEqual({ state: 'ready' });
    // Those who were signed in do not need it.
    issuer.behave('fails');
    expect((await enter(await issuer.sign(claims()))).status).toBe(200);
  }, 30_000);

  it('AUTH-69 are no business of a server without a provider', async () => {
    await using plain = await openApp({ EXECUTION: 'off' });
    expect((await plain.ask('GET', base)).body).toEqual({ enabled: false, name: null });
    expectProblem(await plain.ask('POST', `${base}/token`, { body: { token: 'a.b.c' } }), 'oidc_off');
    for (const path of ['start', 'callback?code=x&state=y']) {
      const answer = await fetch(`${plain.url}${base}/${path}`, { redirect: 'manual' });
      expect(answer.headers.get('location')).toBe(signInPage('oidc_off'));
    }
  });

  it('LOG-2 are not logged, whatever is wrong with them', async () => {
    const token = await issuer.sign(claims({ secretlike: 'claim-that-must-not-be-logged' }));
    await enter(token);
    await enter(`${token}x`);
    await enter('eyJunk-not-logged.e30.x');
    const log = app.logged.join('');
    expect(log).toContain('could not sign in by OpenID Connect');
    for (const secret of [token, token.split('.')[2] ?? '', 'not-logged', 'claim-that-must']) {
      expect(log).not.toContain(secret);
    }
  });
});
