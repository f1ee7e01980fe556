/** Who is in the room, as discs in the bar; pressed, they are listed in their panel. */
import { useSelected, useStore } from '../../store.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { Avatar } from './avatar.tsx';
import { othersFirst } from './people-order.ts';

const discsMax = 4;

export function PeopleButton({ room }: { room: OpenRoom }) {
  const members = useSelected(room.events.state, (state) => state.members);
  const ownId = useSelected(room.events.state, (state) => state.memberId);
  const online = othersFirst(members, ownId);
  const knocking = useSelected(room.events.state, (state) => state.knocks.length);
  const self = members.find(({ id }) => id === ownId);
  const isOpen = useStore(room.panels.open) === 'people';
  const more = online.length - discsMax;
  return (
    <button
      type="button"
      className="people-button"
      aria-expanded={isOpen}
      data-panel="people"
      onClick={() => room.panels.toggle('people')}
    >
      <span className="sr-only">{`People: ${online.length} here, you are `}</span>
      {online.slice(0, more > 0 ? discsMax - 1 : discsMax).map(({ id, name, color }) => (
        <Avatar key={id} name={name} color={color} />
      ))}
      {more > 0 && <span className="avatar more" aria-hidden="true">{`+${more + 1}`}</span>}
      <span className="people-own">{self?.name}</span>
      {knocking > 0 && (
        <span className="people-knocking">
          {knocking}
          <span className="sr-only"> waiting to come in</span>
        </span>
      )}
    </button>
  );
}
