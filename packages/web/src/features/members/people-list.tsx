/** The people in a room: who waits at the door, oneself with a name to change, the others with what may be done. */
import type { Member } from '@coderoom/protocol';
import { createLoaded } from '../../loaded.ts';
import { signInPath } from '../../navigation.ts';
import { Shown } from '../../shown.tsx';
import { useSelected, useStore } from '../../store.ts';
import { Disclosure } from '../layout/disclosure.tsx';
import { Link } from '../layout/link.tsx';
import { showProblem } from '../notices/toasts.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { ownRole } from '../rooms/room-events.ts';
import { session } from '../session/browser-session.ts';
import { Avatar } from './avatar.tsx';
import { KnockList } from './knock-list.tsx';
import { MemberRow } from './member-row.tsx';
import { OwnNameField } from './own-name-field.tsx';
import { othersFirst } from './people-order.ts';
import { usePlaces } from './use-places.ts';
import '../../styles/forms.css';

const absentMembers = createLoaded(() => import('./absent-members.tsx'));

export interface PeopleListProps {
  room: OpenRoom;
  /** Called when the editor has been moved to where somebody is. */
  onJump: () => void;
}

export function PeopleList({ room, onJump }: PeopleListProps) {
  const members = useSelected(room.events.state, (state) => state.members);
  const ownId = useSelected(room.events.state, (state) => state.memberId);
  const role = useSelected(room.events.state, ownRole);
  const places = usePlaces(room.awareness);
  const people = othersFirst(members, ownId).toReversed();
  return (
    <div className="panel people">
      {role === 'owner' && <KnockList room={room} />}
      <ul className="people-list" aria-label="People">
        {people.map((member) =>
          member.id === ownId ? (
            <SelfRow key={member.id} room={room} member={member} />
          ) : (
            <MemberRow
              key={member.id}
              room={room}
              member={member}
              isOwner={role === 'owner'}
              place={{ file: places.get(member.id)?.file ?? null, onJump }}
            />
          ),
        )}
      </ul>
      {people.length === 1 && <p className="panel-text">Nobody else is here yet. Send them the link by Invite.</p>}
      {role === 'owner' && (
        <Disclosure title="Not here right now">
          {() => <Shown page={absentMembers} props={{ room }} isPart />}
        </Disclosure>
      )}
      <GuestNote />
    </div>
  );
}

function SelfRow({ room, member }: { room: OpenRoom; member: Member }) {
  return (
    <li className="person">
      <Avatar name={member.name} color={member.color} size={32} />
      <OwnNameField
        key={member.name}
        name={member.name}
        onRename={(name) => room.renameSelf(name).catch(showProblem)}
      />
      <span className="person-role">You · {member.role}</span>
    </li>
  );
}

function GuestNote() {
  const isGuest = useStore(session.state).name === 'signed-out';
  if (!isGuest) return null;
  return (
    <div className="guest-note">
      <p className="panel-text">You are here as a guest. With an account you keep this room on all your devices.</p>
      <Link className="button small" href={signInPath(location.pathname)}>
        Sign in
      </Link>
    </div>
  );
}
