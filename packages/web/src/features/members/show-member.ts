/** Goes to where somebody is: opens their file and asks for their caret to be brought into view. */
import type { Awareness } from 'y-protocols/awareness';
import { cursorOf } from '../editor/cursor-of.ts';
import type { Reveals } from '../editor/reveals.ts';
import type { RoomFiles } from '../files/room-files.ts';
import { placesOf } from './use-places.ts';

export function showMember(options: {
  memberId: string;
  awareness: Awareness;
  files: RoomFiles;
  reveals: Pick<Reveals, 'show'>;
  /** The view goes along with them, no further than is needed. */
  isFollowed: boolean;
}): boolean {
  const { memberId, awareness, files, reveals, isFollowed } = options;
  const place = placesOf(awareness).get(memberId);
  const text = place?.file == null ? undefined : files.text(place.file);
  if (place?.file == null || text === undefined) return false;
  const cursor = cursorOf(awareness.getStates().get(place.client) ?? {}, text);
  if (cursor === null) files.open(place.file);
  else reveals.show(place.file, { name: 'look', position: cursor.head, isNear: isFollowed });
  return true;
}
