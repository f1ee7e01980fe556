/** The bar at the right edge: a button for each panel, which opens and closes it. */
import type { KeyboardEvent } from 'react';
import { useStore } from '../../store.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { PanelMark } from './panel-mark.tsx';
import { type PanelRow, roomPanels } from './room-panels.ts';
import './panels.css';

export function PanelRail({ room }: { room: OpenRoom }) {
  const open = useStore(room.panels.open);
  return (
    <nav className="panel-rail" aria-label="Panels" data-pane onKeyDown={moveByArrow}>
      {roomPanels.map((row) => (
        <RailButton key={row.name} room={room} row={row} isOpen={row.name === open} />
      ))}
    </nav>
  );
}

function RailButton({ room, row, isOpen }: { room: OpenRoom; row: PanelRow; isOpen: boolean }) {
  return (
    <button
      type="button"
      className="rail-button"
      aria-expanded={isOpen}
      aria-controls={isOpen ? 'panel' : undefined}
      data-panel={row.name}
      onClick={() => room.panels.toggle(row.name)}
    >
      <PanelMark room={room} row={row} iconSize={20} />
    </button>
  );
}

function moveByArrow(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const at = buttons.indexOf(event.target as HTMLButtonElement);
  buttons[(at + step + buttons.length) % buttons.length]?.focus();
}
