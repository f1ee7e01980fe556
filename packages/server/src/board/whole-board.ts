import type { BoardPage, BoardPlace, Collab, StoredElement } from '@coderoom/collab';
import { limits } from '@coderoom/protocol';

export interface WholeBoard {
  version: string;
  items: StoredElement[];
}

/** All that is on a room's board, read page by page so that others are served in between; undefined if it is as known. */
export async function readWholeBoard(
  collab: Pick<Collab, 'readBoard'>,
  roomId: string,
  unless?: string,
): Promise<WholeBoard | undefined> {
  const items: StoredElement[] = [];
  let after: BoardPlace | undefined;
  let version: string | undefined;
  for (;;) {
    const page: BoardPage = await collab.readBoard(roomId, {
      after,
      limit: limits.boardPageMax,
      maxBytes: limits.boardPageMaxBytes,
      unless: version === undefined ? unless : undefined,
    });
    // What changes while it is read is read again: then the version is not the last one.
    version ??= page.version;
    if (version === unless) return undefined;
    items.push(...page.items);
    if (page.next === null) return { version, items };
    after = page.next;
  }
}
