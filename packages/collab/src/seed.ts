/** The first update of a new room's document. Only the server makes one: two seeds in one document would be two texts. */
import { documentMaps, roomMapKeys } from '@coderoom/protocol';
import * as Y from 'yjs';
import { cleanText, type RoomFile } from './files.ts';

export interface DocumentSeed {
  files: RoomFile[];
  entry: string;
  language: string;
}

/** A Yjs update (version 1), to be logged as seq 1 together with the room's row. Paths and sizes are the caller's to check. */
export function encodeSeed(seed: DocumentSeed): Uint8Array {
  const doc = new Y.Doc();
  doc.transact(() => {
    const files = doc.getMap(documentMaps.files);
    for (const { path, text } of seed.files) files.set(path, new Y.Text(cleanText(text)));
    const room = doc.getMap(documentMaps.room);
    room.set(roomMapKeys.entry, seed.entry);
    room.set(roomMapKeys.language, seed.language);
  });
  const update = Y.encodeStateAsUpdate(doc);
  doc.destroy();
  return update;
}
