import { collabClose, collabMessage, syncMessage } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import * as encoding from 'lib0/encoding';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import {
  awarenessMessage,
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
  vi.restoreAllMocks();
  for (const client of openClients.splice(0)) client.destroy();
});

function start(limits: CollabOptions['limits'] = {}, more: Partial<CollabOptions> = {}) {
  const store = new MemoryStore();
  store.create('room');
  const collab = createCollab({
    thread,
    store,
    logger: silent,
    limits: { logCommitWindowMs: 1, collabAckDelayMs: 1, ...limits },
    ...more,
  });
  const join = async (options: ClientOptions = {}) => {
    const client = new Client(options);
    openClients.push(client);
    client.connect(collab);
    await until('the first sync', () => client.synced);
    return client;
  };
  return { store, collab, join };
}

const viewer = member('viewer', { role: 'viewer' });

describe('what travels', () => {
  it('SYNC-1 greets with sync step 1, answers step 1 with step 2, one message per send', async () => {
    const { store, collab } = start();
    const socket = new FakeSocket();
    const session = collab.connect({ roomId: 'room', socket, member: member('a'), acks: false });
    await until('the greeting', () => socket.sent.length > 0);
    expect([...(socket.sent[0] as Uint8Array).subarray(0, 2)]).toEqual([collabMessage.sync, syncMessage.step1]);

    const empty = new Y.Doc();
    session.receive(updateMessage(Y.encodeStateVector(empty), syncMessage.step1));
    expect(socket.sent.map((message) => [...message.subarray(0, 2)])).toEqual([
      [collabMessage.sync, syncMessage.step1],
      [collabMessage.sync, syncMessage.step2],
    ]);
    const { decodeMessage } = await import('./messages.ts');
    const answer = decodeMessage(socket.sent[1] as Uint8Array);
    if (answer.type !== 'step2') throw new Error('not a step 2');
    Y.applyUpdate(empty, answer.update);
    expect(empty.getMap('room').toJSON()).toEqual(store.replay('room').getMap('room').toJSON());
    await collab.close();
  });

  it('SYNC-1 gives a newcomer the awareness of those present', async () => {
    const { join } = start();
    const first = await join();
    first.awareness.setLocalState({ cursor: 3 });
    const second = await join({ member: member('other') });
    await until('presence', () => second.awareness.getStates().get(first.clientId)?.cursor === 3);
    second.awareness.states.delete(first.clientId);
    second.awareness.meta.delete(first.clientId);
    second.send(Uint8Array.of(collabMessage.queryAwareness));
    await until('the answer to the query', () => second.awareness.getStates().has(first.clientId));
  });

  it('SYNC-2 tells an update to all others and never back to its author', async () => {
    const { join } = start();
    const [author, other, third] = [await join(), await join({ member: member('b') }), await join({ member: viewer })];
    author.text.insert(0, 'hello');
    await until('arrival', () => other.text.toString() === 'hello' && third.text.toString() === 'hello');
    expect(author.socket.syncs(syncMessage.update)).toBe(0);
    expect(other.socket.syncs(syncMessage.update)).toBe(1);
    expect(other.socket.sent.at(-1)).toBe(third.socket.sent.at(-1));
  });

  it('SYNC-4 drops what a viewer changes before decoding it: not told, not logged, not acknowledged, still connected', async () => {
    const { store, collab, join } = start();
    const other = await join({ acks: true });
    const watcher = await join({ member: viewer, acks: true });
    const before = store.log('room').length;
    watcher.text.insert(0, 'not mine to write');
    // Decoding this would close the socket.
    watcher.session?.receive(updateMessage(Uint8Array.of(255, 255, 255), syncMessage.step2));
    watcher.awareness.setLocalState({ cursor: 1 });
    await until('the viewer’s presence', () => other.awareness.getStates().has(watcher.clientId));
    other.text.insert(0, 'mine');
    await until('the ack of another', () => other.socket.acks().at(-1) === other.sent);
    expect(other.text.toString()).toBe('mine');
    expect(store.log('room').length).toBe(before + 1);
    expect(watcher.isClosed).toBe(false);
    // Its empty answer to the greeting was acknowledged; nothing after it.
    expect(watcher.socket.acks().every((count) => count <= 1)).toBe(true);
    await collab.close();
  });

  it('SYNC-4 treats everybody as a viewer in a read-only room', async () => {
    const { collab, join } = start();
    collab.setReadOnly('room', true);
    const [author, other] = [await join(), await join({ member: member('b') })];
    author.text.insert(0, 'too late');
    await expect(collab.writeFile('room', 'main.py', 'x', { memberId: null })).rejects.toMatchObject({
      code: 'room_ended',
    });
    collab.setReadOnly('room', false);
    await until('what was held back', () => other.text.toString() === 'too late');
    expect(author.isClosed).toBe(false);
  });

  it('SYNC-5 closes the sender of junk, and of what only servers send, with 1002; bystanders go on', async () => {
    const { join } = start();
    const bystander = await join({ member: member('b') });
    const junk: Uint8Array[] = [
      Uint8Array.of(),
      Uint8Array.of(collabMessage.durable, 1),
      Uint8Array.of(collabMessage.auth, 0, 1, 97),
      Uint8Array.of(7),
      Uint8Array.of(collabMessage.sync, 9),
      Uint8Array.of(collabMessage.queryAwareness, 1),
      Uint8Array.of(collabMessage.sync, syncMessage.update, 200),
      updateMessage(Uint8Array.of(1, 2, 3)),
      updateMessage(Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 255, 255)),
      updateMessage(Uint8Array.of(9, 9), syncMessage.step1),
      awarenessMessage([{ client: 1, clock: 1, state: '{' }]),
      Uint8Array.of(collabMessage.awareness, 1, 5),
    ];
    for (const message of junk) {
      const sender = await join();
      sender.session?.receive(message);
      expect(sender.socket.closure?.code, String(message)).toBe(collabClose.protocolError);
      expect(Buffer.byteLength(sender.socket.closure?.reason ?? '')).toBeLessThanOrEqual(123);
    }
    const author = await join();
    author.text.insert(0, 'ok');
    await until('an edit after the junk', () => bystander.text.toString() === 'ok');
  });

  it('SYNC-5 closes the sender of a frame above the limit with 1009', async () => {
    const { join } = start({ collabFrameMaxBytes: 1000 });
    const author = await join();
    author.text.insert(0, 'x'.repeat(2000));
    expect(author.socket.closure?.code).toBe(collabClose.tooLarge);
  });

  it('SYNC-5 refuses what an honest client never sends', async () => {
    const { join } = start({ collabNestingMax: 5 });
    const nested = new Y.Doc();
    let map = nested.getMap('board');
    for (let depth = 0; depth < 6; depth++) map = map.set('in', new Y.Map<unknown>()) as Y.Map<unknown>;
    const values = new Y.Doc();
    values.getMap('board').set('deep', JSON.parse('['.repeat(7) + ']'.repeat(7)));
    const subdocument = new Y.Doc();
    subdocument.getMap('board').set('doc', new Y.Doc());
    for (const doc of [nested, values, subdocument]) {
      const sender = await join();
      sender.sendUpdate(Y.encodeStateAsUpdate(doc));
      expect(sender.socket.closure?.code).toBe(collabClose.protocolError);
    }
    const shallow = new Y.Doc();
    shallow.getMap('board').set('in', new Y.Map([['values', [[1]]]]));
    const sender = await join();
    sender.sendUpdate(Y.encodeStateAsUpdate(shallow));
    expect(sender.isClosed).toBe(false);
  });

  it('SYNC-5 finds nests that are built piece by piece', async () => {
    const { join } = start({ collabNestingMax: 5 });
    const sender = await join();
    let map = sender.doc.getMap('board');
    for (let depth = 0; depth < 5; depth++) map = map.set('in', new Y.Map<unknown>()) as Y.Map<unknown>;
    expect(sender.isClosed).toBe(false);
    map.set('in', new Y.Map<unknown>());
    expect(sender.socket.closure?.code).toBe(collabClose.protocolError);
  });
});

describe('what cannot be applied', () => {
  /** Says nothing wrong by itself, but Yjs throws in the middle of it: an item half over a removed one. */
  function poison(): [Uint8Array, Uint8Array] {
    const removed = encoding.createEncoder();
    for (const value of [1, 1, 77, 0, 0, 1, 0]) encoding.writeVarUint(removed, value);
    const overlapping = encoding.createEncoder();
    for (const value of [1, 1, 77, 0, 4, 1]) encoding.writeVarUint(overlapping, value);
    encoding.writeVarString(overlapping, 'board');
    encoding.writeVarString(overlapping, 'ab');
    encoding.writeVarUint(overlapping, 0);
    return [encoding.toUint8Array(removed), encoding.toUint8Array(overlapping)];
  }

  it('SYNC-6 takes of an item half over a removed one what is new; all end with the same document', async () => {
    const { store, collab, join } = start();
    const bystander = await join({ member: member('b'), acks: true });
    const sender = await join();
    sender.text.insert(0, 'good ');
    for (const update of poison()) sender.sendUpdate(update);
    bystander.text.insert(0, 'after ');
    await until('the ack', () => bystander.socket.acks().at(-1) === bystander.sent);
    expect([sender.isClosed, bystander.isClosed]).toEqual([false, false]);
    const late = await join({ member: member('late') });
    await until('arrival', () => late.text.toString() === bystander.text.toString());
    expect(late.text.toString()).toContain('after ');
    const replayed = store.replay('room');
    expect(Y.decodeStateVector(Y.encodeStateVector(replayed))).toEqual(
      Y.decodeStateVector(Y.encodeStateVector(bystander.doc)),
    );
    expect((await collab.readFile('room', 'main.py')).text).toBe(late.text.toString());
    await collab.close();
  });

  it('SYNC-6 refuses structs that wait for each other in a circle', async () => {
    const { collab, join } = start();
    const sender = await join();
    const circle = encoding.createEncoder();
    encoding.writeVarUint(circle, 2);
    for (const [client, origin] of [
      [20, 10],
      [10, 20],
    ] as const) {
      for (const value of [1, client, 0, 0x84, origin, 0]) encoding.writeUint8(circle, value);
      encoding.writeVarString(circle, 'a');
    }
    encoding.writeVarUint(circle, 0);
    sender.sendUpdate(encoding.toUint8Array(circle));
    expect(sender.socket.closure?.reason).toContain('in a circle');
    const late = await join();
    expect(Y.decodeStateVector(Y.encodeStateVector(late.doc)).has(10)).toBe(false);
    await collab.close();
  });

  it('SYNC-6 no text changes without a trace: what is known already cannot split a character', async () => {
    const { store, collab, join } = start();
    const author = await join();
    author.text.insert(0, '👍');
    author.text.insert(2, 'x');
    const again = encoding.createEncoder();
    for (const value of [1, 1, author.clientId]) encoding.writeVarUint(again, value);
    // The text itself took clock 0 and 1; the x is said to follow the first half.
    encoding.writeVarUint(again, 2);
    encoding.writeUint8(again, 0x84);
    for (const value of [author.clientId, 0]) encoding.writeVarUint(again, value);
    encoding.writeVarString(again, 'x');
    encoding.writeVarUint(again, 0);
    const logged = store.log('room').length;
    const attacker = await join();
    attacker.sendUpdate(encoding.toUint8Array(again));
    expect((await collab.readFile('room', 'main.py')).text).toBe('👍x');
    await until('the log of what was typed', () => collab.stats().pendingBytes === 0);
    expect(store.log('room').length).toBeLessThanOrEqual(logged + 2);
    const nothing = encoding.createEncoder();
    for (const value of [0, 1, author.clientId, 1, 1, 0]) encoding.writeVarUint(nothing, value);
    attacker.sendUpdate(encoding.toUint8Array(nothing));
    expect(attacker.socket.closure?.code).toBe(collabClose.protocolError);
    expect((await collab.readFile('room', 'main.py')).text).toBe('👍x');
  });

  /** Right of the d, left of the b: each replica would show it elsewhere. May delete a clock of the client's. */
  function misplaced(clientId: number, deleted?: number): Uint8Array {
    const update = encoding.createEncoder();
    for (const value of [1, 1, 77, 0]) encoding.writeVarUint(update, value);
    encoding.writeUint8(update, 0xc4);
    for (const value of [clientId, 3, clientId, 1]) encoding.writeVarUint(update, value);
    encoding.writeVarString(update, 'X');
    for (const value of deleted === undefined ? [0] : [1, clientId, 1, deleted, 1])
      encoding.writeVarUint(update, value);
    return encoding.toUint8Array(update);
  }

  it('SYNC-64 quarantines what only turns out to be unsound when the document is made: the room lives on without it', async () => {
    const events: string[] = [];
    const logger = { warn: () => {}, error: (_: unknown, message: string) => events.push(message) };
    const { store, collab, join } = start({}, { logger });
    const author = await join();
    author.text.insert(0, 'abcd');
    const attacker = await join({ member: member('attacker') });
    attacker.sendUpdate(misplaced(author.clientId));
    await until('its arrival', () => author.text.toString().includes('X'));
    expect((await collab.readFile('room', 'main.py')).text).toBe('abcd');
    expect(events).toEqual(['a document is unsound', 'updates are quarantined']);
    expect(collab.stats().quarantined).toBe(1);
    // Those who saw it see it no more, and go on; newcomers never do.
    await until('its departure', () => author.text.toString() === 'abcd');
    author.text.insert(2, '-');
    const late = await join({ member: member('late') });
    expect(late.text.toString()).toBe('ab-cd');
    expect((await collab.readFile('room', 'main.py')).text).toBe('ab-cd');
    expect(collab.stats().quarantined).toBe(1);
    // The log stays whole: seed, text, what is bad, its removal.
    await until('the log', () => store.log('room').length >= 4);
    await collab.close();
  });

  it('SYNC-64 keeps what others wrote beside what is quarantined, and what that deleted stays deleted', async () => {
    const { store, collab, join } = start();
    const author = await join();
    author.text.insert(0, 'abcd');
    const attacker = await join({ member: member('attacker') });
    attacker.sendUpdate(misplaced(author.clientId, 3));
    await until('its arrival', () => author.text.toString() === 'aXbc');
    const other = await join({ member: member('other') });
    author.text.insert(1, '<');
    author.text.insert(3, '>');
    await until('what is beside it', () => other.text.toString() === 'a<X>bc');
    other.text.insert(4, '!');
    other.text.insert(2, '+');
    expect((await collab.readFile('room', 'main.py')).text).toBe('a<+>!bc');
    expect(collab.stats().quarantined).toBe(1);
    const saved = new Y.Doc();
    Y.applyUpdate(saved, store.rooms.get('room')?.snapshot?.state as Uint8Array);
    expect((saved.getMap('files').get('main.py') as Y.Text).toString()).toBe('a<+>!bc');
    const late = await join({ member: member('late') });
    expect(late.text.toString()).toBe('a<+>!bc');
    for (const { text } of [author, other]) await until('its departure', () => text.toString() === 'a<+>!bc');
    await until('the log', () => collab.stats().pendingBytes === 0);
    expect((store.replay('room').getMap('files').get('main.py') as Y.Text).toString()).toBe('a<+>!bc');
    await collab.close();
  });

  it('SYNC-64 verifies by itself after so many updates', async () => {
    const { collab, join } = start({ compactAfterUpdates: 5 });
    const author = await join();
    author.text.insert(0, 'abcd');
    author.sendUpdate(misplaced(author.clientId));
    for (let index = 0; index < 5; index++) author.text.insert(0, 'y');
    await until('the quarantine', () => collab.stats().quarantined === 1);
    await collab.close();
  });

  it('SYNC-7 neither logs nor tells an update that builds upon what is missing, and gets what is missing', async () => {
    const { store, join } = start();
    const author = await join({ acks: true });
    const other = await join({ member: member('b') });
    const logged = store.log('room').length;
    const { session } = author;
    author.session = undefined;
    author.text.insert(0, 'lost ');
    author.session = session;
    author.text.insert(5, 'kept');
    expect(other.socket.syncs(syncMessage.update)).toBe(0);
    expect(author.socket.syncs(syncMessage.step1)).toBe(2);
    await until('all of it', () => other.text.toString() === 'lost kept');
    await until('the ack of all', () => author.socket.acks().at(-1) === author.sent);
    expect(store.log('room').length).toBe(logged + 1);
    expect(author.isClosed).toBe(false);
  });

  it('SYNC-7 closes a sender whose answer leaves the gap, and holds nothing pending for it', async () => {
    const { collab, join } = start();
    const author = await join({ acks: true });
    const ghost = new Y.Doc();
    Y.applyUpdate(ghost, Y.encodeStateAsUpdate(author.doc));
    const text = ghost.getMap('files').get('main.py') as Y.Text;
    text.insert(0, 'a');
    const vector = Y.encodeStateVector(ghost);
    text.insert(1, 'b');
    const gap = Y.encodeStateAsUpdate(ghost, vector);
    const builder = new Y.Doc();
    Y.applyUpdate(builder, Y.encodeStateAsUpdate(ghost));
    const seen = Y.encodeStateVector(builder);
    (builder.getMap('files').get('main.py') as Y.Text).insert(1, 'c');
    const uponAnother = Y.encodeStateAsUpdate(builder, seen);
    const deletesOfNothing = Uint8Array.of(0, 1, 99, 1, 0, 5);
    for (const update of [gap, uponAnother, deletesOfNothing]) {
      const sender = new Client({ manual: true, acks: true, doc: new Y.Doc() });
      openClients.push(sender);
      sender.connect(collab);
      while (sender.step('up'));
      const acksBefore = sender.socket.acks().length;
      sender.session?.receive(updateMessage(update));
      sender.session?.receive(updateMessage(update));
      expect(sender.isClosed).toBe(false);
      sender.session?.receive(updateMessage(update, syncMessage.step2));
      expect(sender.socket.closure?.code).toBe(collabClose.protocolError);
      expect(sender.socket.acks().length).toBe(acksBefore);
    }
    expect((await collab.readFile('room', 'main.py')).text).toBe('');
  });

  it('SYNC-11 acknowledges nothing after a message that was not taken, until a sync step 2 has brought it', async () => {
    const { collab, join } = start();
    await join({ member: member('b') });
    for (const role of ['viewer', 'editor'] as const) {
      const sender = new Client({ manual: true, acks: true, member: member(`acks-${role}`, { role }) });
      openClients.push(sender);
      sender.connect(collab);
      while (sender.step('up') || sender.step('down'));
      await until('the ack of the answer to the greeting', () => sender.socket.acks().at(-1) === 1);
      const { session } = sender;
      // The editor's is lost on the way, so that its next one leaves a gap; the viewer's is dropped.
      if (role === 'editor') sender.session = undefined;
      sender.text.insert(0, 'x');
      sender.session = session;
      if (role === 'editor') sender.text.insert(1, 'y');
      while (sender.step('up'));
      sender.sendUpdate(Uint8Array.of(0, 0));
      sender.step('up');
      if (role === 'viewer') {
        collab.updateMember('room', member('acks-viewer'));
        sender.sendUpdate(Uint8Array.of(0, 0));
        sender.step('up');
      }
      await collab.writeFile('room', 'other.py', role, { memberId: null });
      expect(sender.socket.acks().at(-1)).toBe(1);
      while (sender.step('down') || sender.step('up'));
      await until('the ack of all', () => sender.socket.acks().at(-1) === sender.sent);
      expect((await collab.readFile('room', 'main.py')).text).toContain('x');
    }
  });

  it('SYNC-72 commits without delay for whoever asks what is durable, and tells them at once', async () => {
    const never = 3_600_000;
    const { store, join } = start({ logCommitWindowMs: never, collabAckDelayMs: never });
    const author = await join({ acks: true });
    const other = await join({ member: member('b') });
    const ask = Uint8Array.of(collabMessage.queryDurable);
    other.send(ask); // has not asked for acks: gets none, and is not closed
    author.text.insert(0, 'x');
    author.text.insert(1, 'y');
    await until('what is typed', () => other.text.toString() === 'xy');
    expect(author.socket.acks()).not.toContain(author.sent);
    author.send(ask);
    await until('the ack', () => author.socket.acks().at(-1) === author.sent);
    expect(store.replay('room').getMap('files').toJSON()).toEqual(author.doc.getMap('files').toJSON());
    const told = author.socket.acks().length;
    author.send(ask); // all is told already
    author.text.insert(2, 'z');
    await until('what is typed', () => other.text.toString() === 'xyz');
    expect(author.socket.acks()).toHaveLength(told);
    expect(other.socket.acks()).toEqual([]);
    expect([author.isClosed, other.isClosed]).toEqual([false, false]);
  });

  it('SYNC-8 acknowledges what changes nothing, without logging or telling it', async () => {
    const { store, join } = start();
    const author = await join({ acks: true });
    const other = await join({ member: member('b') });
    author.text.insert(0, 'x');
    author.text.delete(0, 1);
    await until('both acks', () => author.socket.acks().at(-1) === author.sent);
    const [logged, told] = [store.log('room').length, other.socket.syncs(syncMessage.update)];
    author.sendUpdate(Y.encodeStateAsUpdate(author.doc));
    author.sendUpdate(Uint8Array.of(0, 0));
    await until('the acks of nothing new', () => author.socket.acks().at(-1) === author.sent);
    expect([store.log('room').length, other.socket.syncs(syncMessage.update)]).toEqual([logged, told]);
  });

  it('SYNC-35 finds the space that was freed in small pieces', async () => {
    const { join } = start({ documentMaxBytes: 30_000 });
    const author = await join();
    author.text.insert(0, 'x'.repeat(25_000));
    for (let at = 24_900; at > 0; at -= 100) author.text.delete(at, 90);
    const more = 'z'.repeat(8000);
    await until('space for more', async () => {
      const client = await join();
      client.text.insert(0, more);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return !client.isClosed;
    });
    expect((await join()).text.toString().startsWith(more)).toBe(true);
  });

  it('SYNC-35 refuses to grow a document past its limit, but lets it shrink', async () => {
    const { join } = start({ documentMaxBytes: 3000 });
    const author = await join();
    author.text.insert(0, 'x'.repeat(2000));
    author.text.delete(0, 1500);
    author.text.insert(0, 'y'.repeat(1200));
    expect(author.isClosed).toBe(false);
    author.text.insert(0, 'z'.repeat(1200));
    expect(author.socket.closure).toEqual({ code: collabClose.tooLarge, reason: 'the document is full' });
    const other = await join();
    other.text.delete(0, 100);
    expect(other.isClosed).toBe(false);
    other.text.insert(0, 'z'.repeat(2900));
    expect(other.isClosed).toBe(true);
  });

  it('SYNC-34 closes a slow reader with 1013 and nobody else', async () => {
    const { join } = start({ collabOutgoingMaxBytes: 1000 });
    const [author, slow, other] = [
      await join(),
      await join({ member: member('slow') }),
      await join({ member: member('c') }),
    ];
    slow.socket.bufferedBytes = 5000;
    author.text.insert(0, 'x');
    await until('the end of the slow one', () => slow.isClosed);
    expect(slow.socket.closure).toEqual({ code: collabClose.tryAgainLater, reason: 'too slow' });
    await until('arrival', () => other.text.toString() === 'x');
    expect(author.isClosed).toBe(false);
  });

  it('SYNC-34 lets a newcomer have a document that is bigger than the bound for slow readers', async () => {
    const { collab, join } = start({ collabOutgoingMaxBytes: 1000 });
    const author = await join();
    author.text.insert(0, 'x'.repeat(5000));
    const newcomer = new Client({ manual: true });
    openClients.push(newcomer);
    newcomer.connect(collab);
    newcomer.step('up');
    newcomer.socket.bufferedBytes = newcomer.socket.sent.reduce((sum, { length }) => sum + length, 0);
    expect(newcomer.socket.bufferedBytes).toBeGreaterThan(5000);
    author.text.insert(0, 'y');
    await until('the news', () => newcomer.socket.syncs(syncMessage.update) > 0);
    expect(newcomer.isClosed).toBe(false);
    newcomer.socket.bufferedBytes += 2000;
    author.text.insert(0, 'y');
    await until('the end', () => newcomer.isClosed);
    expect(newcomer.socket.closure?.code).toBe(collabClose.tryAgainLater);
  });

  it('SYNC-34 tells who lags behind no more until its network takes more, then all it missed at once', async () => {
    const { collab, join } = start({ collabLagMaxBytes: 1000 });
    const [author, slow] = [await join(), await join({ member: member('slow') })];
    author.text.insert(0, 'before ');
    await until('arrival', () => slow.text.toString() === 'before ');
    const told = slow.socket.sent.length;
    slow.socket.bufferedBytes = 5000;
    for (const text of ['a', 'b', 'c']) {
      author.text.insert(author.text.length, text);
      author.text.delete(0, 1);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(slow.socket.sent.length).toBe(told);
    expect(collab.stats()).toMatchObject({ lagged: 1, slowClosed: 0 });
    slow.socket.bufferedBytes = 0;
    slow.session?.drained();
    await until('what it missed', () => slow.text.toString() === author.text.toString());
    expect(slow.socket.syncs(syncMessage.update)).toBe(2);
    author.text.insert(0, 'on ');
    await until('the next', () => slow.text.toString() === author.text.toString());
    expect(slow.isClosed).toBe(false);
  });

  it('SYNC-34 lets somebody lag behind however far: what they missed is no more than the document', async () => {
    const { collab, join } = start({ collabLagMaxBytes: 1000, collabOutgoingMaxBytes: 20_000 });
    const [author, slow] = [await join(), await join({ member: member('slow') })];
    slow.socket.bufferedBytes = 5000;
    for (let round = 0; round < 20; round++) {
      author.text.insert(0, 'x'.repeat(15_000));
      author.text.delete(0, 15_000);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    author.text.insert(0, 'the end');
    await until('the first to be told', () => collab.stats().lagged === 1);
    expect(slow.isClosed).toBe(false);
    const told = slow.socket.sent.length;
    slow.socket.bufferedBytes = 0;
    slow.session?.drained();
    await until('what it missed', () => slow.text.toString() === 'the end');
    expect(slow.socket.sent.slice(told).reduce((sum, { length }) => sum + length, 0)).toBeLessThan(40_000);
  });

  it('SYNC-68 SYNC-69 forgets what was deleted, saves what is left, and gives newcomers only that', async () => {
    const { store, collab, join } = start({ compactAfterBytes: 300_000 });
    const author = await join({ acks: true });
    for (let round = 0; round < 40; round++) {
      author.text.insert(0, 'x'.repeat(20_000));
      author.text.delete(0, 20_000);
      author.text.insert(0, 'y');
      if (round % 5 === 0) await until('the ack', () => author.socket.acks().at(-1) === author.sent);
    }
    const newcomer = await join();
    expect(newcomer.text.toString()).toBe('y'.repeat(40));
    expect(newcomer.socket.sent.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(50_000);
    await until('a snapshot', async () => ((await store.load('room'))?.snapshotSeq ?? 0) > 20);
    const { snapshot } = (await store.load('room')) ?? {};
    expect(snapshot?.length).toBeLessThan(10_000);
    expect((await collab.readFile('room', 'main.py')).text).toBe('y'.repeat(40));
    expect(store.replay('room').getMap('files').toJSON()).toEqual({ 'main.py': 'y'.repeat(40) });
  });

  it('SYNC-70 hands a large document to a few newcomers in a turn, and to all of them soon', async () => {
    const { collab, join } = start();
    const author = await join();
    author.text.insert(0, 'x'.repeat(1_500_000));
    const newcomers = Array.from(
      { length: 12 },
      (_, index) => new Client({ manual: true, member: member(`n${index}`) }),
    );
    openClients.push(...newcomers);
    for (const newcomer of newcomers) newcomer.connect(collab);
    for (const newcomer of newcomers) newcomer.step('up');
    const answered = () => newcomers.filter(({ socket }) => socket.syncs(syncMessage.step2) === 1).length;
    expect(answered()).toBeGreaterThan(0);
    expect(answered()).toBeLessThan(5);
    author.text.insert(0, 'more ');
    await until('all answers', () => answered() === newcomers.length);
    for (const newcomer of newcomers) while (newcomer.step('down'));
    await until('the news', () => {
      for (const newcomer of newcomers) while (newcomer.step('down'));
      return newcomers.every(({ text }) => text?.length === author.text.length);
    });
  });

  it('SYNC-71 reads a large update in slices: others are heard in between, and nobody’s messages change their order', async () => {
    const { store, join } = start({ collabReadAtOnceBytes: 1000, readSliceStructs: 10 });
    const [author, other] = [await join({ acks: true }), await join({ member: member('b') })];
    const order: string[] = [];
    other.doc.on('update', () => order.push(other.text.toString().length > 5 ? 'large' : 'other'));
    author.doc.transact(() => {
      author.text.insert(0, 'x');
      for (let index = 0; index < 2000; index++) author.text.insert(index % 2, 'y');
    });
    author.text.insert(0, 'later ');
    expect(author.socket.isPaused).toBe(true);
    other.text.insert(0, 'hello');
    await until('all', () => other.text.length === 2012 && author.text.length === 2012);
    expect(order[0]).toBe('other');
    expect(order).toContain('large');
    expect(other.text.toString()).toBe(author.text.toString());
    expect(author.socket.isPaused).toBe(false);
    await until('the ack', () => author.socket.acks().at(-1) === author.sent);
    expect((store.replay('room').getMap('files').get('main.py') as Y.Text).toString()).toBe(author.text.toString());
  });

  it('SYNC-71 takes nothing of a large update whose sender has gone or is no longer allowed to write', async () => {
    const { store, collab, join } = start({ collabReadAtOnceBytes: 1000, readSliceStructs: 10 });
    const write = (client: Client) =>
      client.doc.transact(() => {
        for (let index = 0; index < 2000; index++) client.text.insert(index % 2, 'y');
      });
    const [gone, demoted] = [await join(), await join({ member: member('b') })];
    const before = store.log('room').length;
    write(gone);
    gone.cut();
    write(demoted);
    collab.updateMember('room', { ...demoted.member, role: 'viewer' });
    await until('the end of reading', () => !demoted.socket.isPaused);
    const newcomer = await join({ acks: true });
    newcomer.text.insert(0, 'z');
    await until('the ack', () => newcomer.socket.acks().at(-1) === newcomer.sent);
    expect(store.log('room')).toHaveLength(before + 1);
  });

  it('SYNC-65 reads no more from who writes while too much waits for its commit', async () => {
    const { store, collab, join } = start({ logPauseBytes: 2000 });
    const [author, reader] = [await join(), await join({ member: member('b') })];
    const release = Promise.withResolvers<void>();
    store.beforeAppend = () => release.promise;
    author.text.insert(0, 'x'.repeat(1000));
    expect(author.socket.isPaused).toBe(false);
    author.text.insert(0, 'x'.repeat(2000));
    expect([author.socket.isPaused, reader.socket.isPaused]).toEqual([true, false]);
    release.resolve();
    await until('the commit', () => collab.stats().pendingBytes === 0);
    expect(author.socket.isPaused).toBe(false);
    expect(author.isClosed).toBe(false);
  });

  it('SYNC-66 joins what one author types before the room tells it', async () => {
    const { join } = start();
    const [author, other, third] = [await join(), await join({ member: member('b') }), await join({ member: viewer })];
    for (const letter of 'hello') author.text.insert(author.text.length, letter);
    other.text.insert(0, '!');
    author.text.delete(0, 1);
    await until('arrival', () => third.text.length === 5 && author.text.length === 5 && other.text.length === 5);
    expect(third.text.toString()).toBe(author.text.toString());
    expect(other.text.toString()).toBe(author.text.toString());
    // The typing, the deletion, and what the other one wrote.
    expect(third.socket.syncs(syncMessage.update)).toBe(3);
    expect(other.socket.syncs(syncMessage.update)).toBe(2);
    expect(author.socket.syncs(syncMessage.update)).toBe(1);
  });
});

describe('members', () => {
  it('SYNC-24 a change of role counts from the next message on, both ways', async () => {
    const { collab, join } = start();
    const [author, other] = [await join({ acks: true }), await join({ member: member('b') })];
    author.text.insert(0, 'a');
    await until('arrival', () => other.text.toString() === 'a');
    collab.updateMember('room', member('editor', { role: 'viewer' }));
    author.text.insert(1, 'b');
    await until('the ack of the first', () => author.socket.acks().length > 0);
    collab.updateMember('room', member('editor'));
    await until('what was held back', () => other.text.toString() === 'ab');
    author.text.insert(2, 'c');
    await until('acks go on', () => author.socket.acks().at(-1) === author.sent);
    expect(other.text.toString()).toBe('abc');
  });

  it('SYNC-24 a removed member’s sockets are closed with the given code', async () => {
    const { collab, join } = start();
    const [gone, stays] = [await join(), await join({ member: member('b') })];
    collab.removeMember('room', 'editor', collabClose.forbidden, 'removed');
    expect(gone.socket.closure).toEqual({ code: collabClose.forbidden, reason: 'removed' });
    expect(stays.isClosed).toBe(false);
    expect(collab.stats().sockets).toBe(1);
  });

  it('SYNC-24 one member may not have more sockets in a room than the limit', async () => {
    const { join, collab } = start({ collabSocketsPerMember: 2 });
    await join();
    await join();
    const socket = new FakeSocket();
    collab.connect({ roomId: 'room', socket, member: member('editor'), acks: false });
    expect(socket.closure?.code).toBe(collabClose.tryAgainLater);
    await join({ member: member('b') });
  });
});
