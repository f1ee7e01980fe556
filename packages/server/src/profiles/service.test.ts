import type { ServerResponse } from 'node:http';
import { limits, type ProfileStats } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openProfileServices, type ProfileServices } from '../../test/profile-services.ts';
import { isLeftOut, makePlace, openPlace, storageKinds } from '../../test/storage-fixtures.ts';
import { readConfig } from '../config.ts';
import { createOutbound } from '../gateway/outbound.ts';
import { createProfileService, type ProfileService, type Usernames } from './service.ts';
import { createProfileStatsStore, type ProfileStatsRow, type ProfileStatsStore } from './store.ts';

const nobody: Usernames = { github: null, leetcode: null, codeforces: null };
const ada: Usernames = { github: 'Ada', leetcode: 'ada', codeforces: 'ada' };

function storeInMemory(): ProfileStatsStore & { rows: Map<string, ProfileStatsRow> } {
  const rows = new Map<string, ProfileStatsRow>();
  return {
    rows,
    find: async (service, username) => rows.get(`${service} ${username}`),
    save: async (row) => void rows.set(`${row.service} ${row.username}`, row),
    forgetBefore: async () => {},
  };
}

describe('numbers of profiles', () => {
  let services: ProfileServices;
  let profiles: ProfileService;
  let store: ReturnType<typeof storeInMemory>;
  let warned: object[];
  let now: number;

  beforeEach(async () => {
    services = await openProfileServices();
    store = storeInMemory();
    warned = [];
    now = 1_764_000_000_000;
    profiles = open();
  });
  afterEach(async () => {
    await profiles.close();
    await services[Symbol.asyncDispose]();
  });

  const open = (env: Record<string, string> = {}) =>
    createProfileService({
      services: readConfig({ ...services.env, ...env }, '/').profileServices,
      store,
      outbound: createOutbound({ timeoutMs: 500 }),
      logger: { warn: (details) => warned.push(details) },
      now: () => now,
      random: () => 0,
    });
  /** What is known once nobody is asked any more. */
  const settled = (usernames: Usernames) =>
    until('the numbers', async () => {
      const stats = await profiles.read(usernames);
      return Object.values(stats).some((one) => one?.isFetching) ? undefined : stats;
    });
  const github = async () =>
    (await settled({ ...nobody, github: 'ada' })).github as NonNullable<ProfileStats['github']>;

  it('PROFILE-1 come in the background; who looks never waits', async () => {
    const held: ServerResponse[] = [];
    services.misbehave('/', (_, response) => held.push(response));
    const pending = { state: 'pending', isFetching: true, fetchedAt: null, stats: null };
    expect(await profiles.read(ada)).toEqual({
      github: { username: 'Ada', ...pending },
      leetcode: { username: 'ada', ...pending },
      codeforces: { username: 'ada', ...pending },
    });
    expect(await profiles.read(nobody)).toEqual({ github: null, leetcode: null, codeforces: null });
  });

  it('PROFILE-1 are read as each service tells them', async () => {
    const fetchedAt = new Date(now).toISOString();
    const ready = { state: 'ready', isFetching: false, fetchedAt };
    expect(await settled(ada)).toEqual({
      github: {
        username: 'Ada',
        ...ready,
        stats: {
          name: 'Ada Lovelace',
          bio: 'Notes on an engine',
          location: 'London',
          company: null,
          blog: 'https://ada.example/',
          publicRepos: 60,
          followers: 12,
          following: 3,
          totalStars: 120,
          totalForks: 60,
          languages: { TypeScript: 24, Python: 24 },
          createdAt: '2015-12-10T00:00:00.000Z',
          updatedAt: '2026-01-02T03:04:05.000Z',
        },
      },
      leetcode: {
        username: 'ada',
        ...ready,
        stats: {
          realName: 'Ada',
          aboutMe: null,
          country: 'United Kingdom',
          company: null,
          school: 'At home',
          ranking: 4321,
          acceptedSubmissions: { All: 30, Easy: 20, Medium: 8, Hard: 2 },
          totalSubmissions: { All: 77 },
        },
      },
      codeforces: {
        username: 'ada',
        ...ready,
        stats: {
          firstName: 'Ada',
          lastName: null,
          country: 'United Kingdom',
          city: null,
          organization: null,
          rating: 1500,
          maxRating: 1700,
          rank: 'specialist',
          maxRank: 'expert',
          contribution: -3,
          registeredAt: '2014-05-13T16:53:20.000Z',
          lastOnlineAt: '2023-11-14T22:13:20.000Z',
          acceptedCount: 3,
          totalSubmissions: 5,
          maxProblemRating: 1501,
          avgProblemRating: 1151,
        },
      },
    });
  });

  it('PROFILE-2 are fetched once for all who look at once, and again when they are old', async () => {
    await Promise.all(Array.from({ length: 20 }, () => profiles.read(ada)));
    await settled(ada);
    const once = services.asked.length;
    expect(new Set(services.asked).size).toBe(once);
    now += limits.profileFreshMs - 1;
    await settled(ada);
    expect(services.asked).toHaveLength(once);
    now += 1;
    services.misbehave('/github', () => {});
    const [stale] = await Promise.all([profiles.read(ada), profiles.read({ ...ada, github: 'ADA' })]);
    expect(stale.github).toMatchObject({ state: 'ready', isFetching: true, stats: { followers: 12 } });
    await settled({ ...ada, github: null });
    // Two of leetcode and codeforces besides; github was asked once more.
    expect(services.asked.slice(once).filter((path) => path.startsWith('/github'))).toHaveLength(1);
  });

  it('PROFILE-2 are asked for by hand at most once in a while', async () => {
    await github();
    const once = services.asked.length;
    now += limits.profileRefreshMinAgeMs - 1;
    expect((await profiles.refresh({ ...nobody, github: 'ada' })).github).toMatchObject({ isFetching: false });
    now += 1;
    expect((await profiles.refresh({ ...nobody, github: 'ada' })).github).toMatchObject({ isFetching: true });
    await github();
    expect(services.asked.length).toBe(2 * once);
  });

  it('PROFILE-2 of somebody whom the service does not know are told to be so', async () => {
    expect(await settled({ github: 'nobody', leetcode: 'nobody', codeforces: 'nobody' })).toMatchObject({
      github: { state: 'unknown-user', stats: null },
      leetcode: { state: 'unknown-user', stats: null },
      codeforces: { state: 'unknown-user', stats: null },
    });
    const once = services.asked.length;
    expect(await settled({ github: 'not a name', leetcode: '../..', codeforces: 'x' })).toMatchObject({
      github: { state: 'unknown-user' },
      leetcode: { state: 'unknown-user' },
      codeforces: { state: 'unknown-user' },
    });
    expect(services.asked).toHaveLength(once);
    expect(warned).toEqual([]);
  });

  it('PROFILE-3 stay as they were while the service fails, which is asked less and less often', async () => {
    await github();
    services.misbehave('/github', (_, response) => response.writeHead(500).end());
    now += limits.profileFreshMs;
    expect(await github()).toMatchObject({ state: 'failed', stats: { followers: 12 } });
    const attempts: number[] = [];
    for (let minute = 1; minute <= 16; minute++) {
      now += 60_000;
      const before = services.asked.length;
      await github();
      if (services.asked.length > before) attempts.push(minute);
    }
    expect(attempts).toEqual([1, 3, 7, 15]);
    services.misbehave('/github', undefined);
    now += limits.profileRetryMaxMs;
    expect(await github()).toMatchObject({ state: 'ready' });
  });

  it('PROFILE-3 a service that fails for everybody rests; then one try decides', async () => {
    services.misbehave('/github', (_, response) => response.writeHead(503).end());
    const look = (person: number) => settled({ ...nobody, github: `person${person}` });
    for (let person = 0; person < limits.profileFailuresMax + 5; person++) await look(person);
    expect(services.asked).toHaveLength(limits.profileFailuresMax);
    now += limits.profileRestMinMs;
    await Promise.all([look(100), look(101), look(102)]);
    expect(services.asked).toHaveLength(limits.profileFailuresMax + 1);
    services.misbehave('/github', undefined);
    now += 2 * limits.profileRestMinMs;
    expect((await look(103)).github).toMatchObject({ state: 'ready' });
    expect((await look(104)).github).toMatchObject({ state: 'ready' });
    // The others are asked all the same.
    expect((await settled({ ...nobody, leetcode: 'ada' })).leetcode).toMatchObject({ state: 'ready' });
  });

  it('PROFILE-3 one that says when to come again is not asked before', async () => {
    services.misbehave('/github', (_, response) => response.writeHead(429, { 'retry-after': '600' }).end());
    await github();
    services.misbehave('/github', undefined);
    now += 599_000;
    expect(await github()).toMatchObject({ state: 'failed', stats: null });
    now += 1_000;
    expect(await github()).toMatchObject({ state: 'ready' });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['a page', (response) => response.end('<html>')],
    ['null', (response) => response.end('null')],
    ['an array', (response) => response.end('[]')],
    ['somebody else', (response) => response.end('{"login":"eve","handle":"eve","public_repos":1e9}')],
    ['deep nesting', (response) => response.end('['.repeat(400_000) + ']'.repeat(400_000))],
    ['too much', (response) => response.end(Buffer.alloc(2_000_000, ' '))],
    ['nothing, for ever', () => {}],
    ['a redirect', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['a hang-up', (response) => response.destroy()],
  ])('PROFILE-5 survive a service that answers %s', async (_, answer) => {
    services.misbehave('/', (_request, response) => answer(response));
    expect(await settled(ada)).toMatchObject({
      github: { state: 'failed', stats: null },
      leetcode: { state: 'failed', stats: null },
      codeforces: { state: 'failed', stats: null },
    });
  });

  it('PROFILE-5 believe no number and no text that cannot be', async () => {
    services.misbehave('/github/users/ada', (request, response) => {
      const user = {
        login: 'ADA',
        name: 'x'.repeat(100_000),
        bio: { html: '<b>' },
        blog: 'javascript:alert(1)',
        company: '\u0000\ud800',
        public_repos: 1e300,
        followers: '12',
        following: -4,
        created_at: 'soon',
        updated_at: 1e300,
      };
      const repositories = Array.from({ length: 1_000 }, (__, index) => ({
        stargazers_count: Number.MAX_SAFE_INTEGER,
        language: `__proto__${index}`,
      }));
      response.end(JSON.stringify(request.url?.includes('repos') ? repositories : user));
    });
    const { state, stats } = await github();
    expect(state).toBe('ready');
    expect(stats).toMatchObject({
      bio: null,
      blog: null,
      publicRepos: 0,
      followers: 0,
      following: 0,
      totalStars: 0,
      createdAt: null,
      updatedAt: null,
    });
    expect(stats?.name).toHaveLength(limits.profileTextMaxLength);
    expect(stats?.company?.isWellFormed() ?? true).toBe(true);
  });

  it('PROFILE-4 a base URL of ours inside the network is asked, the standard one never is', async () => {
    const standard = readConfig({}, '/').profileServices.github;
    expect(standard.isOwnChoice).toBe(false);
    await profiles.close();
    profiles = createProfileService({
      services: {
        ...readConfig(services.env, '/').profileServices,
        github: { baseUrl: `${services.url}/github`, isOwnChoice: false },
      },
      store,
      outbound: createOutbound(),
      logger: { warn: (details) => warned.push(details) },
      now: () => now,
      random: () => 0,
    });
    expect(await settled(ada)).toMatchObject({ github: { state: 'failed' }, leetcode: { state: 'ready' } });
    expect(services.asked.filter((path) => path.startsWith('/github'))).toEqual([]);
  });

  it('PROFILE-6 a service that is turned off is not asked', async () => {
    await profiles.close();
    profiles = open({ GITHUB_API_URL: 'off' });
    expect((await settled(ada)).github).toBeNull();
    expect(services.asked.filter((path) => path.startsWith('/github'))).toEqual([]);
  });

  it('PROFILE-3 so many at once as wait their turn, and no more, are remembered', async () => {
    const held: ServerResponse[] = [];
    services.misbehave('/', (_, response) => held.push(response));
    const all = Array.from({ length: limits.profileFetchesWaiting + 10 }, (_, index) => `p${index}`);
    const stats = await Promise.all(all.map((name) => profiles.read({ ...nobody, github: name })));
    const fetching = stats.filter(({ github }) => github?.isFetching).length;
    expect(fetching).toBe(limits.profileFetchesWaiting + limits.profileFetchesAtOnce);
    await until('the first to be asked', () => held.length > 0);
    expect(held.length).toBeLessThanOrEqual(limits.profileFetchesAtOnce);
  });
});

for (const kind of storageKinds) {
  describe.skipIf(isLeftOut(kind))(`numbers of profiles on ${kind}`, () => {
    it('PROFILE-2 are kept, the latest of each, until nobody looks any more', async () => {
      const place = await makePlace(kind);
      const storage = await openPlace(place);
      try {
        const store = createProfileStatsStore(storage.db);
        const row: ProfileStatsRow = {
          service: 'github',
          username: 'ada',
          state: 'ready',
          stats: { name: 'Ada 🦦' },
          fetchedAt: 1,
          attemptedAt: 2,
          failures: 0,
        };
        expect(await store.find('github', 'ada')).toBeUndefined();
        await Promise.all([store.save(row), store.save(row)]);
        expect(await store.find('github', 'ada')).toEqual(row);
        const later: ProfileStatsRow = {
          ...row,
          state: 'failed',
          stats: null,
          fetchedAt: null,
          attemptedAt: 5,
          failures: 3,
        };
        await store.save(later);
        await store.save(later);
        await store.save({ ...row, service: 'leetcode' });
        expect(await store.find('github', 'ada')).toEqual(later);
        await store.forgetBefore(5);
        expect(await store.find('github', 'ada')).toEqual(later);
        expect(await store.find('leetcode', 'ada')).toBeUndefined();
      } finally {
        await storage.close();
        await place.remove();
      }
    });
  });
}
