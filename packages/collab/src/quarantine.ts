/** What stands for an update that cannot be applied: its clocks, so that what comes after it still finds its place. */
import * as Y from 'yjs';
import { ByteWriter } from './byte-writer.ts';
import { DeleteSet } from './delete-set.ts';
import { structKind } from './struct-reader.ts';

export interface Gaps {
  /** As a Yjs update: structs of which nothing is left but their length. */
  update: Uint8Array;
  /** client, start, end, client, start, end… */
  clocks: number[];
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
