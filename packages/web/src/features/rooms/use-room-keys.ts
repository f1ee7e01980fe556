import { useEffect } from 'react';
import { showToast } from '../notices/toasts.ts';

/** Ctrl or Cmd with Enter runs; with S it says how things are saved, instead of the browser's dialog. */
export function useRoomKeys(run: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (!isCommand || (event.key !== 'Enter' && event.key.toLowerCase() !== 's')) return;
      // A field that sends by this key keeps it.
      if (event.key === 'Enter' && event.target instanceof Element && event.target.matches('[data-sends]')) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key === 'Enter') run();
      else showToast('Everything is saved as you type.');
    };
    // Before the editor, where Ctrl+Enter would insert a line.
    addEventListener('keydown', press, { capture: true });
    return () => removeEventListener('keydown', press, { capture: true });
  }, [run]);
}

/** How the key that runs is written on this machine. */
export const runKey = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘↵' : 'Ctrl ↵';
export const runKeyInWords = /Mac|iPhone|iPad/.test(navigator.platform) ? 'Command+Enter' : 'Ctrl+Enter';
