import { collabClose, documentMaps, limits, type RoomEntry } from '@coderoom/protocol';
import { connectDocument, createRoom, joinRoom, pause, request, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { openApp, type RunningApp } from './running-app.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

/** A raw WebSocket on /collab, with what the server sent and how it was closed. */
function open(path: string, options: WebSocket.ClientOptions = {}) {
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/collab/${path}`, options);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  const opened = new Promise<boolean>((resolve) => {
    socket.on('open', () => resolve(true));
    socket.on('close', () => resolve(false));
  });
  socket.on('error', () => {});
  return { socket, closed, opened };
}

const enter = async () => {
  const owner = await createRoom(app.url, { language: 'python' });
  return { owner, editor: await joinRoom(app.url, owner.room.id) };
};
const role = (owner: RoomEntry, member: string, to: 'editor' | 'viewer') =>
  request(app.url, `/api/v2/rooms/${owner.room.id}/members/${member}`, {
    method: 'PATCH',
    token: owner.token,
    body: { role: to },
  });

describe('documents', () => {
  it('COLLAB-1 two stock y-websocket clients converge on the files, and find the text after a restart', async () => {
    const { owner, editor } = await enter();
    const provide = (token: string) => {
      const doc = new Y.Doc();
      const provider = new WebsocketProvider(`${app.url.replace('http', 'ws')}/collab`, owner.room.id, doc, {
        params: { token },
        WebSocketPolyfill: WebSocket as never,
        disableBc: true,
      });
      return { doc, provider, files: doc.getMap<Y.Text>('files') };
    };
    const [a, b] = [provide(owner.token), provide(editor.token)];
    await until('both to sync', () => a.provider.synced && b.provider.synced);
    a.files.get('main.py')?.insert(0, '# from a\n');
    b.files.get('main.py')?.insert(0, '# from b\n');
    b.files.set('notes.md', new Y.Text('both see this'));
    await until('convergence', () => {
      const [left, right] = [a.files.toJSON(), b.files.toJSON()];
      return JSON.stringify(left) === JSON.stringify(right) && left['notes.md'] === 'both see this';
    });
    const text = a.files.get('main.py')?.toString() ?? '';
    expect(text).toContain('# from a\n');
    expect(text).toContain('# from b\n');
    a.provider.destroy();
    b.provider.destroy();

    await app.reopen();
    const c = provide(editor.token);
    await until('the newcomer to sync', () => c.provider.synced);
    expect(c.files.toJSON()).toEqual({ 'main.py': text, 'notes.md': 'both see this' });
    expect(c.doc.getMap(documentMaps.room).toJSON()).toEqual({ entry: 'main.py', language: 'python' });
    c.provider.destroy();
  });

  it('COLLAB-2 the REST API and the document are one', async () => {
    const { owner } = await enter();
    using client = connectDocument(app.url, owner.room.id, owner.token, { acks: true });
    await client.synced();
    client.file('main.py').insert(0, '# typed\n');
    await client.saved();
    const path = `/api/v2/rooms/${owner.room.id}/files/main.py`;
    const { body } = await request(app.url, path, { token: owner.token });
    expect((body as { text: string }).text).toMatch(/^# typed\n/);
    await request(app.url, path, { method: 'PUT', token: owner.token, body: { text: 'written' } });
    await until('the written text', () => client.file('main.py').toString() === 'written');
  });

  it('COLLAB-3 a viewer sees everything and writes nothing', async () => {
    const { owner, editor } = await enter();
    await role(owner, editor.member.id, 'viewer');
    using writer = connectDocument(app.url, owner.room.id, owner.token, { acks: true });
    using viewer = connectDocument(app.url, owner.room.id, editor.token);
    await Promise.all([writer.synced(), viewer.synced()]);
    viewer.file('main.py').insert(0, 'VIEWER');
    writer.file('main.py').insert(0, 'OWNER');
    await writer.saved();
    await until('the viewer to see it', () => viewer.file('main.py').toString().includes('OWNER'));
    await pause(100);
    expect(writer.file('main.py').toString()).not.toContain('VIEWER');
  });

  it('COLLAB-3 a new role acts on open sockets at once', async () => {
    const { owner, editor } = await enter();
    using writer = connectDocument(app.url, owner.room.id, owner.token);
    using client = connectDocument(app.url, owner.room.id, editor.token, { acks: true });
    await Promise.all([writer.synced(), client.synced()]);
    client.file('main.py').insert(0, 'BEFORE');
    await client.saved();
    await role(owner, editor.member.id, 'viewer');
    client.file('main.py').insert(0, 'AFTER');
    await pause(150);
    expect(writer.file('main.py').toString()).toContain('BEFORE');
    expect(writer.file('main.py').toString()).not.toContain('AFTER');
  });

  it('COLLAB-4 who is removed is closed at once with 4401, and does not come back', async () => {
    const { owner, editor } = await enter();
    const kicked = open(`${owner.room.id}?token=${editor.token}`);
    using stays = connectDocument(app.url, owner.room.id, owner.token);
    await Promise.all([kicked.opened, stays.synced()]);
    await request(app.url, `/api/v2/rooms/${owner.room.id}/members/${editor.member.id}`, {
      method: 'DELETE',
      token: owner.token,
    });
    expect(await kicked.closed).toEqual({ code: collabClose.unauthorized, reason: 'membership_ended' });
    const again = open(`${owner.room.id}?token=${editor.token}`);
    expect(await again.closed).toEqual({ code: collabClose.unauthorized, reason: 'membership_ended' });
    expect(stays.provider.wsconnected).toBe(true);
  });

  it('COLLAB-4 everybody in a room that is deleted is closed with 4404', async () => {
    const { owner, editor } = await enter();
    const socket = open(`${owner.room.id}?token=${editor.token}`);
    await socket.opened;
    await request(app.url, `/api/v2/rooms/${owner.room.id}`, { method: 'DELETE', token: owner.token });
    expect(await socket.closed).toEqual({ code: collabClose.roomGone, reason: 'room_not_found' });
  });

  it('COLLAB-5 a room that has ended is shown and not changed, also after a restart', async () => {
    const { owner } = await enter();
    using before = connectDocument(app.url, owner.room.id, owner.token);
    await before.synced();
    await request(app.url, `/api/v2/rooms/${owner.room.id}/end`, { method: 'POST', token: owner.token });
    before.file('main.py').insert(0, 'TOO LATE');
    await app.reopen();
    using after = connectDocument(app.url, owner.room.id, owner.token);
    await after.synced();
    expect(after.file('main.py').toString()).not.toContain('TOO LATE');
    after.file('main.py').insert(0, 'MUCH TOO LATE');
    await pause(150);
    const path = `/api/v2/rooms/${owner.room.id}/files/main.py`;
    const { body } = await request(app.url, path, { token: owner.token });
    expect((body as { text: string }).text).not.toContain('TOO LATE');
  });
});

describe('unwelcome document sockets', () => {
  it('TOKEN-7 are opened and closed with the reason, since a browser shows nothing else', async () => {
    const { owner } = await enter();
    const other = await createRoom(app.url);
    const refused: [string, number, string][] = [
      [owner.room.id, collabClose.unauthorized, 'token_missing'],
      [`${owner.room.id}?token=`, collabClose.unauthorized, 'token_missing'],
      [`${owner.room.id}?token=junk`, collabClose.unauthorized, 'token_invalid'],
      [`${owner.room.id}?token=eyJhbGciOiJub25lIn0.e30.`, collabClose.unauthorized, 'token_invalid'],
      [`${owner.room.id}?token=${other.token}`, collabClose.roomGone, 'room_not_found'],
      [`abcd-efgh?token=${owner.token}`, collabClose.roomGone, 'room_not_found'],
      [`%ff?token=${owner.token}`, collabClose.roomGone, 'room_not_found'],
    ];
    for (const [path, code, reason] of refused) expect(await open(path).closed, path).toEqual({ code, reason });
  });

  it('GATE-2 of a foreign origin are refused, allowed ones and those without are not', async () => {
    const { owner } = await enter();
    const path = `${owner.room.id}?token=${owner.token}`;
    for (const origin of ['https://evil.test', 'null', 'http://localhost.evil.test']) {
      expect(await open(path, { origin }).closed, origin).toEqual({
        code: collabClose.forbidden,
        reason: 'origin_refused',
      });
    }
    for (const options of [{}, { origin: app.url }]) {
      const socket = open(path, options);
      expect(await socket.opened).toBe(true);
      socket.socket.close();
      expect((await socket.closed).code).toBe(1005);
    }
  });

  it('an upgrade to anywhere else is answered with 404', async () => {
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/elsewhere`);
    const error = await new Promise<Error>((resolve) => socket.on('error', resolve));
    expect(error.message).toContain('404');
  });

  it('COLLAB-6 junk closes the socket that sent it with a reason, and disturbs nobody', async () => {
    const { owner, editor } = await enter();
    using bystander = connectDocument(app.url, owner.room.id, owner.token, { acks: true });
    await bystander.synced();
    const junk: [string | Uint8Array, number][] = [
      ['hello', collabClose.protocolError],
      [new Uint8Array([0, 2, 5, 1, 2, 3, 4, 255]), collabClose.protocolError],
      [new Uint8Array([77, 1, 2, 3]), collabClose.protocolError],
      [new Uint8Array(3_000_000), collabClose.tooLarge],
    ];
    for (const [message, code] of junk) {
      const { socket, opened, closed } = open(`${owner.room.id}?token=${editor.token}`);
      await opened;
      socket.send(message);
      expect((await closed).code).toBe(code);
      bystander.file('main.py').insert(0, '#');
      await bystander.saved();
    }
  });

  it('COLLAB-6 a broken frame on the wire closes that socket only', async () => {
    const { owner, editor } = await enter();
    const { socket, opened, closed } = open(`${owner.room.id}?token=${editor.token}`);
    await opened;
    // A frame whose reserved bits are set and whose length claims 2^62 bytes.
    (socket as unknown as { _socket: { write(data: Buffer): void } })._socket.write(
      Buffer.from([0xf2, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    );
    expect((await closed).code).toBeGreaterThanOrEqual(1002);
    using bystander = connectDocument(app.url, owner.room.id, owner.token);
    await bystander.synced();
  });

  it('COLLAB-7 a peer that answers no ping is dropped, one that answers stays', async () => {
    await using quick = await openApp({ EXECUTION: 'off' }, { socketPingMs: 200 });
    const { room, token } = await createRoom(quick.url);
    const address = `${quick.url.replace('http', 'ws')}/collab/${room.id}?token=${token}`;
    const [silent, alive] = [new WebSocket(address, { autoPong: false }), new WebSocket(address)];
    const code = await new Promise<number>((resolve) => silent.on('close', resolve));
    expect(code).toBe(1006);
    await pause(600);
    expect(alive.readyState).toBe(WebSocket.OPEN);
    alive.close();
  });

  it('TOKEN-5 a document socket ends with its token', async () => {
    await using short = await openApp({ EXECUTION: 'off' }, { tokenTtlMs: 2_000 });
    const { room, token } = await createRoom(short.url);
    const socket = new WebSocket(`${short.url.replace('http', 'ws')}/collab/${room.id}?token=${token}`);
    const [code, reason] = await new Promise<[number, Buffer]>((resolve) =>
      socket.on('close', (...args) => resolve(args)),
    );
    expect([code, reason.toString()]).toEqual([collabClose.unauthorized, 'token_expired']);
  });

  it('LOG-2 no token is ever logged', async () => {
    const { owner } = await enter();
    await open(`${owner.room.id}?token=junk-that-must-not-be-logged`).closed;
    await request(app.url, `/api/v2/rooms/${owner.room.id}?token=${owner.token}`, { token: owner.token });
    await request(app.url, `/nowhere?token=${owner.token}`);
    expect(app.logged.length).toBeGreaterThan(0);
    expect(app.logged.join('')).not.toContain(owner.token);
    expect(app.logged.join('')).not.toContain('junk-that-must-not-be-logged');
    expect(limits.collabFrameMaxBytes).toBeLessThan(3_000_000);
  });
});
