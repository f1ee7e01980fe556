/** What is done with the board as a whole. */
import { useStore } from '../../store.ts';
import { Icon, PathIcon } from '../layout/icon.tsx';
import { Popover } from '../layout/popover.tsx';
import { showProblem } from '../notices/toasts.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import type { BoardDesk } from './board-desk.ts';
import { boardIcons } from './board-icons.ts';
import { downloadPng, downloadSvg } from './download-board.ts';

export interface BoardMenuProps {
  room: OpenRoom;
  desk: BoardDesk;
  canChange: boolean;
  onClear: () => void;
}

export function BoardMenu({ room, desk, canChange, onClear }: BoardMenuProps) {
  const isEmpty = useStore(desk.elements.count) === 0;
  const name = () => room.events.state.get().room.title;
  const items = [
    { label: 'Download as PNG', icon: boardIcons.picture, act: () => downloadPng(desk.elements.list, name()) },
    { label: 'Download as SVG', icon: boardIcons.picture, act: () => downloadSvg(desk.elements.list, name()) },
  ];
  return (
    <Popover
      label="Board menu"
      triggerLabel="Board menu"
      triggerClass="icon-button board-tool"
      trigger={<Icon name="more" size={20} />}
    >
      {(close) => (
        <div className="menu">
          {items.map(({ label, icon, act }) => (
            <button
              key={label}
              type="button"
              className="menu-item"
              disabled={isEmpty}
              onClick={() => {
                close();
                Promise.resolve().then(act).catch(showProblem);
              }}
            >
              <PathIcon path={icon} />
              <span>{label}</span>
            </button>
          ))}
          {canChange && (
            <button
              type="button"
              className="menu-item danger"
              disabled={isEmpty}
              onClick={() => {
                close();
                onClear();
              }}
            >
              <Icon name="trash" />
              <span>Clear the board</span>
            </button>
          )}
        </div>
      )}
    </Popover>
  );
}
