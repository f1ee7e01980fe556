import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { ByteWriter } from './byte-writer.ts';
import { DocumentState } from './document-state.ts';
import { readInSlices } from './read-in-slices.ts';

const nestingMax = 10;
const client = 7;

/** A document with one long text, and its state here. */
function longText(length: number): { doc: Y.Doc; state: DocumentState } {
  const doc = new Y.Doc();
  doc.clientID = client;
  doc.getText('x').insert(0, 'a'.repeat(length));
  const state = new DocumentState();
  take(state, Y.encodeStateAsUpdate(doc));
  return { doc, state };
}

function take(state: DocumentState, update: Uint8Array): void {
  const outcome = state.read(update, nestingMax);
  if (outcome.kind === 'change') state.apply(outcome);
}

function deletionsAt(clocks: readonly number[]): Uint8Array {
  const out = new ByteWriter();
  for (const number of [0, 1, client, clocks.length]) out.varUint(number);
  for (const clock of clocks) {
    out.varUint(clock);
    out.varUint(1);
  }
  return out.toBytes();
}

/** Reads in slices; `between` is called after each. */
async function read(state: DocumentState, update: Uint8Array, between = () => {}) {
  const outcomes: ReturnType<DocumentState['read']>[] = [];
  await readInSlices({
    update,
    nestingMax,
    sliceStructs: 100,
    current() {
      between();
      return state;
    },
    take: (outcome) => outcomes.push(outcome),
  });
  return outcomes;
}

const everySecond = Array.from({ length: 2_000 }, (_, index) => 2 * index + 1);

it('SYNC-71 looks at deletions in slices, too', async () => {
  const { state } = longText(5_000);
  let slices = 0;
  const [outcome] = await read(state, deletionsAt(everySecond), () => slices++);
  expect(outcome).toMatchObject({ kind: 'change', parts: [] });
  if (outcome?.kind === 'change') state.apply(outcome);
  expect(state.deletes.rangeCount).toBe(2_000);
  expect(slices).toBeGreaterThan(20);
});

it('SYNC-71 many deletions in no order, which no client of Yjs sends, are refused', async () => {
  const { state } = longText(5_000);
  await expect(read(state, deletionsAt(everySecond.toReversed()))).rejects.toThrow('out of order');
  expect(state.deletes.rangeCount).toBe(0);
});

it('SYNC-71 looks at the rest in slices when something is missing, and refuses junk in it', async () => {
  const { state } = longText(5_000);
  const update = deletionsAt([...everySecond, 9_999]);
  expect(await read(state, update)).toEqual([{ kind: 'gap' }]);
  await expect(read(state, Buffer.concat([update, Uint8Array.of(0)]))).rejects.toThrow('bytes after');
});

it('SYNC-71 begins anew when the document has changed where the update goes on, and gives up at last', async () => {
  const { doc, state } = longText(10);
  const before = Y.encodeStateVector(doc);
  const updates: Uint8Array[] = [];
  doc.on('update', (update) => updates.push(update));
  const text = doc.getText('x');
  for (let index = 0; index < 500; index++) text.insert(index % 2, 'b');
  const update = Y.encodeStateAsUpdate(doc, before);
  let calls = 0;
  const outcomes = await read(state, update, () => {
    if (++calls === 3) take(state, updates.shift() as Uint8Array);
  });
  expect(outcomes).toMatchObject([{ kind: 'change', parts: [{ client, start: 11 }] }]);
  expect(await read(state, update, () => take(state, updates.shift() as Uint8Array))).toEqual([{ kind: 'gap' }]);
});
