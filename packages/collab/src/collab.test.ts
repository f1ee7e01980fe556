import { collabClose } from '@coderoom/protocol';
import { pause, until } from '@coderoom/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import {
  Client,
  type ClientOptions,
  FakeSocket,
  MemoryStore,
  member,
  silent,
  thread,
  updateMessage,
} from '../test/fakes.ts';
import { type CollabOptions, createCollab } from './index.ts';

const openClients: Client[] = [];
afterEach(() => {
  for (const client of openClients.splice(0)) client.destroy();
});

const quick = {
  logCommitWindowMs: 1,
  collabAckDelayMs: 1,
  storageRetryMinMs: 2,
  storageRetryMaxMs: 10,
  roomUnloadAfterMs: 20,
};

function start(limits: CollabOptions['limits'] = {}, store = new MemoryStore(), more: Partial<CollabOptions> = {}) {
  if (store.rooms.size === 0) store.create('room');
  const collab = createCollab({ thread, store, logger: silent, limits: { ...quick, ...limits }, ...more });
  const client = (options: ClientOptions = {}) => {
    const made = new Client(options);
    openClients.push(made);
    return made.connect(collab);
  };
  const join = async (options: ClientOptions = {}) => {
    const joined = client(options);
    await until('the first sync', () => joined.synced);
    return joined;
  };
  return { store, collab, client, join };
}

const textOf = (doc: Y.Doc) => (doc.getMap('files').get('main.py') as Y.Text).toString();
const saved = (client: Client) => until('the ack', () => client.socket.acks().at(-1) === client.sent);

describe('opening a room', () => {
  it('SYNC-30 makes messages wait while it loads; two connects share one load', async () => {
    const { store, client } = start();
    const release = Promise.withResolvers<void>();
    store.beforeLoad = () => release.promise;
    const [first, second] = [client({ doc: store.replay('room') }), client({ member: member('b') })];
    first.text.insert(0, 'early');
    await pause(5);
    expect(first.socket.sent).toEqual([]);
    release.resolve();
    await until('both', () => first.synced && second.synced && second.text.toString() === 'early');
    expect(store.loads).toBe(1);
  });

  it('SYNC-30 bounds what may wait', async () => {
    const { store, client } = start({ collabWaitingMaxBytes: 1000 });
    store.beforeLoad = () => new Promise(() => {});
    const eager = client({ doc: store.replay('room') });
    eager.text.insert(0, 'x'.repeat(2000));
    expect(eager.socket.closure?.code).toBe(collabClose.tryAgainLater);
  });

  it('SYNC-31 closes with 1013 when a load fails, and serves no empty document in its place', async () => {
    const { store, collab, client, join } = start();
    store.beforeLoad = () => {
      throw new Error('no database');
    };
    const [refused, other] = [client(), client({ member: member('b') })];
    await until('the refusal', () => refused.isClosed && other.isClosed);
    expect(refused.socket.closure).toEqual({ code: collabClose.tryAgainLater, reason: 'storage unavailable' });
    expect(refused.socket.sent).toEqual([]);
    await expect(collab.readFiles('room')).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(collab.stats()).toMatchObject({ roomsOpen: 0, sockets: 0 });
    store.beforeLoad = () => {};
    expect((await join()).file('main.py')).toBeDefined();
  });

  it('SYNC-31 refuses to serve a stored document that has a gap or is damaged', async () => {
    const { store, client, join } = start();
    const author = await join({ acks: true });
    author.text.insert(0, 'a');
    author.text.insert(1, 'b');
    await saved(author);
    for (const damage of [
      () => store.log('room').splice(1, 1),
      () => (store.log('room')[0] as { update: Uint8Array }).update.fill(255),
    ]) {
      damage();
      const engine = createCollab({ thread, store, logger: silent });
      const reader = new Client();
      openClients.push(reader);
      reader.connect(engine);
      await until('the refusal', () => reader.isClosed);
      expect(reader.socket.closure?.code).toBe(collabClose.tryAgainLater);
    }
    expect(client).toBeDefined();
  });

  it('SYNC-31 closes with 4404 where there is no document', async () => {
    const { collab } = start();
    const socket = new FakeSocket();
    collab.connect({ roomId: 'nowhere', socket, member: member('a'), acks: false });
    await until('the refusal', () => socket.closure);
    expect(socket.closure?.code).toBe(collabClose.roomGone);
    await expect(collab.readFiles('nowhere')).rejects.toMatchObject({ code: 'room_not_found' });
    expect(collab.stats().roomsOpen).toBe(0);
  });
});

describe('durability', () => {
  it('SYNC-9 logs what changes the document with seq, time and member: the log makes the document', async () => {
    const { store, join } = start({}, new MemoryStore(), { now: () => 1234 });
    const [one, two] = [await join({ acks: true }), await join({ member: member('b'), acks: true })];
    for (let index = 0; index < 20; index++) {
      one.text.insert(0, 'a');
      two.text.insert(two.text.length, 'b');
      if (index % 5 === 0) await pause(2);
    }
    await saved(one);
    await saved(two);
    await until('arrival', () => one.text.length === 40 && two.text.length === 40);
    const log = store.log('room');
    expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: 41 }, (_, index) => index + 1));
    expect(new Set(log.slice(1).map(({ memberId }) => memberId))).toEqual(new Set(['editor', 'b']));
    expect(log.slice(1).every(({ at }) => at === 1234)).toBe(true);
    expect(textOf(store.replay('room'))).toBe(one.text.toString());
  });

  it('SYNC-10 acknowledges after the commit, at most once per commit, only who asked', async () => {
    const { store, join } = start({ logCommitWindowMs: 5 });
    const [asked, other] = [await join({ acks: true }), await join({ member: member('b') })];
    const release = Promise.withResolvers<void>();
    store.beforeAppend = () => release.promise;
    await saved(asked);
    const before = asked.socket.acks().length;
    for (let index = 0; index < 50; index++) asked.text.insert(0, 'x');
    await until('arrival', () => other.text.length === 50);
    await pause(20);
    expect(asked.socket.acks().length).toBe(before);
    const appendsBefore = store.appends;
    release.resolve();
    await saved(asked);
    expect(asked.socket.acks().length - before).toBeLessThanOrEqual(store.appends - appendsBefore + 1);
    expect(other.socket.acks()).toEqual([]);
    expect(store.log('room').length).toBe(51);
  });

  it('SYNC-10 lets an ack ride on the next delivery, and sends it by itself when there is none for a while', async () => {
    const { join } = start({ collabAckDelayMs: 300 });
    const [author, other] = [await join({ acks: true }), await join({ member: member('b') })];
    await saved(author);
    const before = author.socket.acks().length;
    author.text.insert(0, 'x');
    await pause(60);
    expect(author.socket.acks().length).toBe(before);
    other.text.insert(0, 'y');
    await until('the delivery', () => author.text.length === 2);
    expect(author.socket.acks().at(-1)).toBe(author.sent);
    expect(author.socket.sent.at(-1)?.[0]).toBe(100);
    author.text.insert(0, 'z');
    await saved(author);
  });

  it('SYNC-12 goes on while the store fails, without acks, and acknowledges once it is back', async () => {
    const { store, collab, join } = start();
    const [author, other] = [await join({ acks: true }), await join({ member: member('b') })];
    await saved(author);
    store.beforeAppend = () => {
      throw new Error('disk full');
    };
    author.text.insert(0, 'still here');
    await until('arrival', () => other.text.toString() === 'still here');
    await until('the failure to be known', () => collab.stats().storageFailing);
    expect(author.socket.acks().at(-1)).toBe(author.sent - 1);
    await expect(collab.writeFile('room', 'main.py', 'x', { memberId: null })).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    store.beforeAppend = () => {};
    await saved(author);
    expect(collab.stats()).toMatchObject({ storageFailing: false, pendingBytes: 0 });
    expect(textOf(store.replay('room'))).toBe('still here');
  });

  it('SYNC-13 turns writers away with 1013 when too much is pending; what was accepted is stored later', async () => {
    const { store, join } = start({ logPendingMaxBytes: 3000 });
    const [author, reader] = [await join(), await join({ member: member('b'), acks: true })];
    await saved(reader);
    store.beforeAppend = () => {
      throw new Error('disk full');
    };
    author.text.insert(0, 'a'.repeat(2000));
    expect(author.isClosed).toBe(false);
    author.text.insert(0, 'b'.repeat(2000));
    expect(author.socket.closure).toEqual({ code: collabClose.tryAgainLater, reason: 'storage unavailable' });
    reader.sendUpdate(Y.encodeStateAsUpdate(new Y.Doc()));
    expect(reader.isClosed).toBe(false);
    store.beforeAppend = () => {};
    await until('the accepted part', () => textOf(store.replay('room')) === 'a'.repeat(2000));
    // Its client still has the rest and brings it when it comes again.
    expect(reader.text.toString()).toBe('a'.repeat(2000));
  });

  it('SYNC-15 closes by storing what is pending, acknowledging it, and closing the sockets with 1001', async () => {
    const { store, collab, join } = start({ logCommitWindowMs: 1000 });
    const author = await join({ acks: true });
    author.text.insert(0, 'at the last moment');
    const closing = collab.close();
    author.text.insert(0, 'too late');
    const late = new FakeSocket();
    collab.connect({ roomId: 'room', socket: late, member: member('a'), acks: false });
    expect(late.closure?.code).toBe(collabClose.goingAway);
    await expect(collab.readFiles('room')).rejects.toMatchObject({ code: 'shutting_down' });
    await closing;
    expect(author.socket.closure?.code).toBe(collabClose.goingAway);
    expect(author.socket.acks().at(-1)).toBe(author.sent - 1);
    expect(textOf(store.replay('room'))).toBe('at the last moment');
    expect(collab.stats()).toMatchObject({ roomsOpen: 0, sockets: 0, pendingBytes: 0, storageFailing: false });
  });

  it('SYNC-15 gives up after a bound and reports what was not saved', async () => {
    const errors: unknown[] = [];
    const logger = { warn: () => {}, error: (details: unknown, message: string) => errors.push([message, details]) };
    const { store, collab, join } = start({ logDrainTimeoutMs: 50 }, new MemoryStore(), { logger });
    const author = await join();
    store.beforeAppend = () => {
      throw new Error('disk full');
    };
    author.text.insert(0, 'x');
    await collab.close();
    expect(errors).toContainEqual([
      'closed with updates that are not stored',
      { updates: 1, bytes: expect.any(Number), roomIds: ['room'] },
    ]);
    expect(author.socket.closure?.code).toBe(collabClose.goingAway);
  });
});

describe('closing a room', () => {
  it('SYNC-33 lets go of a room some time after its last socket, when all is durable; nothing stays', async () => {
    const { store, collab, join } = start();
    const author = await join();
    let isDown = true;
    store.beforeAppend = () => {
      if (isDown) throw new Error('disk full');
    };
    author.text.insert(0, 'precious');
    author.cut();
    await pause(100);
    expect(collab.stats().roomsOpen).toBe(1);
    isDown = false;
    await until('the unload', () => collab.stats().roomsOpen === 0);
    expect(textOf(store.replay('room'))).toBe('precious');
    expect(collab.stats().pendingBytes).toBe(0);
    expect((await join()).text.toString()).toBe('precious');
  });

  it('SYNC-33 a connect while it unloads keeps it and loses nothing', async () => {
    const { store, collab, join } = start();
    const author = await join();
    const release = Promise.withResolvers<void>();
    store.beforeSnapshot = () => release.promise;
    author.text.insert(0, 'one ');
    author.cut();
    const isSaving = () => store.appends > 0 && collab.stats().pendingBytes === 0;
    await until('the unload to begin', isSaving);
    await pause(40);
    const back = await join({ acks: true });
    back.text.insert(back.text.length, 'two');
    release.resolve();
    await saved(back);
    await pause(60);
    expect(collab.stats()).toMatchObject({ roomsOpen: 1, sockets: 1 });
    back.text.insert(back.text.length, ' three');
    await saved(back);
    expect(textOf(store.replay('room'))).toBe('one two three');
    expect(store.loads).toBe(1);
  });

  it('SYNC-33 connecting and leaving at random moments, over and over, loses nothing', async () => {
    const { store, collab, join } = start({ roomUnloadAfterMs: 1, compactAfterUpdates: 3 });
    const client = await join({ acks: true });
    for (let round = 0; round < 40; round++) {
      client.text.insert(client.text.length, `${round},`);
      await saved(client);
      client.cut();
      await pause(round % 4);
      client.connect(collab);
      await until('the sync', () => client.synced);
    }
    const expected = Array.from({ length: 40 }, (_, round) => `${round},`).join('');
    expect(client.text.toString()).toBe(expected);
    expect(textOf(store.replay('room'))).toBe(expected);
    expect(store.loads).toBeGreaterThan(1);
  });

  it('SYNC-32 writes a snapshot of durable updates after so many; the log stays; loading takes both', async () => {
    const { store, collab, join } = start({ compactAfterUpdates: 10, readSliceStructs: 1 });
    const author = await join({ acks: true });
    let latestDurable = 0;
    store.afterAppend = () => {
      latestDurable = store.log('room').length;
    };
    const snapshots: { seq: number; durable: number }[] = [];
    const save = store.saveSnapshot.bind(store);
    store.saveSnapshot = (roomId, snapshot) => {
      snapshots.push({ seq: snapshot.seq, durable: latestDurable });
      return save(roomId, snapshot);
    };
    for (let index = 0; index < 35; index++) {
      author.text.insert(index, String(index % 10));
      if (index % 3 === 0) await pause(2);
    }
    await saved(author);
    await until('snapshots', () => snapshots.length >= 2);
    for (const { seq, durable } of snapshots) expect(seq).toBeLessThanOrEqual(durable);
    expect(store.log('room')).toHaveLength(36);
    const stored = await store.load('room');
    expect(stored?.snapshotSeq).toBeGreaterThan(0);
    const other = createCollab({ thread, store, logger: silent, limits: { readSliceStructs: 1 } });
    expect((await other.readFile('room', 'main.py')).text).toBe(author.text.toString());
    expect((await collab.readFile('room', 'main.py')).text).toBe(author.text.toString());
  });

  it('SYNC-75 two engines that write to one log: nothing acknowledged is lost, everybody ends with the same', async () => {
    const store = new MemoryStore();
    store.create('room');
    const limits = { ...quick, compactAfterUpdates: 5 };
    const engines = [start(limits, store), start(limits, store)];
    const people = await Promise.all(
      engines.map(({ join }, index) => join({ acks: true, member: member(`m${index}`) })),
    );
    const comeAgain = () =>
      people.forEach((person, index) => {
        if (!person.isClosed) return;
        expect(person.socket.closure?.code).toBe(collabClose.tryAgainLater);
        person.cut();
        person.connect((engines[index] as (typeof engines)[number]).collab);
      });
    const acked: string[] = [];
    for (let round = 0; round < 40; round++) {
      for (const [index, person] of people.entries()) {
        const mark = `<${index}.${round}>`;
        person.text.insert(person.text.length, mark);
        if (round % 5 !== 0) continue;
        const isDurable = () => person.synced && person.socket.acks().at(-1) === person.sent;
        await until('the ack', () => {
          comeAgain();
          return isDurable();
        });
        acked.push(mark);
      }
      await pause(1);
      comeAgain();
    }
    const log = store.replay('room');
    expect(acked.filter((mark) => !textOf(log).includes(mark))).toEqual([]);
    expect(log.store.pendingStructs).toBeNull();
    const seqs = store.log('room').map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    // A third opens what was stored, snapshot and all.
    const third = await start(limits, store).join();
    expect(third.text.toString()).toBe(textOf(store.replay('room')));
    for (const { collab } of engines) await collab.close();
  });

  it('SYNC-32 goes on when a snapshot cannot be saved', async () => {
    const { store, collab, join } = start({ compactAfterUpdates: 2 });
    store.beforeSnapshot = () => {
      throw new Error('disk full');
    };
    const author = await join({ acks: true });
    for (let index = 0; index < 10; index++) {
      author.text.insert(0, 'x');
      await saved(author);
    }
    author.cut();
    await until('the unload', () => collab.stats().roomsOpen === 0);
    expect((await join()).text.length).toBe(10);
  });

  it('SYNC-32 replays long logs without holding others up', async () => {
    const store = new MemoryStore();
    store.create('room');
    const doc = store.replay('room');
    const log = store.log('room');
    doc.on('update', (update: Uint8Array) =>
      log.push({ roomId: 'room', seq: log.length + 1, at: 0, memberId: 'a', update }),
    );
    for (let index = 0; index < 20_000; index++) (doc.getMap('files').get('main.py') as Y.Text).insert(index, 'x');
    const collab = createCollab({ thread, store, logger: silent });
    let turns = 0;
    const count = setInterval(() => turns++, 1);
    const { text } = await collab.readFile('room', 'main.py');
    clearInterval(count);
    expect(text).toHaveLength(20_000);
    expect(turns).toBeGreaterThan(3);
  });

  it('SYNC-36 a deleted room closes its sockets and is forgotten, even while it loads', async () => {
    const { store, collab, client, join } = start();
    const author = await join();
    author.text.insert(0, 'unsaved');
    await collab.closeRoom('room', collabClose.roomGone, 'deleted');
    expect(author.socket.closure).toEqual({ code: collabClose.roomGone, reason: 'deleted' });
    expect(collab.stats()).toMatchObject({ roomsOpen: 0, sockets: 0, pendingBytes: 0, storageFailing: false });
    const release = Promise.withResolvers<void>();
    store.beforeLoad = () => release.promise;
    const waiting = client();
    await collab.closeRoom('room', collabClose.roomGone, 'deleted again');
    release.resolve();
    await pause(5);
    expect(waiting.socket.closure?.reason).toBe('deleted again');
    expect(collab.stats().roomsOpen).toBe(0);
    store.rooms.delete('room');
    const late = client();
    await until('the refusal', () => late.isClosed);
    expect(late.socket.closure?.code).toBe(collabClose.roomGone);
  });

  it('SYNC-33 an unload forgets who sent what to a room that is no more open', async () => {
    const { collab, join } = start();
    const client = await join();
    const { session } = client;
    client.cut();
    await until('the unload', () => collab.stats().roomsOpen === 0);
    session?.receive(updateMessage(Uint8Array.of(1)));
    session?.closed();
    collab.updateMember('room', member('editor'));
    collab.removeMember('room', 'editor', 4403, 'gone');
    expect(collab.stats().roomsOpen).toBe(0);
  });
});
