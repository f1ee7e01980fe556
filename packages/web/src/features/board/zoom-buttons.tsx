import { useStore } from '../../store.ts';
import { Icon, PathIcon } from '../layout/icon.tsx';
import type { BoardDesk } from './board-desk.ts';
import { boardIcons } from './board-icons.ts';

const step = 1.25;

/** How large the board is shown; with fingers one pinches instead. */
export function ZoomButtons({ desk, isNarrow }: { desk: BoardDesk; isNarrow: boolean }) {
  const zoom = useStore(desk.camera).zoom;
  const percent = `${Math.round(zoom * 100)} %`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div className="board-zoom" role="group" aria-label="Zoom">
      {!isNarrow && (
        <button
          type="button"
          className="icon-button"
          aria-label="Smaller"
          title="Smaller (−)"
          onClick={() => desk.zoomBy(1 / step)}
        >
          <PathIcon path={boardIcons.minus} size={16} />
        </button>
      )}
      {!isNarrow && (
        <button
          type="button"
          className="board-percent"
          title="As large as it was drawn (Ctrl+0)"
          onClick={() => desk.resetZoom()}
        >
          {percent}
        </button>
      )}
      {!isNarrow && (
        <button
          type="button"
          className="icon-button"
          aria-label="Larger"
          title="Larger (+)"
          onClick={() => desk.zoomBy(step)}
        >
          <Icon name="plus" size={16} />
        </button>
      )}
      <button
        type="button"
        className="icon-button"
        aria-label="Show everything"
        title="Show everything (Shift+1)"
        onClick={() => desk.fitAll()}
      >
        <PathIcon path={boardIcons.fit} size={16} />
      </button>
    </div>
  );
}
