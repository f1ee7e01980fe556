import { useSelected, useStore } from '../../store.ts';
import { isolationTier } from '../languages/languages.ts';
import type { OpenRoom } from '../rooms/open-room.ts';

/** Why nothing can be run in this room, in words; null where things can. */
export function useRunRefusal(room: OpenRoom): string | null {
  const execution = useSelected(room.events.state, (state) => state.room.execution);
  const tier = useStore(isolationTier);
  if (execution === 'off') return 'Running is turned off in this room.';
  return tier === 'off' && execution !== 'browser' ? 'This server does not run code.' : null;
}
