/** On a narrow screen, the panels that have no tab of their own: a tab that opens a sheet of them. */
import { Icon, type IconName } from '../layout/icon.tsx';
import { Popover } from '../layout/popover.tsx';
import type { OpenRoom } from '../rooms/open-room.ts';
import type { PanelRow } from './room-panels.ts';

/** A pane that is no panel, such as the board. */
export interface MorePane {
  pane: string;
  label: string;
  icon: IconName;
}

export interface MorePanelsProps<Pane extends MorePane> {
  room: OpenRoom;
  panels: readonly PanelRow[];
  panes: readonly Pane[];
  /** The name of what is shown, if it is one of these. */
  shown: string | null;
  onPane: (pane: Pane['pane']) => void;
}

export function MorePanels<Pane extends MorePane>({ room, panels, panes, shown, onPane }: MorePanelsProps<Pane>) {
  const current = panels.find(({ name }) => name === shown) ?? panes.find(({ pane }) => pane === shown) ?? null;
  return (
    <Popover
      label="More panels"
      triggerClass={current === null ? 'room-tab' : 'room-tab current'}
      trigger={
        <>
          <span className="room-tab-icon">
            <Icon name={current?.icon ?? 'more'} size={22} />
            {panels.map((row) => (
              <MoreCount key={row.name} room={room} row={row} />
            ))}
          </span>
          <span>
            {current === null ? 'More' : current.label}
            {current !== null && <span className="sr-only">, more panels</span>}
          </span>
        </>
      }
    >
      {(close) => (
        <div className="menu more-panels">
          {panels.map((row) => (
            <MoreItem
              key={row.name}
              room={room}
              row={row}
              isShown={row.name === shown}
              onOpen={() => {
                close();
                room.panels.show(row.name);
              }}
            />
          ))}
          {panes.map(({ pane, label, icon }) => (
            <button
              key={pane}
              type="button"
              className="menu-item"
              aria-current={pane === shown ? 'page' : undefined}
              onClick={() => {
                close();
                onPane(pane);
              }}
            >
              <Icon name={icon} size={20} />
              <span>{label}</span>
            </button>
          ))}
          <button
            type="button"
            className="menu-item"
            onClick={() => {
              close();
              room.isCommanding.set(true);
            }}
          >
            <Icon name="search" size={20} />
            <span>Commands …</span>
          </button>
        </div>
      )}
    </Popover>
  );
}

interface MoreItemProps {
  room: OpenRoom;
  row: PanelRow;
  isShown: boolean;
  onOpen: () => void;
}

function MoreItem({ room, row, isShown, onOpen }: MoreItemProps) {
  const badge = row.useBadge(room);
  return (
    <button type="button" className="menu-item" aria-current={isShown ? 'page' : undefined} onClick={onOpen}>
      <Icon name={row.icon} size={20} />
      <span>{row.label}</span>
      {badge !== null && <small>{badge.label}</small>}
    </button>
  );
}

/** What one of them says; of several, the first is shown and all are read. */
function MoreCount({ room, row }: { room: OpenRoom; row: PanelRow }) {
  const badge = row.useBadge(room);
  if (badge === null) return null;
  return (
    <>
      <span className="count" data-tone={badge.isUrgent === true ? 'busy' : undefined} aria-hidden="true">
        {badge.text}
      </span>
      <span className="sr-only">{badge.label}. </span>
    </>
  );
}
