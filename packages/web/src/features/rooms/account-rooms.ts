/** What signing in and out means for the rooms of this browser: a guest's become the account's, and an account's go. */
import { limits } from '@coderoom/protocol';
import type { ReadableStore } from '../../store.ts';
import { showToast } from '../notices/toasts.ts';
import { callAccount } from '../session/call-account.ts';
import type { SessionState } from '../session/session.ts';
import { forgetAccountRooms, giveRoomsTo, guestTokens } from './visited-rooms.ts';

export function followSession(session: ReadableStore<SessionState>): void {
  let seen: string | null = null;
  const follow = () => {
    const state = session.get();
    if (state.name === 'signed-out') forgetAccountRooms(null);
    const accountId = state.name === 'signed-in' ? state.account.id : null;
    if (accountId !== null && accountId !== seen) {
      forgetAccountRooms(accountId);
      claimRooms(accountId).catch(() => {}); // tried again at the next visit; the rooms are still the guest's
    }
    seen = accountId;
  };
  follow();
  session.subscribe(follow);
}

async function claimRooms(accountId: string): Promise<void> {
  const tokens = guestTokens().slice(0, limits.roomClaimsMax);
  if (tokens.length === 0) return;
  const { claimed } = await callAccount<{ claimed: number }>('me/rooms', { body: { tokens } });
  giveRoomsTo(accountId, tokens);
  if (claimed > 0)
    showToast(
      claimed === 1 ? 'Your room is kept in your account now' : `${claimed} rooms are kept in your account now`,
    );
}
