import type { Account, SignIn } from '@coderoom/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiProblem } from '../../api.ts';
import { createSession, type SessionHint, type SessionMessage, sessionTimes } from './session.ts';

const ana: Account = {
  id: 'ana',
  email: 'ana@example.org',
  name: 'Ana',
  picture: null,
  githubUsername: null,
  leetcodeUsername: null,
  codeforcesUsername: null,
  hasPassword: true,
  createdAt: '2026-01-01T00:00:00.000Z',
};
const lifetimeS = 900;
const signIn = (accessToken: string, account = ana): SignIn => ({
  account,
  accessToken,
  // What this machine's clock makes of it must not matter.
  accessTokenExpiresAt: '2001-01-01T00:00:00.000Z',
  accessTokenExpiresInS: lifetimeS,
});
const ended = () => new ApiProblem('session_ended', 'This sign-in has ended.', { status: 401 });
const away = () => new ApiProblem('unreachable', 'The server cannot be reached.');

/** A browser with a cookie that the server knows; its tabs hear each other and take turns. */
function openBrowser(options: { hint?: SessionHint | null; refresh?: () => Promise<SignIn> } = {}) {
  const listeners: ((message: SessionMessage) => void)[] = [];
  let turn = Promise.resolve();
  let hint: SessionHint | null = options.hint === undefined ? 'signed-in' : options.hint;
  let issued = 0;
  const refresh = vi.fn(options.refresh ?? (async () => signIn(`token ${++issued}`)));
  const logout = vi.fn(async () => {});
  return {
    refresh,
    logout,
    hint: () => hint,
    openTab() {
      let own: ((message: SessionMessage) => void) | undefined;
      return createSession({
        refresh,
        logout,
        channel: {
          post: (message) => {
            for (const listener of listeners) if (listener !== own) queueMicrotask(() => listener(message));
          },
          listen: (listener) => {
            own = listener;
            listeners.push(listener);
          },
        },
        exclusively: (work) => {
          const mine = turn.then(work);
          turn = mine.catch(() => {});
          return mine;
        },
        hint: {
          read: () => hint,
          write: (next) => {
            hint = next;
          },
        },
      });
    },
  };
}

const answered = () => vi.advanceTimersByTimeAsync(sessionTimes.othersAnswerMs + 1);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('coming back', () => {
  it('WEB-22 asks nothing of the server for somebody who was never signed in', async () => {
    const browser = openBrowser({ hint: null });
    const tab = browser.openTab();
    expect(tab.state.get()).toEqual({ name: 'signed-out', hasEnded: false });
    expect(await tab.accessToken()).toBeNull();
    await answered();
    expect(browser.refresh).not.toHaveBeenCalled();
  });

  it('WEB-22 is restored by the cookie, and whoever needs a token waits for it', async () => {
    const browser = openBrowser();
    const tab = browser.openTab();
    expect(tab.state.get()).toEqual({ name: 'restoring' });
    const token = tab.accessToken();
    await answered();
    expect(await token).toBe('token 1');
    expect(tab.state.get()).toEqual({ name: 'signed-in', account: ana, accessToken: 'token 1' });
  });

  it('WEB-22 says so when the session is over, and does not ask again', async () => {
    const browser = openBrowser({ refresh: async () => Promise.reject(ended()) });
    const tab = browser.openTab();
    await answered();
    expect(tab.state.get()).toEqual({ name: 'signed-out', hasEnded: true });
    expect(browser.hint()).toBeNull();
  });

  it('WEB-22 takes it for no loss when somebody comes back from an issuer without having signed in', async () => {
    const tab = openBrowser({ hint: 'unsure', refresh: async () => Promise.reject(ended()) }).openTab();
    await answered();
    expect(tab.state.get()).toEqual({ name: 'signed-out', hasEnded: false });
  });

  it('WEB-22 goes on trying while the server is away', async () => {
    let isAway = true;
    const tab = openBrowser({
      refresh: async () => (isAway ? Promise.reject(away()) : signIn('token')),
    }).openTab();
    await answered();
    expect(tab.state.get()).toEqual({ name: 'restoring' });
    isAway = false;
    await vi.advanceTimersByTimeAsync(sessionTimes.retryMinMs * 2);
    expect(tab.state.get().name).toBe('signed-in');
  });
});

describe('several tabs', () => {
  it('WEB-23 share one refresh, however many are opened at once', async () => {
    const browser = openBrowser();
    const tabs = [browser.openTab(), browser.openTab(), browser.openTab()];
    await answered();
    expect(browser.refresh).toHaveBeenCalledTimes(1);
    expect(tabs.map((tab) => tab.state.get())).toEqual(
      tabs.map(() => ({ name: 'signed-in', account: ana, accessToken: 'token 1' })),
    );
  });

  it('WEB-23 give a new one the token that they have', async () => {
    const browser = openBrowser();
    browser.openTab();
    await answered();
    const later = browser.openTab();
    await vi.advanceTimersByTimeAsync(1);
    expect(later.state.get().name).toBe('signed-in');
    expect(browser.refresh).toHaveBeenCalledTimes(1);
  });

  it('WEB-23 renew the token before its end, once for all of them', async () => {
    const browser = openBrowser();
    const tabs = [browser.openTab(), browser.openTab()];
    await answered();
    await vi.advanceTimersByTimeAsync(lifetimeS * 1_000 - sessionTimes.renewBeforeMs + 1_000);
    expect(browser.refresh).toHaveBeenCalledTimes(2);
    for (const tab of tabs) expect(await tab.accessToken()).toBe('token 2');
  });

  it('WEB-23 sign in and out together', async () => {
    const browser = openBrowser({ hint: null });
    const [first, second] = [browser.openTab(), browser.openTab()];
    first.signedIn(signIn('fresh'));
    await vi.advanceTimersByTimeAsync(1);
    expect(second.state.get()).toEqual({ name: 'signed-in', account: ana, accessToken: 'fresh' });
    await second.signOut();
    await vi.advanceTimersByTimeAsync(1);
    expect(browser.logout).toHaveBeenCalledTimes(1);
    expect(first.state.get()).toEqual({ name: 'signed-out', hasEnded: false });
    expect(browser.hint()).toBeNull();
  });

  it('WEB-23 all learn that the session was ended elsewhere, and of the sign-in that follows', async () => {
    const answers: (() => Promise<SignIn>)[] = [async () => signIn('old'), async () => Promise.reject(ended())];
    const browser = openBrowser({ refresh: () => answers.shift()?.() ?? Promise.reject(away()) });
    const [first, second] = [browser.openTab(), browser.openTab()];
    await answered();
    const renewed = first.renew('old');
    await answered();
    await renewed;
    for (const tab of [first, second]) expect(tab.state.get()).toEqual({ name: 'lost', account: ana });
    // Not null: that would make them a guest.
    await expect(first.accessToken()).rejects.toThrow('sign in again');
    second.signedIn(signIn('new'));
    await vi.advanceTimersByTimeAsync(1);
    expect(await first.accessToken()).toBe('new');
  });
});

describe('a token that was refused', () => {
  it('WEB-23 is renewed once, whoever found out', async () => {
    const browser = openBrowser();
    const tab = browser.openTab();
    await answered();
    const renewals = Promise.all([tab.renew('token 1'), tab.renew('token 1')]);
    await answered();
    await renewals;
    expect(browser.refresh).toHaveBeenCalledTimes(2);
    await tab.renew('token 1');
    expect(await tab.accessToken()).toBe('token 2');
    expect(browser.refresh).toHaveBeenCalledTimes(2);
  });

  it('WEB-22 ends nothing while the server is away', async () => {
    const answers: (() => Promise<SignIn>)[] = [async () => signIn('old')];
    const tab = openBrowser({ refresh: () => answers.shift()?.() ?? Promise.reject(away()) }).openTab();
    await answered();
    const renewed = tab.renew('old').catch((error: unknown) => error);
    await answered();
    expect(await renewed).toBeInstanceOf(ApiProblem);
    expect(tab.state.get().name).toBe('signed-in');
  });
});

it('WEB-22 an answer that comes after signing out signs nobody in', async () => {
  const late = Promise.withResolvers<SignIn>();
  const tab = openBrowser({ refresh: () => late.promise }).openTab();
  await answered();
  await tab.signOut();
  late.resolve(signIn('late'));
  await answered();
  expect(tab.state.get()).toEqual({ name: 'signed-out', hasEnded: false });
});
