/** What stands beside the code: a bar of tabs, and one of its panes at a time. On narrow screens without the bar. */
import { type ReactNode, useState } from 'react';
import { createLoaded } from '../../loaded.ts';
import { Shown } from '../../shown.tsx';
import { PeopleAtBoard } from '../board/people-at-board.tsx';
import { Icon, type IconName } from '../layout/icon.tsx';
import { OutputPane } from '../runs/output-pane.tsx';
import type { OpenRoom } from './open-room.ts';

const board = createLoaded(() => import('../board/board-pane.tsx'));

export type SidePane = 'output' | 'board';

export const sidePanes: { pane: SidePane; label: string; icon: IconName }[] = [
  { pane: 'output', label: 'Output', icon: 'output' },
  { pane: 'board', label: 'Board', icon: 'board' },
];

export interface SidePanesProps {
  room: OpenRoom;
  canChange: boolean;
  isNarrow: boolean;
  /** Null: none, since the screen is narrow and something else is shown. */
  shown: SidePane | null;
  onShow: (pane: SidePane) => void;
  /** It has all the width there is, and the code none. */
  isLarge: boolean;
  onLarge: (isLarge: boolean) => void;
  /** The editor has been moved to a place that was named; stays the same function. */
  onJump: () => void;
}

export function SidePanes(props: SidePanesProps) {
  const { room, canChange, isNarrow, shown, onShow, isLarge, onLarge, onJump } = props;
  // Once opened it stays: what one can undo there is not lost by looking at something else.
  const [hadBoard, setHadBoard] = useState(false);
  if (shown === 'board' && !hadBoard) setHadBoard(true);
  return (
    <div className="side-panes" hidden={shown === null}>
      {!isNarrow && (
        <div className="pane-bar side-bar">
          <nav className="side-tabs" aria-label="Beside the code">
            {sidePanes.map(({ pane, label, icon }) => (
              <SideTab key={pane} label={label} icon={icon} isShown={pane === shown} onShow={() => onShow(pane)}>
                {pane === 'board' && shown !== 'board' && <PeopleAtBoard awareness={room.awareness} />}
              </SideTab>
            ))}
          </nav>
          {shown === 'board' && (
            <button
              type="button"
              className="icon-button"
              aria-pressed={isLarge}
              aria-label="Over the whole width"
              title={isLarge ? 'Beside the code again' : 'Over the whole width'}
              onClick={() => onLarge(!isLarge)}
            >
              <Icon name="enlarge" size={16} />
            </button>
          )}
        </div>
      )}
      <OutputPane room={room} canChange={canChange} isNarrow={isNarrow} isShown={shown === 'output'} onJump={onJump} />
      {hadBoard && <Shown page={board} props={{ room, canChange, isNarrow, isShown: shown === 'board' }} isPart />}
    </div>
  );
}

interface SideTabProps {
  label: string;
  icon: IconName;
  isShown: boolean;
  onShow: () => void;
  children?: ReactNode;
}

function SideTab({ label, icon, isShown, onShow, children }: SideTabProps) {
  return (
    <button type="button" className="side-tab" aria-current={isShown ? 'true' : undefined} onClick={onShow}>
      <Icon name={icon} size={16} />
      {label}
      {children}
    </button>
  );
}
