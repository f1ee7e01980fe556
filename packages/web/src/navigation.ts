/** The two addresses of the product, and moving between them without a page load. */
import { createStore, type ReadableStore } from './store.ts';

export type Route = { name: 'landing' } | { name: 'room'; code: string } | { name: 'unknown' };

export function parseRoute(pathname: string): Route {
  if (pathname === '/') return { name: 'landing' };
  const code = /^\/r\/([^/]+)\/?$/.exec(pathname)?.[1];
  return code === undefined ? { name: 'unknown' } : { name: 'room', code: decode(code).toLowerCase() };
}

export function roomPath(code: string): string {
  return `/r/${encodeURIComponent(code)}`;
}

/** The code in what somebody typed or pasted: a code, or a link to a room. Null when there is none. */
export function parseRoomCode(input: string): string | null {
  const text = input.trim();
  const fromLink = /\/r\/([^/?#\s]+)/.exec(text)?.[1];
  const code = fromLink === undefined ? text : decode(fromLink);
  return /^[\w-]{1,64}$/.test(code) ? code.toLowerCase() : null;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export interface Navigation {
  route: ReadableStore<Route>;
  go(path: string): void;
}

export function createNavigation(page: Window): Navigation {
  const route = createStore<Route>(parseRoute(page.location.pathname));
  const read = () => route.set(parseRoute(page.location.pathname));
  page.addEventListener('popstate', read);
  return {
    route,
    go(path) {
      page.history.pushState(null, '', path);
      page.scrollTo(0, 0);
      read();
    },
  };
}
