/** People who come, write, paste, lose their connections and go, in many rooms of one server; for tests only. */
import { documentMaps } from '@coderoom/protocol';
import {
  connectDocument,
  createRoom,
  type DocumentClient,
  type FaultProxy,
  joinRoom,
  type Randomness,
  request,
  startFaultProxy,
  until,
} from '@coderoom/testkit';
import { expect } from 'vitest';
import type * as Y from 'yjs';

// Each stock provider listens for the end of the process.
process.setMaxListeners(0);

const proxies = 10;
const peopleMax = 60;
const marksPath = 'main.py';
const noisePath = 'noise.txt';
const noiseMaxLength = 20_000;
const pasted = 'what somebody found elsewhere and puts in here as a whole\n'.repeat(1700);
const bigText = 'a line of a document that has been written for months\n'.repeat(18_500);

interface Person {
  roomId: string;
  client: DocumentClient;
  /** What they wrote that nobody deletes. */
  marks: string[];
}

interface SoakRoom {
  id: string;
  token: string;
  isBig: boolean;
}

/** Who writes where, and what must be there in the end. Nothing that it asks of a server that is down is a failure. */
export class Crowd implements AsyncDisposable {
  readonly rooms: SoakRoom[] = [];
  /** Of those who left when all of it was durable, by room. */
  readonly #kept = new Map<string, string[]>();
  readonly #random: Randomness;
  readonly #url: string;
  #proxies: FaultProxy[] = [];
  #people: Person[] = [];
  #names = 0;
  /** What takes a while. */
  readonly #underWay = new Set<Promise<void>>();
  readonly counts = { came: 0, marks: 0, pastes: 0, cuts: 0, wholeTexts: 0 };

  constructor(url: string, random: Randomness) {
    this.#url = url;
    this.#random = random;
  }

  get present(): number {
    return this.#people.length;
  }

  async openRooms(count: number, bigOnes: number): Promise<void> {
    while (this.#proxies.length < proxies) this.#proxies.push(await startFaultProxy(this.#url));
    for (let index = 0; index < count; index++) {
      const { room, token } = await createRoom(this.#url, { language: 'python' });
      const isBig = index < bigOnes;
      const made = { id: room.id, token, isBig };
      this.rooms.push(made);
      await this.#writeNoise(made, isBig ? bigText : 'noise\n');
    }
  }

  /** One thing that happens to somebody. */
  act(): void {
    const random = this.#random;
    const dice = random.below(1000);
    const person = this.#people.length === 0 ? undefined : random.pick(this.#people);
    if (person === undefined || (dice < 60 && this.#people.length + this.#underWay.size < peopleMax))
      this.#begin(this.#come());
    else if (dice < 80) this.#begin(this.#leave(person));
    else if (dice < 83) this.#cut();
    else if (dice < 86) random.pick(this.#proxies).stall();
    else if (dice < 95) this.#resume();
    else if (dice < 105) this.#rewrite(random.pick(this.rooms));
    else if (dice < 112) this.#paste(person);
    else if (dice < 500) this.#mark(person);
    else if (dice < 900) this.#type(person);
    else person.client.provider.awareness.setLocalStateField('cursor', { anchor: random.below(100) });
  }

  /** Everybody in a room sees the same; then all go, and what they wrote is to be there from now on. */
  async goHome(): Promise<void> {
    this.#resume();
    await Promise.all(this.#underWay);
    const byRoom = Map.groupBy(this.#people, ({ roomId }) => roomId);
    for (const [roomId, people] of byRoom) {
      await until(
        `room ${roomId} to be together`,
        () => {
          expect(people.every(isSaved)).toBe(true);
          expect(new Set(people.map(({ client }) => contents(client.doc))).size).toBe(1);
          return true;
        },
        { timeoutMs: 60_000, everyMs: 100 },
      );
    }
    for (const person of this.#people.splice(0)) this.#keep(person);
  }

  /** What newcomers find; by room, so that it can be held against what is stored. */
  async expectAllKept(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const { id, token } of this.rooms) {
      using newcomer = connectDocument(this.#url, id, token);
      await newcomer.synced();
      const marks = newcomer.file(marksPath).toString().match(/<\d+>/g) ?? [];
      const present = new Set(marks);
      expect(present.size, `room ${id}: a mark stands twice`).toBe(marks.length);
      expect(
        (this.#kept.get(id) ?? []).filter((mark) => !present.has(mark)),
        `room ${id}: what was durable is missing`,
      ).toEqual([]);
      found.set(id, contents(newcomer.doc));
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client } of this.#people.splice(0)) client[Symbol.dispose]();
    for (const proxy of this.#proxies.splice(0)) await proxy[Symbol.asyncDispose]();
  }

  /** The server may be down: what fails then is nobody's fault. */
  #begin(work: Promise<void>): void {
    const done: Promise<void> = work.catch(() => {}).finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  async #come(): Promise<void> {
    const { id } = this.#random.pick(this.rooms);
    const proxy = this.#random.pick(this.#proxies);
    const { token } = await joinRoom(this.#url, id);
    this.counts.came++;
    const client = connectDocument(proxy.url, id, token, { acks: true });
    this.#people.push({ roomId: id, client, marks: [] });
  }

  /** Half of them wait until all is durable; of the others nothing is expected. */
  async #leave(person: Person): Promise<void> {
    this.#people.splice(this.#people.indexOf(person), 1);
    if (this.#random.below(2) === 0)
      await until('their last words', () => isSaved(person), { timeoutMs: 3000 }).catch(() => {});
    if (isSaved(person)) this.#keep(person);
    else person.client[Symbol.dispose]();
  }

  #keep({ roomId, client, marks }: Person): void {
    const kept = this.#kept.get(roomId) ?? [];
    kept.push(...marks);
    this.#kept.set(roomId, kept);
    client[Symbol.dispose]();
  }

  #cut(): void {
    this.counts.cuts++;
    this.#random.pick(this.#proxies).cut();
  }

  #resume(): void {
    for (const proxy of this.#proxies) proxy.resume();
  }

  #mark({ client, marks }: Person): void {
    const text = client.file(marksPath);
    if (text === undefined) return;
    const mark = `<${this.#names++}>`;
    this.counts.marks++;
    text.insert(text.length, mark);
    marks.push(mark);
  }

  #type({ client }: Person): void {
    const text = client.file(noisePath);
    if (text === undefined) return;
    const at = this.#random.below(text.length + 1);
    if (this.#random.below(3) === 0) text.delete(at, Math.min(text.length - at, 5));
    else text.insert(at, this.#random.pick(['a', 'bc', '\n', '👍', 'def f():\n']));
  }

  /** In, and out again by the next who pastes there, so that a room does not grow for ever. */
  #paste({ client }: Person): void {
    const text = client.file(noisePath);
    if (text === undefined) return;
    this.counts.pastes++;
    if (text.length > noiseMaxLength && text.length < bigText.length) text.delete(0, text.length);
    else text.insert(this.#random.below(text.length + 1), pasted);
    if (text.length > 1.5 * bigText.length) text.delete(0, text.length - bigText.length);
  }

  #rewrite(room: SoakRoom): void {
    if (!room.isBig) this.#begin(this.#writeNoise(room, 'all of it anew\n'));
  }

  async #writeNoise({ id, token }: SoakRoom, text: string): Promise<void> {
    this.counts.wholeTexts++;
    await request(this.#url, `/api/v2/rooms/${id}/files/${noisePath}`, { method: 'PUT', token, body: { text } });
  }
}

/** They are connected, and all they ever wrote is durable. */
function isSaved({ client: { provider, sent, durable } }: Person): boolean {
  return provider.synced && sent() > 0 && durable() >= sent();
}

/** All that can be read in a document, in the order of names. */
export function contents(doc: Y.Doc): string {
  const maps = Object.values(documentMaps).map((name) => Object.entries(doc.getMap(name).toJSON()).sort(byKey));
  return JSON.stringify(maps);
}

const byKey = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);
