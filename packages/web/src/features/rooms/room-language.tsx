/** The language that the room runs, the same for everybody. */
import { useSelected } from '../../store.ts';
import { showProblem } from '../notices/toasts.ts';
import { LanguageSelect } from './language-select.tsx';
import type { OpenRoom } from './room-session.ts';

export function RoomLanguage({ room, canChange }: { room: OpenRoom; canChange: boolean }) {
  const language = useSelected(room.events.state, (state) => state.room.language);
  return (
    <LanguageSelect
      value={language}
      disabled={!canChange}
      onChange={(id) => void room.changeLanguage(id).catch(showProblem)}
    />
  );
}
