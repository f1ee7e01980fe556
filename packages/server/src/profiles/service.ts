import { limits, type ProfileServiceName, type ProfileStats } from '@coderoom/protocol';
import type { ProfileServices, ProfileService as ServiceConfig } from '../config.ts';
import { type Outbound, type OutboundAnswer, OutboundFailure } from '../gateway/outbound.ts';
import { type Circuit, createCircuit } from './circuit.ts';
import { codeforces } from './codeforces.ts';
import { github } from './github.ts';
import { leetcode } from './leetcode.ts';
import type { Ask, StatsSource } from './source.ts';
import type { ProfileStatsRow, ProfileStatsStore } from './store.ts';

/**
 * Numbers of people on other services: kept, shown as they were last known, and fetched in the background. Who looks at a
 * profile never waits for anybody outside.
 */
export interface ProfileService {
  /** What is known. Has fetched what is missing or old. */
  read(usernames: Usernames): Promise<ProfileStats>;
  /** The same, and has fetched what is more than a moment old. */
  refresh(usernames: Usernames): Promise<ProfileStats>;
  /** Forgets those whom nobody looks at any more. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

export type Usernames = Readonly<Record<ProfileServiceName, string | null>>;

export interface ProfileServiceOptions {
  services: ProfileServices;
  store: ProfileStatsStore;
  outbound: Outbound;
  logger: { warn(details: object, message: string): void };
  now(): number;
  random(): number;
}

const sources: { [Name in ProfileServiceName]: StatsSource<object> } = { github, leetcode, codeforces };

/** As the services allow them; nobody is asked about anything else. */
const usernamePatterns: Record<ProfileServiceName, RegExp> = {
  github: /^[a-z\d](-?[a-z\d]){0,38}$/i,
  leetcode: /^[\w-]{1,40}$/,
  codeforces: /^[\w.-]{3,24}$/,
};

interface Fetch {
  name: ProfileServiceName;
  username: string;
}

/** A service answered that it does not want to be asked so often, or is broken. */
class ServiceRefused extends OutboundFailure {
  readonly retryAfterMs: number | undefined;
  constructor({ status, retryAfterMs }: OutboundAnswer) {
    super(`it answers ${status}`);
    this.retryAfterMs = retryAfterMs;
  }
}

export function createProfileService(options: ProfileServiceOptions): ProfileService {
  const { services, store, outbound, logger, now, random } = options;
  const circuits: Record<ProfileServiceName, Circuit> = {
    github: createCircuit(now, random),
    leetcode: createCircuit(now, random),
    codeforces: createCircuit(now, random),
  };
  const stop = new AbortController();
  /** Those waiting and those on their way, so that nobody is asked about twice at once. */
  const fetches = new Map<string, Promise<void>>();
  const waiting: (() => void)[] = [];
  let going = 0;

  async function takeTurn(): Promise<void> {
    if (going >= limits.profileFetchesAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else going++;
  }

  function endTurn(): void {
    const next = waiting.shift();
    if (next === undefined) going--;
    else next();
  }

  function fetchSoon(wanted: Fetch): void {
    const key = keyOf(wanted);
    if (stop.signal.aborted || fetches.has(key) || waiting.length >= limits.profileFetchesWaiting) return;
    if (circuits[wanted.name].isResting()) return;
    const done = takeTurn()
      .then(() => fetchNow(wanted))
      .catch((error) => logger.warn({ err: error }, 'numbers of a profile could not be kept'))
      .finally(() => {
        fetches.delete(key);
        endTurn();
      });
    fetches.set(key, done);
  }

  async function fetchNow({ name, username }: Fetch): Promise<void> {
    const config = services[name];
    if (config.baseUrl === undefined || stop.signal.aborted || !circuits[name].mayAsk()) return;
    const before = await store.find(name, username);
    const attempt = { service: name, username, attemptedAt: now() };
    try {
      const stats = await sources[name](askOf(config, config.baseUrl), username);
      circuits[name].succeeded();
      await store.save(
        stats === undefined
          ? { ...attempt, state: 'unknown-user', stats: null, fetchedAt: null, failures: 0 }
          : { ...attempt, state: 'ready', stats, fetchedAt: now(), failures: 0 },
      );
    } catch (error) {
      if (!(error instanceof OutboundFailure)) throw error;
      if (stop.signal.aborted) return;
      circuits[name].failed(error instanceof ServiceRefused ? error.retryAfterMs : undefined);
      logger.warn({ service: name, reason: error.message }, 'a service gave no numbers of a profile');
      const { stats = null, fetchedAt = null, failures = 0 } = before ?? {};
      await store.save({ ...attempt, state: 'failed', stats, fetchedAt, failures: failures + 1 });
    }
  }

  function askOf({ isOwnChoice }: ServiceConfig, baseUrl: string): Ask {
    return async (path, { isUnknownUser = isNotFound, ...request } = {}) => {
      const answer = await outbound.askJson(baseUrl + path, {
        ...request,
        mayBeInside: isOwnChoice,
        signal: stop.signal,
      });
      if (isUnknownUser(answer)) return undefined;
      if (answer.status !== 200) throw new ServiceRefused(answer);
      return answer.body;
    };
  }

  /** The row as it is, having asked for a newer one when `isDue`. */
  async function readOne(name: ProfileServiceName, given: string | null, isDue: (row: ProfileStatsRow) => boolean) {
    if (given === null || services[name].baseUrl === undefined) return null;
    const known = { username: given, isFetching: false, fetchedAt: null, stats: null };
    if (!usernamePatterns[name].test(given)) return { ...known, state: 'unknown-user' as const };
    const wanted = { name, username: given.toLowerCase() };
    const row = await store.find(name, wanted.username);
    if (row === undefined || isDue(row)) fetchSoon(wanted);
    const isFetching = fetches.has(keyOf(wanted));
    if (row === undefined) return { ...known, isFetching, state: 'pending' as const };
    const fetchedAt = row.fetchedAt === null ? null : new Date(row.fetchedAt).toISOString();
    return { ...known, isFetching, state: row.state, fetchedAt, stats: row.stats };
  }

  async function readAll(usernames: Usernames, isDue: (row: ProfileStatsRow) => boolean): Promise<ProfileStats> {
    const [ofGithub, ofLeetcode, ofCodeforces] = await Promise.all([
      readOne('github', usernames.github, isDue),
      readOne('leetcode', usernames.leetcode, isDue),
      readOne('codeforces', usernames.codeforces, isDue),
    ]);
    // What was stored was made by the source of the same name.
    return { github: ofGithub, leetcode: ofLeetcode, codeforces: ofCodeforces } as ProfileStats;
  }

  return {
    read: (usernames) => readAll(usernames, (row) => now() >= nextAttemptAt(row)),
    refresh: (usernames) => readAll(usernames, (row) => now() >= row.attemptedAt + limits.profileRefreshMinAgeMs),
    sweep: () => store.forgetBefore(now() - limits.profileKeepMs),

    async close() {
      stop.abort();
      await outbound.close();
      await Promise.all(fetches.values());
    },
  };
}

const isNotFound = ({ status }: OutboundAnswer) => status === 404;

function nextAttemptAt({ state, attemptedAt, failures }: ProfileStatsRow): number {
  switch (state) {
    case 'ready':
      return attemptedAt + limits.profileFreshMs;
    case 'unknown-user':
      return attemptedAt + limits.profileUnknownUserMs;
    case 'failed':
      return (
        attemptedAt + Math.min(limits.profileRetryMaxMs, limits.profileRetryMinMs * 2 ** Math.min(failures - 1, 20))
      );
  }
}

const keyOf = ({ name, username }: Fetch) => `${name} ${username}`;
