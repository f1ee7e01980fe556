/** The addresses of the product, and moving between them without a page load. */
import { createStore, type ReadableStore } from './store.ts';

/** The pages under /app, by the word that stands there. */
const appPages = ['sign-in', 'sign-up', 'signed-in', 'rooms', 'public-rooms', 'friends', 'account'] as const;
export type AppPage = (typeof appPages)[number];

export type Route =
  | { name: 'landing' }
  | { name: 'room'; code: string }
  | { name: AppPage }
  | { name: 'person'; id: string }
  | { name: 'unknown' };

export function parseRoute(pathname: string): Route {
  if (pathname === '/') return { name: 'landing' };
  const [, area, part, id, ...more] = pathname.replace(/\/$/, '').split('/');
  if (area === 'r' && part && id === undefined) return { name: 'room', code: decode(part).toLowerCase() };
  if (area === 'app' && part === 'people' && id && more.length === 0) return { name: 'person', id: decode(id) };
  const page = appPages.find((name) => name === part);
  return area === 'app' && page !== undefined && id === undefined ? { name: page } : { name: 'unknown' };
}

export function appPath(page: AppPage): string {
  return `/app/${page}`;
}

export function personPath(id: string): string {
  return `/app/people/${encodeURIComponent(id)}`;
}

/** Where to sign in (or up), coming back to `returnTo` afterwards. */
export function signInPath(returnTo: string, page: 'sign-in' | 'sign-up' = 'sign-in'): string {
  return returnTo === '/' ? appPath(page) : `${appPath(page)}?returnTo=${encodeURIComponent(returnTo)}`;
}

/** The address within the product that a query asks to come back to; anything else leads to the first page. */
export function parseReturnTo(search: string): string {
  const wanted = new URLSearchParams(search).get('returnTo') ?? '/';
  // A path of ours: not another host's (`//host`), nor one that browsers would turn into it (`/\\host`).
  return /^\/(?![/\\])[^\\\s]*$/.test(wanted) ? wanted : '/';
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
  /** `replace`: going back does not lead here again. */
  go(path: string, options?: { replace?: boolean }): void;
}

export function createNavigation(page: Window): Navigation {
  const route = createStore<Route>(parseRoute(page.location.pathname));
  const read = () => route.set(parseRoute(page.location.pathname));
  page.addEventListener('popstate', read);
  return {
    route,
    go(path, { replace = false } = {}) {
      if (replace) page.history.replaceState(null, '', path);
      else page.history.pushState(null, '', path);
      page.scrollTo(0, 0);
      read();
    },
  };
}
