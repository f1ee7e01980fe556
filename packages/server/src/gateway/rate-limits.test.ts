import { startRedis, until, whyNoRedis } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import { createRateLimits, type RateKind, type RateLimits } from './rate-limits.ts';
import { connectRedis } from './redis.ts';

const points = { requests: 3, rooms: 1, events: 1 };
const open = (options: Partial<Parameters<typeof createRateLimits>[0]> = {}) =>
  createRateLimits({ mode: 'on', points, ...options });
const failure = (counted: Promise<void>) =>
  counted.then(
    () => 'counted',
    (error) => ({ code: error.code, after: error.retryAfterSeconds }),
  );
/** How many of so many were let through. */
const letThrough = async ({ count }: RateLimits, kind: RateKind, key: string, times: number) => {
  const outcomes = await Promise.all(Array.from({ length: times }, () => failure(count(kind, key))));
  return outcomes.filter((outcome) => outcome === 'counted').length;
};

describe('rate limits', () => {
  it('LIMIT-1 one address may ask so often in a minute, and is then told when to come again', async () => {
    const { count } = open();
    for (let i = 0; i < 3; i++) expect(await failure(count('requests', '192.0.2.1'))).toBe('counted');
    const refused = await failure(count('requests', '192.0.2.1'));
    expect(refused).toMatchObject({ code: 'rate_limited' });
    expect((refused as { after: number }).after).toBeGreaterThan(0);
    expect((refused as { after: number }).after).toBeLessThanOrEqual(60);
    expect(await failure(count('requests', '192.0.2.2'))).toBe('counted');
    expect(await failure(count('rooms', '192.0.2.1'))).toBe('counted');
  });

  it('LIMIT-1 all addresses of one IPv6 network count as one', async () => {
    const { count } = open();
    expect(await failure(count('rooms', '2001:db8:1:2::1'))).toBe('counted');
    expect(await failure(count('rooms', '2001:db8:1:2:aaaa:bbbb:cccc:dddd'))).toMatchObject({ code: 'rate_limited' });
    expect(await failure(count('rooms', '2001:db8:1:3::1'))).toBe('counted');
    expect(await failure(count('rooms', '::1'))).toBe('counted');
  });

  it('LIMIT-6 several together may be who is counted, however long their names', async () => {
    const { count } = open();
    const long = 'x'.repeat(10_000);
    expect(await failure(count('rooms', 'one', '192.0.2.1'))).toBe('counted');
    expect(await failure(count('rooms', 'one', '192.0.2.2'))).toBe('counted');
    expect(await failure(count('rooms', 'one', '192.0.2.1'))).toMatchObject({ code: 'rate_limited' });
    expect(await failure(count('rooms', long))).toBe('counted');
    expect(await failure(count('rooms', `${long}y`))).toBe('counted');
    expect(await failure(count('rooms', long))).toMatchObject({ code: 'rate_limited' });
  });

  it('LIMIT-6 what was harmless is taken back', async () => {
    const { count, forgive } = open();
    for (let i = 0; i < 5; i++) {
      expect(await failure(count('rooms', 'somebody'))).toBe('counted');
      await forgive('rooms', 'somebody');
    }
  });

  it('LIMIT-3 RATE_LIMITS=off counts nothing', async () => {
    expect(await letThrough(open({ mode: 'off' }), 'rooms', '192.0.2.1', 10)).toBe(10);
  });

  it('tells of each refusal', async () => {
    const refused: RateKind[] = [];
    await letThrough(open({ onRefused: (kind) => refused.push(kind) }), 'rooms', '192.0.2.1', 3);
    expect(refused).toEqual(['rooms', 'rooms']);
  });
});

describe.skipIf(whyNoRedis() !== undefined && process.env.CODEROOM_REQUIRE_ALL !== '1')('rate limits in Redis', () => {
  const quiet = { warn: () => {}, info: () => {} };
  const openWith = async (url: string) => {
    const redis = connectRedis(url, quiet);
    await until('Redis', () => redis.isReady());
    return { redis, limits: open({ redis }), [Symbol.dispose]: () => redis.close() };
  };

  it('LIMIT-7 processes count together, and one that starts anew finds what was counted', async () => {
    await using server = await startRedis();
    using one = await openWith(server.url);
    using other = await openWith(server.url);
    const [first, second] = await Promise.all([
      letThrough(one.limits, 'requests', '192.0.2.1', 10),
      letThrough(other.limits, 'requests', '192.0.2.1', 10),
    ]);
    expect(first + second).toBe(3);
    using later = await openWith(server.url);
    const refused = await failure(later.limits.count('requests', '192.0.2.1'));
    expect(refused).toMatchObject({ code: 'rate_limited' });
    expect((refused as { after: number }).after).toBeLessThanOrEqual(60);
    expect(await failure(later.limits.count('requests', '192.0.2.2'))).toBe('counted');
    await later.limits.forgive('requests', '192.0.2.2');
    expect(await letThrough(one.limits, 'requests', '192.0.2.2', 10)).toBe(3);
  });

  it('LIMIT-7 what one socket does stays in the process that has it', async () => {
    await using server = await startRedis();
    using one = await openWith(server.url);
    using other = await openWith(server.url);
    expect(await letThrough(one.limits, 'events', 'a socket', 3)).toBe(1);
    expect(await letThrough(other.limits, 'events', 'a socket', 3)).toBe(1);
  });

  it('LIMIT-8 a Redis that is killed turns nobody away and lets nobody in, and counts again once it is back', async () => {
    await using server = await startRedis();
    using one = await openWith(server.url);
    expect(await letThrough(one.limits, 'requests', '192.0.2.1', 2)).toBe(2);
    await server.kill();
    // Two of three were counted before; the memory of this process still has them.
    expect(await letThrough(one.limits, 'requests', '192.0.2.1', 10)).toBe(1);
    expect(await letThrough(one.limits, 'requests', '192.0.2.2', 10)).toBe(3);
    expect(one.redis.isReady()).toBe(false);
    await server.start();
    await until('Redis again', () => one.redis.isReady());
    using other = await openWith(server.url);
    expect(await letThrough(one.limits, 'requests', '192.0.2.3', 2)).toBe(2);
    expect(await letThrough(other.limits, 'requests', '192.0.2.3', 10)).toBe(1);
  });

  it('LIMIT-8 one that stops answering is asked no further until it answers again', async () => {
    await using server = await startRedis();
    using one = await openWith(server.url);
    server.freeze();
    expect(await letThrough(one.limits, 'requests', '192.0.2.1', 10)).toBe(3);
    expect(one.redis.isReady()).toBe(false);
    expect(await letThrough(one.limits, 'requests', '192.0.2.2', 10)).toBe(3);
    server.thaw();
    await until('Redis again', () => one.redis.isReady());
    expect(await letThrough(one.limits, 'requests', '192.0.2.3', 10)).toBe(3);
  });

  it('LIMIT-8 one that is not there at the start is no reason not to start, and is told of once', async () => {
    await using server = await startRedis();
    await server.kill();
    const told: string[] = [];
    const logger = {
      warn: (_: object, message: string) => told.push(message),
      info: (_: object, m: string) => told.push(m),
    };
    const redis = connectRedis(server.url, logger);
    const limits = open({ redis });
    expect(await letThrough(limits, 'requests', '192.0.2.1', 10)).toBe(3);
    await until('a warning', () => told.length > 0);
    await server.start();
    await until('Redis', () => redis.isReady());
    expect(told).toEqual([expect.stringContaining('does not answer'), 'Redis answers again']);
    redis.close();
  });
});
