import * as Y from 'yjs';
import { type Place, rootType, typedUpdate } from './wire.ts';

/** A document that rooms begin with, and places in it where people may type. */
export interface BigDocument {
  /** In the order of their making. */
  updates: Uint8Array[];
  /** All of them as one. */
  whole: Uint8Array;
  places: Place[];
}

const author = 999;
const placesMax = 1000;

/** So many characters, pasted at once. */
export function makePlainDocument(characters: number): BigDocument {
  if (characters === 0) return { updates: [], whole: Uint8Array.of(0, 0), places: [] };
  const line = 'for each of the lines in a text there is a reason, more or less\n';
  const text = line.repeat(Math.ceil(characters / line.length)).slice(0, characters);
  const whole = typedUpdate(author, 0, text, { left: undefined, right: undefined });
  const places = Array.from({ length: placesMax }, (_, index) => {
    const at = Math.floor((index / placesMax) * (characters - 1));
    return { left: { client: author, clock: at }, right: { client: author, clock: at + 1 } };
  });
  return { updates: [whole], whole, places };
}

const operations = 260_000;
const operationsPerUpdate = 1000;

/** About 1 MB of text as 260 000 operations left it: words typed here and there, now and then some taken away. Always the same. */
export function makeBigDocument(): BigDocument {
  const doc = new Y.Doc({ gc: true });
  doc.clientID = author;
  const text = doc.getText(rootType);
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  const below = lehmer(1);
  for (let made = 0; made < operations; made += operationsPerUpdate) {
    doc.transact(() => {
      let at = below(text.length + 1);
      for (let left = operationsPerUpdate; left > 0; left--) {
        if (below(3) === 0) at = Math.min(text.length, Math.max(0, at + below(200) - 100));
        if (below(20) === 0 && text.length - at > 3) text.delete(at, 3);
        else {
          const word = 'abcdefgh'.slice(0, 3 + below(3));
          text.insert(at, word);
          at += word.length;
        }
      }
    });
  }
  return { updates, whole: Y.encodeStateAsUpdate(doc), places: placesIn(text) };
}

/** Places between neighbouring structs, spread over the text. */
function placesIn(text: Y.Text): Place[] {
  const places: Place[] = [];
  for (let item = text._start; item?.right; item = item.right) {
    const { lastId, right } = item;
    places.push({
      left: { client: lastId.client, clock: lastId.clock },
      right: { client: right.id.client, clock: right.id.clock },
    });
  }
  const step = Math.max(1, Math.floor(places.length / placesMax));
  return places.filter((_, index) => index % step === 0);
}

/** The generator of Park and Miller: whole numbers below a bound, always the same for a seed. */
function lehmer(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
}
