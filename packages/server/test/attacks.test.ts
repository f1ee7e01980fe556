import { documentMaps, limits } from '@coderoom/protocol';
import {
  connectDocument,
  createRoom,
  type DocumentClient,
  joinRoom,
  request,
  type ServerProcess,
  startServer,
  until,
} from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { meanUpdates, syncFrame } from './poison-messages.ts';
import { openRawDocument } from './raw-document.ts';
import { replayLogs } from './stored-log.ts';

let server: ServerProcess;

beforeAll(async () => {
  server = await startServer({ env: { EXECUTION: 'off' } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const text = (client: DocumentClient) => client.file('main.py').toString();

describe('what could lose or break text', () => {
  it('SYNC-77 two windows that have the same client id: others and the log agree, and what either writes then arrives', async () => {
    const { room, token } = await createRoom(server.url);
    const clientId = 4_242;
    using witness = connectDocument(server.url, room.id, token, { acks: true });
    using one = connectDocument(server.url, room.id, token, { acks: true, clientId });
    using two = connectDocument(server.url, room.id, token, { acks: true, clientId });
    for (const client of [witness, one, two]) await client.synced();
    // At the same time, so that both use the same clocks.
    one.file('main.py').insert(0, 'one ');
    two.file('main.py').insert(0, 'zwei ');
    // Yjs takes another id when it meets its own in somebody else's update.
    await until('different ids', () => one.doc.clientID !== two.doc.clientID);
    one.file('main.py').insert(0, '<first>');
    two.file('main.py').insert(0, '<second>');
    await until('what they wrote then', () => text(witness).includes('<first>') && text(witness).includes('<second>'));
    witness.file('main.py').insert(0, '<third>');
    await witness.saved();
    using newcomer = connectDocument(server.url, room.id, token);
    await newcomer.synced();
    expect(text(newcomer)).toBe(text(witness));
    const { body } = await request(server.url, `/api/v2/rooms/${room.id}/files/main.py`, { token });
    expect((body as { text: string }).text).toBe(text(witness));
    // The stock provider, when destroyed, tells that the id of its document has left, and must have heard of it.
    for (const client of [one, two]) client.doc.clientID = clientId;
  });

  it('SYNC-77 a message of just the largest size is taken and durable, one of a byte more closes its sender', async () => {
    const { room, token } = await createRoom(server.url);
    using witness = connectDocument(server.url, room.id, token);
    await witness.synced();
    const update = (bytes: number, clientId = 1) => {
      const doc = new Y.Doc();
      doc.clientID = clientId;
      doc.getMap(documentMaps.board).set('all', new Uint8Array(bytes));
      return syncFrame(Y.encodeStateAsUpdate(doc));
    };
    const overhead = update(limits.collabFrameMaxBytes - 100).length - (limits.collabFrameMaxBytes - 100);
    const largest = update(limits.collabFrameMaxBytes - overhead);
    expect(largest).toHaveLength(limits.collabFrameMaxBytes);
    using sender = await openRawDocument(server.url, room.id, `${token}&acks=1`);
    sender.send(largest);
    await until('the ack', () => sender.received.find(([type, count]) => type === 100 && count === 1));
    await until('its arrival', () => witness.doc.getMap(documentMaps.board).get('all') instanceof Uint8Array);
    using greedy = await openRawDocument(server.url, room.id, token);
    greedy.send(update(limits.collabFrameMaxBytes - overhead + 1, 2));
    expect((await greedy.closed()).code).toBe(1009);
    expect(sender.closure()).toBeUndefined();
  });

  it('SYNC-77 large updates back to back, the next of which begins in the bytes in which the last one ends', async () => {
    const { room, token } = await createRoom(server.url);
    using witness = connectDocument(server.url, room.id, token);
    await witness.synced();
    const names = ['first', 'second', 'third', 'fourth'];
    const updates = names.map((name, index) => {
      const doc = new Y.Doc();
      doc.clientID = index + 1;
      const written = doc.getText(name);
      for (let at = 0; at < 20_000; at++) written.insert(at % 2, name);
      return { name, text: written.toString(), frame: syncFrame(Y.encodeStateAsUpdate(doc)) };
    });
    expect(updates.every(({ frame }) => frame.length > 3 * limits.collabReadAtOnceBytes)).toBe(true);
    using sender = await openRawDocument(server.url, room.id, `${token}&acks=1`);
    for (const { frame } of updates) sender.send(frame);
    await until('the ack', () => sender.received.find(([type, count]) => type === 100 && count === names.length));
    const arrived = () => updates.map(({ name }) => witness.doc.getText(name).toString());
    await until('their arrival', () => arrived().every((text) => text !== ''));
    expect(arrived()).toEqual(updates.map(({ text }) => text));
    expect(sender.closure()).toBeUndefined();
  });

  it('SYNC-77 ten thousand files that a client made at once: the room can be joined, read, written and tidied up', async () => {
    const { room, token } = await createRoom(server.url);
    using flooding = connectDocument(server.url, room.id, token, { acks: true });
    await flooding.synced();
    const files = flooding.doc.getMap(documentMaps.files);
    const paths = Array.from({ length: 10_000 }, (_, index) => `folder/${index}.py`);
    flooding.doc.transact(() => {
      for (const path of paths) files.set(path, new Y.Text(`# ${path}\n`));
    });
    await flooding.saved();
    using newcomer = connectDocument(server.url, room.id, token, { acks: true });
    await newcomer.synced();
    expect(newcomer.doc.getMap(documentMaps.files).size).toBe(paths.length + 1);
    const address = `/api/v2/rooms/${room.id}/files`;
    expect((await request(server.url, address, { token })).status).toBe(200);
    const written = await request(server.url, `${address}/main.py`, { method: 'PUT', token, body: { text: 'mine' } });
    expect(written.status).toBe(200);
    await until('the text', () => text(newcomer) === 'mine');
    newcomer.doc.transact(() => {
      for (const path of paths) newcomer.doc.getMap(documentMaps.files).delete(path);
    });
    await newcomer.saved();
    const listed = await request(server.url, address, { token });
    expect(listed.body).toMatchObject({ items: [{ path: 'main.py' }] });
  });

  it('SYNC-64 what is unsound and was not found before kill -9 is found afterwards; the room goes on without it', async () => {
    await using own = await startServer({ env: { EXECUTION: 'off' } });
    const { room, token } = await createRoom(own.url);
    using author = connectDocument(own.url, room.id, token, { acks: true });
    await author.synced();
    author.file('main.py').insert(0, 'sound\n');
    await author.saved();
    const { id, length } = author.file('main.py')._start as Y.Item;
    let client = 1_000_000;
    const known = { client: id.client, clock: id.clock, end: id.clock + length };
    using attacker = await openRawDocument(own.url, room.id, `${token}&acks=1`);
    attacker.send(syncFrame(meanUpdates(known, () => client++)['right before left'] as Uint8Array));
    await until('the ack of what is unsound', () => attacker.received.find(([type]) => type === 100));
    const before = text(author);
    await own.kill();
    const next = await own.restart();
    await author.synced();
    author.file('main.py').insert(0, 'after\n');
    await until('all of it durable', () => author.provider.synced && author.durable() >= author.sent());
    // Reading tries the document out.
    const { body, status } = await request(next.url, `/api/v2/rooms/${room.id}/files/main.py`, { token });
    expect(status).toBe(200);
    expect(before).not.toBe('');
    using newcomer = connectDocument(next.url, room.id, token);
    await newcomer.synced();
    await until('all to have the same', () => text(author) === (body as { text: string }).text);
    expect(text(newcomer)).toBe(text(author));
    expect(text(author)).toContain('after\n');
    expect(text(author)).toContain('sound\n');
    const metrics = (await request(next.url, '/metrics')).body as string;
    expect(metrics).toMatch(/^coderoom_sync_quarantined_total 1$/m);
    expect(next.output()).not.toMatch(/"level":60|could not be handled/);
  });

  it('SYNC-77 undo goes on across kill -9, and takes back what is one’s own only', async () => {
    await using own = await startServer({ env: { EXECUTION: 'off' } });
    const { room, token } = await createRoom(own.url);
    using one = connectDocument(own.url, room.id, token, { acks: true });
    using two = connectDocument(own.url, room.id, (await joinRoom(own.url, room.id)).token, { acks: true });
    await Promise.all([one.synced(), two.synced()]);
    const undo = new Y.UndoManager(one.file('main.py'), { captureTimeout: 0 });
    one.file('main.py').insert(0, 'A');
    one.file('main.py').insert(1, 'B');
    await until('both letters', () => text(two).startsWith('AB'));
    two.file('main.py').insert(1, 'x');
    one.file('main.py').delete(0, 1);
    await until('the change', () => text(one).startsWith('xB') && text(two).startsWith('xB'));
    await one.saved();
    await own.kill();
    const next = await own.restart();
    undo.undo();
    expect(text(one)).toMatch(/^AxB/);
    undo.undo();
    expect(text(one)).toMatch(/^Ax(?!B)/);
    undo.redo();
    await until('all of it durable', () => one.provider.synced && one.durable() >= one.sent() && two.provider.synced);
    await until('the other to see it', () => text(two) === text(one));
    expect(text(two)).toMatch(/^AxB/);
    using newcomer = connectDocument(next.url, room.id, token);
    await newcomer.synced();
    expect(text(newcomer)).toBe(text(one));
    await next.kill();
    const replayed = (await replayLogs(own.dataDir, [room.id])).get(room.id) as Y.Doc;
    expect((replayed.getMap(documentMaps.files).get('main.py') as Y.Text).toString()).toBe(text(one));
  });
});
