/** Says above the editor why it cannot be written in: the room has ended, or one is a viewer. */
import { useSelected } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import type { OpenRoom } from './room-session.ts';

export function RoomBanner({ room }: { room: OpenRoom }) {
  const isEnded = useSelected(room.events.state, (state) => state.room.status === 'ended');
  const isViewer = useSelected(
    room.events.state,
    ({ members, memberId }) => members.find(({ id }) => id === memberId)?.role === 'viewer',
  );
  if (!isEnded && !isViewer) return null;
  return (
    <p className="banner">
      <Icon name={isEnded ? 'flag' : 'eye'} size={16} />
      {isEnded
        ? 'This room has ended. It can be read, but no longer changed.'
        : 'You are a viewer here: you see everything live, and cannot edit.'}
    </p>
  );
}
