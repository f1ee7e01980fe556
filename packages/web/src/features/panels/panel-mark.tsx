/** A panel's icon, the badge on it, and its name; inside the button that opens it. */
import { Icon } from '../layout/icon.tsx';
import type { OpenRoom } from '../rooms/open-room.ts';
import type { PanelRow } from './room-panels.ts';

export function PanelMark({ room, row, iconSize }: { room: OpenRoom; row: PanelRow; iconSize: number }) {
  const { label, icon, useBadge } = row;
  const badge = useBadge(room);
  return (
    <>
      <span className="room-tab-icon">
        <Icon name={icon} size={iconSize} />
        {badge !== null && (
          <span className="count" data-tone={badge.isUrgent === true ? 'busy' : undefined} aria-hidden="true">
            {badge.text}
          </span>
        )}
      </span>
      {label}
      {badge !== null && <span className="sr-only">, {badge.label}</span>}
    </>
  );
}
