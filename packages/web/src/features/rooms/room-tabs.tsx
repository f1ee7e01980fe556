/** The bar at the bottom of a narrow screen: which pane is shown, and the button that runs, by the thumb. */
import type { ReactNode } from 'react';
import { useStore } from '../../store.ts';
import { Icon, type IconName } from '../layout/icon.tsx';
import { MorePanels } from '../panels/more-panels.tsx';
import { PanelMark } from '../panels/panel-mark.tsx';
import { type PanelRow, roomPanels } from '../panels/room-panels.ts';
import type { OpenRoom } from './open-room.ts';
import { type SidePane, sidePanes } from './side-panes.tsx';

/** A pane that is no panel; those have a store of their own. */
export type RoomTab = 'code' | SidePane;

const ownTabs: { tab: RoomTab; label: string; icon: IconName }[] = [
  { tab: 'code', label: 'Code', icon: 'code' },
  { tab: 'output', label: 'Output', icon: 'output' },
  { tab: 'board', label: 'Board', icon: 'board' },
];
const chat = roomPanels.find(({ label }) => label === 'Chat');
const otherPanels = roomPanels.filter((row) => row !== chat);
const otherPanes = sidePanes.filter(({ pane }) => ownTabs.every(({ tab }) => tab !== pane));

export interface RoomTabsProps {
  room: OpenRoom;
  tab: RoomTab;
  /** Also where it is the one already, for a panel may lie over it. */
  onTab: (tab: RoomTab) => void;
  children: ReactNode;
}

export function RoomTabs({ room, tab, onTab, children }: RoomTabsProps) {
  const panel = useStore(room.panels.open);
  const shown = panel ?? tab;
  return (
    <nav className="room-tabs" aria-label="Panes">
      {ownTabs.map(({ tab: own, label, icon }) => (
        <button
          key={own}
          type="button"
          className="room-tab"
          aria-current={own === shown ? 'page' : undefined}
          onClick={() => onTab(own)}
        >
          <span className="room-tab-icon">
            <Icon name={icon} size={22} />
          </span>
          {label}
        </button>
      ))}
      {chat !== undefined && <PanelTab room={room} row={chat} isShown={chat.name === shown} />}
      <MorePanels room={room} panels={otherPanels} panes={otherPanes} shown={shown} onPane={onTab} />
      {children}
    </nav>
  );
}

function PanelTab({ room, row, isShown }: { room: OpenRoom; row: PanelRow; isShown: boolean }) {
  return (
    <button
      type="button"
      className="room-tab"
      aria-current={isShown ? 'page' : undefined}
      onClick={() => room.panels.show(row.name)}
    >
      <PanelMark room={room} row={row} iconSize={22} />
    </button>
  );
}
