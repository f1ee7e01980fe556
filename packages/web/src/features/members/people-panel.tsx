/** The panel of the people in the room. */
import type { PanelProps } from '../panels/room-panels.ts';
import { PeopleList } from './people-list.tsx';

export default function PeoplePanel({ room, isNarrow, close }: PanelProps) {
  return (
    <div className="panel-scroll">
      <PeopleList room={room} onJump={isNarrow ? close : () => {}} />
    </div>
  );
}
