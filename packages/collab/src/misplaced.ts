/**
 * Finds items that do not stand where they claim to. Honest ones do, wherever others insert; one that contradicts itself
 * would stand in different places on different replicas, depending on the order in which they learn of it.
 */
import * as Y from 'yjs';

type Store = Y.Doc['store'];

/** How far from an item its neighbours are looked for: further than people insert between two characters at once. */
const neighbourStepsMax = 1000;

/** What is wrong with the first such item among those that are newer than `known`. */
export function findMisplaced(store: Store, known: ReadonlyMap<number, number>): string | undefined {
  for (const [client, structs] of store.clients) {
    const knownClock = known.get(client) ?? 0;
    for (let index = structs.length - 1; index >= 0; index--) {
      const item = structs[index] as Y.Item | Y.GC;
      if (item.id.clock + item.length <= knownClock) break;
      // What was joined to a known item follows it.
      if (!(item instanceof Y.Item) || item.id.clock < knownClock) continue;
      if (item.rightOrigin === null || item.origin === null) continue;
      if (!isBeside(store, item, item.origin, 'left') || !isBeside(store, item, item.rightOrigin, 'right')) {
        return 'an item contradicts its own place';
      }
    }
  }
  return undefined;
}

function isBeside(store: Store, item: Y.Item, neighbour: Y.ID, side: 'left' | 'right'): boolean {
  const wanted = Y.getItem(store, neighbour) as Y.Item | Y.GC;
  if (!(wanted instanceof Y.Item)) return true;
  if (wanted === item) return side === 'left';
  let at = item[side];
  for (let steps = 0; at !== wanted && steps < neighbourStepsMax; steps++) {
    if (at === null) return false;
    at = at[side];
  }
  return true;
}
