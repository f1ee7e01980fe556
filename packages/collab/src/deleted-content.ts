/**
 * Drops what deleted structs contain, as Yjs does when it collects its garbage: a struct keeps its length and its place.
 * Whoever learns of it that way ends with the same document as who learnt of the content first, and then of its end.
 */
import type { ByteWriter } from './byte-writer.ts';
import { firstEndingAfter } from './delete-set.ts';
import { type StructReader, structKind } from './struct-reader.ts';

/** Kinds that hold nothing but their content. Types are left alone, for what is in them names them; marks are small. */
const leaves = new Set<number>([structKind.json, structKind.binary, structKind.text, structKind.embed, structKind.any]);

/** Part of a text is cut out if it is longer than what naming the neighbours of two more structs can take. */
const cutMinLength = 128;

/**
 * Writes the struct that `input` has just read, without what is deleted of it by `ranges` (start, end, start, end…;
 * ascending); gives as how many structs. They are never longer than it was.
 */
export function writeWithoutDeleted(
  out: ByteWriter,
  input: StructReader,
  client: number,
  clock: number,
  ranges: readonly number[],
): number {
  const { kind, length } = input;
  const range = leaves.has(kind) ? firstEndingAfter(ranges, clock) : ranges.length;
  const end = clock + length;
  if (range < ranges.length && (ranges[range] as number) <= clock && end <= (ranges[range + 1] as number)) {
    input.writeHead(out, structKind.deleted, client, clock);
    out.varUint(length);
    return 1;
  }
  const cuts = kind === structKind.text && length > cutMinLength ? cutsWithin(ranges, range, clock, end) : [];
  if (cuts.length === 0) {
    out.copy(input.bytes, input.start, input.end);
    return 1;
  }
  const text = input.contentText();
  let structs = 0;
  let reached = 0;
  const keepUntil = (to: number) => {
    if (to === reached) return;
    input.writeHead(out, structKind.text, client, clock, reached);
    // Half of a surrogate pair becomes U+FFFD here as it does for whoever deletes the other half.
    out.varBytes(Buffer.from(text.slice(reached, to).toWellFormed()));
    structs++;
  };
  for (let at = 0; at < cuts.length; at += 2) {
    const [from, to] = [cuts[at] as number, cuts[at + 1] as number];
    keepUntil(from);
    input.writeHead(out, structKind.deleted, client, clock, from);
    out.varUint(to - from);
    structs++;
    reached = to;
  }
  keepUntil(length);
  return structs;
}

/** Where [clock, end) is deleted at some length, counted from `clock`: from, to, from, to… */
function cutsWithin(ranges: readonly number[], range: number, clock: number, end: number): number[] {
  const cuts: number[] = [];
  for (let at = range; at < ranges.length && (ranges[at] as number) < end; at += 2) {
    const from = Math.max(ranges[at] as number, clock);
    const to = Math.min(ranges[at + 1] as number, end);
    if (to - from >= cutMinLength) cuts.push(from - clock, to - clock);
  }
  return cuts;
}
