import { useStore } from '../../store.ts';
import { PathIcon } from '../layout/icon.tsx';
import type { BoardDesk } from './board-desk.ts';
import { boardIcons } from './board-icons.ts';

/** Takes back, and does again, what oneself did. */
export function HistoryButtons({ desk }: { desk: BoardDesk }) {
  const { canUndo, canRedo } = useStore(desk.elements.history);
  const steps = [
    { label: 'Undo', keys: 'Ctrl+Z', icon: boardIcons.undo, isThere: canUndo, act: () => desk.elements.undo() },
    { label: 'Redo', keys: 'Ctrl+Shift+Z', icon: boardIcons.redo, isThere: canRedo, act: () => desk.elements.redo() },
  ];
  return steps.map(({ label, keys, icon, isThere, act }) => (
    <button
      key={label}
      type="button"
      className="icon-button board-tool"
      aria-label={label}
      title={`${label} what you did (${keys})`}
      aria-disabled={!isThere}
      onClick={() => isThere && act()}
    >
      <PathIcon path={icon} size={20} />
    </button>
  ));
}
