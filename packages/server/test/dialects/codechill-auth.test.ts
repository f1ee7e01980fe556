import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register } from '../people.ts';
import { openProfileServices, type ProfileServices } from '../profile-services.ts';
import type { OpenApi } from '../running-app.ts';
import { type CodeChillApp, connectSocket, naiveTime, openCodeChill, uuidV4 } from './codechill-client.ts';

let chill: CodeChillApp;
let services: ProfileServices;
let clock = Date.now();

beforeAll(async () => {
  services = await openProfileServices();
  chill = await openCodeChill({ EXECUTION: 'off', ...services.env }, { now: () => clock });
});
afterAll(async () => {
  await chill[Symbol.asyncDispose]();
  await services[Symbol.asyncDispose]();
});

const decode = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
const refused = (error: string) => ({ error });

describe('signing in', () => {
  it('DIA-112 gives tokens of the app for a token of the provider', async () => {
    const issuerToken = await chill.issuerToken('grace', {
      name: 'Grace Hopper',
      picture: 'https://pictures.test/g.png',
    });
    const { status, body } = await chill.ask('POST', '/api/auth/login', issuerToken);
    expect([status, body]).toEqual([
      200,
      {
        message: 'Login successful',
        access_token: expect.any(String),
        refresh_token: expect.any(String),
        user: {
          id: expect.stringMatching(uuidV4),
          email: expect.stringMatching(/^grace\./),
          name: 'Grace Hopper',
          picture: 'https://pictures.test/g.png',
          github_username: null,
          leetcode_username: null,
          codeforces_username: null,
          created_at: expect.stringMatching(naiveTime),
          updated_at: expect.stringMatching(naiveTime),
          is_active: true,
          is_verified: true,
        },
      },
    ]);
    const { user } = body;
    expect(decode(body.access_token)).toMatchObject({
      sub: user.id,
      type: 'access',
      fresh: true,
      email: user.email,
      name: 'Grace Hopper',
      picture: user.picture,
      jti: expect.any(String),
      csrf: expect.any(String),
      nbf: expect.any(Number),
    });
    const { iat, exp } = decode(body.access_token);
    expect(exp - iat).toBe(24 * 60 * 60);
    const refresh = decode(body.refresh_token);
    expect(refresh).toMatchObject({ sub: user.id, type: 'refresh' });
    expect(refresh.exp - refresh.iat).toBe(30 * 24 * 60 * 60);
    expect((await chill.ask('POST', '/api/auth/login', issuerToken)).body.user.id).toBe(user.id);
  });

  it('DIA-112 refuses what is no token of the provider, in the original’s words', async () => {
    const none = await chill.ask('POST', '/api/auth/login');
    expect([none.status, none.body]).toEqual([401, refused('No authorization header')]);
    const { token } = await chill.signIn();
    for (const bad of ['junk', token, `${await chill.issuerToken('mallory')}x`]) {
      const answer = await chill.ask('POST', '/api/auth/login', bad);
      expect([answer.status, answer.body]).toEqual([401, refused('Invalid token')]);
    }
    const nameless = await chill.issuerToken('nameless', { email: '' });
    const answer = await chill.ask('POST', '/api/auth/login', nameless);
    expect([answer.status, answer.body]).toEqual([400, refused('Invalid token payload')]);
  });

  it('DIA-112 syncs the account as later pages do, with what their body says where the token is silent', async () => {
    const issuerToken = await chill.issuerToken('lin', { name: 'Lin' });
    const body = { email: 'somebody@else.test', name: 'Somebody', picture: null, auth0Id: 'auth0|1' };
    const synced = await chill.ask('POST', '/api/auth/sync', issuerToken, body);
    expect([synced.status, synced.body.data]).toMatchObject([
      200,
      { name: 'Lin', email: expect.stringMatching(/^lin\./) },
    ]);
    const silent = await chill.issuerToken('silent', { email: '' });
    const filled = await chill.ask('POST', '/api/auth/sync', silent, { email: 'me@here.test' });
    expect([filled.status, filled.body.data]).toMatchObject([200, { email: 'me@here.test', is_verified: false }]);
    const empty = await chill.ask('POST', '/api/auth/sync', silent, {});
    expect([empty.status, empty.body]).toEqual([400, refused('Invalid token payload')]);
    const none = await chill.ask('POST', '/api/auth/sync', undefined, body);
    expect([none.status, none.body]).toEqual([401, refused('No authorization header')]);
    const bad = await chill.ask('POST', '/api/auth/sync', 'junk', body);
    expect([bad.status, bad.body]).toEqual([401, refused('Invalid token')]);
  });

  it('DIA-113 a provider’s token is as good as one of the app everywhere, and is one session however often it is used', async () => {
    const issuerToken = await chill.issuerToken('angular');
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => chill.ask('GET', '/api/auth/profile', issuerToken)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await chill.ask('GET', '/api/rooms', issuerToken)).status).toBe(200);
    const { body } = await chill.ask('POST', '/api/auth/login', issuerToken);
    expect(body.user.id).toBe(answers[0]?.body.user.id);
    for (let load = 0; load < 3; load++) await chill.ask('POST', '/api/auth/sync', issuerToken, {});
    // Once for the token, however often its pages are loaded, and once more for the login.
    const { accessToken } = await nativeSignIn(issuerToken);
    const { body: sessions } = await chill.app.ask('GET', '/api/v2/me/sessions', { token: accessToken });
    expect(sessions.items).toHaveLength(3);
  });

  it('DIA-113 an access token that the provider has made for an API is as good as an id token', async () => {
    const audience = 'https://api.codechill.test';
    await using other = await openCodeChill({ EXECUTION: 'off', OIDC_AUDIENCE: audience }, {}, { audience });
    const accessToken = await other.issuerToken('grace', { name: 'Grace' });
    expect(decode(accessToken)).toMatchObject({ aud: audience, scope: expect.any(String) });
    const { status, body } = await other.ask('POST', '/api/auth/login', accessToken);
    expect([status, body.user]).toMatchObject([200, { name: 'Grace', email: expect.stringMatching(/^grace\./) }]);
    expect((await other.ask('GET', '/api/rooms', accessToken)).status).toBe(200);
    (await connectSocket(other.url, accessToken)).close();
    // Made for somebody else's API, it is good for nothing here.
    expect((await chill.ask('POST', '/api/auth/login', accessToken)).status).toBe(401);
  });

  it('DIA-113 tokens of each kind are refused where the other is wanted, and when they are over', async () => {
    const person = await chill.signIn();
    const cases: [string, string, string | undefined, string][] = [
      ['GET', '/api/auth/profile', undefined, 'Authorization token required'],
      ['GET', '/api/auth/profile', 'junk', 'Invalid token'],
      ['GET', '/api/auth/profile', person.refreshToken, 'Invalid token'],
      ['POST', '/api/auth/refresh', person.token, 'Invalid token'],
      ['POST', '/api/auth/refresh', person.issuerToken, 'Invalid token'],
      ['GET', '/api/rooms', person.refreshToken, 'Invalid token'],
      ['GET', '/api/rooms/my-rooms', undefined, 'Authorization token required'],
    ];
    for (const [method, path, token, error] of cases) {
      const answer = await chill.ask(method, path, token);
      expect([method, path, answer.status, answer.body]).toEqual([method, path, 401, refused(error)]);
    }
    const native = await register(chill.app);
    expect((await chill.ask('GET', '/api/auth/profile', native.accessToken)).body).toEqual(refused('Invalid token'));
    for (const path of ['/api/v2/me', '/api/v2/me/rooms']) {
      expect((await chill.app.ask('GET', path, { token: person.token })).status).toBe(401);
    }
    clock += 24 * 60 * 60_000;
    const late = await chill.ask('GET', '/api/auth/profile', person.token);
    expect([late.status, late.body]).toEqual([401, refused('Token has expired')]);
    const { status, body } = await chill.ask('POST', '/api/auth/refresh', person.refreshToken);
    expect([status, body]).toEqual([
      200,
      { access_token: expect.any(String), user: expect.objectContaining({ id: person.id }) },
    ]);
    expect((await chill.ask('GET', '/api/auth/profile', body.access_token)).status).toBe(200);
    clock = Date.now();
  });

  it('DIA-113 no operation is for who brings no token, or one that is not for it', async () => {
    const person = await chill.signIn();
    const native = await register(chill.app);
    const ended = await chill.signIn();
    await chill.ask('POST', '/api/auth/logout', ended.token);
    const { paths } = (await chill.app.ask('GET', '/openapi.json')).body as OpenApi;
    const forEverybody = ['codechillDescribe', 'codechillListLanguages'];
    const answers404 = ['codechillProfile', 'codechillRefresh'];
    let operations = 0;
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { tags, operationId }] of Object.entries(methods)) {
        if (!tags.includes('CodeChill') || forEverybody.includes(operationId)) continue;
        operations++;
        const address = path.replace(/\{\w+\}/g, '019a0000-0000-4000-8000-000000000000');
        const wrongUse = operationId === 'codechillRefresh' ? person.token : person.refreshToken;
        const over = operationId === 'codechillRefresh' ? ended.refreshToken : ended.token;
        for (const token of [undefined, 'junk', native.accessToken, native.refreshToken, wrongUse, over]) {
          const { status, body } = await chill.ask(method.toUpperCase(), address, token);
          const expected = token === over && answers404.includes(operationId) ? 404 : 401;
          expect([operationId, status, body]).toEqual([operationId, expected, { error: expect.any(String) }]);
        }
      }
    }
    expect(operations).toBeGreaterThan(30);
  });

  it('DIA-114 logging out ends the session with all its tokens', async () => {
    const person = await chill.signIn();
    const verified = await chill.ask('POST', '/api/auth/verify-token', person.token);
    expect([verified.status, verified.body]).toMatchObject([200, { valid: true, user: { id: person.id } }]);
    const out = await chill.ask('POST', '/api/auth/logout', person.token);
    expect([out.status, out.body]).toEqual([200, { message: 'Logout successful' }]);
    const after = async (method: string, path: string, token: string) => {
      const { status, body } = await chill.ask(method, path, token);
      return [status, body.error];
    };
    expect(await after('POST', '/api/auth/verify-token', person.token)).toEqual([401, 'Invalid user']);
    expect(await after('POST', '/api/auth/refresh', person.refreshToken)).toEqual([404, 'User not found or inactive']);
    expect(await after('GET', '/api/auth/profile', person.token)).toEqual([404, 'User not found']);
    expect(await after('GET', '/api/rooms', person.token)).toEqual([401, 'Invalid token']);
  });

  it('DIA-114 deleting the account takes it away everywhere', async () => {
    const person = await chill.signIn();
    const room = await chill.makeRoom(person);
    const gone = await chill.ask('DELETE', '/api/auth/delete-account', person.token);
    expect([gone.status, gone.body]).toEqual([200, { message: 'Account deleted successfully' }]);
    expect((await chill.ask('POST', '/api/auth/refresh', person.refreshToken)).status).toBe(404);
    const other = await chill.signIn();
    expect((await chill.ask('GET', `/api/rooms/${room.id}`, other.token)).status).toBe(404);
  });

  it('DIA-114 an account that has a password asks for it first', async () => {
    const email = 'both.ways@example.org';
    const issuerToken = await chill.issuerToken('both-ways', { email, email_verified: true });
    await chill.ask('POST', '/api/auth/login', issuerToken);
    const { accessToken } = await nativeSignIn(issuerToken);
    const newPassword = 'a password of many words';
    await chill.app.ask('POST', '/api/v2/me/password', { token: accessToken, body: { newPassword } });
    const { body } = await chill.ask('POST', '/api/auth/login', issuerToken);
    const refusal = await chill.ask('DELETE', '/api/auth/delete-account', body.access_token);
    expect([refusal.status, refusal.body]).toEqual([403, refused('Failed to delete account')]);
    const gone = await chill.ask('DELETE', '/api/auth/delete-account', body.access_token, { password: newPassword });
    expect(gone.status).toBe(200);
  });

  async function nativeSignIn(token: string): Promise<{ accessToken: string }> {
    const { status, body } = await chill.app.ask('POST', '/api/v2/auth/oidc/token', { body: { token } });
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  }
});

describe('one’s profile', () => {
  it('DIA-115 has the numbers of other services, in CodeChill’s words', async () => {
    const { token } = await chill.signIn();
    const bare = await chill.ask('GET', '/api/auth/profile', token);
    expect(bare.body.user).toMatchObject({ github_stats: null, leetcode_stats: null, codeforces_stats: null });
    const names = {
      github_username: ' ada ',
      leetcode_username: 'ada',
      codeforces_username: 'ada',
      name: '  Ada L.  ',
    };
    const updated = await chill.ask('PUT', '/api/auth/profile', token, names);
    expect([updated.status, updated.body]).toMatchObject([
      200,
      {
        message: 'Profile updated successfully',
        user: { name: 'Ada L.', github_username: 'ada', leetcode_username: 'ada', codeforces_username: 'ada' },
      },
    ]);
    const refreshed = await chill.ask('POST', '/api/auth/stats/refresh', token);
    expect([refreshed.status, refreshed.body.message]).toEqual([200, 'Stats updated successfully']);
    const { github_stats, leetcode_stats, codeforces_stats } = refreshed.body.user;
    expect(github_stats).toMatchObject({
      username: 'ada',
      bio: 'Notes on an engine',
      public_repos: 60,
      followers: 12,
      following: 3,
      total_stars: expect.any(Number),
      total_forks: expect.any(Number),
      languages: expect.any(Object),
      created_at: '2015-12-10T00:00:00.000000',
      updated_at: '2026-01-02T03:04:05.000000',
    });
    expect(Object.keys(leetcode_stats).sort()).toEqual(
      [
        'username',
        'real_name',
        'about_me',
        'country',
        'company',
        'school',
        'ranking',
        'accepted_submissions',
        'total_submissions',
        'updated_at',
      ].sort(),
    );
    expect(Object.keys(codeforces_stats).sort()).toEqual(
      [
        'username',
        'first_name',
        'last_name',
        'country',
        'city',
        'organization',
        'rating',
        'max_rating',
        'rank',
        'max_rank',
        'contribution',
        'registration_time',
        'last_online_time',
        'accepted_count',
        'total_submissions',
        'max_problem_rating',
        'avg_problem_rating',
        'updated_at',
      ].sort(),
    );
    expect((await chill.ask('GET', '/api/auth/profile', token)).body.user.github_stats).toEqual(github_stats);
    const cleared = await chill.ask('PUT', '/api/auth/profile', token, {
      github_username: null,
      leetcode_username: '',
    });
    expect(cleared.body.user).toMatchObject({
      github_username: null,
      leetcode_username: null,
      codeforces_username: 'ada',
    });
  });

  it('DIA-115 takes no name that is none, whatever is sent', async () => {
    const { token } = await chill.signIn();
    for (const body of [{ name: '' }, { name: 7 }, { github_username: '../x' }, { name: 'x'.repeat(100) }, [], 'x']) {
      const answer = await chill.ask('PUT', '/api/auth/profile', token, body);
      expect([answer.status, answer.body]).toEqual([400, refused('Failed to update profile')]);
    }
    const broken = await chill.ask('PUT', '/api/auth/profile', token, '{"name":');
    expect([broken.status, broken.body]).toEqual([400, refused('Failed to update profile')]);
    const nothing = await chill.ask('PUT', '/api/auth/profile', token, {});
    expect(nothing.status).toBe(200);
  });

  it('DIA-115 is found by later pages’ addresses; of others without what is theirs alone', async () => {
    const [ada, lin] = [await chill.signIn('Ada'), await chill.signIn('Linnea')];
    const own = await chill.ask('GET', '/api/users/profile', ada.token);
    expect([own.status, own.body.profile]).toEqual([200, own.body.data]);
    expect(own.body.profile).toMatchObject({ id: ada.id, email: ada.email, github_stats: null });
    for (const method of ['PUT', 'PATCH']) {
      const name = `Ada ${method}`;
      const changed = await chill.ask(method, '/api/users/profile', ada.token, { name });
      expect([changed.status, changed.body]).toMatchObject([200, { profile: { name }, data: { name } }]);
    }
    for (const service of ['github', 'leetcode', 'codeforces']) {
      const linked = await chill.ask('POST', `/api/users/link/${service}`, ada.token, { username: 'ada' });
      expect([linked.status, linked.body.data]).toMatchObject([200, { [`${service}_username`]: 'ada' }]);
    }
    const seen = await chill.ask('GET', `/api/users/${ada.id}/profile`, lin.token);
    expect(seen.status).toBe(200);
    expect(seen.body.profile).toMatchObject({ id: ada.id, name: 'Ada PATCH', github_username: 'ada' });
    expect(Object.keys(seen.body.profile)).not.toContain('email');
    const unknown = await chill.ask('GET', '/api/users/019a0000-0000-4000-8000-000000000000/profile', lin.token);
    expect([unknown.status, unknown.body]).toEqual([404, refused('User not found')]);
    const found = await chill.ask('GET', '/api/users/search?q=linn', ada.token);
    expect(found.body.users).toMatchObject([{ id: lin.id, name: 'Linnea' }]);
    expect((await chill.ask('GET', '/api/users/search', ada.token)).body).toEqual({ users: [] });
    const refreshed = await chill.ask('POST', '/api/users/stats/refresh', ada.token);
    expect([refreshed.status, refreshed.body.profile.id]).toEqual([200, ada.id]);
    await chill.makeRoom(ada);
    const { body } = await chill.ask('GET', '/api/users/dashboard', ada.token);
    expect(body).toMatchObject({
      profile: { id: ada.id },
      rooms: [{ user_role: 'owner' }],
      room_count: 1,
      owned_room_count: 1,
    });
    expect((await chill.ask('GET', '/api/users/rooms', ada.token)).body).toEqual({ rooms: body.rooms });
  });
});
