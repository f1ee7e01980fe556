/** The people in a room: oneself with a name to change, the others with where they are, and what the owner may do. */
import type { Member } from '@coderoom/protocol';
import { useState } from 'react';
import { useSelected } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import { showProblem, showToast } from '../notices/toasts.ts';
import type { OpenRoom } from '../rooms/room-session.ts';
import { Avatar } from './avatar.tsx';
import { OwnNameField } from './own-name-field.tsx';
import { othersFirst } from './people-order.ts';
import { usePlaces } from './use-places.ts';

export interface PeopleListProps {
  room: OpenRoom;
  /** Called when the editor has been moved to where somebody is. */
  onJump: () => void;
}

export function PeopleList({ room, onJump }: PeopleListProps) {
  const members = useSelected(room.events.state, (state) => state.members);
  const ownId = useSelected(room.events.state, (state) => state.memberId);
  const places = usePlaces(room.awareness);
  const self = members.find(({ id }) => id === ownId);
  const people = othersFirst(members, ownId).toReversed();
  return (
    <div className="panel people">
      <h2>
        People <span className="people-count">{people.length}</span>
      </h2>
      <ul className="people-list" aria-label="People">
        {people.map((member) =>
          member.id === ownId ? (
            <SelfRow key={member.id} room={room} member={member} />
          ) : (
            <OtherRow
              key={member.id}
              member={member}
              file={places.get(member.id)?.file ?? null}
              isOwner={self?.role === 'owner'}
              room={room}
              onJump={onJump}
            />
          ),
        )}
      </ul>
      {people.length === 1 && <p className="panel-text">Nobody else is here yet. Send them the link by Invite.</p>}
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

interface OtherRowProps extends PeopleListProps {
  member: Member;
  /** The file that they have open. */
  file: string | null;
  /** Whether the one who looks owns the room. */
  isOwner: boolean;
}

function OtherRow({ room, member, file, isOwner, onJump }: OtherRowProps) {
  const jump = () => {
    if (room.showMember(member.id)) onJump();
    else showToast(`${member.name} has no place in the code yet`);
  };
  return (
    <li className="person">
      <Avatar name={member.name} color={member.color} size={32} />
      <button type="button" className="person-name" onClick={jump} title={`Go to where ${member.name} is`}>
        <span>
          <span className="sr-only">Go to </span>
          {member.name}
        </span>
        {file !== null && <small>{file}</small>}
      </button>
      {isOwner && member.role !== 'owner' ? (
        <OwnersChoices room={room} member={member} />
      ) : (
        <span className="person-role">{member.role}</span>
      )}
    </li>
  );
}

function OwnersChoices({ room, member }: { room: OpenRoom; member: Member }) {
  const [isAsking, setAsking] = useState(false);
  if (isAsking) {
    return (
      <span className="person-choices">
        <button type="button" className="button small" onClick={() => setAsking(false)}>
          Keep
        </button>
        <button
          type="button"
          className="button small danger"
          ref={(button) => button?.focus()}
          onClick={() => void room.removeMember(member.id).catch(showProblem)}
        >
          Remove
        </button>
      </span>
    );
  }
  return (
    <span className="person-choices">
      <select
        className="select small"
        aria-label={`Role of ${member.name}`}
        value={member.role}
        onChange={(event) =>
          void room.changeRole(member.id, event.target.value as 'editor' | 'viewer').catch(showProblem)
        }
      >
        <option value="editor">Editor</option>
        <option value="viewer">Viewer</option>
      </select>
      <button
        type="button"
        className="icon-button"
        aria-label={`Remove ${member.name} from the room`}
        onClick={() => setAsking(true)}
      >
        <Icon name="close" size={16} />
      </button>
    </span>
  );
}
