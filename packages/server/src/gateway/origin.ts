import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Config } from '../config.ts';

/** Which web pages may talk to this server, and from which address a request comes. */
export interface Origins {
  /** Whether a request may be served. Without an Origin it comes from no web page; its bearer token decides. */
  allows(request: IncomingMessage): boolean;
  /** Whether the page that sent a request is one of this server's own. */
  isOwn(request: IncomingMessage): boolean;
  /** The origin under which the sender of a request reached this server. */
  ownOrigin(request: IncomingMessage): string;
  /** Whether an origin other than our own was named in CORS_ORIGINS. */
  isListed(origin: string): boolean;
}

export function createOrigins(config: Pick<Config, 'publicUrl' | 'corsOrigins' | 'proxies'>): Origins {
  const listed = new Set(config.corsOrigins);
  const isOwn = (request: IncomingMessage) => {
    const { origin = '' } = request.headers;
    if (origin === config.publicUrl?.origin) return true;
    // Behind a proxy that ends TLS we do not see the scheme, so that our own origin is known by its host.
    const host = URL.parse(origin)?.host;
    if (host === undefined || host === '') return false;
    return host === request.headers.host?.toLowerCase() || host === forwardedBy(request, 'host', config.proxies);
  };
  return {
    isOwn,
    isListed: (origin) => listed.has(origin),
    allows(request) {
      const { origin } = request.headers;
      return origin === undefined || listed.has(origin) || isOwn(request);
    },
    ownOrigin(request) {
      if (config.publicUrl !== undefined) return config.publicUrl.origin;
      const isTls = (request.socket as TLSSocket).encrypted === true;
      const scheme = isTls || forwardedBy(request, 'proto', config.proxies) === 'https' ? 'https' : 'http';
      const host = forwardedBy(request, 'host', config.proxies) ?? request.headers.host ?? '';
      return URL.parse(`${scheme}://${host}`)?.origin ?? `${scheme}://localhost`;
    },
  };
}

/** What a believed proxy says about the request that it passed on. */
function forwardedBy(request: IncomingMessage, what: 'host' | 'proto', proxies: Config['proxies']): string | undefined {
  if (!isBelieved(unmapped(request.socket.remoteAddress ?? ''), proxies)) return undefined;
  return listOf(request.headers[`x-forwarded-${what}`]).at(-1)?.toLowerCase() || undefined;
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
