/** Shows toasts, and speaks to screen readers. */
import { useEffect, useRef } from 'react';
import { useStore } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import { announcement } from './announcer.ts';
import { dismissToast, toasts } from './toasts.ts';
import './notices.css';

export function Notices() {
  const spoken = useStore(announcement);
  return (
    <>
      <div className="sr-only" role="status" aria-live="polite">
        {spoken}
      </div>
      <Toasts />
    </>
  );
}

function Toasts() {
  const shown = useStore(toasts);
  const list = useRef<HTMLElement>(null);
  // In the top layer, so that an open panel does not hide it; shown anew to lie above what opened since.
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    if (element.matches(':popover-open')) element.hidePopover();
    if (shown.length > 0) element.showPopover();
  }, [shown]);
  return (
    <section ref={list} className="toasts" popover="manual" aria-label="Notices">
      {shown.map(({ id, text, tone, action }) => (
        <div key={id} className="toast" data-tone={tone}>
          <span>{text}</span>
          {action !== null && (
            <button
              type="button"
              className="toast-action"
              onClick={() => {
                action.act();
                dismissToast(id);
              }}
            >
              {action.label}
            </button>
          )}
          <button type="button" className="toast-close" aria-label="Dismiss" onClick={() => dismissToast(id)}>
            <Icon name="close" size={14} />
          </button>
        </div>
      ))}
    </section>
  );
}
