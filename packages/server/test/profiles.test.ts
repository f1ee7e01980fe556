import { until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register } from './people.ts';
import { openProfileServices, type ProfileServices } from './profile-services.ts';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

const stats = '/api/v2/me/stats';
let services: ProfileServices;
let app: RunningApp;

beforeAll(async () => {
  services = await openProfileServices();
  app = await openApp({ EXECUTION: 'off', ...services.env });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await services[Symbol.asyncDispose]();
});

describe('numbers of a profile', () => {
  it('PROFILE-1 are there for oneself and for others who are signed in', async () => {
    const ada = await register(app);
    const token = ada.accessToken;
    expect((await app.ask('GET', stats, { token })).body).toEqual({ github: null, leetcode: null, codeforces: null });
    const names = { githubUsername: 'ada', codeforcesUsername: 'ada' };
    expect((await app.ask('PATCH', '/api/v2/me', { token, body: names })).status).toBe(200);
    const first = (await app.ask('GET', stats, { token })).body;
    expect(first).toMatchObject({ github: { state: 'pending', isFetching: true }, leetcode: null });
    const { accessToken } = await register(app);
    const path = `/api/v2/people/${ada.account.id}/stats`;
    const known = await until('the numbers', async () => {
      const { body } = await app.ask('GET', path, { token: accessToken });
      return body.github.isFetching || body.codeforces.isFetching ? undefined : body;
    });
    expect(known).toMatchObject({
      github: { state: 'ready', stats: { followers: 12 } },
      leetcode: null,
      codeforces: { state: 'ready', stats: { rating: 1500 } },
    });
    const unknown = '/api/v2/people/019a0000-0000-7000-8000-000000000000/stats';
    expectProblem(await app.ask('GET', unknown, { token }), 'person_not_found');
    expectProblem(await app.ask('GET', path), 'sign_in_required');
  });

  it('PROFILE-2 are fetched anew on request, so often and no more', async () => {
    await using strict = await openApp(
      { EXECUTION: 'off', RATE_LIMITS: 'on', ...services.env },
      { ratePoints: { statsRefreshes: 2 } },
    );
    const { accessToken: token } = await register(strict);
    await strict.ask('PATCH', '/api/v2/me', { token, body: { githubUsername: 'grace' } });
    const refreshed = await strict.ask('POST', `${stats}/refresh`, { token });
    expect(refreshed.status).toBe(202);
    expect(refreshed.body).toMatchObject({ github: { username: 'grace', isFetching: true } });
    await strict.ask('POST', `${stats}/refresh`, { token });
    const refused = await strict.ask('POST', `${stats}/refresh`, { token });
    expectProblem(refused, 'rate_limited');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // Nobody else pays for that.
    const { accessToken: other } = await register(strict);
    expect((await strict.ask('POST', `${stats}/refresh`, { token: other })).status).toBe(202);
  });

  it('PROFILE-1 a server whose services hang answers and stops as ever', async () => {
    services.misbehave('/', () => {});
    await using slow = await openApp({ EXECUTION: 'off', ...services.env });
    const { accessToken: token } = await register(slow);
    await slow.ask('PATCH', '/api/v2/me', { token, body: { githubUsername: 'slow', leetcodeUsername: 'slow' } });
    expect((await slow.ask('GET', stats, { token })).body).toMatchObject({ github: { state: 'pending' } });
    services.misbehave('/', undefined);
    await slow.close();
    expect(slow.logged.filter((line) => JSON.parse(line).level >= 40)).toEqual([]);
  });
});
