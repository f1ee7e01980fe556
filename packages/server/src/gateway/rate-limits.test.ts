import { describe, expect, it } from 'vitest';
import { createRateLimits, type RateKind } from './rate-limits.ts';

const perMinute: Record<RateKind, number> = { requests: 3, rooms: 1, joins: 1, runs: 1, sockets: 1, events: 2 };
const failure = (counted: Promise<void>) =>
  counted.then(
    () => 'counted',
    (error) => ({ code: error.code, after: error.retryAfterSeconds }),
  );

describe('rate limits', () => {
  it('LIMIT-1 one address may ask so often in a minute, and is then told when to come again', async () => {
    const { count } = createRateLimits('on', perMinute);
    for (let i = 0; i < 3; i++) expect(await failure(count('requests', '192.0.2.1'))).toBe('counted');
    const refused = await failure(count('requests', '192.0.2.1'));
    expect(refused).toMatchObject({ code: 'rate_limited' });
    expect((refused as { after: number }).after).toBeGreaterThan(0);
    expect((refused as { after: number }).after).toBeLessThanOrEqual(60);
    expect(await failure(count('requests', '192.0.2.2'))).toBe('counted');
    expect(await failure(count('rooms', '192.0.2.1'))).toBe('counted');
  });

  it('LIMIT-1 all addresses of one IPv6 network count as one', async () => {
    const { count } = createRateLimits('on', perMinute);
    expect(await failure(count('rooms', '2001:db8:1:2::1'))).toBe('counted');
    expect(await failure(count('rooms', '2001:db8:1:2:aaaa:bbbb:cccc:dddd'))).toMatchObject({ code: 'rate_limited' });
    expect(await failure(count('rooms', '2001:db8:1:3::1'))).toBe('counted');
    expect(await failure(count('rooms', '::1'))).toBe('counted');
  });

  it('LIMIT-3 RATE_LIMITS=off counts nothing', async () => {
    const { count } = createRateLimits('off', perMinute);
    for (let i = 0; i < 10; i++) expect(await failure(count('rooms', '192.0.2.1'))).toBe('counted');
  });
});
