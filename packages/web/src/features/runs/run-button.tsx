/** Runs the room's program, or stops it. */
import { useSelected, useStore } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import type { OpenRoom } from '../rooms/open-room.ts';
import { isRunActive } from '../rooms/room-events.ts';
import { runKey } from '../rooms/use-room-keys.ts';
import { useRunRefusal } from './use-run-refusal.ts';

export function RunButton({ room, canChange }: { room: OpenRoom; canChange: boolean }) {
  const isActive = useSelected(room.events.state, (state) => isRunActive(state.run));
  const request = useStore(room.runs.request);
  const refusal = useRunRefusal(room);
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
      title={refusal ?? `Run (${runKey})`}
      disabled={!canChange || !isConnected || refusal !== null}
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
