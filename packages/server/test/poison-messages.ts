/** Messages that are real, broken, or well-formed and meant badly; for tests only. */
import { collabMessage, documentMaps, syncMessage } from '@coderoom/protocol';
import type { Randomness } from '@coderoom/testkit';
import * as Y from 'yjs';

/** Bytes as lib0 writes them. */
class Bytes {
  readonly #bytes: number[] = [];

  uint(...values: number[]): this {
    for (const value of values) {
      let rest = value;
      for (; rest > 127; rest = Math.floor(rest / 128)) this.#bytes.push((rest % 128) | 128);
      this.#bytes.push(rest);
    }
    return this;
  }

  raw(...values: number[]): this {
    for (const value of values) this.#bytes.push(value);
    return this;
  }

  text(text: string): this {
    const encoded = new TextEncoder().encode(text);
    return this.uint(encoded.length).raw(...encoded);
  }

  take(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

export function syncFrame(update: Uint8Array, step: number = syncMessage.update): Uint8Array {
  return Uint8Array.from([...new Bytes().raw(collabMessage.sync, step).uint(update.length).take(), ...update]);
}

function awarenessFrame(client: number, state: unknown): Uint8Array {
  const states = new Bytes().uint(1, client, 3).text(JSON.stringify(state)).take();
  return Uint8Array.from([...new Bytes().raw(collabMessage.awareness).uint(states.length).take(), ...states]);
}

/** What a client at work on a document sends: typing, formats, embeds, nested types, deletions, undo, cursors. */
export function recordMessages(document: Y.Doc, clientId: number): Uint8Array[] {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(document));
  const recorded = [
    syncFrame(Y.encodeStateVector(doc), syncMessage.step1),
    syncFrame(Y.encodeStateAsUpdate(doc), syncMessage.step2),
  ];
  doc.on('update', (update: Uint8Array) => recorded.push(syncFrame(update)));
  const text = doc.getMap(documentMaps.files).get('main.py') as Y.Text;
  const board = doc.getMap(documentMaps.board);
  const undo = new Y.UndoManager(text, { captureTimeout: 0 });
  text.insert(0, 'def hello(name):\n    return f"👋 {name}"\n');
  text.insert(4, 'say_');
  text.delete(8, 5);
  undo.undo();
  text.format(0, 3, { bold: true });
  text.insertEmbed(2, { image: 'data:,' });
  doc.transact(() => {
    board.set(
      'stroke',
      new Y.Map<unknown>([['points', [1, 2.5, -3, null, true, { deep: ['x'] }, Uint8Array.of(1, 2)]]]),
    );
    board.set('list', Y.Array.from([1, 'two', {}]));
    board.set('xml', new Y.XmlElement('p'));
    doc.getMap(documentMaps.files).set('notes.md', new Y.Text('# notes\n'));
  });
  board.set('stroke', 'gone');
  doc.getMap(documentMaps.files).delete('notes.md');
  recorded.push(syncFrame(Y.encodeStateAsUpdate(doc), syncMessage.step2));
  const position = { type: null, tname: null, item: { client: clientId, clock: 1 }, assoc: 0 };
  recorded.push(awarenessFrame(clientId, { user: { name: 'Eve' }, cursor: { anchor: position, head: position } }));
  recorded.push(Uint8Array.of(collabMessage.queryAwareness));
  doc.destroy();
  return recorded;
}

/** Breaks a message in one to three places; half of the time only what lies behind its length, which is then put right. */
export function mutated(random: Randomness, message: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const hasLength = message[0] === collabMessage.sync && message.length > 4;
  if (!hasLength || random.below(2) === 0) return broken(random, message, others);
  const payloadAt = (message[2] as number) < 128 ? 3 : 4;
  return syncFrame(broken(random, message.subarray(payloadAt), others), message[1]);
}

function broken(random: Randomness, message: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const bytes = [...message];
  const any = () => random.below(256);
  const breakages: ((at: number) => void)[] = [
    (at) => void bytes.splice(at, 1, (bytes[at] ?? 0) ^ (1 << random.below(8))),
    (at) => void bytes.splice(at, 1, any()),
    (at) => void bytes.splice(at),
    (at) => void bytes.splice(at, 1 + random.below(4)),
    (at) => void bytes.splice(at, 0, ...Array.from({ length: 1 + random.below(8) }, any)),
    // A number of up to 63 bits.
    (at) => void bytes.splice(at, 1, ...Array.from({ length: 3 + random.below(6) }, () => 255), random.below(128)),
    // A piece of the same message once more.
    (at) => void bytes.splice(at, 0, ...bytes.slice(at, at + 1 + random.below(20))),
    // The rest of another message.
    (at) => void bytes.splice(at, bytes.length, ...random.pick(others).subarray(random.below(40))),
  ];
  for (let left = 1 + random.below(3); left > 0; left--) random.pick(breakages)(random.below(bytes.length + 1));
  return Uint8Array.from(bytes);
}

/** Kinds of structs in an update (Yjs' content references). */
const kind = {
  gc: 0,
  deleted: 1,
  json: 2,
  binary: 3,
  string: 4,
  embed: 5,
  format: 6,
  type: 7,
  any: 8,
  doc: 9,
  skip: 10,
};
const hasLeft = 128;
const hasRight = 64;
const hasParentSub = 32;
const typeKind = { array: 0, map: 1, text: 2, xmlElement: 3, xmlFragment: 4, xmlHook: 5, xmlText: 6, unknown: 9 };

/** One update of one client: `structs` written one after the other from `clock` on, then `deletions`. */
function update(
  client: number,
  clock: number,
  structs: ((bytes: Bytes) => void)[],
  deletions: (bytes: Bytes) => void = (bytes) => bytes.uint(0),
): Uint8Array {
  const bytes = new Bytes();
  if (structs.length === 0) bytes.uint(0);
  else bytes.uint(1, structs.length, client, clock);
  for (const struct of structs) struct(bytes);
  deletions(bytes);
  return bytes.take();
}

const inRoot = (name: string) => (bytes: Bytes) => bytes.uint(1).text(name);

/**
 * Updates that a decoder can read and that no honest client sends, for a document with a text in it whose first item is
 * `known`. Each of its own new client.
 */
export function meanUpdates(
  known: { client: number; clock: number; end: number },
  nextClient: () => number,
): Record<string, Uint8Array> {
  const left = (bytes: Bytes) => bytes.uint(known.client, known.clock);
  const huge = Number.MAX_SAFE_INTEGER;
  const one = (struct: (bytes: Bytes, client: number) => unknown, clock = 0) => {
    const client = nextClient();
    return update(client, clock, [(bytes) => void struct(bytes, client)]);
  };
  const struct = (info: number, content: (bytes: Bytes) => unknown) =>
    one((bytes) => {
      inRoot('board')(bytes.raw(info));
      if (info & hasParentSub) bytes.text('mean');
      content(bytes);
    });
  return {
    'text in a map': one((bytes) => inRoot('files')(bytes.raw(kind.string)).text('no key')),
    'a key in a text': one((bytes) =>
      inRoot('text')(bytes.raw(kind.string | hasParentSub))
        .text('key')
        .text('x'),
    ),
    'a number as a file': one((bytes) =>
      inRoot('files')(bytes.raw(kind.any | hasParentSub))
        .text('main.py')
        .uint(1)
        .raw(125, 5),
    ),
    'a map as a file': one((bytes) =>
      inRoot('files')(bytes.raw(kind.type | hasParentSub))
        .text('map.py')
        .uint(typeKind.map),
    ),
    'a root without a name': one((bytes) => inRoot('')(bytes.raw(kind.string)).text('x')),
    'a root called __proto__': one((bytes) => inRoot('__proto__')(bytes.raw(kind.string)).text('x')),
    'a key called __proto__': one((bytes) =>
      inRoot('board')(bytes.raw(kind.any | hasParentSub))
        .text('__proto__')
        .uint(1)
        .raw(126),
    ),
    'a text as its parent': one((bytes) => left(bytes.raw(kind.string).uint(0)).text('x')),
    'itself as its parent': one((bytes, client) => bytes.raw(kind.string).uint(0).uint(client, 0).text('x')),
    'itself to its left': one((bytes, client) =>
      bytes
        .raw(kind.string | hasLeft)
        .uint(client, 0)
        .text('x'),
    ),
    'left and right the same': one((bytes) => left(left(bytes.raw(kind.string | hasLeft | hasRight))).text('x')),
    'right before left': one((bytes) =>
      bytes
        .raw(kind.string | hasLeft | hasRight)
        .uint(known.client, known.end - 1, known.client, known.clock)
        .text('x'),
    ),
    'a left that nobody wrote': one((bytes) =>
      bytes
        .raw(kind.string | hasLeft)
        .uint(77, 5)
        .text('x'),
    ),
    'a clock from the end of time': one((bytes) => inRoot('board')(bytes.raw(kind.string)).text('x'), huge - 1),
    'a clock ahead': one((bytes) => inRoot('board')(bytes.raw(kind.string)).text('x'), 1000),
    'garbage of the length of everything': one((bytes) => bytes.raw(kind.gc).uint(huge)),
    'a deletion of the length of everything': struct(kind.deleted, (bytes) => bytes.uint(2 ** 40)),
    'garbage of no length': one((bytes) => bytes.raw(kind.gc).uint(0)),
    'a skip': one((bytes) => bytes.raw(kind.skip).uint(5)),
    'an empty string': struct(kind.string, (bytes) => bytes.text('')),
    'half a character': struct(kind.string, (bytes) => bytes.uint(3).raw(0xed, 0xa0, 0x80)),
    'bytes that are no text': struct(kind.string, (bytes) => bytes.uint(3).raw(0xff, 0xfe, 0x80)),
    'a document within': struct(kind.doc, (bytes) => bytes.text('guid').raw(118, 0)),
    'an XML element': struct(kind.type | hasParentSub, (bytes) => bytes.uint(typeKind.xmlElement).text('script')),
    'an XML hook': struct(kind.type | hasParentSub, (bytes) => bytes.uint(typeKind.xmlHook).text('hook')),
    'a type that does not exist': struct(kind.type | hasParentSub, (bytes) => bytes.uint(typeKind.unknown)),
    'a move': struct(11 | hasParentSub, (bytes) => bytes.raw(0, 0, 0)),
    'a kind that does not exist': struct(31 | hasParentSub, (bytes) => bytes.raw(0)),
    'JSON that is none': struct(kind.json | hasParentSub, (bytes) => bytes.uint(1).text('{"a":')),
    'an embed that is no JSON': struct(kind.embed, (bytes) => bytes.text('nonsense')),
    'a format that is no JSON': struct(kind.format, (bytes) => bytes.text('bold').text('}')),
    'a format alone': struct(kind.format, (bytes) => bytes.text('bold').text('true')),
    'values of no number': struct(kind.any | hasParentSub, (bytes) => bytes.uint(0)),
    'a value of no kind': struct(kind.any | hasParentSub, (bytes) => bytes.uint(1).raw(1)),
    'a list of a billion values': struct(kind.any | hasParentSub, (bytes) => bytes.uint(1_000_000_000)),
    'an object of a billion keys': struct(kind.any | hasParentSub, (bytes) =>
      bytes.uint(1).raw(118).uint(1_000_000_000),
    ),
    'binary of four gigabytes': struct(kind.binary | hasParentSub, (bytes) => bytes.uint(2 ** 32)),
    'a nest': struct(kind.any | hasParentSub, (bytes) =>
      bytes.uint(1).raw(...Array(20_000).fill([117, 1]).flat(), 126),
    ),
    'a billion clients': new Bytes().uint(1_000_000_000).take(),
    'a billion structs': new Bytes().uint(1, 1_000_000_000, nextClient(), 0).take(),
    'a client beyond all numbers': update(huge, 0, [(bytes) => inRoot('board')(bytes.raw(kind.string)).text('x')]),
    'two sections of one client': (() => {
      const client = nextClient();
      const bytes = new Bytes().uint(2);
      for (const clock of [0, 1]) inRoot('board')(bytes.uint(1, client, clock).raw(kind.string)).text('x');
      return bytes.uint(0).take();
    })(),
    'deletions of what nobody wrote': update(0, 0, [], (bytes) => bytes.uint(1, 77, 1, 0, 10)),
    'deletions beyond the end': update(0, 0, [], (bytes) => bytes.uint(1, known.client, 1, known.end, 5)),
    'deletions of no length': update(0, 0, [], (bytes) => bytes.uint(1, known.client, 1, known.clock, 0)),
    'a billion deletions': update(0, 0, [], (bytes) => bytes.uint(1, known.client, 1_000_000_000)),
    'bytes after the end': Uint8Array.from([
      ...one((bytes) => inRoot('board')(bytes.raw(kind.string)).text('x')),
      1,
      2,
      3,
    ]),
  };
}
