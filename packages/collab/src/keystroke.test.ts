import { freshSeed, type Randomness, randomness } from '@coderoom/testkit';
import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { DocumentState } from './document-state.ts';
import { Keystroke } from './keystroke.ts';
import { decodeMessage, encodeUpdate } from './messages.ts';
import { Outbox } from './outbox.ts';

const nestingMax = 64;
const keystroke = new Keystroke();

/** A room's document and what it has to tell. */
class Side {
  readonly state = new DocumentState();
  readonly outbox = new Outbox<number>();

  /** What came of a message; undefined when it is refused. */
  takeTheLongWay(author: number, message: Uint8Array): 'change' | 'known' | 'gap' | undefined {
    try {
      const decoded = decodeMessage(message);
      if (decoded.type !== 'update') return undefined;
      const outcome = this.state.read(decoded.update, nestingMax);
      if (outcome.kind === 'change') {
        this.outbox.add(author, outcome);
        this.state.apply(outcome);
      }
      return outcome.kind;
    } catch {
      return undefined;
    }
  }

  takeTheShortWay(author: number, message: Uint8Array): boolean {
    if (!keystroke.read(message) || !this.state.type(keystroke)) return false;
    this.outbox.addTyped(author, keystroke);
    return true;
  }

  told(reader: number): number[][] {
    return this.outbox.messagesFor(reader).map((message) => [...message]);
  }
}

/** Types, mostly on; sometimes elsewhere, other letters, or takes something back. */
function write(random: Randomness, doc: Y.Doc, places: Map<Y.Doc, number>): void {
  const text = doc.getText('text');
  const place = Math.min(places.get(doc) ?? 0, text.length);
  const letters = random.pick([
    'a',
    'b',
    ' ',
    'word',
    '\n',
    'é',
    '🙂',
    'x'.repeat(126),
    'y'.repeat(127),
    'z'.repeat(128),
  ]);
  const what = random.below(20);
  if (what === 0 && text.length > 2) text.delete(random.below(text.length - 1), 1);
  else if (what === 1) places.set(doc, random.below(text.length + 1));
  else if (what === 2) doc.getMap('map').set('key', letters);
  else {
    text.insert(place, letters);
    places.set(doc, place + letters.length);
  }
}

it('SYNC-81 what is typed is taken the short way with the outcome of the long one, and nothing else is', () => {
  const seed = freshSeed();
  const random = randomness(seed);
  let taken = 0;
  for (let round = 0; round < 60; round++) {
    const [short, long] = [new Side(), new Side()];
    const docs = [0, 1, 2].map((index) =>
      Object.assign(new Y.Doc(), { clientID: random.pick([7, 300, 2 ** 31]) + index }),
    );
    const messages: [author: number, message: Uint8Array][] = [];
    for (const [author, doc] of docs.entries()) {
      doc.on('update', (update: Uint8Array, origin: unknown) => {
        if (origin !== 'elsewhere') messages.push([author, encodeUpdate(update)]);
      });
    }
    const places = new Map<Y.Doc, number>();
    for (let step = 0; step < 200; step++) {
      const from = random.pick(docs);
      write(random, from, places);
      if (random.below(3) === 0) Y.applyUpdate(random.pick(docs), Y.encodeStateAsUpdate(from), 'elsewhere');
      for (const [author, message] of messages.splice(0)) {
        const context = `seed ${seed}, round ${round}, step ${step}`;
        // Before or after the message itself comes one that is nearly the same.
        const damaged = message.slice();
        damaged[random.below(damaged.length)] = random.below(256);
        const came =
          random.below(4) === 0 ? [message, damaged] : random.below(3) === 0 ? [damaged, message] : [message];
        for (const bytes of came) {
          const isTaken = short.takeTheShortWay(author, bytes);
          const outcome = long.takeTheLongWay(author, bytes);
          if (isTaken) {
            taken++;
            expect(outcome, context).toBe('change');
          } else expect(short.takeTheLongWay(author, bytes), context).toBe(outcome);
        }
        for (const reader of [author, 9]) expect(short.told(reader), context).toEqual(long.told(reader));
        if (random.below(3) > 0) continue;
        for (const { outbox } of [short, long]) outbox.clear();
      }
    }
    expect(short.state.encode(), `seed ${seed}, round ${round}`).toEqual(long.state.encode());
    expect(short.state.bytes).toBe(long.state.bytes);
  }
  expect(taken).toBeGreaterThan(1000);
});
