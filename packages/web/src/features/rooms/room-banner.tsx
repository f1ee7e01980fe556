/** Says above the editor how the room stands: not started, ended, or to be viewed only. */
import { useState } from 'react';
import { useSelected } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import { showProblem } from '../notices/toasts.ts';
import type { OpenRoom } from './open-room.ts';
import { ownRole } from './room-events.ts';

export function RoomBanner({ room }: { room: OpenRoom }) {
  const status = useSelected(room.events.state, (state) => state.room.status);
  const role = useSelected(room.events.state, ownRole);
  if (status === 'waiting' && role === 'owner') return <NotStarted room={room} />;
  if (status !== 'ended' && role !== 'viewer') return null;
  return (
    <p className="banner">
      <Icon name={status === 'ended' ? 'flag' : 'eye'} size={16} />
      {status === 'ended'
        ? 'This room has ended. It can be read, but no longer changed.'
        : 'You are a viewer here: you see everything live, and cannot edit.'}
    </p>
  );
}

function NotStarted({ room }: { room: OpenRoom }) {
  const waiting = useSelected(room.events.state, (state) => state.knocks.length);
  const [isStarting, setStarting] = useState(false);
  const start = () => {
    if (isStarting) return;
    setStarting(true);
    room
      .ask('/start', { method: 'POST' })
      .catch(showProblem)
      .finally(() => setStarting(false));
  };
  return (
    <div className="banner">
      <span>
        {waiting === 0
          ? 'This room has not started: whoever comes waits.'
          : waiting === 1
            ? 'This room has not started, and somebody waits.'
            : `This room has not started, and ${waiting} people wait.`}
      </span>
      <button type="button" className="button small primary" aria-disabled={isStarting} onClick={start}>
        Start the room
      </button>
    </div>
  );
}
