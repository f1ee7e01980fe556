/** Runs the room's program, or stops it. */
import { useSelected, useStore } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import { isRunActive } from '../rooms/room-events.ts';
import type { OpenRoom } from '../rooms/room-session.ts';
import { runKey } from '../rooms/use-room-keys.ts';

export function RunButton({ room, canChange }: { room: OpenRoom; canChange: boolean }) {
  const isActive = useSelected(room.events.state, (state) => isRunActive(state.run));
  const request = useStore(room.runs.request);
  const isConnected = useStore(room.events.connection) === 'live';
  if (isActive) {
    return (
      <button
        type="button"
        className="button run stop"
        disabled={!canChange || !isConnected}
        onClick={() => void room.runs.stop()}
      >
        <Icon name="stop" />
        Stop
      </button>
    );
  }
  return (
    <button
      type="button"
      className="button run"
      title={`Run (${runKey})`}
      disabled={!canChange || !isConnected}
      aria-busy={request !== 'none'}
      onClick={() => void room.runs.start()}
    >
      <Icon name="play" />
      Run
      <span className="key" aria-hidden="true">
        {runKey}
      </span>
    </button>
  );
}
