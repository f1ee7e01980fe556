import type { Worker } from 'node:worker_threads';
import { until } from '@coderoom/testkit';
import { afterEach, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Client, MemoryStore, silent } from '../test/fakes.ts';
import { defaultLimits } from './contract.ts';
import { createDocumentThread, type DocumentThread } from './document-thread.ts';
import { createCollab } from './index.ts';

const by = { memberId: null };
let thread: DocumentThread | undefined;
afterEach(() => thread?.close());

function start(limits = {}) {
  const threads: Worker[] = [];
  const all = { ...defaultLimits, logCommitWindowMs: 1, ...limits };
  thread = createDocumentThread({ limits: all, random: Math.random, onThread: (started) => threads.push(started) });
  const store = new MemoryStore();
  store.create('room');
  return { threads, store, collab: createCollab({ thread, store, logger: silent, limits: all }) };
}

it('SYNC-67 is not there until somebody needs text, and gone when nobody did for a while', async () => {
  const { threads, collab } = start({ documentThreadIdleMs: 20 });
  expect(threads).toHaveLength(0);
  await collab.readFiles('room');
  expect(threads).toHaveLength(1);
  const ended = new Promise((resolve) => threads[0]?.on('exit', resolve));
  await ended;
  await collab.writeFile('room', 'main.py', 'again', by);
  expect((await collab.readFile('room', 'main.py')).text).toBe('again');
  expect(threads.length).toBeGreaterThanOrEqual(2);
});

it('SYNC-67 what it was asked when it died is asked again; nothing is lost or written twice', async () => {
  const { threads, collab, store } = start();
  await collab.writeFile('room', 'main.py', '0\n', by);
  const expected = ['0\n'];
  for (let round = 1; round <= 8; round++) {
    const text = `${expected.at(-1)}${round}\n`;
    const writing = collab.writeFile('room', 'main.py', text, by);
    const reading = collab.readFile('room', 'main.py');
    if (round % 2 === 0) void threads.at(-1)?.terminate();
    await writing;
    expect((await reading).text).toBe(text);
    expected.push(text);
  }
  expect(threads.length).toBeGreaterThan(2);
  await until('the log', () => collab.stats().pendingBytes === 0);
  expect(store.replay('room').getMap('files').toJSON()['main.py']).toBe(expected.at(-1));
});

it('SYNC-67 concurrent whole-text writes come one after the other', async () => {
  const { collab } = start();
  const texts = Array.from({ length: 10 }, (_, index) => `text ${index}\n`);
  await Promise.all(texts.map((text) => collab.writeFile('room', 'main.py', text, by)));
  expect((await collab.readFile('room', 'main.py')).text).toBe(texts.at(-1));
});

it('SYNC-67 takes only so much at once', async () => {
  const { collab, store } = start({ documentThreadQueueMax: 3 });
  const rooms = Array.from({ length: 8 }, (_, index) => `room ${index}`);
  for (const room of rooms) store.create(room);
  const results = await Promise.allSettled(rooms.map((room) => collab.readFiles(room)));
  const refused = results.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(rooms.length);
  for (const { reason } of refused as PromiseRejectedResult[])
    expect(reason).toMatchObject({ code: 'storage_unavailable' });
});

it('SYNC-32 a snapshot for which a thread had to be asked twice holds nothing that is not durable', async () => {
  const { threads, collab, store } = start({ compactAfterUpdates: 3 });
  const author = new Client().connect(collab);
  await until('the first sync', () => author.synced);
  const saved: { held: Map<number, number>; durable: Map<number, number> }[] = [];
  const save = store.saveSnapshot.bind(store);
  store.saveSnapshot = (roomId, snapshot) => {
    const durable = Y.decodeStateVector(Y.encodeStateVector(store.replay(roomId)));
    saved.push({ held: Y.decodeStateVector(Y.encodeStateVectorFromUpdate(snapshot.state)), durable });
    return save(roomId, snapshot);
  };
  for (const letter of 'abc') author.text.insert(0, letter);
  await until('the thread', () => threads.length === 1);
  const release = Promise.withResolvers<void>();
  store.beforeAppend = () => release.promise;
  author.text.insert(0, 'later');
  void threads[0]?.terminate();
  // It comes after the snapshot.
  await collab.readFile('room', 'main.py');
  release.resolve();
  await until('the snapshot', () => saved.length > 0);
  expect(threads).toHaveLength(2);
  for (const { held, durable } of saved) {
    for (const [client, clock] of held) expect(clock).toBeLessThanOrEqual(durable.get(client) ?? 0);
  }
  author.destroy();
});
