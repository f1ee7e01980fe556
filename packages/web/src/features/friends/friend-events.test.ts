import type { Friend, Invitation, Person } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import { applyFriendEvent, type FriendEvent, type FriendsState } from './friend-events.ts';

const ana: Person = { id: 'ana', name: 'Ana', picture: null };
const ben: Person = { id: 'ben', name: 'Ben', picture: null };
const now = '2026-01-02T00:00:00.000Z';
const friend = (person: Person, change: Partial<Friend> = {}): Friend => ({
  person,
  state: 'accepted',
  since: '2026-01-01T00:00:00.000Z',
  online: false,
  ...change,
});
const invitation: Invitation = {
  id: 'i',
  room: { id: 'r', title: 'Queue', language: 'python' },
  from: ana,
  createdAt: now,
};
const nobody: FriendsState = { friends: [], invitations: [] };
const after = (state: FriendsState, ...events: FriendEvent[]) =>
  events.reduce((current, event) => applyFriendEvent(current, event, now), state);

describe('friends', () => {
  it('WEB-29 a request that comes, is taken back, and comes again stands there once', () => {
    const asked = after(
      nobody,
      { name: 'friend:requested', person: ana },
      { name: 'friend:removed', person: ana },
      { name: 'friend:requested', person: ana },
      { name: 'friend:requested', person: ana },
    );
    expect(asked.friends).toEqual([friend(ana, { state: 'incoming', since: now })]);
  });

  it('WEB-29 a request that is accepted becomes a friend, who is there or not', () => {
    const state = { ...nobody, friends: [friend(ana, { state: 'outgoing' })] };
    expect(after(state, { name: 'friend:accepted', person: ana, online: true }).friends).toEqual([
      friend(ana, { since: now, online: true }),
    ]);
  });

  it('WEB-29 shows the presence of friends only, and after each connection afresh', () => {
    const state = { ...nobody, friends: [friend(ana, { online: true }), friend(ben, { state: 'incoming' })] };
    const welcomed = after(state, { name: 'account:welcome', online: ['ben'] });
    expect(welcomed.friends.map(({ online }) => online)).toEqual([false, false]);
    const come = after(welcomed, { name: 'friend:presence', accountId: 'ana', online: true });
    expect(come.friends.map(({ online }) => online)).toEqual([true, false]);
  });
});

it('WEB-29 an invitation stands there until it is used or taken back, the newest first', () => {
  const newer = { ...invitation, id: 'j' };
  const received = after(
    nobody,
    { name: 'invitation:received', invitation },
    { name: 'invitation:received', invitation: newer },
    { name: 'invitation:received', invitation: newer },
  );
  expect(received.invitations.map(({ id }) => id)).toEqual(['j', 'i']);
  const removed = after(received, { name: 'invitation:removed', invitationId: 'j' });
  expect(removed.invitations.map(({ id }) => id)).toEqual(['i']);
});
