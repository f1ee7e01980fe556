import { request as askPlainly } from 'node:http';
import { networkInterfaces } from 'node:os';
import { createRoom, joinRoom, request, startRedis, startServer, until, whyNoRedis } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { login, register } from './people.ts';
import { openMember } from './room-member.ts';
import { openApp, type RunningApp } from './running-app.ts';

const metricsToken = 'for the tests only';
let app: RunningApp;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off', METRICS_TOKEN: metricsToken });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

/** A metric's value; its labels in the order in which they are written. */
async function readMetric(name: string, url = app.url): Promise<number | undefined> {
  const { body } = await request(url, '/metrics');
  const line = (body as string).split('\n').find((text) => text.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

/** fetch sets no Host of one's own. */
function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    askPlainly(url, { headers }, (answer) => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

describe('how the server is', () => {
  it('HEALTH-1 /health says what it is made of and no path, /readyz that it serves', async () => {
    const { body } = await app.ask('GET', '/health');
    expect(body).toEqual({
      status: 'healthy',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      environment: 'production',
      database: 'sqlite',
      execution: { tier: expect.stringMatching(/^(strong|standard|degraded|off)$/), missing: expect.any(Array) },
      dependencies: {
        database: { state: 'ready' },
        redis: { state: 'off' },
        judge0: { state: 'off' },
        issuer: { state: 'off' },
      },
      uptimeS: expect.any(Number),
    });
    expect((await app.ask('GET', '/readyz')).body).toEqual({ status: 'ready' });
  });

  it.skipIf(whyNoRedis() !== undefined && process.env.CODEROOM_REQUIRE_ALL !== '1')(
    'HEALTH-2 tells of a Redis that is killed, and everything goes on without it',
    async () => {
      await using redis = await startRedis();
      await using server = await startServer({
        env: { EXECUTION: 'off', RATE_LIMITS: 'on', REDIS_URL: redis.url },
      });
      const state = async () => {
        const { body } = await request(server.url, '/health');
        return (body as { dependencies: { redis: { state: string } } }).dependencies.redis.state;
      };
      await until('Redis to be ready', async () => (await state()) === 'ready');
      await createRoom(server.url);
      redis.freeze();
      const { room } = await createRoom(server.url);
      await until('Redis to be down', async () => (await state()) === 'down');
      await redis.kill();
      await joinRoom(server.url, room.id);
      expect(await readMetric('coderoom_redis_up', server.url)).toBe(0);
      expect((await request(server.url, '/readyz')).status).toBe(200);
      await redis.start();
      await until('Redis to be ready again', async () => (await state()) === 'ready');
      const told = server
        .output()
        .split('\n')
        .filter((line) => line.includes('Redis'));
      expect(told.map((line) => JSON.parse(line).msg)).toEqual([expect.stringContaining('does not answer')]);
    },
  );
});

describe('metrics', () => {
  it('METRIC-1 tell requests by pattern and status, rooms, members, sockets, runs, and the process', async () => {
    const { room, token } = await createRoom(app.url);
    await joinRoom(app.url, room.id);
    await app.ask('GET', `/api/v2/rooms/${room.id}`);
    const member = await openMember(app.url, token);
    await until('the member to be counted', async () => (await readMetric('coderoom_members_online')) === 1);
    expect(await readMetric('coderoom_event_sockets')).toBe(1);
    member.close();
    const count = (labels: string) => readMetric(`coderoom_http_request_seconds_count{${labels}}`);
    expect(await count('method="POST",route="/api/v2/rooms/:room/join",status="200"')).toBe(1);
    expect(await count('method="GET",route="/api/v2/rooms/:room",status="401"')).toBe(1);
    for (const name of [
      'coderoom_sync_rooms_open',
      'coderoom_sync_pending_bytes',
      'coderoom_sync_pending_ms',
      'coderoom_sync_edits_total',
      'coderoom_sync_deliveries_total',
      'coderoom_sync_bytes_in_total',
      'coderoom_sync_bytes_out_total',
      'coderoom_sync_storage_failing',
      'coderoom_runs_running',
      'coderoom_runs_waiting',
      'nodejs_eventloop_lag_p99_seconds',
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
    ]) {
      expect(await readMetric(name), name).toEqual(expect.any(Number));
    }
    await until('the socket to be gone', async () => (await readMetric('coderoom_event_sockets')) === 0);
  });

  it('METRIC-1 count runs by language and how they ended, and what was refused', async () => {
    await using strict = await openApp({ RATE_LIMITS: 'on' }, { ratePoints: { runs: 1 } });
    const { body } = await request(strict.url, '/health');
    const { tier } = (body as { execution: { tier: string } }).execution;
    await until('the sandbox', async () => (await strict.ask('GET', '/api/v2/languages')).status === 200);
    const ran = await strict.ask('POST', '/api/v2/run', { body: { language: 'javascript', source: 'console.log(1)' } });
    expect((await strict.ask('POST', '/api/v2/run', { body: {} })).status).toBe(429);
    expect(await readMetric('coderoom_rate_refusals_total{kind="runs"}', strict.url)).toBe(1);
    if (ran.status === 200) {
      const name = `coderoom_runs_total{language="javascript",status="${ran.body.status}"}`;
      expect(await readMetric(name, strict.url), tier).toBe(1);
    }
  });

  it('METRIC-1 count sign-ins, good and refused', async () => {
    const person = await register(app);
    await login(app, person);
    await app.ask('POST', '/api/v2/auth/login', { body: { email: person.email, password: 'not this one' } });
    expect(await readMetric('coderoom_acts_total{kind="account:signed-in"}')).toBeGreaterThan(0);
    expect(await readMetric('coderoom_acts_total{kind="account:sign-in-refused"}')).toBe(1);
  });

  it('METRIC-2 are as many however many addresses are asked for', async () => {
    const names = async () => {
      const { body } = await request(app.url, '/metrics');
      return (body as string).split('\n').filter((line) => line.startsWith('coderoom_'));
    };
    await request(app.url, '/nothing');
    await request(app.url, '/api/v2/rooms/nothing');
    await names();
    const before = (await names()).length;
    for (let i = 0; i < 100; i++) {
      await request(app.url, `/nothing/${i}?x=${i}`);
      await request(app.url, `/api/v2/rooms/${i}`);
    }
    expect((await names()).length).toBe(before);
  });

  it('METRIC-3 are for this machine itself, and for who has the token', async () => {
    const metrics = `${app.url}/metrics`;
    const bearer = { authorization: `Bearer ${metricsToken}` };
    expect(await statusOf(metrics, {})).toBe(200);
    // A proxy on this machine asks for somebody else; a name that was pointed here is none of ours.
    const foreign: Record<string, string>[] = [
      { 'x-forwarded-for': '198.51.100.7' },
      { forwarded: 'for=198.51.100.7' },
      { host: 'evil.test' },
    ];
    for (const headers of foreign) {
      expect(await statusOf(metrics, headers), JSON.stringify(headers)).toBe(404);
      expect(await statusOf(metrics, { ...headers, ...bearer })).toBe(200);
    }
    for (const authorization of ['Bearer', 'Bearer wrong', metricsToken, `Basic ${metricsToken}`]) {
      expect(await statusOf(metrics, { authorization }), authorization).toBe(404);
    }
  });

  it('METRIC-3 without a token, are for nobody from elsewhere', async () => {
    await using open = await openApp({ EXECUTION: 'off', HOST: '0.0.0.0' });
    const { port } = new URL(open.url);
    expect(await statusOf(`http://127.0.0.1:${port}/metrics`, { authorization: 'Bearer undefined' })).toBe(404);
    const own = Object.values(networkInterfaces())
      .flat()
      .find((found) => found?.family === 'IPv4' && !found.internal);
    if (own === undefined) return;
    expect(await statusOf(`http://${own.address}:${port}/health`, {})).toBe(200);
    expect(await statusOf(`http://${own.address}:${port}/metrics`, { host: 'localhost' })).toBe(404);
  });
});
