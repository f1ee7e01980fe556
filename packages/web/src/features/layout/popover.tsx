/** A button with a panel that opens beneath it; on narrow screens the panel comes up from the bottom. */
import { type ReactNode, useId, useRef, useState } from 'react';
import './popover.css';

export interface PopoverProps {
  /** The accessible name of the panel. */
  label: string;
  /** What the button shows. */
  trigger: ReactNode;
  /** The button's accessible name, when what it shows does not say it. */
  triggerLabel?: string;
  triggerClass?: string;
  /** Which edge of the button the panel keeps to. */
  align?: 'start' | 'end';
  onOpen?: () => void;
  /** Made when the panel opens, gone when it closes. */
  children: (close: () => void) => ReactNode;
}

/** With less room beneath its button a panel opens above it. */
const roomBelowPx = 240;

export function Popover(props: PopoverProps) {
  const { label, trigger, triggerLabel, triggerClass = 'button', align = 'end', onOpen, children } = props;
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);

  // Placed before it is shown; the browser's top layer, light dismissal and return of the focus do the rest.
  const place = () => {
    const box = button.current?.getBoundingClientRect();
    if (box === undefined || panel.current === null) return;
    const { style, dataset } = panel.current;
    const below = document.documentElement.clientHeight - box.bottom;
    dataset.side = below < roomBelowPx && box.top > below ? 'above' : 'below';
    style.setProperty('--bottom', `${document.documentElement.clientHeight - box.top + 6}px`);
    style.setProperty('--top', `${box.bottom + 6}px`);
    style.setProperty('--start', `${Math.max(8, box.left)}px`);
    style.setProperty('--end', `${Math.max(8, document.documentElement.clientWidth - box.right)}px`);
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className={triggerClass}
        popoverTarget={id}
        aria-label={triggerLabel}
        aria-expanded={isOpen}
        aria-haspopup="dialog"
      >
        {trigger}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        className="popover"
        data-align={align}
        onBeforeToggle={(event) => {
          if (event.newState !== 'open') return;
          place();
          onOpen?.();
          setOpen(true);
        }}
        onToggle={(event) => setOpen(event.newState === 'open')}
      >
        {isOpen && children(() => panel.current?.hidePopover())}
      </div>
    </>
  );
}
