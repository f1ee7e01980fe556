import { useSelected } from '../../store.ts';
import type { OpenRoom } from '../rooms/open-room.ts';

/** How many are in the call. */
export function useCallBadge(room: OpenRoom): { text: string; label: string } | null {
  const count = useSelected(room.events.state, ({ call }) => call.length);
  return count === 0 ? null : { text: `${count}`, label: `${count} in the call` };
}
