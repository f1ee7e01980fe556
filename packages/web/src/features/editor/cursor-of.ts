import * as Y from 'yjs';
import type { PresenceFields } from './own-cursor.ts';

/** Where somebody's caret is in this text; null when it is elsewhere. */
export function cursorOf(state: PresenceFields, text: Y.Text): { anchor: number; head: number } | null {
  const { cursor } = state;
  const doc = text.doc;
  if (cursor === null || typeof cursor !== 'object' || doc === null) return null;
  const place = (json: unknown) => {
    try {
      const position = Y.createRelativePositionFromJSON(json);
      const found = Y.createAbsolutePositionFromRelativePosition(position, doc);
      return found?.type === text ? found.index : null;
    } catch {
      return null; // another client's idea of a position
    }
  };
  const anchor = place(cursor.anchor);
  const head = place(cursor.head);
  return anchor === null || head === null ? null : { anchor, head };
}
