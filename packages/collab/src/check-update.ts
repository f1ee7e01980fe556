/**
 * Judges a Yjs update before it touches a document: is it sound, and does the document hold all that it builds upon?
 * Not a proof that applying it works (the room survives when it does not), but a document never holds pending parts.
 */
import * as Y from 'yjs';
import { isNestedWithin } from './nesting.ts';

type Struct = Y.Item | Y.GC | Y.Skip;
type Store = Y.Doc['store'];

export type UpdateCheck =
  /** `onlyDeletes`: it adds nothing. `placed`: where new items claim to stand. */
  | { kind: 'sound'; onlyDeletes: boolean; placed: Place[] }
  | { kind: 'empty' }
  /** Something that it builds upon is missing. */
  | { kind: 'gap' };

/** An item claims to stand right of `left` and left of `right`. */
interface Place {
  id: Y.ID;
  left: Y.ID | null;
  right: Y.ID | null;
}

/** Throws an Error that says what is wrong with an update that no honest client sends. */
export function checkUpdate(store: Store, update: Uint8Array, nestingMax: number): UpdateCheck {
  const { structs, ds } = Y.decodeUpdate(update);
  if (structs.length === 0 && ds.clients.size === 0) return { kind: 'empty' };

  const sections = readSections(structs);
  if (sections === 'gap') return { kind: 'gap' };
  const endOf = (client: number) => Math.max(Y.getState(store, client), sections.get(client)?.end ?? 0);

  for (const [client, section] of sections) {
    if (section.start > Y.getState(store, client)) return { kind: 'gap' };
  }
  let hasTypes = false;
  const placed: Place[] = [];
  for (const struct of structs) {
    if (!(struct instanceof Y.Item)) continue;
    for (const id of [struct.origin, struct.rightOrigin, struct.parent]) {
      if (!(id instanceof Y.ID)) continue;
      if (id.client === struct.id.client && id.clock >= struct.id.clock) throw new Error('a struct builds upon itself');
      if (id.clock >= endOf(id.client)) return { kind: 'gap' };
    }
    checkSplits(store, struct);
    checkContent(struct, nestingMax);
    hasTypes ||= struct.content instanceof Y.ContentType;
    const place = placeOf(struct, Y.getState(store, struct.id.client));
    if (place !== undefined) placed.push(place);
  }
  for (const [client, deletes] of ds.clients) {
    const end = endOf(client);
    for (const { clock, len } of deletes) {
      if (len === 0) throw new Error('a deletion without length');
      if (clock + len > end) return { kind: 'gap' };
    }
  }
  if (hasTypes) checkNesting(store, sections, structs, nestingMax);
  return { kind: 'sound', onlyDeletes: structs.length === 0, placed };
}

/** The claim of what is new in an item, unless it claims next to nothing; `known` is how much of its client is known. */
function placeOf({ id, length, origin, rightOrigin }: Y.Item, known: number): Place | undefined {
  if (id.clock + length <= known) return undefined;
  const isPartlyKnown = id.clock < known;
  if (rightOrigin === null || (origin === null && !isPartlyKnown)) return undefined;
  // The new part of an item follows the known one.
  return isPartlyKnown
    ? { id: Y.createID(id.client, known), left: Y.createID(id.client, known - 1), right: rightOrigin }
    : { id, left: origin, right: rightOrigin };
}

/** How far from an item its neighbours are looked for: further than people insert between two characters at once. */
const neighbourStepsMax = 1000;

/**
 * To be called when an update has been applied: throws when an item does not stand where it claims to. Honest items do,
 * wherever others insert; one that contradicts itself would stand in different places on different replicas, depending
 * on the order in which they learn of it.
 */
export function checkOrder(store: Store, placed: readonly Place[]): void {
  for (const { id, left, right } of placed) {
    const item = Y.getItem(store, id) as Y.Item | Y.GC;
    if (!(item instanceof Y.Item)) continue;
    if (!isBeside(store, item, left, 'left') || !isBeside(store, item, right, 'right')) {
      throw new Error('an item contradicts its own place');
    }
  }
}

function isBeside(store: Store, item: Y.Item, neighbour: Y.ID | null, side: 'left' | 'right'): boolean {
  const wanted = neighbour === null ? null : (Y.getItem(store, neighbour) as Y.Item | Y.GC);
  if (!(wanted instanceof Y.Item)) return true;
  // Items are joined in the order of their clocks: what is new is the rightmost.
  if (wanted === item) return side === 'left';
  let at = item[side];
  for (let steps = 0; at !== wanted && steps < neighbourStepsMax; steps++) {
    if (at === null) return false;
    at = at[side];
  }
  return true;
}

/** One client's structs in an update: contiguous from `start` to `end` (exclusive). */
interface Section {
  start: number;
  end: number;
  structs: Struct[];
}

function readSections(structs: readonly Struct[]): Map<number, Section> | 'gap' {
  const sections = new Map<number, Section>();
  let section: Section | undefined;
  let client = -1;
  for (const struct of structs) {
    if (struct instanceof Y.Skip) return 'gap';
    if (section === undefined || struct.id.client !== client) {
      client = struct.id.client;
      if (sections.has(client)) throw new Error('two sections of one client');
      section = { start: struct.id.clock, end: struct.id.clock, structs: [] };
      sections.set(client, section);
    }
    if (struct.length <= 0) throw new Error('a struct without length');
    if (struct.id.clock !== section.end) throw new Error('two sections of one client');
    section.end += struct.length;
    if (!Number.isSafeInteger(section.end)) throw new Error('a clock out of range');
    section.structs.push(struct);
  }
  return sections;
}

/**
 * Looking up what a struct builds upon, Yjs splits the text there, and between the halves of a surrogate pair it puts
 * two U+FFFD in the pair's place. It does so even when the struct itself is known already, or comes to nothing because
 * its other neighbour is gone: then the text here would change without a trace in the log.
 */
function checkSplits(store: Store, { id, origin, rightOrigin }: Y.Item): void {
  const left = origin === null ? undefined : findInStore(store, origin);
  const right = rightOrigin === null ? undefined : findInStore(store, rightOrigin);
  const leavesTrace = id.clock >= Y.getState(store, id.client) && !(left instanceof Y.GC) && !(right instanceof Y.GC);
  if (leavesTrace) return;
  if (splitsPair(left, (origin?.clock ?? 0) + 1) || splitsPair(right, rightOrigin?.clock ?? 0)) {
    throw new Error('a struct splits a character');
  }
}

function findInStore(store: Store, id: Y.ID): Y.Item | Y.GC | undefined {
  return id.clock < Y.getState(store, id.client) ? Y.getItem(store, id) : undefined;
}

function splitsPair(struct: Y.Item | Y.GC | undefined, clock: number): boolean {
  if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentString)) return false;
  const at = clock - struct.id.clock;
  const { str } = struct.content;
  return at > 0 && at < str.length && (str.codePointAt(at - 1) as number) > 0xffff;
}

function checkContent({ content }: Y.Item, nestingMax: number): void {
  if (content instanceof Y.ContentString || content instanceof Y.ContentType) return;
  if (content instanceof Y.ContentDoc) throw new Error('documents within documents are not supported');
  let values: unknown;
  if (content instanceof Y.ContentAny || content instanceof Y.ContentJSON) values = content.arr;
  else if (content instanceof Y.ContentEmbed) values = content.embed;
  else if (content instanceof Y.ContentFormat) values = content.value;
  // One more than for a single value: the list that the values come in is not part of them.
  if (!isNestedWithin(values, nestingMax + 1)) throw new Error('a value is nested too deeply');
}

/** Yjs deletes nested types by recursion: an endless nest would overflow the stack of whoever deletes its outermost. */
function checkNesting(store: Store, sections: Map<number, Section>, structs: readonly Struct[], max: number): void {
  const visiting = -1;
  /** How many types are around a struct of this update. */
  const depths = new Map<Y.Item, number>();

  const find = (id: Y.ID): Y.Item | Y.GC => {
    const known = findInStore(store, id);
    if (known !== undefined) return known;
    const section = sections.get(id.client);
    const struct = section === undefined ? undefined : findStruct(section.structs, id.clock);
    if (struct === undefined) throw new Error('a reference to nothing');
    return struct as Y.Item | Y.GC;
  };

  const depthOf = (item: Y.Item): number => {
    const path: { item: Y.Item; adds: number }[] = [];
    let depth = 0;
    for (let at: Y.Item | Y.GC = item; ; ) {
      if (!(at instanceof Y.Item)) break;
      const known = depths.get(at);
      if (known === visiting) throw new Error('structs build upon each other in a circle');
      if (known !== undefined) {
        depth = known;
        break;
      }
      if (at.parent instanceof Y.AbstractType) {
        depth = depthInStore(at, max);
        break;
      }
      const parent: unknown = at.parent;
      const next: Y.ID | null =
        parent instanceof Y.ID ? parent : parent === null ? (at.origin ?? at.rightOrigin) : null;
      path.push({ item: at, adds: parent instanceof Y.ID ? 1 : 0 });
      depths.set(at, visiting);
      if (next === null) break;
      at = find(next);
    }
    for (const step of path.reverse()) {
      depth += step.adds;
      depths.set(step.item, depth);
    }
    return depth;
  };

  for (const struct of structs) {
    if (struct instanceof Y.Item && struct.content instanceof Y.ContentType && depthOf(struct) >= max) {
      throw new Error('shared types are nested too deeply');
    }
  }
}

function depthInStore(item: Y.Item, max: number): number {
  let depth = 0;
  let around = item.parent as Y.AbstractType<unknown> | null;
  while (around?._item && depth <= max) {
    depth++;
    around = around._item.parent as Y.AbstractType<unknown> | null;
  }
  return depth;
}

function findStruct(structs: readonly Struct[], clock: number): Struct | undefined {
  let low = 0;
  let high = structs.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const struct = structs[middle] as Struct;
    if (clock < struct.id.clock) high = middle - 1;
    else if (clock >= struct.id.clock + struct.length) low = middle + 1;
    else return struct;
  }
  return undefined;
}
