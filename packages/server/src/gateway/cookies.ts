import type { IncomingMessage } from 'node:http';
import { ProblemError } from '@coderoom/protocol';
import type { Origins } from './origin.ts';

/** Cookies of this server: read by one route each, sent back only by the pages of this server. */
export interface Cookie {
  name: string;
  value: string;
  /** The only addresses that it is sent to. */
  path: string;
  /** `lax` also comes along when another site's page leads here. */
  sameSite: 'strict' | 'lax';
  maxAgeS: number;
  /** Sent over TLS only. */
  secure: boolean;
}

/** The value of a Set-Cookie header; no script can read what it sets. */
export function writeCookie({ name, value, path, sameSite, maxAgeS, secure }: Cookie): string {
  return [
    `${name}=${value}`,
    `Path=${path}`,
    `Max-Age=${maxAgeS}`,
    'HttpOnly',
    `SameSite=${sameSite === 'strict' ? 'Strict' : 'Lax'}`,
    ...(secure ? ['Secure'] : []),
  ].join('; ');
}

/** The value of a cookie that came along; values of ours need no decoding. */
export function readCookie(request: IncomingMessage, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = pair.split('=', 2);
    if (key?.trim() === name) return value?.trim();
  }
  return undefined;
}

/**
 * Refuses what a page of another site had somebody's browser send. Browsers name the page with every POST (Origin) and
 * say how it is related (Sec-Fetch-Site); who brings a cookie and neither is none that we know.
 */
export function assertFromOwnPage(
  request: IncomingMessage,
  origins: Origins,
  { bringsCookie }: { bringsCookie: boolean },
): void {
  const { origin, 'sec-fetch-site': site } = request.headers;
  const isForeign = (origin !== undefined && !origins.isOwn(request)) || (site !== undefined && site !== 'same-origin');
  const isUnnamed = origin === undefined && site === undefined;
  if (isForeign || (bringsCookie && isUnnamed)) throw new ProblemError('origin_refused');
}
