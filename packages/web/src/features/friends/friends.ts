/** The account's friends and invitations: asked for when they are first needed, kept level by the account's events. */
import type { Friend, Invitation, Person } from '@coderoom/protocol';
import { createStore, type ReadableStore } from '../../store.ts';
import { session } from '../session/browser-session.ts';
import { callAccount } from '../session/call-account.ts';
import {
  applyFriendEvent,
  type FriendEvent,
  type FriendsState,
  withFriend,
  withoutInvitation,
} from './friend-events.ts';

export type FriendsView =
  | { name: 'loading' }
  | { name: 'failed'; message: string }
  | ({ name: 'shown' } & FriendsState);

const view = createStore<FriendsView>({ name: 'loading' });
/** Whose they are; null before they were asked for. */
let owner: string | null = null;
/** Events that come while the lists are on their way are taken in after them. */
let waiting: FriendEvent[] | undefined;

export const friendsView: ReadableStore<FriendsView> = view;

function accountId(): string | null {
  const state = session.state.get();
  return state.name === 'signed-in' || state.name === 'lost' ? state.account.id : null;
}

// Somebody else's are not shown to whoever comes after them.
session.state.subscribe(() => {
  if (owner === null || owner === accountId() || session.state.get().name === 'restoring') return;
  owner = null;
  view.set({ name: 'loading' });
});

/** Asks for them unless that is done. */
export function loadFriends(): void {
  if (owner !== null && owner === accountId() && view.get().name !== 'failed') return;
  reloadFriends();
}

export function reloadFriends(): void {
  const asked = accountId();
  if (asked === null) return;
  owner = asked;
  waiting ??= [];
  if (view.get().name === 'failed') view.set({ name: 'loading' });
  Promise.all([
    callAccount<{ items: Friend[] }>('friends'),
    callAccount<{ items: Invitation[] }>('me/invitations'),
  ]).then(
    ([friends, invitations]) => {
      if (owner !== asked) return;
      view.set({ name: 'shown', friends: friends.items, invitations: invitations.items });
      const events = waiting ?? [];
      waiting = undefined;
      for (const event of events) takeFriendEvent(event);
    },
    (error) => {
      if (owner !== asked) return;
      waiting = undefined;
      view.set({ name: 'failed', message: error instanceof Error ? error.message : '' });
    },
  );
}

export function takeFriendEvent(event: FriendEvent): void {
  if (waiting !== undefined) waiting.push(event);
  else change((state) => applyFriendEvent(state, event, new Date().toISOString()));
}

function change(make: (state: FriendsState) => FriendsState): void {
  const current = view.get();
  if (current.name === 'shown') view.set({ name: 'shown', ...make(current) });
}

/** Asks somebody to be friends; by e-mail the answer never tells whether there is an account. */
export async function requestFriend(whom: { person: Person } | { email: string }): Promise<void> {
  const body = 'email' in whom ? whom : { accountId: whom.person.id };
  await callAccount('friends', { body });
  // Who had asked already is a friend now; the lists know.
  reloadFriends();
}

export async function acceptFriend(person: Person): Promise<void> {
  await callAccount(`friends/${person.id}/accept`, { method: 'POST' });
  const since = new Date().toISOString();
  change((state) => {
    const online = state.friends.find((friend) => friend.person.id === person.id)?.online ?? false;
    return withFriend(state, { person, state: 'accepted', since, online });
  });
}

/** Declines, takes back, or ends it. */
export async function removeFriend(person: Person): Promise<void> {
  await callAccount(`friends/${person.id}`, { method: 'DELETE' });
  change((state) => ({ ...state, friends: state.friends.filter((friend) => friend.person.id !== person.id) }));
}

export async function blockPerson(person: Person): Promise<void> {
  await callAccount(`blocks/${person.id}`, { method: 'PUT' });
  change((state) => ({ ...state, friends: state.friends.filter((friend) => friend.person.id !== person.id) }));
}

export async function declineInvitation({ id }: Invitation): Promise<void> {
  await callAccount(`me/invitations/${id}`, { method: 'DELETE' });
  change((state) => ({ ...state, invitations: withoutInvitation(state, id) }));
}
