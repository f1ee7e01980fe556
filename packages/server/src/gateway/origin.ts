import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Config } from '../config.ts';

/** Which web pages may talk to this server, and from which address a request comes. */
export interface Origins {
  /** Whether a request may be served. Without an Origin it comes from no web page; its bearer token decides. */
  allows(request: IncomingMessage): boolean;
  /** Whether an origin other than our own was named in CORS_ORIGINS. */
  isListed(origin: string): boolean;
}

export function createOrigins(config: Pick<Config, 'publicUrl' | 'corsOrigins' | 'proxies'>): Origins {
  const listed = new Set(config.corsOrigins);
  return {
    isListed: (origin) => listed.has(origin),
    allows(request) {
      const origin = request.headers.origin;
      if (origin === undefined) return true;
      if (listed.has(origin) || origin === config.publicUrl?.origin) return true;
      // Behind a proxy that ends TLS we do not see the scheme, so that our own origin is known by its host.
      const host = URL.parse(origin)?.host;
      if (host === undefined || host === '') return false;
      if (host === request.headers.host?.toLowerCase()) return true;
      const peer = unmapped(request.socket.remoteAddress ?? '');
      const forwarded = listOf(request.headers['x-forwarded-host']).at(-1)?.toLowerCase();
      return isBelieved(peer, config.proxies) && host === forwarded;
    },
  };
}

/**
 * Who sent a request, for rate limits and logs. X-Forwarded-For counts only as far as believed proxies wrote it: each
 * appended whom it heard from, so the list is read from its end until somebody who is no proxy of ours.
 */
export function clientAddress(request: IncomingMessage, proxies: Config['proxies']): string {
  let address = unmapped(request.socket.remoteAddress ?? '');
  if (!isBelieved(address, proxies)) return address;
  const forwarded = listOf(request.headers['x-forwarded-for'])
    .map(unmapped)
    .filter((entry) => isIP(entry) !== 0);
  if (proxies === 'any') return forwarded.at(-1) ?? address;
  while (isBelieved(address, proxies)) {
    const next = forwarded.pop();
    if (next === undefined) break;
    address = next;
  }
  return address;
}

function isBelieved(address: string, proxies: Config['proxies']): boolean {
  if (proxies === 'none' || proxies === 'any') return proxies === 'any';
  const family = isIP(address);
  return family !== 0 && proxies.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

function listOf(header: string | string[] | undefined): string[] {
  const value = Array.isArray(header) ? header.join(',') : (header ?? '');
  return value.split(',').map((entry) => entry.trim());
}

/** ::ffff:1.2.3.4 is 1.2.3.4. */
function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
