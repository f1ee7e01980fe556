import type { OutboundAnswer } from '../gateway/outbound.ts';

/** Reads the numbers of one user by asking paths below a base URL; undefined: there is no such user. */
export type StatsSource<Stats extends object> = (ask: Ask, username: string) => Promise<Stats | undefined>;

/** Resolves with the JSON of a good answer; undefined: there is no such user. */
export type Ask = (path: string, options?: AskOptions) => Promise<unknown>;

interface AskOptions {
  headers?: Record<string, string>;
  json?: unknown;
  /** 404 unless given. */
  isUnknownUser?: (answer: OutboundAnswer) => boolean;
}
