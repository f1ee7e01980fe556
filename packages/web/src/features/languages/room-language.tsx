/** The language that the room runs, the same for everybody. */
import { useSelected } from '../../store.ts';
import { showProblem } from '../notices/toasts.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { LanguagePicker } from './language-picker.tsx';

export function RoomLanguage({ room, canChange }: { room: OpenRoom; canChange: boolean }) {
  const language = useSelected(room.events.state, (state) => state.room.language);
  return (
    <LanguagePicker
      value={language}
      disabled={!canChange}
      onChange={(id) => void room.changeLanguage(id).catch(showProblem)}
    />
  );
}
