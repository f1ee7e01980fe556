import { useEffect } from 'react';

/** F6 leads the focus to the next pane of the room, Shift+F6 to the one before. */
export function usePaneKeys(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'F6' || event.ctrlKey || event.altKey || event.metaKey) return;
      if (document.querySelector('dialog[open]') !== null) return;
      event.preventDefault();
      const panes = [...document.querySelectorAll<HTMLElement>('[data-pane]')].filter((pane) => pane.checkVisibility());
      const at = panes.findIndex((pane) => pane.contains(document.activeElement));
      const step = event.shiftKey ? -1 : 1;
      const next = panes[(Math.max(at, event.shiftKey ? 0 : -1) + step + panes.length) % panes.length];
      if (next !== undefined) focusIn(next);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

function focusIn(pane: HTMLElement): void {
  const wanted =
    pane.querySelector<HTMLElement>('[data-pane-focus], .cm-content') ??
    pane.querySelector<HTMLElement>('button:not(:disabled), input, textarea, [tabindex]');
  wanted?.focus();
}
