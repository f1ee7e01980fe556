import { useSelected, useStore } from '../../store.ts';
import { isolation, languages } from '../languages/languages.ts';
import type { OpenRoom } from '../rooms/open-room.ts';

/** Why nothing can be run in this room, in words; null where things can. */
export function useRunRefusal(room: OpenRoom): string | null {
  const execution = useSelected(room.events.state, (state) => state.room.execution);
  const id = useSelected(room.events.state, (state) => state.room.language);
  const { tier } = useStore(isolation);
  const language = useStore(languages)?.find((known) => known.id === id);
  if (execution === 'off') return 'Running is turned off in this room.';
  if (execution === 'browser') return null;
  if (tier === 'off') return 'This server does not run code.';
  if (language === undefined || language.installed) return null;
  const { name, hint } = language;
  return `${name} cannot be run on this server${hint === undefined ? '' : `: ${hint}`}.`;
}
