import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { limits, ProblemError } from '@coderoom/protocol';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config.ts';
import type { Access, SignedIn, SignedInAccess } from './authorize.ts';
import type { RedisConnection } from './redis.ts';

/** How often somebody may do something; the same counters for HTTP, events and documents. */
export interface RateLimits {
  /**
   * Counts one for whoever the key names: an address, an account, a room, or several of them together. Fails with
   * `rate_limited` when that is one too many.
   */
  count(kind: RateKind, ...key: string[]): Promise<void>;
  /** Takes one back: what was counted before it was tried has turned out harmless, such as the right password. */
  forgive(kind: RateKind, ...key: string[]): Promise<void>;
}

interface Rate {
  /** Whom the key names. What a socket does is known in this process alone, and not counted elsewhere. */
  per: 'address' | 'account' | 'room' | 'socket';
  points: number;
  windowS: number;
}

const minuteS = 60;
const signInWindowS = limits.signInWindowMs / 1000;

/** All that is counted. */
const rates = {
  requests: { per: 'address', points: limits.requestsPerMinute, windowS: minuteS },
  /** Of clients that ask over and over how things are, or say so, where ours are told or tell by a socket. */
  polls: { per: 'address', points: limits.pollsPerMinute, windowS: minuteS },
  rooms: { per: 'address', points: limits.roomsPerMinute, windowS: minuteS },
  joins: { per: 'address', points: limits.joinsPerMinute, windowS: minuteS },
  runs: { per: 'address', points: limits.runsPerMinute, windowS: minuteS },
  sockets: { per: 'address', points: limits.socketsPerMinute, windowS: minuteS },
  registrations: { per: 'address', points: limits.registrationsPerMinute, windowS: minuteS },
  /** Passwords that were wrong, … of an account from one address, and of an account from wherever. */
  wrongPasswords: { per: 'address', points: limits.signInFailuresPerAddress, windowS: signInWindowS },
  wrongPasswordsHere: { per: 'account', points: limits.signInFailuresPerAccount, windowS: signInWindowS },
  wrongPasswordsAnywhere: { per: 'account', points: limits.signInFailuresPerAccount, windowS: signInWindowS },
  wrongPasswordsUnderAttack: { per: 'account', points: limits.signInFailuresUnderAttack, windowS: signInWindowS },
  callSignals: { per: 'socket', points: limits.callSignalsPerMinute, windowS: minuteS },
  events: { per: 'socket', points: limits.eventsPerMinute, windowS: minuteS },
  messages: { per: 'address', points: limits.messagesPerMinute, windowS: minuteS },
  messageSearches: { per: 'address', points: limits.messageSearchesPerMinute, windowS: minuteS },
  snippets: { per: 'address', points: limits.snippetsPerMinute, windowS: minuteS },
  friendRequests: { per: 'address', points: limits.friendRequestsPerMinute, windowS: minuteS },
  peopleSearches: { per: 'address', points: limits.peopleSearchesPerMinute, windowS: minuteS },
  /** Wrong passwords of a room, by whichever door: from one address, and from all. */
  roomPasswords: { per: 'room', points: limits.roomPasswordsPerAddress, windowS: limits.roomPasswordWindowMs / 1000 },
  roomPasswordsOfAll: { per: 'room', points: limits.roomPasswordsPerRoom, windowS: limits.roomPasswordWindowMs / 1000 },
  /** Of one member, wherever they come in. */
  messagesOfMember: { per: 'account', points: limits.messagesPerMemberPerMinute, windowS: minuteS },
  /** Wrong tokens of a session's creator, from one address. */
  creatorTokens: { per: 'room', points: limits.codecastTokensPerAddress, windowS: limits.roomPasswordWindowMs / 1000 },
  /** However many addresses its members have. */
  roomRequests: { per: 'room', points: limits.roomRequestsPerMinute, windowS: minuteS },
  accountRequests: { per: 'account', points: limits.accountRequestsPerMinute, windowS: minuteS },
  statsRefreshes: { per: 'account', points: limits.statsRefreshesMax, windowS: limits.statsRefreshesWindowS },
} as const satisfies Record<string, Rate>;

export type RateKind = keyof typeof rates;

export interface RateLimitsOptions {
  mode: Config['rateLimits'];
  /** Shares the counters with other processes, and keeps them when this one ends. */
  redis?: RedisConnection | undefined;
  /** Other numbers than the table's. */
  points?: Partial<Record<RateKind, number>> | undefined;
  onRefused?: (kind: RateKind) => void;
}

/**
 * Everything is counted in memory, and in Redis besides where there is one. So when Redis fails, what this process has
 * counted still stands: nobody is let in who would not have been, and nobody is turned away for it.
 */
export function createRateLimits({ mode, redis, points = {}, onRefused = () => {} }: RateLimitsOptions): RateLimits {
  if (mode === 'off') return { count: async () => {}, forgive: async () => {} };
  const counters = new Map<RateKind, Counters>();
  for (const [kind, rate] of Object.entries(rates) as [RateKind, Rate][]) {
    counters.set(kind, createCounters(kind, { ...rate, points: points[kind] ?? rate.points }, redis));
  }
  const countersOf = (kind: RateKind) => counters.get(kind) as Counters;

  async function withShared(
    shared: RateLimiterRedis | undefined,
    act: (limiter: RateLimiterRedis) => Promise<unknown>,
  ): Promise<void> {
    if (shared === undefined || redis?.isReady() !== true) return;
    try {
      await act(shared);
    } catch (error) {
      if (error instanceof RateLimiterRes) throw error;
      redis.suspect(error);
    }
  }

  return {
    async count(kind, ...key) {
      const { local, shared } = countersOf(kind);
      const name = nameOf(key);
      try {
        await local.consume(name);
        await withShared(shared, (limiter) => limiter.consume(name));
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        onRefused(kind);
        throw new ProblemError('rate_limited', { retryAfterSeconds: Math.ceil(refusal.msBeforeNext / 1000) });
      }
    },

    async forgive(kind, ...key) {
      const { local, shared } = countersOf(kind);
      const name = nameOf(key);
      await local.reward(name);
      await withShared(shared, (limiter) => limiter.reward(name));
    },
  };
}

/** Counts what comes by a room token for its room, and what comes by an account for that, wherever it comes in. */
export function countAccess(access: Access, rateLimits: RateLimits): Access {
  const counted = async <Found extends Awaited<ReturnType<Access['byToken']>>>(found: Found): Promise<Found> => {
    await rateLimits.count('roomRequests', found.room.id);
    const { accountId } = found.member;
    if (accountId !== null) await rateLimits.count('accountRequests', accountId);
    return found;
  };
  return {
    ...access,
    byToken: async (...credentials) => counted(await access.byToken(...credentials)),
    byHeader: async (...credentials) => counted(await access.byHeader(...credentials)),
  };
}

export function countSignedIn(signedIn: SignedInAccess, rateLimits: RateLimits): SignedInAccess {
  const counted = async (found: SignedIn): Promise<SignedIn> => {
    await rateLimits.count('accountRequests', found.account.id);
    return found;
  };
  return {
    byToken: async (token) => counted(await signedIn.byToken(token)),
    byHeader: async (authorization) => counted(await signedIn.byHeader(authorization)),
    byForeignToken: async (kind, token) => counted(await signedIn.byForeignToken(kind, token)),
  };
}

interface Counters {
  local: RateLimiterMemory;
  shared: RateLimiterRedis | undefined;
}

function createCounters(kind: RateKind, { per, points, windowS }: Rate, redis: RedisConnection | undefined): Counters {
  const local = new RateLimiterMemory({ keyPrefix: kind, points, duration: windowS });
  if (redis === undefined || per === 'socket') return { local, shared: undefined };
  const options = { storeClient: redis.client, useRedisPackage: false, keyPrefix: `coderoom:rate:${kind}` };
  return { local, shared: new RateLimiterRedis({ ...options, points, duration: windowS }) };
}

const keyPartMaxLength = 64;

/** Parts of any length and kind as one short name. */
function nameOf(key: string[]): string {
  return key
    .map(network)
    .map((part) => (part.length > keyPartMaxLength ? createHash('sha256').update(part).digest('base64url') : part))
    .join(' ');
}

/** One household has a whole /64 of IPv6 to itself, so that counts as one address. */
export function network(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const left = head.split(':').filter((group) => group !== '');
  if (tail === undefined) return left.slice(0, 4).join(':');
  const right = tail.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
