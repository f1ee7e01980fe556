/** What the first page shows to whoever is signed in: invitations, and the rooms that they were in last. */
import { useEffect } from 'react';
import { appPath, roomPath } from '../../navigation.ts';
import { useStore } from '../../store.ts';
import { friendsView, loadFriends } from '../friends/friends.ts';
import { InvitationRow } from '../friends/invitation-row.tsx';
import { languageName, languages } from '../languages/languages.ts';
import { Link } from '../layout/link.tsx';
import { ListFailed, ListLoading } from '../layout/list-states.tsx';
import { useOwnRooms } from './own-rooms.ts';
import { formatAgo } from './time-ago.ts';
import '../layout/page.css';

const shownMax = 5;

export default function YourRooms() {
  return (
    <>
      <Invitations />
      <section className="recent" aria-labelledby="recent-title">
        <div className="recent-head">
          <h2 id="recent-title">Your rooms</h2>
          <Link href={appPath('rooms')}>All rooms</Link>
        </div>
        <Rooms />
      </section>
    </>
  );
}

function Rooms() {
  const { list, state } = useOwnRooms();
  useStore(languages); // for their names
  switch (state.name) {
    case 'loading':
      return <ListLoading />;
    case 'failed':
      return <ListFailed what="Your rooms" message={state.message} onRetry={list.reload} />;
    case 'shown':
      if (state.items.length === 0) {
        return <p className="recent-empty">Rooms that you make or join are listed here, on all your devices.</p>;
      }
      return (
        <ul className="recent-list">
          {state.items.slice(0, shownMax).map((room) => (
            <li key={room.id} className="recent-room">
              <Link href={roomPath(room.code)}>
                <span className="recent-name">{room.title}</span>
                <span className="recent-facts">
                  <span>{languageName(room.language)}</span>
                  {room.online > 0 && <span className="recent-live">{room.online} here</span>}
                  {room.status !== 'active' && <span>{room.status === 'ended' ? 'ended' : 'not started'}</span>}
                  <time dateTime={room.lastActiveAt}>{formatAgo(Date.parse(room.lastActiveAt), Date.now())}</time>
                </span>
              </Link>
            </li>
          ))}
        </ul>
      );
    default:
      return state satisfies never;
  }
}

function Invitations() {
  const view = useStore(friendsView);
  useEffect(loadFriends, []);
  if (view.name !== 'shown' || view.invitations.length === 0) return null;
  return (
    <section className="recent" aria-labelledby="invitations-title">
      <h2 id="invitations-title">Invitations</h2>
      <ul className="rows">
        {view.invitations.map((invitation) => (
          <InvitationRow key={invitation.id} invitation={invitation} />
        ))}
      </ul>
    </section>
  );
}
