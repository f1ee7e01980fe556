/**
 * Who is signed in here: keeps the short access token in memory and renews it by the cookie that only the server reads,
 * once for all tabs. A state machine; the browser's part is browser-session.ts's business.
 */
import { type Account, errorRow, type SignIn } from '@coderoom/protocol';
import { ApiProblem } from '../../api.ts';
import { createStore, type ReadableStore } from '../../store.ts';

export type SessionState =
  /** This browser has been signed in before; whether it still is, is being asked. */
  | { name: 'restoring' }
  /** `hasEnded`: it was signed in, and found out that it no longer is. */
  | { name: 'signed-out'; hasEnded: boolean }
  | { name: 'signed-in'; account: Account; accessToken: string }
  /** It ended while somebody was using the page. They are asked to sign in again, over what they were doing. */
  | { name: 'lost'; account: Account };

/** What tabs tell each other. */
export type SessionMessage =
  | { kind: 'asked' }
  | { kind: 'signed-in'; account: Account; accessToken: string; freshForMs: number }
  | { kind: 'signed-out' }
  | { kind: 'lost' };

/** What is remembered between visits: that it is worth asking. `unsure`: on the way to an issuer and back. */
export type SessionHint = 'signed-in' | 'unsure';

export interface SessionOptions {
  refresh(): Promise<SignIn>;
  /** Ends the session on the server. */
  logout(): Promise<void>;
  channel: { post(message: SessionMessage): void; listen(listener: (message: SessionMessage) => void): void };
  /** Only one tab at a time does this. */
  exclusively(work: () => Promise<void>): Promise<void>;
  hint: { read(): SessionHint | null; write(hint: SessionHint | null): void };
  now?: () => number;
}

export interface Session {
  readonly state: ReadableStore<SessionState>;
  /**
   * A token good for a while, renewed if need be; null for guests. Fails when the server cannot be asked, and with
   * `session_ended` while it is open whether the one who was signed in goes on: nobody is made a guest by that.
   */
  accessToken(): Promise<string | null>;
  /** The token was refused: finds out what is true. */
  renew(worn: string): Promise<void>;
  signedIn(signIn: SignIn): void;
  /** The account has changed in the meantime. */
  changed(account: Account): void;
  signOut(): Promise<void>;
  /** The account is no more, or nobody wants to sign in again. */
  forget(): void;
}

export const sessionTimes = {
  /** So long before its end a token is renewed. */
  renewBeforeMs: 60_000,
  /** How long other tabs have to say that they know better. */
  othersAnswerMs: 60,
  retryMinMs: 2_000,
  retryMaxMs: 60_000,
} as const;

export function createSession(options: SessionOptions): Session {
  const { refresh, logout, channel, exclusively, hint, now = Date.now } = options;
  const remembered = hint.read();
  const state = createStore<SessionState>(
    remembered === null ? { name: 'signed-out', hasEnded: false } : { name: 'restoring' },
  );
  /** Until when, by this machine's clock, the token is good for use. */
  let freshUntil = 0;
  /** Grows with each sign-in and sign-out, so that an answer to an earlier question is known as such. */
  let era = 0;
  let renewal: Promise<void> | undefined;
  let renewTimer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let heard: (() => void) | undefined;

  channel.listen((message) => {
    switch (message.kind) {
      case 'asked':
        tell();
        return;
      case 'signed-in':
        take(message, message.freshForMs);
        heard?.();
        return;
      case 'signed-out':
        leave({ name: 'signed-out', hasEnded: false });
        return;
      case 'lost':
        lose();
        return;
      default:
        message satisfies never;
    }
  });
  if (remembered !== null) renewNow().catch(() => {});

  function tell(): void {
    const current = state.get();
    const freshForMs = freshUntil - now();
    if (current.name !== 'signed-in' || freshForMs <= 0) return;
    channel.post({ kind: 'signed-in', account: current.account, accessToken: current.accessToken, freshForMs });
  }

  function take({ account, accessToken }: Pick<SignIn, 'account' | 'accessToken'>, freshForMs: number): void {
    failures = 0;
    freshUntil = now() + freshForMs;
    hint.write('signed-in');
    state.set({ name: 'signed-in', account, accessToken });
    renewLater(freshForMs);
  }

  function leave(next: SessionState): void {
    era++;
    clearTimeout(renewTimer);
    hint.write(null);
    state.set(next);
  }

  /** The server has said that the session is over. */
  function lose(): void {
    const current = state.get();
    if (current.name === 'signed-in') leave({ name: 'lost', account: current.account });
    // Who comes back from an issuer without having signed in has lost nothing.
    else if (current.name === 'restoring') leave({ name: 'signed-out', hasEnded: hint.read() === 'signed-in' });
  }

  function renewLater(delayMs: number): void {
    clearTimeout(renewTimer);
    renewTimer = setTimeout(() => renewNow().catch(() => {}), delayMs);
  }

  /** One renewal at a time, in this tab and among all of them. */
  function renewNow(): Promise<void> {
    const worn = tokenOf(state.get());
    renewal ??= exclusively(() => askServer(worn)).finally(() => {
      renewal = undefined;
    });
    return renewal;
  }

  async function askServer(worn: string | null): Promise<void> {
    const asked = ++era;
    const isFound = () => tokenOf(state.get()) !== worn;
    if (!isFound()) await askOthers();
    if (era !== asked || isFound()) return;
    try {
      const signIn = await refresh();
      if (era === asked) accept(signIn);
    } catch (error) {
      if (era !== asked) return;
      if (error instanceof ApiProblem && error.status === 401) {
        lose();
        channel.post({ kind: 'lost' });
        return;
      }
      renewLater(Math.min(sessionTimes.retryMaxMs, sessionTimes.retryMinMs * 2 ** failures++));
      throw error;
    }
  }

  /** Another tab may have a fresher token: it is given time to say so. */
  async function askOthers(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    heard = resolve;
    channel.post({ kind: 'asked' });
    const timer = setTimeout(resolve, sessionTimes.othersAnswerMs);
    await promise;
    clearTimeout(timer);
    heard = undefined;
  }

  /** The token's age is counted from now: this machine's clock may be hours off. */
  function accept(signIn: SignIn): void {
    const lifetimeMs = signIn.accessTokenExpiresInS * 1_000;
    take(signIn, lifetimeMs - Math.min(sessionTimes.renewBeforeMs, lifetimeMs / 4));
    tell();
  }

  return {
    state,

    async accessToken() {
      const { name } = state.get();
      if (name === 'restoring' || (name === 'signed-in' && now() >= freshUntil)) await renewNow();
      if (state.get().name === 'lost') {
        throw new ApiProblem('session_ended', errorRow('session_ended').message, { status: 401 });
      }
      return tokenOf(state.get());
    },

    async renew(worn) {
      if (tokenOf(state.get()) !== worn) return;
      freshUntil = 0;
      await renewNow();
    },

    signedIn(signIn) {
      era++;
      accept(signIn);
    },

    changed(account) {
      const current = state.get();
      if (current.name !== 'signed-in' || current.account.id !== account.id) return;
      state.set({ ...current, account });
      tell();
    },

    async signOut() {
      await logout().catch((error: unknown) => {
        // What has ended already need not be ended.
        if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
      });
      this.forget();
    },

    forget() {
      leave({ name: 'signed-out', hasEnded: false });
      channel.post({ kind: 'signed-out' });
    },
  };
}

function tokenOf(state: SessionState): string | null {
  return state.name === 'signed-in' ? state.accessToken : null;
}
