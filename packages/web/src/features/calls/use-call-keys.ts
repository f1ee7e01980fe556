import { useEffect } from 'react';
import { alt } from '../commands/key-names.ts';
import type { OwnMedia } from './own-media.ts';

const keyOf = (letter: string) => ({ label: alt(letter), aria: `Alt+${letter}` });

export const microphoneKey = keyOf('M');
export const cameraKey = keyOf('C');

/** Alt with M mutes, Alt with C turns the camera on and off, wherever the focus is. */
export function useCallKeys(media: OwnMedia): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.repeat) return;
      // By its place: on a Mac the key makes another letter with Alt.
      if (event.code !== 'KeyM' && event.code !== 'KeyC') return;
      event.preventDefault();
      event.stopPropagation();
      void (event.code === 'KeyM' ? media.toggleMicrophone() : media.toggleCamera());
    };
    addEventListener('keydown', press, { capture: true });
    return () => removeEventListener('keydown', press, { capture: true });
  }, [media]);
}
