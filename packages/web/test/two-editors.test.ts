import type { EditorView } from '@codemirror/view';
import {
  connectDocument,
  createRoom,
  type DocumentClient,
  freshSeed,
  joinRoom,
  pause,
  type Randomness,
  randomness,
  request,
  type ServerProcess,
  startServer,
  until,
} from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { installDocument } from './document-in-node.ts';

// Each stock provider listens for the end of the process.
process.setMaxListeners(0);

const seeds = 8;
const steps = 250;
const path = 'main.py';

let server: ServerProcess;
let codeMirror: typeof import('@codemirror/view') & typeof import('@codemirror/state');
let yCodeMirror: typeof import('y-codemirror.next');

beforeAll(async () => {
  installDocument();
  codeMirror = { ...(await import('@codemirror/view')), ...(await import('@codemirror/state')) };
  yCodeMirror = await import('y-codemirror.next');
  server = await startServer({ env: { EXECUTION: 'off' } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** Somebody at a stock y-codemirror editor. Types one letter only, so that what is theirs can be counted. */
class Person implements Disposable {
  readonly letter: string;
  readonly client: DocumentClient;
  readonly view: EditorView;
  readonly #undo: Y.UndoManager;

  constructor(client: DocumentClient, letter: string) {
    const { EditorState, EditorView } = codeMirror;
    const { yCollab } = yCodeMirror;
    this.letter = letter;
    this.client = client;
    const text = client.file(path);
    this.#undo = new Y.UndoManager(text, { captureTimeout: 0 });
    const extensions = [yCollab(text, client.provider.awareness, { undoManager: this.#undo })];
    this.view = new EditorView({ state: EditorState.create({ doc: text.toString(), extensions }) });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  count(letter = this.letter): number {
    return this.text.split(letter).length - 1;
  }

  type(count: number): void {
    const { from, to } = this.view.state.selection.main;
    // Whatever is selected is replaced, as in any editor; here only if it is one's own.
    if (!this.#isOwn(from, to)) this.select(to, to);
    this.view.dispatch(this.view.state.replaceSelection(this.letter.repeat(count)), { userEvent: 'input.type' });
  }

  backspace(): void {
    const { head } = this.view.state.selection.main;
    if (head === 0 || !this.#isOwn(head - 1, head)) return;
    this.view.dispatch({ changes: { from: head - 1, to: head }, userEvent: 'delete.backward' });
  }

  select(anchor: number, head: number): void {
    this.view.dispatch({ selection: { anchor, head } });
  }

  undo(): void {
    this.#undo.undo();
  }

  redo(): void {
    this.#undo.redo();
  }

  /**
   * Between which two characters the ends of the selection are. Calling the result tells which ends are elsewhere: no
   * longer right of the nearest character that remains of those to their left, and left of the nearest to their right.
   */
  markSelection(): () => string[] {
    const { anchor, head } = this.view.state.selection.main;
    const before = characterIds(this.client.file(path));
    return () => {
      const places = new Map(characterIds(this.client.file(path)).map((id, place) => [id, place]));
      const remaining = before.map((id) => places.get(id));
      const now = this.view.state.selection.main;
      return [
        [anchor, now.anchor],
        [head, now.head],
      ].flatMap(([was, is]) => {
        const left = (remaining.slice(0, was).findLast((place) => place !== undefined) ?? -1) + 1;
        const right = remaining.slice(was).find((place) => place !== undefined) ?? places.size;
        const isInPlace = left <= (is as number) && (is as number) <= right;
        return isInPlace ? [] : [`${is}, not within ${left} and ${right} of ${JSON.stringify(this.text)}`];
      });
    };
  }

  [Symbol.dispose](): void {
    this.view.destroy();
    this.client[Symbol.dispose]();
  }

  #isOwn(from: number, to: number): boolean {
    return this.text.slice(from, to).replaceAll(this.letter, '') === '';
  }
}

/** Who wrote each character, and as their how manyth: what a character stays, wherever it moves. */
function characterIds(text: Y.Text): string[] {
  const ids: string[] = [];
  for (let item = text._start; item !== null; item = item.right) {
    if (item.deleted || !item.countable) continue;
    for (let at = 0; at < item.length; at++) ids.push(`${item.id.client}:${item.id.clock + at}`);
  }
  return ids;
}

/** Somebody with a client that knows whole texts only: reads, changes lines of `w`, and writes if nobody wrote in between. */
async function writeWhole(random: Randomness, roomId: string, token: string): Promise<boolean> {
  const address = `/api/v2/rooms/${roomId}/files/${path}`;
  const { body, headers } = await request(server.url, address, { token });
  const lines = (body as { text: string }).text.split('\n');
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const at = random.below(lines.length);
    if (random.below(3) === 0 && /^w+$/.test(lines[at] as string)) lines.splice(at, 1);
    else lines.splice(at, 0, 'w'.repeat(1 + random.below(3)));
  }
  const version = headers.get('etag') ?? '';
  const answer = await request(server.url, address, {
    method: 'PUT',
    token,
    body: { text: lines.join('\n') },
    headers: { 'if-match': version },
  });
  return answer.status === 200;
}

interface Play {
  people: [Person, Person];
  wholeWrites: number;
}

async function play(random: Randomness): Promise<Play & { roomId: string }> {
  const { room, token } = await createRoom(server.url, { language: 'python' });
  await request(server.url, `/api/v2/rooms/${room.id}/files/${path}`, {
    method: 'PUT',
    token,
    body: { text: '1\n2\n3\n4\n5\n6\n' },
  });
  const people = await Promise.all(
    ['a', 'b'].map(async (letter) => {
      const entry = await joinRoom(server.url, room.id);
      const clientId = 1 + random.below(2 ** 32 - 1);
      const client = connectDocument(server.url, room.id, entry.token, { acks: true, clientId });
      await client.synced();
      return new Person(client, letter);
    }),
  );
  const writer = await joinRoom(server.url, room.id);
  const { seed } = random;
  let wholeWrites = 0;
  let writing: Promise<void> | undefined;

  for (let step = 0; step < steps; step++) {
    const person = random.pick(people);
    const others = person.letter === 'a' ? 'b' : 'a';
    const before = { others: person.count(others), writer: person.count('w') };
    const action = random.below(20);
    const length = person.view.state.doc.length;
    if (action < 3) person.select(random.below(length + 1), random.below(length + 1));
    else if (action < 6) person.undo();
    else if (action < 8) person.redo();
    else if (action < 11) person.backspace();
    else person.type(1 + random.below(3));
    expect({ others: person.count(others), writer: person.count('w') }, `seed ${seed}: what is not theirs`).toEqual(
      before,
    );

    if (writing === undefined && random.below(10) === 0) {
      writing = writeWhole(random, room.id, writer.token).then((isWritten) => {
        if (isWritten) wholeWrites++;
        writing = undefined;
      });
    }
    // What comes meanwhile is of others.
    const meanwhile = people.map((each) => ({ each, isInPlace: each.markSelection(), own: each.count() }));
    await pause(random.below(4));
    for (const { each, isInPlace, own } of meanwhile) {
      expect(each.count(), `seed ${seed}, step ${step}: somebody lost what they wrote`).toBe(own);
      expect(isInPlace(), `seed ${seed}, step ${step}: somebody's selection was moved`).toEqual([]);
      expect(each.text, `seed ${seed}: the editor shows the text`).toBe(each.client.file(path).toString());
    }
  }
  await writing;
  return { people: people as [Person, Person], wholeWrites, roomId: room.id };
}

describe('two y-codemirror editors and a whole-text writer in one file', () => {
  it(`SYNC-52 in ${seeds} seeds nobody's undo, typing, cursor or selection eats or moves another's`, {
    timeout: 120_000,
  }, async () => {
    const first = freshSeed();
    let wholeWrites = 0;
    // All are waited for, so that none goes on without a server when another has failed.
    const games = await Promise.allSettled(
      Array.from({ length: seeds }, (_, index) => play(randomness(first + index))),
    );
    for (const game of games) {
      if (game.status === 'rejected') throw game.reason;
      const { people, wholeWrites: written } = game.value;
      const [one, two] = people;
      using _one = one;
      using _two = two;
      await until('both to see the same', () => one.text === two.text);
      wholeWrites += written;
    }
    // Without them this shows less than it says.
    expect(wholeWrites, `seed ${first}`).toBeGreaterThan(seeds);
  });
});
