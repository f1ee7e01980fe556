import { freshSeed, randomness } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import type * as Y from 'yjs';
import { Client, MemoryStore, member, silent, thread } from '../test/fakes.ts';
import type { DocumentStore } from './index.ts';
import { createCollab } from './index.ts';

const seeds = 40;
const generations = 4;
const limits = {
  logCommitWindowMs: 0,
  collabAckDelayMs: 0,
  collabWindowMaxMs: 0,
  logCommitMaxUpdates: 5,
  storageRetryMinMs: 0,
  storageRetryMaxMs: 2,
  compactAfterUpdates: 7,
  roomUnloadAfterMs: 1,
};
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * What a crashed process still has in mind never reaches the disk. What it had handed over before is either written or
 * not by the time that `die` resolves, as after the recovery of a database.
 */
function mortal(store: MemoryStore): DocumentStore & { die(): Promise<void> } {
  let isDead = false;
  const underWay = new Set<Promise<unknown>>();
  const unlessDead = <T>(action: () => Promise<T>): Promise<T> => {
    if (isDead) return new Promise<T>(() => {});
    const running = action().finally(() => underWay.delete(running));
    underWay.add(running);
    return running;
  };
  return {
    load: (roomId) => unlessDead(() => store.load(roomId)),
    append: (updates) => unlessDead(() => store.append(updates)),
    saveSnapshot: (roomId, snapshot) => unlessDead(() => store.saveSnapshot(roomId, snapshot)),
    die: async () => {
      isDead = true;
      await Promise.allSettled(underWay);
    },
  };
}

async function play(seed: number): Promise<number> {
  const random = randomness(seed);
  const disk = new MemoryStore();
  disk.create('room');
  const hiccup = async () => {
    if (random.below(3) === 0) await turn();
    if (random.below(4) === 0) throw new Error('storage hiccup');
  };
  disk.beforeAppend = hiccup;
  disk.afterAppend = hiccup;
  disk.beforeSnapshot = hiccup;
  const acked = new Set<string>();
  let made = 0;

  for (let generation = 0; generation < generations; generation++) {
    const store = mortal(disk);
    const collab = createCollab({ thread, store, logger: silent, limits, random: random.next });
    // Fresh clients: what survives must come from the disk.
    const clients = Array.from({ length: 3 }, (_, index) => ({
      client: new Client({ member: member(`m${index}`), acks: true }),
      /** Tokens by the count of the message that brought them. */
      tokens: new Map<number, string>(),
    }));
    for (const { client } of clients) client.connect(collab);
    const noteAcks = () => {
      for (const { client, tokens } of clients) {
        const durable = client.socket.acks().at(-1) ?? 0;
        for (const [count, token] of tokens) if (count <= durable) acked.add(token);
      }
    };
    const crashAfter = 20 + random.below(60);
    for (let step = 0; step < crashAfter; step++) {
      const { client, tokens } = random.pick(clients);
      if (client.synced && random.below(2) === 0) {
        const token = `<${made++}>`;
        client.text.insert(client.text.length, token);
        tokens.set(client.sent, token);
      } else if (client.synced && random.below(10) === 0) {
        const token = `<${made++}>`;
        // The whole text as it is, and one token more; not if somebody types in between, whose token it would take away.
        const { text, version } = await collab.readFile('room', 'main.py');
        const isWritten = collab.writeFile('room', 'main.py', `${text}${token}`, { memberId: 'w', ifVersion: version });
        isWritten.then(
          () => acked.add(token),
          () => {},
        );
      } else await turn();
      noteAcks();
    }
    noteAcks();
    await store.die();
    for (const { client } of clients) client.destroy();

    const reopened = createCollab({ thread, store: disk, logger: silent });
    const { text } = await reopened.readFile('room', 'main.py');
    for (const token of acked) expect(text.split(token).length - 1, `seed ${seed}: ${token} in ${text}`).toBe(1);
    const tokens = text.match(/<\d+>/g) ?? [];
    expect(new Set(tokens).size, `seed ${seed}: nothing twice`).toBe(tokens.length);
    const seqs = disk.log('room').map(({ seq }) => seq);
    expect(seqs, `seed ${seed}`).toEqual(seqs.map((_, index) => index + 1));
    expect((disk.replay('room').getMap('files').get('main.py') as Y.Text).toString(), `seed ${seed}`).toBe(text);
  }
  return acked.size;
}

describe('crashes', () => {
  it(`SYNC-16 ${seeds * generations} crashes with a failing store: every acknowledged update is there, nothing twice`, async () => {
    const first = freshSeed();
    let acked = 0;
    for (let seed = first; seed < first + seeds; seed++) acked += await play(seed);
    // Acks must have come, or this shows nothing.
    expect(acked, `seed ${first}`).toBeGreaterThan(seeds * generations);
  }, 60_000);
});
