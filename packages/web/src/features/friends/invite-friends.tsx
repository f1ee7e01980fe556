/** Friends, each to be invited into the room by one press: they are told at once, and need no password. */
import type { Friend } from '@coderoom/protocol';
import { useEffect, useState } from 'react';
import { appPath } from '../../navigation.ts';
import { useSelected, useStore } from '../../store.ts';
import { PersonAvatar } from '../accounts/person-avatar.tsx';
import { Act } from '../layout/act.tsx';
import { announce } from '../notices/announcer.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { friendsView, loadFriends, reloadFriends } from './friends.ts';
import './person-row.css';

export default function InviteFriends({ room }: { room: OpenRoom }) {
  const view = useStore(friendsView);
  const members = useSelected(room.events.state, (state) => state.members);
  useEffect(loadFriends, []);
  return (
    <section className="invite-friends" aria-labelledby="invite-friends-title">
      <h3 id="invite-friends-title">Friends</h3>
      {view.name === 'loading' && <p className="panel-text">Loading …</p>}
      {view.name === 'failed' && (
        <p className="panel-text">
          Your friends could not be loaded.{' '}
          <button type="button" className="button small" onClick={reloadFriends}>
            Try again
          </button>
        </p>
      )}
      {view.name === 'shown' && (
        <FriendRows
          room={room}
          friends={view.friends.filter(({ state }) => state === 'accepted')}
          isHere={(id) => members.some((member) => member.accountId === id && member.online)}
        />
      )}
    </section>
  );
}

interface FriendRowsProps {
  room: OpenRoom;
  friends: readonly Friend[];
  isHere: (accountId: string) => boolean;
}

function FriendRows({ room, friends, isHere }: FriendRowsProps) {
  if (friends.length === 0) {
    return (
      <p className="panel-text">
        None yet.{' '}
        <a href={appPath('friends')} target="_blank" rel="noopener">
          Find friends<span className="sr-only">, in a new tab</span>
        </a>
      </p>
    );
  }
  const sorted = friends.toSorted(
    (a, b) => Number(b.online) - Number(a.online) || a.person.name.localeCompare(b.person.name),
  );
  return (
    <ul className="people-list">
      {sorted.map((friend) => (
        <FriendRow key={friend.person.id} room={room} friend={friend} isHere={isHere(friend.person.id)} />
      ))}
    </ul>
  );
}

function FriendRow({ room, friend, isHere }: { room: OpenRoom; friend: Friend; isHere: boolean }) {
  const { person, online } = friend;
  const [isInvited, setInvited] = useState(false);
  const invite = async () => {
    await room.ask('/invitations', { body: { accountId: person.id } });
    setInvited(true);
    announce(`${person.name} is invited`);
  };
  return (
    <li className="person">
      <span className="person-disc" data-online={online}>
        <PersonAvatar person={person} size={32} />
      </span>
      <span className="person-name">
        <span>{person.name}</span>
        <small>{isHere ? 'in this room' : online ? 'here now' : 'not here'}</small>
      </span>
      {!isHere &&
        (isInvited ? <span className="chip">Invited</span> : <Act label="Invite" about={person} act={invite} />)}
    </li>
  );
}
