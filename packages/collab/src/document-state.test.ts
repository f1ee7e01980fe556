import { freshSeed, type Randomness, randomness } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { type Change, DocumentState, decodeStateVector } from './document-state.ts';

const nestingMax = 64;
const seeds = 150;

/** Takes an update; gives what was new in it. */
function take(state: DocumentState, update: Uint8Array): Change | undefined {
  const outcome = state.read(update, nestingMax);
  if (outcome.kind === 'gap') throw new Error('a gap');
  if (outcome.kind === 'known') return undefined;
  state.apply(outcome);
  return outcome;
}

function docOf(...updates: Uint8Array[]): Y.Doc {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc;
}

const vectorOf = (update: Uint8Array) => decodeStateVector(update);
const contents = (doc: Y.Doc) => ({
  text: doc.getText('text').toDelta(),
  map: doc.getMap('map').toJSON(),
  list: doc.getArray('list').toJSON(),
  xml: doc.getXmlFragment('xml').toString(),
});

/** Long enough to be worth dropping in part. */
const longText = 'lang, länger, 最長 '.repeat(20);

/** Anything that Yjs can do, by one client; but no surrogate pair is split, which Yjs shows differently in each place. */
function doSomething(random: Randomness, doc: Y.Doc): void {
  const [text, map, list, xml] = [
    doc.getText('text'),
    doc.getMap('map'),
    doc.getArray('list'),
    doc.getXmlFragment('xml'),
  ];
  const at = random.below(text.length + 1);
  const words = ['a', 'bc', 'é', '日本', '\n', 'x'.repeat(200)];
  const value = () =>
    random.pick<unknown>([
      null,
      true,
      5,
      -3,
      2.5,
      2 ** 40,
      '👩🏽‍💻',
      [1, [2]],
      { a: { b: 'c' } },
      new Uint8Array([1, 2]),
    ]);
  const kinds: (() => void)[] = [
    () => text.insert(at, random.pick(words)),
    () => text.insert(at, random.pick(words)),
    () => text.insert(text.length, random.pick(words)),
    () => text.delete(at, Math.min(text.length - at, random.below(5))),
    () => text.insert(at, longText),
    () => text.delete(at, Math.min(text.length - at, random.below(2 * longText.length))),
    () => text.format(at, Math.min(text.length - at, 3), { bold: random.pick([true, null]) }),
    () => text.insertEmbed(at, { image: 'x' }),
    () => map.set(random.pick(['a', 'b', 'c']), value()),
    () =>
      map.set(
        random.pick(['d', 'e']),
        random.pick([new Y.Map([['k', 1]]), new Y.Text('👍'), Y.Array.from([1, 'two'])]),
      ),
    () => map.delete(random.pick(['a', 'd'])),
    () => {
      const inner = map.get('d');
      if (inner instanceof Y.Map) inner.set('deeper', new Y.Map([['x', 1]]));
    },
    () => list.insert(random.below(list.length + 1), [value(), value(), value()]),
    () => list.push([new Uint8Array([9, 9])]),
    () => list.delete(random.below(Math.max(1, list.length)), list.length > 0 ? 1 : 0),
    () => xml.insert(0, [random.pick([new Y.XmlElement('p'), new Y.XmlText('t')])]),
    () => xml.length > 0 && xml.delete(0, 1),
    () =>
      doc.transact(() => {
        text.insert(0, 'one');
        map.set('two', 2);
        text.delete(0, 1);
      }),
  ];
  random.pick(kinds)();
}

/** Several clients at work, who hear of each other in any order; calls back with each update as it is sent. */
function play(random: Randomness, rounds: number, send: (update: Uint8Array, doc: Y.Doc) => void): Y.Doc[] {
  const docs = Array.from({ length: 3 }, () => new Y.Doc({ gc: true }));
  for (const doc of docs)
    doc.on('update', (update: Uint8Array, origin: unknown) => origin !== 'remote' && send(update, doc));
  for (let round = 0; round < rounds; round++) {
    doSomething(random, random.pick(docs));
    if (random.below(4) === 0) {
      const [from, to] = [random.pick(docs), random.pick(docs)];
      Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)), 'remote');
    }
  }
  return docs;
}

describe('a document as bytes', () => {
  it('SYNC-60 takes all that Yjs produces, of every kind, and is then the same document', () => {
    const first = freshSeed();
    for (let seed = first; seed < first + seeds; seed++) {
      const random = randomness(seed);
      const state = new DocumentState();
      const log: Uint8Array[] = [];
      const server = new Y.Doc();
      const docs = play(random, 60, (update) => {
        // What is told to the server in order never leaves a gap: each client sends what it heard of before, too.
        const change = take(state, update);
        if (change !== undefined) log.push(change.update.slice());
        Y.applyUpdate(server, update);
      });
      for (const doc of docs) {
        const change = take(state, Y.encodeStateAsUpdate(doc));
        if (change !== undefined) log.push(change.update.slice());
        Y.applyUpdate(server, Y.encodeStateAsUpdate(doc));
      }
      const message = `seed ${seed}`;
      expect(vectorOf(state.stateVector()), message).toEqual(vectorOf(Y.encodeStateVector(server)));
      for (const doc of [docOf(state.encode()), docOf(...log)]) {
        expect(doc.store.pendingStructs, message).toBeNull();
        expect(contents(doc), message).toEqual(contents(server));
        expect(vectorOf(Y.encodeStateVector(doc)), message).toEqual(vectorOf(Y.encodeStateVector(server)));
      }
      const again = new DocumentState();
      take(again, state.encode());
      take(again, Y.encodeStateAsUpdate(server));
      expect(vectorOf(again.stateVector()), message).toEqual(vectorOf(state.stateVector()));
    }
  });

  it('SYNC-61 answers anybody with exactly what makes their document whole', () => {
    const first = freshSeed();
    for (let seed = first; seed < first + seeds; seed++) {
      const random = randomness(seed);
      const state = new DocumentState();
      const docs = play(random, 80, (update) => take(state, update));
      for (const doc of docs) take(state, Y.encodeStateAsUpdate(doc));
      const whole = docOf(state.encode());
      for (const doc of docs) {
        Y.applyUpdate(doc, state.encode(decodeStateVector(Y.encodeStateVector(doc))), 'remote');
        expect(contents(doc), `seed ${seed}`).toEqual(contents(whole));
        expect(doc.store.pendingStructs, `seed ${seed}`).toBeNull();
        // Who has all is sent no struct.
        expect(state.encode(decodeStateVector(Y.encodeStateVector(doc)))[0], `seed ${seed}`).toBe(0);
      }
    }
  });

  it('SYNC-62 takes of what it knows in part the rest alone, and of what it knows nothing', () => {
    const first = freshSeed();
    for (let seed = first; seed < first + seeds; seed++) {
      const random = randomness(seed);
      const author = new Y.Doc();
      const state = new DocumentState();
      const log: Uint8Array[] = [];
      for (let round = 0; round < 20; round++) {
        const vector = Y.encodeStateVector(author);
        for (let steps = 1 + random.below(4); steps > 0; steps--) doSomething(random, author);
        // From some time ago on, or only what is new: it overlaps with what was sent.
        const update = Y.encodeStateAsUpdate(author, random.below(2) === 0 ? vector : undefined);
        const change = take(state, update);
        if (change !== undefined) log.push(change.update.slice());
        expect(take(state, update), `seed ${seed}`).toBeUndefined();
      }
      const overlapping = docOf(...log);
      expect(contents(overlapping), `seed ${seed}`).toEqual(contents(author));
      expect(vectorOf(state.stateVector()), `seed ${seed}`).toEqual(vectorOf(Y.encodeStateVector(author)));
      expect(contents(docOf(state.encode())), `seed ${seed}`).toEqual(contents(author));
    }
  });

  it('SYNC-68 drops what is deleted, and is the same document for those who were there and those who come, also after undo', () => {
    const first = freshSeed();
    for (let seed = first; seed < first + seeds; seed++) {
      const random = randomness(seed);
      const state = new DocumentState();
      const log: Uint8Array[] = [];
      const create = () => {
        const doc = docOf(state.encode());
        const scope = [doc.getText('text'), doc.getMap('map'), doc.getArray('list'), doc.getXmlFragment('xml')];
        return { doc, undo: new Y.UndoManager(scope, { captureTimeout: random.below(2) }) };
      };
      const pull = (doc: Y.Doc) =>
        Y.applyUpdate(doc, state.encode(decodeStateVector(Y.encodeStateVector(doc))), 'remote');
      const push = (doc: Y.Doc) => {
        const change = take(state, Y.encodeStateAsUpdate(doc, state.stateVector()));
        if (change !== undefined) log.push(change.update.slice());
      };
      const people = [create(), create(), create()];
      for (let round = 0; round < 80; round++) {
        const at = random.below(people.length);
        const { doc, undo } = people[at] as (typeof people)[number];
        const kinds: (() => unknown)[] = [
          () => doSomething(random, doc),
          () => doSomething(random, doc),
          () => undo.undo(),
          () => undo.redo(),
          () => push(doc),
          () => pull(doc),
          () => state.dropDeleted(),
          () => random.below(5) === 0 && people.splice(at, 1, create()),
        ];
        random.pick(kinds)();
      }
      for (const { doc } of people) push(doc);
      state.dropDeleted();
      for (const { doc } of people) pull(doc);
      const replayed = docOf(...log);
      const message = `seed ${seed}`;
      for (const doc of [docOf(state.encode()), ...people.map((one) => one.doc)]) {
        expect(doc.store.pendingStructs, message).toBeNull();
        expect(contents(doc), message).toEqual(contents(replayed));
        expect(vectorOf(Y.encodeStateVector(doc)), message).toEqual(vectorOf(Y.encodeStateVector(replayed)));
      }
      const { structs, ds: gone } = Y.decodeUpdate(state.encode());
      const isGone = ({ id, length }: Y.Item) =>
        Array.from({ length }, (_, index) => Y.createID(id.client, id.clock + index)).every((at) =>
          Y.isDeleted(gone, at),
        );
      const kept = structs.filter((struct) => struct instanceof Y.Item && struct.content instanceof Y.ContentString);
      expect((kept as Y.Item[]).filter(isGone), message).toEqual([]);
      const again = new DocumentState();
      take(again, state.encode());
      expect(vectorOf(again.stateVector()), message).toEqual(vectorOf(state.stateVector()));
      for (const doc of people.map((one) => one.doc)) {
        expect(take(again, Y.encodeStateAsUpdate(doc))?.parts ?? [], message).toEqual([]);
      }
    }
  });

  it('SYNC-68 answers who has any part of the document, after what lies before it was dropped', () => {
    const random = randomness(freshSeed());
    const author = new Y.Doc();
    const state = new DocumentState();
    author.on('update', (update: Uint8Array) => take(state, update));
    const text = author.getText('text');
    const readers: Y.Doc[] = [];
    for (let round = 0; round < 300; round++) {
      text.insert(random.below(text.length + 1), longText);
      if (random.below(2) === 0) text.delete(random.below(text.length / 2), random.below(text.length / 2));
      if (random.below(10) === 0) readers.push(docOf(state.encode()));
      if (random.below(10) === 0) state.dropDeleted();
    }
    for (const reader of readers) {
      Y.applyUpdate(reader, state.encode(decodeStateVector(Y.encodeStateVector(reader))));
      expect(reader.store.pendingStructs).toBeNull();
      expect(reader.getText('text').toString()).toBe(text.toString());
    }
  });

  it('SYNC-68 does not grow by what is inserted and deleted again, whoever does it and in however many pieces', () => {
    const state = new DocumentState();
    let most = 0;
    for (let round = 0; round < 400; round++) {
      const author = docOf(state.encode());
      author.on('update', (update: Uint8Array) => take(state, update));
      author.getText('text').insert(0, 'z'.repeat(10_000));
      if (round % 2 === 0) author.getText('text').delete(0, 10_000);
      else for (let left = 10_000; left > 0; left -= 500) author.getText('text').delete(left - 500, 500);
      most = Math.max(most, state.bytes);
    }
    expect(most).toBeLessThan(100_000);
    state.dropDeleted();
    const encodedBytes = state.encode().length;
    expect(Math.abs(state.bytes - encodedBytes)).toBeLessThan(encodedBytes / 4);
  });

  it('SYNC-63 keeps what is typed letter by letter as one text', () => {
    const author = new Y.Doc();
    const state = new DocumentState();
    author.on('update', (update: Uint8Array) => take(state, update));
    for (let index = 0; index < 10_000; index++) author.getText('text').insert(index, 'abcdefghé'[index % 9] as string);
    expect(state.bytes).toBeLessThan(11_500);
    expect(docOf(state.encode()).getText('text').toString()).toBe(author.getText('text').toString());
  });
});
