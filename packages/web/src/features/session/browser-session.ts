/** The page's own session: its tabs talk by BroadcastChannel and take turns by Web Locks, where there are any. */
import type { SignIn } from '@coderoom/protocol';
import { callApi } from '../../api.ts';
import { readStored, writeStored } from '../../storage.ts';
import { createSession, type SessionHint, type SessionMessage } from './session.ts';

const hintKey = 'session';
const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('coderoom:session');

export const session = createSession({
  refresh: () => callApi<SignIn>('auth/refresh', { body: {} }),
  logout: () => callApi('auth/logout', { body: {} }),
  channel: {
    post: (message) => channel?.postMessage(message),
    listen: (listener) => channel?.addEventListener('message', ({ data }) => listener(data as SessionMessage)),
  },
  // Plain http has no locks: two tabs may then ask at once, which the server answers with the same successor.
  exclusively: (work) => (navigator.locks === undefined ? work() : navigator.locks.request('coderoom:session', work)),
  hint: {
    read: () => readStored<SessionHint>(hintKey),
    write: (hint) => writeStored(hintKey, hint),
  },
});

/** Before going to an issuer: whoever comes back may be signed in. */
export function expectSignIn(): void {
  if (session.state.get().name !== 'signed-in') writeStored(hintKey, 'unsure' satisfies SessionHint);
}
