/**
 * Finds items that do not stand where they claim to, and where they stand instead. Honest ones do, wherever others insert; one that contradicts itself
 * would stand in different places on different replicas, depending on the order in which they learn of it.
 */
import * as Y from 'yjs';
import type { Place } from './struct-reader.ts';

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

/**
 * Between what an item that is newer than `known` has come to stand: what was known before, and earlier ones of its own
 * client. Whoever is told this places it there, in whatever order. Undefined when there is nothing near.
 */
export function findPlace(
  store: Store,
  known: ReadonlyMap<number, number>,
  client: number,
  clock: number,
): Place | undefined {
  const item = Y.getItem(store, Y.createID(client, clock)) as Y.Item | Y.GC;
  if (!(item instanceof Y.Item) || clock < (known.get(client) ?? 0)) return undefined;
  let steps = 0;
  // What was joined to something known begins with that.
  const knownPart = ({ id }: Y.Item) => (id.client === client ? clock : (known.get(id.client) ?? 0)) - id.clock;
  let left: Y.Item | null = item;
  while (left !== null && knownPart(left) <= 0 && steps++ < neighbourStepsMax) left = left.left;
  let right = item.right;
  while (right !== null && right.id.clock >= (known.get(right.id.client) ?? 0) && steps++ < neighbourStepsMax) {
    right = right.right;
  }
  if (steps > neighbourStepsMax || (left === null && right === null)) return undefined;
  const origin =
    left === null
      ? null
      : { client: left.id.client, clock: left.id.clock + Math.min(left.length, knownPart(left)) - 1 };
  return { origin, right: right === null ? null : right.id };
}
