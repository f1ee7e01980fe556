import { useEffect } from 'react';

/** Ctrl or Cmd with K, or F1, opens the list of commands, wherever one is. */
export function useCommandKey(open: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isPlain = !event.altKey && !event.shiftKey;
      const isKey = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k';
      if (!isPlain || (!isKey && event.key !== 'F1')) return;
      event.preventDefault();
      event.stopPropagation();
      if (document.querySelector('dialog[open]') === null) open();
    };
    addEventListener('keydown', press, { capture: true });
    return () => removeEventListener('keydown', press, { capture: true });
  }, [open]);
}
