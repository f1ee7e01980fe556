import { isIPv6 } from 'node:net';
import { limits, ProblemError } from '@coderoom/protocol';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config.ts';

/** What is counted, each per address and minute; `events` per socket. */
export type RateKind = 'requests' | 'rooms' | 'joins' | 'runs' | 'sockets' | 'events';

export interface RateLimits {
  /** Counts one; fails with `rate_limited` when that is one too many. */
  count(kind: RateKind, key: string): Promise<void>;
}

/** Counters in memory. */
export function createRateLimits(
  mode: Config['rateLimits'],
  perMinute: Record<RateKind, number> = defaults,
): RateLimits {
  if (mode === 'off') return { count: async () => {} };
  const limiters = new Map<RateKind, RateLimiterMemory>();
  for (const [kind, points] of Object.entries(perMinute) as [RateKind, number][]) {
    limiters.set(kind, new RateLimiterMemory({ keyPrefix: kind, points, duration: windowS }));
  }
  return {
    async count(kind, key) {
      try {
        await limiters.get(kind)?.consume(kind === 'events' ? key : network(key));
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        throw new ProblemError('rate_limited', { retryAfterSeconds: Math.ceil(refusal.msBeforeNext / 1000) });
      }
    },
  };
}

const windowS = 60;
const defaults: Record<RateKind, number> = {
  requests: limits.requestsPerMinute,
  rooms: limits.roomsPerMinute,
  joins: limits.joinsPerMinute,
  runs: limits.runsPerMinute,
  sockets: limits.socketsPerMinute,
  events: limits.eventsPerMinute,
};

/** One household has a whole /64 of IPv6 to itself, so that counts as one address. */
function network(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const left = head.split(':').filter((group) => group !== '');
  if (tail === undefined) return left.slice(0, 4).join(':');
  const right = tail.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
