/** People type while their server is killed again and again; every edit that was called durable must be there. For tests only. */
import {
  connectDocument,
  createRoom,
  type DocumentClient,
  freshSeed,
  pause,
  randomness,
  type ServerProcess,
  startServer,
} from '@coderoom/testkit';
import { expect } from 'vitest';

const people = 3;

/** Types one mark after the other and remembers which of them the server called durable. */
class Typist {
  /** Marks by the number of the message that carried them on the present socket. */
  private readonly sent: string[] = [];
  private readonly client: DocumentClient;
  private readonly name: string;

  constructor(client: DocumentClient, name: string) {
    this.client = client;
    this.name = name;
  }

  type(path: string): void {
    const mark = `<${this.name}.${this.sent.length}>`;
    const before = this.client.sent();
    const text = this.client.file(path);
    text.insert(text.length, mark);
    // Only what went out on the wire can be acknowledged; the message's number is how many there are now.
    if (this.client.sent() === before + 1) this.sent[before] = mark;
  }

  acknowledged(): string[] {
    return this.sent.slice(0, this.client.durable()).filter((mark) => mark !== undefined);
  }
}

/** Kills the server so many times under typing, then looks what a newcomer finds. `env` says which database. */
export async function killAgainAndAgain(rounds: number, env: Record<string, string>): Promise<void> {
  const random = randomness(freshSeed());
  await using first = await startServer({ env: { EXECUTION: 'off', ...env } });
  const { room, token } = await createRoom(first.url, { language: 'python' });
  const acknowledged: string[] = [];
  let server: ServerProcess = first;

  for (let round = 0; round < rounds; round++) {
    const connected = Array.from({ length: people }, () => connectDocument(server.url, room.id, token, { acks: true }));
    try {
      await Promise.all(connected.map((client) => client.synced()));
      const typists = connected.map((client, index) => new Typist(client, `${round}.${index}`));
      const until = performance.now() + 60 + random.below(250);
      while (performance.now() < until) {
        for (const typist of typists) typist.type('main.py');
        await pause(random.below(4));
      }
      await server.kill();
      for (const typist of typists) acknowledged.push(...typist.acknowledged());
    } finally {
      for (const client of connected) client[Symbol.dispose]();
    }
    server = await server.restart();
  }

  // Nobody who typed is left: what a newcomer sees comes from the database alone.
  using newcomer = connectDocument(server.url, room.id, token);
  await newcomer.synced();
  const text = newcomer.file('main.py').toString();
  const marks = text.match(/<[\d.]+>/g) ?? [];
  const present = new Set(marks);
  await server.stop();

  expect(acknowledged.length, `seed ${random.seed}`).toBeGreaterThan(rounds * people);
  expect(
    acknowledged.filter((mark) => !present.has(mark)),
    `seed ${random.seed}`,
  ).toEqual([]);
  expect(marks.length, `seed ${random.seed}: a mark stands twice`).toBe(present.size);
}
