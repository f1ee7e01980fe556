/** A friend's invitation into a room, as a row: open it, or decline. */
import type { Invitation } from '@coderoom/protocol';
import { navigation } from '../../browser-navigation.ts';
import { roomPath } from '../../navigation.ts';
import { PersonAvatar } from '../accounts/person-avatar.tsx';
import { Act } from '../layout/act.tsx';
import { formatAgo } from '../rooms/time-ago.ts';
import { declineInvitation } from './friends.ts';
import './person-row.css';

export function InvitationRow({ invitation }: { invitation: Invitation }) {
  const { from, room, createdAt } = invitation;
  return (
    <li className="row person-row">
      <PersonAvatar person={from} size={40} />
      <span className="row-text">
        <span className="row-name">{room.title}</span>
        <span className="row-facts">
          <span>from {from.name}</span>
          <span>{formatAgo(Date.parse(createdAt), Date.now())}</span>
        </span>
      </span>
      <span className="row-actions">
        <button type="button" className="button small primary" onClick={() => navigation.go(roomPath(room.id))}>
          Open<span className="sr-only"> {room.title}</span>
        </button>
        <Act label="Decline" about={{ name: room.title }} act={() => declineInvitation(invitation)} />
      </span>
    </li>
  );
}
