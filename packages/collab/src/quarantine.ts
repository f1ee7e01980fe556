/**
 * What stands for an update that cannot be applied: structs without content where its own would stand, or no more than
 * its clocks, so that what comes after it still finds its place.
 */
import * as Y from 'yjs';
import { ByteWriter } from './byte-writer.ts';
import { DeleteSet } from './delete-set.ts';
import { type Place, StructReader, structKind, writePlace } from './struct-reader.ts';

export interface Gaps {
  /** As a Yjs update: structs of which nothing is left but their length. Yjs collects whatever is written beside them. */
  update: Uint8Array;
  /** client, start, end, client, start, end… */
  clocks: number[];
}

/**
 * The same update with nothing in its structs, as whoever took it keeps it once it is deleted: what others wrote beside
 * them stays where it is. What it deletes stays deleted. A struct stands where `placeOf` says, or else where it claims to.
 */
export function dropContent(
  update: Uint8Array,
  placeOf: (client: number, clock: number) => Place | undefined,
): Uint8Array {
  const input = new StructReader(update, Number.POSITIVE_INFINITY);
  const out = new ByteWriter(update.length);
  const clients = input.varUint();
  out.varUint(clients);
  for (let left = clients; left > 0; left--) {
    const structs = input.varUint();
    const client = input.varUint();
    let clock = input.varUint();
    for (const value of [structs, client, clock]) out.varUint(value);
    for (let at = 0; at < structs; at++) {
      input.next();
      if (input.kind === structKind.gc || input.kind === structKind.skip) out.copy(update, input.start, input.end);
      else {
        const place = placeOf(client, clock);
        if (place === undefined) input.writeHead(out, structKind.deleted, client, clock);
        else writePlace(out, structKind.deleted, place);
        out.varUint(input.length);
      }
      clock += input.length;
    }
  }
  out.copy(update, input.at);
  return out.toBytes();
}

/** `known` are the clocks that the document has without the update. */
export function replaceByGaps(update: Uint8Array, known: ReadonlyMap<number, number>): Gaps {
  const clocks: number[] = [];
  const ends = new Map<number, number>();
  for (const { id, length } of Y.decodeUpdate(update).structs) {
    ends.set(id.client, Math.max(ends.get(id.client) ?? 0, id.clock + length));
  }
  for (const [client, end] of ends) {
    const start = known.get(client) ?? 0;
    if (end > start) clocks.push(client, start, end);
  }
  const out = new ByteWriter();
  out.varUint(clocks.length / 3);
  for (let at = 0; at < clocks.length; at += 3) {
    const [client, start, end] = clocks.slice(at, at + 3) as [number, number, number];
    out.varUint(1);
    out.varUint(client);
    out.varUint(start);
    out.byte(structKind.gc);
    out.varUint(end - start);
  }
  out.varUint(0);
  return { update: out.toBytes(), clocks };
}

/** A Yjs update that deletes these clocks: client, start, end, client, start, end… */
export function encodeDeletions(clocks: readonly number[]): Uint8Array {
  const deletes = new DeleteSet();
  for (let at = 0; at < clocks.length; at += 3) {
    deletes.add(clocks[at] as number, clocks[at + 1] as number, clocks[at + 2] as number);
  }
  const out = new ByteWriter();
  out.varUint(0);
  deletes.write(out);
  return out.toBytes();
}
