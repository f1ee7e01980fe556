import { pause, until } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import { MemoryStore, silent } from '../test/fakes.ts';
import { defaultLimits, type LoggedUpdate } from './contract.ts';
import { UpdateLog } from './update-log.ts';

function start(limits = {}) {
  const store = new MemoryStore();
  const commits: [roomId: string, seq: number][] = [];
  const log = new UpdateLog({
    store,
    limits: { ...defaultLimits, logCommitWindowMs: 1, storageRetryMinMs: 2, storageRetryMaxMs: 20, ...limits },
    logger: silent,
    random: Math.random,
    onCommit: (roomId, seq) => commits.push([roomId, seq]),
    onForeign: () => {},
  });
  const next = new Map<string, number>();
  const add = (roomId: string, bytes = 10): LoggedUpdate => {
    if (!store.rooms.has(roomId)) store.create(roomId);
    const seq = (next.get(roomId) ?? 1) + 1;
    next.set(roomId, seq);
    const update = { roomId, seq, at: 0, memberId: null, update: new Uint8Array(bytes) };
    log.append(roomId, seq, 0, null, update.update);
    return update;
  };
  const seqs = (roomId: string) => store.log(roomId).map(({ seq }) => seq);
  return { store, log, add, commits, seqs };
}

describe('the update log', () => {
  it('SYNC-9 writes what comes within a window, of all rooms, in one append and in order', async () => {
    const { store, log, add, commits, seqs } = start();
    for (let index = 0; index < 20; index++) add(`room${index % 2}`);
    await until('the commit', () => log.pendingBytes === 0);
    expect(store.appends).toBe(1);
    expect(seqs('room0')).toEqual(Array.from({ length: 11 }, (_, index) => index + 1));
    expect(commits).toEqual([
      ['room0', 11],
      ['room1', 11],
    ]);
  });

  it('SYNC-9 keeps an append within its bounds and gives every room its turn', async () => {
    const { store, log, add, seqs } = start({ logCommitMaxBytes: 1000, logCommitMaxUpdates: 4 });
    const sizes: number[] = [];
    store.beforeAppend = (batches) => sizes.push(batches.reduce((sum, { count }) => sum + count, 0));
    for (let index = 0; index < 20; index++) add('busy');
    add('big', 5000);
    add('quiet');
    await until('the commits', () => log.pendingBytes === 0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4);
    expect(seqs('busy').length + seqs('big').length + seqs('quiet').length).toBe(3 + 22);
  });

  it('SYNC-12 keeps all while the store fails, tries again with growing pauses, and recovers by itself', async () => {
    const { store, log, add, commits, seqs } = start();
    let isDown = true;
    store.beforeAppend = () => {
      if (isDown) throw new Error('disk full');
    };
    add('room');
    await until('several attempts', () => store.appends >= 4);
    expect(log.failing).toBe(true);
    add('room');
    expect(commits).toEqual([]);
    expect(log.pendingBytes).toBeGreaterThan(0);
    const attempts = store.appends;
    await pause(100);
    // Pauses of 10 to 20 ms by now: not a storm.
    expect(store.appends - attempts).toBeLessThan(15);
    isDown = false;
    await until('recovery', () => !log.failing && log.pendingBytes === 0);
    expect(seqs('room')).toEqual([1, 2, 3]);
    expect(commits).toEqual([['room', 3]]);
  });

  it('SYNC-12 tells for how long the oldest has waited, through all the attempts that failed', async () => {
    const { store, log, add } = start();
    let isDown = true;
    store.beforeAppend = () => {
      if (isDown) throw new Error('disk full');
    };
    expect(log.lagMs).toBe(0);
    add('room');
    const since = performance.now();
    await until('many attempts', () => store.appends > 10);
    expect(log.lagMs).toBeGreaterThan((performance.now() - since) / 2);
    isDown = false;
    await until('the commit', () => log.pendingBytes === 0);
    await until('no lag', () => log.lagMs === 0);
  });

  it('SYNC-12 appends the same again when the answer of a commit got lost; nothing is there twice', async () => {
    const { store, log, add, seqs } = start();
    let lost = 2;
    store.afterAppend = () => {
      if (lost-- > 0) throw new Error('connection reset');
    };
    add('room');
    await until('the commit', () => log.pendingBytes === 0);
    expect(seqs('room')).toEqual([1, 2]);
  });

  it('SYNC-14 one room’s trouble is not that of others', async () => {
    const { store, log, add, seqs } = start();
    for (const roomId of ['a', 'b', 'c', 'd', 'e', 'f']) add(roomId);
    add('bad');
    let isBad = true;
    store.beforeAppend = (batches) => {
      if (isBad && batches.some(({ roomId }) => roomId === 'bad')) throw new Error('row refused');
    };
    await until('the others', () => ['a', 'b', 'c', 'd', 'e', 'f'].every((roomId) => seqs(roomId).length === 2));
    await until('the store is not called down', () => !log.failing && log.failingSomewhere);
    add('a');
    await until('the next of another', () => seqs('a').length === 3);
    expect(seqs('bad')).toEqual([1]);
    const attempts = store.appends;
    await pause(100);
    // With pauses of 10 to 20 ms by now.
    expect(store.appends - attempts).toBeLessThan(20);
    isBad = false;
    await until('recovery', () => !log.failingSomewhere && log.pendingBytes === 0);
    expect(seqs('bad')).toEqual([1, 2]);
  });

  it('SYNC-14 a room that was deleted meanwhile is forgotten, and holds nothing up', async () => {
    const { store, log, add, seqs } = start();
    add('gone');
    store.rooms.delete('gone');
    const waiting = log.durable('gone', 2);
    await until('the first failure', () => log.failing);
    log.forget('gone');
    await expect(waiting).rejects.toMatchObject({ code: 'room_not_found' });
    add('room');
    await until('the next room', () => seqs('room').length === 2);
    expect(log.pendingBytes).toBe(0);
  });

  it('SYNC-10 tells who waits only after the commit', async () => {
    const { store, log, add } = start();
    const release = Promise.withResolvers<void>();
    store.beforeAppend = () => release.promise;
    add('room');
    let isDurable = false;
    void log.durable('room', 2).then(() => {
      isDurable = true;
    });
    await until('the append', () => store.appends === 1);
    await pause(10);
    expect(isDurable).toBe(false);
    release.resolve();
    await until('the commit', () => isDurable);
    await log.durable('room', 2);
    await log.durable('unknown', 5);
  });

  it('SYNC-15 drains what is pending, and gives what it could not save in time', async () => {
    const { store, log, add, seqs } = start();
    add('room');
    expect(await log.drain(1000)).toEqual([]);
    expect(seqs('room')).toEqual([1, 2]);

    const other = start();
    other.store.beforeAppend = () => {
      throw new Error('disk full');
    };
    other.add('room');
    expect(await other.log.drain(30)).toEqual([{ roomId: 'room', updates: 1, bytes: expect.any(Number) }]);
    const attempts = other.store.appends;
    await pause(60);
    expect(other.store.appends).toBe(attempts);
    expect(store.appends).toBe(1);
  });
});
