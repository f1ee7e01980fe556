/** The open panel: its name, a way to close it, and what is in it. Escape closes it, too, and gives the focus back. */
import { type KeyboardEvent, useEffect, useId, useRef } from 'react';
import { Shown } from '../../shown.tsx';
import { Icon } from '../layout/icon.tsx';
import type { OpenRoom } from '../rooms/open-room.ts';
import type { PanelName } from './panels.ts';
import { roomPanels } from './room-panels.ts';
import './panels.css';

export interface PanelColumnProps {
  room: OpenRoom;
  name: PanelName;
  canChange: boolean;
  isNarrow: boolean;
}

export function PanelColumn({ room, name, canChange, isNarrow }: PanelColumnProps) {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const row = roomPanels.find((known) => known.name === name);
  const before = useRef<Element | null>(null);
  // Whoever opened it by a key goes on in it; a panel with a field of its own takes the focus itself.
  useEffect(() => {
    before.current = document.activeElement;
    if (document.activeElement?.matches('[data-panel]:focus-visible') === true) heading.current?.focus();
  }, []);
  if (row === undefined) return null;

  const close = () => {
    room.panels.close();
    const opener = document.querySelector<HTMLElement>(`[data-panel="${name}"]`);
    if (before.current instanceof HTMLElement && before.current.isConnected && before.current !== document.body) {
      before.current.focus();
    } else opener?.focus();
  };
  const press = (event: KeyboardEvent) => {
    // Not what a menu, a dialog or a field within has used for itself.
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    if ((event.target as Element).closest('[popover]:popover-open, dialog') !== null) return;
    event.preventDefault();
    close();
  };
  return (
    <section id="panel" className="panel-column" aria-labelledby={id} data-pane onKeyDown={press}>
      <header className="pane-bar">
        <h2 id={id} ref={heading} tabIndex={-1}>
          {row.label}
        </h2>
        {!isNarrow && (
          <button type="button" className="icon-button" aria-label={`Close ${row.label.toLowerCase()}`} onClick={close}>
            <Icon name="close" size={16} />
          </button>
        )}
      </header>
      <Shown key={name} page={row.panel} props={{ room, canChange, isNarrow, close }} isPart />
    </section>
  );
}
