/** The bar at the bottom of a narrow screen: which pane is shown, and the button that runs, by the thumb. */
import type { ReactNode } from 'react';
import { useSelected } from '../../store.ts';
import { Icon, type IconName } from '../layout/icon.tsx';
import type { OpenRoom } from './open-room.ts';
import type { SidePane } from './side-panes.tsx';

export type RoomTab = 'code' | 'people' | SidePane;

const tabs: { tab: RoomTab; label: string; icon: IconName }[] = [
  { tab: 'code', label: 'Code', icon: 'code' },
  { tab: 'output', label: 'Output', icon: 'output' },
  { tab: 'people', label: 'People', icon: 'people' },
];

export interface RoomTabsProps {
  room: OpenRoom;
  tab: RoomTab;
  onTab: (tab: RoomTab) => void;
  children: ReactNode;
}

export function RoomTabs({ room, tab: shown, onTab, children }: RoomTabsProps) {
  const online = useSelected(room.events.state, ({ members }) => members.filter((member) => member.online).length);
  const knocking = useSelected(room.events.state, ({ knocks }) => knocks.length);
  return (
    <nav className="room-tabs" aria-label="Panes">
      {tabs.map(({ tab, label, icon }) => (
        <button
          key={tab}
          type="button"
          className="room-tab"
          aria-current={tab === shown ? 'page' : undefined}
          onClick={() => onTab(tab)}
        >
          <span className="room-tab-icon">
            <Icon name={icon} size={22} />
            {tab === 'people' && (online > 1 || knocking > 0) && (
              <span className="count" data-tone={knocking > 0 ? 'busy' : undefined} aria-hidden="true">
                {knocking > 0 ? knocking : online}
              </span>
            )}
          </span>
          {label}
          {tab === 'people' && knocking > 0 && <span className="sr-only">, {knocking} waiting to come in</span>}
        </button>
      ))}
      {children}
    </nav>
  );
}
