/** Goes to where somebody is: opens their file and asks for their caret to be brought into view. */
import type { Awareness } from 'y-protocols/awareness';
import { cursorOf } from '../editor/cursor-of.ts';
import type { RoomFiles } from '../files/room-files.ts';
import { placesOf } from './use-places.ts';

export function showMember(options: {
  memberId: string;
  awareness: Awareness;
  files: RoomFiles;
  reveal: (position: number) => void;
}): boolean {
  const { memberId, awareness, files, reveal } = options;
  const place = placesOf(awareness).get(memberId);
  const text = place?.file == null ? undefined : files.text(place.file);
  if (place?.file == null || text === undefined) return false;
  files.open(place.file);
  const cursor = cursorOf(awareness.getStates().get(place.client) ?? {}, text);
  // After the editor has taken up the file.
  if (cursor !== null) requestAnimationFrame(() => reveal(cursor.head));
  return true;
}
