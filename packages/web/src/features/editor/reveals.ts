/** Asks the editor to show a place in some file of the room. */
import type { RoomFiles } from '../files/room-files.ts';

export type Reveal =
  /** Bring it into view, and leave the caret where it is; `isNear`: no further than is needed for that. */
  | { name: 'look'; position: number; isNear?: boolean }
  /** Put the caret there, counted from 1; the editor takes the focus. */
  | { name: 'go'; line: number; column: number };

export interface Reveals {
  /** Opens the file first; false when it is not there. */
  show(path: string, reveal: Reveal): boolean;
  /** Returns how to stop listening. */
  onReveal(listener: (reveal: Reveal) => void): () => void;
}

export function createReveals(files: Pick<RoomFiles, 'text' | 'open'>): Reveals {
  const listeners = new Set<(reveal: Reveal) => void>();
  return {
    show(path, reveal) {
      if (files.text(path) === undefined) return false;
      files.open(path);
      // After the editor has taken up the file.
      requestAnimationFrame(() => {
        for (const listener of listeners) listener(reveal);
      });
      return true;
    },
    onReveal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
