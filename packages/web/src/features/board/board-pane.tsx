/** The whiteboard beside the code: tools, paper, and who else is drawing on it. Loaded when it is first opened. */
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useSelected, useStore } from '../../store.ts';
import { showToast } from '../notices/toasts.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { BoardDesk } from './board-desk.ts';
import { BoardElements } from './board-elements.ts';
import { pressKey } from './board-keys.ts';
import { BoardMenu } from './board-menu.tsx';
import { BoardPaper } from './board-paper.tsx';
import { BoardTools } from './board-tools.tsx';
import { HistoryButtons } from './history-buttons.tsx';
import './board.css';

export interface BoardPaneProps {
  room: OpenRoom;
  canChange: boolean;
  isNarrow: boolean;
  isShown: boolean;
}

export default function BoardPane({ room, canChange, isNarrow, isShown }: BoardPaneProps) {
  const memberId = useSelected(room.events.state, (state) => state.memberId);
  const [desk, setDesk] = useState<BoardDesk | null>(null);
  useEffect(() => {
    const elements = new BoardElements({ doc: room.doc, memberId });
    const created = new BoardDesk(elements);
    created.onFull = () => showToast('The board holds no more: erase something first.', { tone: 'bad' });
    setDesk(created);
    return () => elements.destroy();
  }, [room, memberId]);
  if (desk === null) return null;
  return <OpenBoard room={room} desk={desk} canChange={canChange} isNarrow={isNarrow} isShown={isShown} />;
}

function OpenBoard({ room, desk, canChange, isNarrow, isShown }: BoardPaneProps & { desk: BoardDesk }) {
  const section = useRef<HTMLElement>(null);
  const hasSynced = useStore(room.collab.hasSynced);
  const mayDraw = canChange && hasSynced;
  useEffect(() => desk.setCanChange(mayDraw), [desk, mayDraw]);

  const press = (event: KeyboardEvent<HTMLElement>) => {
    const target = event.target as HTMLElement;
    // Where something is typed or chosen, keys mean what they mean there.
    if (event.defaultPrevented || target.closest('textarea, input, [popover]') !== null) return;
    // An open menu is what they are for.
    if (section.current?.querySelector('[popover]:popover-open') != null) return;
    const isOnButton = target.closest('button') !== null;
    if (isOnButton && (event.key === 'Enter' || event.key === ' ' || event.key.startsWith('Arrow'))) return;
    if (pressKey(desk, event.nativeEvent)) event.preventDefault();
  };
  const clear = () => {
    const restore = desk.elements.clear();
    showToast('The board is cleared for everybody', { action: { label: 'Undo', act: restore } });
  };
  const menu = <BoardMenu room={room} desk={desk} canChange={mayDraw} onClear={clear} />;
  return (
    <section ref={section} className="board-pane" aria-label="Board" hidden={!isShown} onKeyDown={press}>
      {isNarrow && (
        <header className="pane-bar">
          <h2>Board</h2>
          <div className="board-actions">
            {mayDraw && <HistoryButtons desk={desk} />}
            {menu}
          </div>
        </header>
      )}
      {!isNarrow && (
        <BoardTools desk={desk} canChange={mayDraw} isNarrow={false}>
          {menu}
        </BoardTools>
      )}
      <BoardPaper room={room} desk={desk} canChange={mayDraw} isNarrow={isNarrow} />
      {isNarrow && mayDraw && <BoardTools desk={desk} canChange isNarrow />}
    </section>
  );
}
