/** What the account's events make of its friends and invitations: a pure reducer. */
import type { AccountServerEvents, Friend, Invitation } from '@coderoom/protocol';

export interface FriendsState {
  friends: readonly Friend[];
  invitations: readonly Invitation[];
}

type Events = Omit<AccountServerEvents, 'session:ended' | 'message:mentioned'>;
export type FriendEvent = { [Name in keyof Events]: { name: Name } & Parameters<Events[Name]>[0] }[keyof Events];

/** `now`: ISO 8601, for what has no time of its own. */
export function applyFriendEvent(state: FriendsState, event: FriendEvent, now: string): FriendsState {
  switch (event.name) {
    case 'account:welcome':
      return {
        ...state,
        friends: state.friends.map((friend) => present(friend, event.online.includes(friend.person.id))),
      };
    case 'friend:requested':
      return withFriend(state, { person: event.person, state: 'incoming', since: now, online: false });
    case 'friend:accepted':
      return withFriend(state, { person: event.person, state: 'accepted', since: now, online: event.online });
    case 'friend:removed':
      return { ...state, friends: state.friends.filter(({ person }) => person.id !== event.person.id) };
    case 'friend:presence':
      return {
        ...state,
        friends: state.friends.map((friend) =>
          friend.person.id === event.accountId ? present(friend, event.online) : friend,
        ),
      };
    case 'invitation:received':
      return { ...state, invitations: [event.invitation, ...withoutInvitation(state, event.invitation.id)] };
    case 'invitation:removed':
      return { ...state, invitations: withoutInvitation(state, event.invitationId) };
    default:
      return event satisfies never;
  }
}

export function withFriend(state: FriendsState, friend: Friend): FriendsState {
  const others = state.friends.filter(({ person }) => person.id !== friend.person.id);
  return { ...state, friends: [...others, friend] };
}

export function withoutInvitation(state: FriendsState, id: string): Invitation[] {
  return state.invitations.filter((invitation) => invitation.id !== id);
}

/** Only friends show whether they are there. */
function present(friend: Friend, online: boolean): Friend {
  return friend.state !== 'accepted' || friend.online === online ? friend : { ...friend, online };
}
