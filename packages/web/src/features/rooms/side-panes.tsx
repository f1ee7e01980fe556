/** What stands beside the code: a bar of tabs, and one of its panes at a time. On narrow screens without the bar. */
import type { ReactNode } from 'react';
import { Icon, type IconName } from '../layout/icon.tsx';
import { OutputPane } from '../runs/output-pane.tsx';
import type { OpenRoom } from './open-room.ts';

export type SidePane = 'output';

const panes: { pane: SidePane; label: string; icon: IconName }[] = [
  { pane: 'output', label: 'Output', icon: 'output' },
];

export interface SidePanesProps {
  room: OpenRoom;
  canChange: boolean;
  isNarrow: boolean;
  /** Null: none, since the screen is narrow and something else is shown. */
  shown: SidePane | null;
  onShow: (pane: SidePane) => void;
  /** The editor has been moved to a place that was named; stays the same function. */
  onJump: () => void;
}

export function SidePanes({ room, canChange, isNarrow, shown, onShow, onJump }: SidePanesProps) {
  return (
    <div className="side-panes" hidden={shown === null}>
      {!isNarrow && (
        <div className="pane-bar side-bar">
          <nav className="side-tabs" aria-label="Beside the code">
            {panes.map(({ pane, label, icon }) => (
              <SideTab key={pane} label={label} icon={icon} isShown={pane === shown} onShow={() => onShow(pane)} />
            ))}
          </nav>
        </div>
      )}
      <OutputPane room={room} canChange={canChange} isNarrow={isNarrow} isShown={shown === 'output'} onJump={onJump} />
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
