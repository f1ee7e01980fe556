import { once } from 'node:events';
import { limits } from '@coderoom/protocol';
import { connectDocument, createRoom, pause, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMember } from '../room-member.ts';
import { openApp, type RunningApp } from '../running-app.ts';
import { asHost, openPair, openPerson, openSocket } from './codecall-client.ts';

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const unknownId = '019a0000-0000-4000-8000-000000000000';
let clock = Date.now();
let app: RunningApp;

beforeAll(async () => {
  app = await openApp({}, { presenceGraceMs: 50, now: () => clock });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

describe('CodeCall’s sockets', () => {
  it('DIA-88 connect by an access token, and are refused in CodeCall’s words without a good one', async () => {
    const { accessToken } = await openPerson(app);
    (await openSocket(app.url, accessToken)).close();
    await expect(openSocket(app.url, undefined)).rejects.toThrow('Authentication token missing');
    const forged = `${accessToken.slice(0, -2)}xx`;
    await expect(openSocket(app.url, forged)).rejects.toThrow('Unauthorized socket connection');
    clock += limits.accessTokenTtlMs + 1_000;
    await expect(openSocket(app.url, accessToken)).rejects.toThrow('Unauthorized socket connection');
  });

  it('DIA-88 stay when the token has expired, and end with the sign-in', async () => {
    const { a, host } = await openPair(app);
    clock += limits.accessTokenTtlMs + 1_000;
    a.emit('join-session', { sessionId: 'x' });
    expect(a.socket.connected).toBe(true);
    const ended = once(a.socket as never, 'disconnect');
    await app.ask('POST', '/auth/logout', { body: { refreshToken: host.refreshToken } });
    await ended;
  });

  it('DIA-89 who joins is announced to the others, by whichever door, and so is who goes', async () => {
    const pair = await openPair(app);
    const { a, b, host, guest, sessionId } = pair;
    expect(a.all('user-joined')).toEqual([{ userId: guest.id }]);
    expect(b.all('user-joined')).toEqual([]);
    b.emit('join-session', { sessionId });
    await until('the second announcement', () => a.all('user-joined').length === 2);
    const users = [host, guest].map(({ id }) => ({ userId: id, joinedAt: expect.stringMatching(isoTime) }));
    await a.next('presence:update', (told: { users: unknown[] }) => told.users.length === 2);
    expect(a.all('presence:update').at(-1)).toEqual({ users: expect.arrayContaining(users), roomId: sessionId });
    b.close();
    await a.next('presence:user-left', ({ userId }: { userId: string }) => userId === guest.id);
    await a.next('presence:update', (told: { users: unknown[] }) => told.users.length === 1);
  });

  it('DIA-84 strangers hear nothing of a session and are not heard in it', async () => {
    const pair = await openPair(app);
    const eve = await openSocket(app.url, (await openPerson(app, 'Eve')).accessToken);
    eve.emit('join-session', { sessionId: pair.sessionId });
    eve.emit('code-change', { sessionId: pair.sessionId, code: 'mine' });
    eve.emit('whiteboard-draw', { sessionId: pair.sessionId, stroke: { x0: 1 } });
    eve.emit('webrtc-offer', { sessionId: pair.sessionId, offer: { type: 'offer', sdp: 'x' } });
    pair.a.type(pair.sessionId, 'ours');
    await pair.b.next('code-update');
    pair.a.emit('whiteboard-clear', { sessionId: pair.sessionId });
    await pair.b.next('whiteboard-clear');
    expect(eve.all('code-update').concat(eve.all('user-joined'), eve.all('presence:update'))).toEqual([]);
    for (const one of [pair.a, pair.b]) {
      expect(one.all('code-update').map((told) => (told as { code: string }).code)).not.toContain('mine');
      expect(one.all('whiteboard-draw').concat(one.all('webrtc-offer'))).toEqual([]);
    }
    eve.close();
  });

  it('DIA-90 what one types the others get, not the sender; by sessionId or roomId, and without having joined', async () => {
    const { a, b, host, sessionId } = await openPair(app);
    a.type(sessionId, 'let x = 1');
    expect(await b.next('code-update')).toEqual({ code: 'let x = 1', userId: host.id });
    b.text = 'let x = 12';
    b.emit('code-change', { roomId: sessionId, code: b.text });
    await until('the other one’s text', () => a.text === b.text);
    expect(a.all('code-update')).toHaveLength(1);
    const again = await openSocket(app.url, host.accessToken);
    again.emit('code-change', { sessionId, code: 'let x = 12;' });
    await again.next('code-update');
    again.type(sessionId, 'let x = 123');
    await until('it everywhere', () => a.text === 'let x = 123' && b.text === 'let x = 123');
  });

  it('DIA-90 it is in the room’s file, and what is typed in an editor comes as code-update', async () => {
    const pair = await openPair(app);
    const { path, token, roomId } = await asHost(app, pair.host, pair.sessionId);
    pair.a.type(pair.sessionId, 'one\n');
    await until('the file', async () => {
      const { body } = await app.ask('GET', `${path}/files/main.js`, { token });
      return body.text === 'one\n';
    });
    using editor = connectDocument(app.url, roomId, token);
    await editor.synced();
    editor.file('main.js').insert(4, 'two\n');
    await until('both to have it', () => [pair.a, pair.b].every(({ text }) => text === 'one\ntwo\n'));
  });

  it.each([
    { a: ['websocket'], b: ['websocket'] },
    { a: ['polling'], b: ['polling', 'websocket'] },
  ])('DIA-90 nobody’s typing is lost when all type at once, by $a and $b', { timeout: 60_000 }, async (transports) => {
    const { a, b, sessionId } = await openPair(app, transports);
    const typed: string[] = [];
    for (let turn = 0; turn < 60; turn++) {
      for (const [name, client] of [
        ['a', a],
        ['b', b],
      ] as const) {
        const mark = `<${name}${turn}>\n`;
        typed.push(mark);
        const at = name === 'a' ? 0 : client.text.length;
        client.type(sessionId, client.text.slice(0, at) + mark + client.text.slice(at));
      }
      await pause(turn % 7);
    }
    await until('both to have all', () => a.text === b.text && typed.every((mark) => a.text.includes(mark)), {
      timeoutMs: 20_000,
    });
    expect(a.text.length).toBe(typed.join('').length);
  });

  it('DIA-91 who comes late gets the text and the strokes, also with nobody there to answer', async () => {
    const { a, b, guest, host, sessionId } = await openPair(app);
    a.type(sessionId, 'so far');
    await b.next('code-update');
    const stroke = { x0: 1, y0: 2, x1: 3, y1: 4, color: '#ff0000', size: 3, tool: 'pen' };
    a.emit('whiteboard-draw', { sessionId, stroke });
    await b.next('whiteboard-draw');
    const late = await openSocket(app.url, guest.accessToken);
    late.emit('join-session', { sessionId });
    expect(await late.next('code-update')).toEqual({ code: 'so far', synced: true });
    expect(await late.next('whiteboard-draw')).toEqual({ stroke, userId: host.id });
    late.emit('code-sync-request', { sessionId });
    expect(await a.next('code-sync-requested')).toEqual({ requesterId: guest.id });
    await until('the text again', () => late.all('code-update').length === 2);
    a.emit('code-sync-response', { sessionId, code: 'so far, and further' });
    await until('what was answered', () => late.text === 'so far, and further' && b.text === late.text);
  });

  it('DIA-92 strokes come out as they went in, are on the room’s board, and a cleared one is cleared for all', async () => {
    const pair = await openPair(app);
    const { a, b, host, sessionId } = pair;
    const strokes = [
      { x0: 1, y0: 2, x1: 3, y1: 4, color: 'red', size: 3, tool: 'pen' },
      'any JSON',
      { points: [[1, 2]] },
    ];
    for (const stroke of strokes) a.emit('whiteboard-draw', { sessionId, stroke });
    await until('all strokes', () => b.all('whiteboard-draw').length === strokes.length);
    expect(b.all('whiteboard-draw')).toEqual(strokes.map((stroke) => ({ stroke, userId: host.id })));
    expect(a.all('whiteboard-draw')).toEqual([]);
    const { path, token } = await asHost(app, pair.host, pair.sessionId);
    const board = await app.ask('GET', `${path}/board`, { token });
    expect(JSON.stringify(board.body)).toContain('any JSON');
    b.emit('whiteboard-clear', { sessionId });
    for (const one of [a, b]) await until('a clear board', () => one.all('whiteboard-clear').length === 1);
    expect((await app.ask('GET', `${path}/board`, { token })).body.items).toEqual([]);
  });

  it('DIA-93 offers, answers and candidates reach the other, or the one they are meant for; going is told', async () => {
    const { a, b, host, guest, sessionId } = await openPair(app);
    a.emit('webrtc-join', { roomId: sessionId });
    expect(await b.next('webrtc-peer-joined')).toEqual({ userId: host.id });
    const offer = { type: 'offer', sdp: 'v=0' };
    a.emit('webrtc-offer', { sessionId, offer });
    expect(await b.next('webrtc-offer')).toEqual({ offer, from: host.id });
    const answer = { type: 'answer', sdp: 'v=0' };
    b.emit('webrtc-answer', { roomId: sessionId, answer, target: host.id });
    expect(await a.next('webrtc-answer')).toEqual({ answer, from: guest.id });
    const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 };
    b.emit('webrtc-ice-candidate', { sessionId, candidate });
    expect(await a.next('webrtc-ice-candidate')).toEqual({ candidate, from: guest.id });
    a.emit('webrtc-offer', { sessionId, offer, target: unknownId });
    b.emit('webrtc-leave', { sessionId });
    expect(await a.next('webrtc-peer-left')).toEqual({ userId: guest.id });
    expect(b.all('webrtc-offer')).toHaveLength(1);
    expect(a.all('webrtc-offer')).toEqual([]);
    b.emit('webrtc-offer', { sessionId, offer });
    await a.next('webrtc-offer');
    b.close();
    await until('that it went', () => a.all('webrtc-peer-left').length === 2);
  });

  it('DIA-93 somebody in the web client’s call is a peer like any other', async () => {
    const open = await createRoom(app.url);
    const person = await openPerson(app);
    const sessionId = (await person.post(`/sessions/join/${open.room.code}`)).body.data.id as string;
    const web = await openMember(app.url, open.token);
    const { peerId } = (await web.ask('call:join', {})) as unknown as { peerId: string };
    const a = await openSocket(app.url, person.accessToken);
    const offer = { type: 'offer', sdp: 'v=0' };
    a.emit('webrtc-offer', { sessionId, offer });
    const heard = await until('the offer', () => web.all('call:signal' as never)[0] as unknown as { from: string });
    expect(heard).toMatchObject({ signal: { description: offer } });
    const answer = { type: 'answer', sdp: 'v=0' };
    await web.ask('call:signal', { to: heard.from, signal: { description: answer } });
    expect(await a.next('webrtc-answer')).toMatchObject({ answer });
    expect(peerId).toBeTypeOf('string');
    web.close();
    await a.next('webrtc-peer-left');
    a.close();
  });

  it('DIA-94 junk is not answered, breaks nothing, and is kept from the others', async () => {
    const { a, b, sessionId } = await openPair(app);
    const names = [
      'join-session',
      'code-change',
      'code-sync-request',
      'code-sync-response',
      'whiteboard-draw',
      'whiteboard-clear',
      'webrtc-offer',
      'webrtc-ice-candidate',
      'webrtc-leave',
      'nothing-like-it',
    ];
    const junk = [undefined, null, 5, 'x', [], {}, { sessionId: 5 }, { sessionId: 'x' }, { sessionId: null, code: 1 }];
    for (const name of names) for (const payload of junk) a.emit(name, payload);
    for (const code of [undefined, null, 5, {}]) a.emit('code-change', { sessionId, code });
    a.emit('whiteboard-draw', { sessionId });
    a.emit('webrtc-offer', { sessionId, offer: 'x'.repeat(100_000) });
    a.emit('code-change', { sessionId: '__proto__', code: 'x' });
    // Nested deeper than a client could write it.
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    for (const [name, field] of Object.entries({ 'webrtc-offer': 'offer', 'whiteboard-draw': 'stroke' })) {
      a.socket.io.engine.write(`2["${name}",{"sessionId":"${sessionId}","${field}":${deep}}]`);
    }
    a.type(sessionId, 'still here');
    await until('the text', () => b.text === 'still here');
    expect(b.all('whiteboard-draw').concat(b.all('webrtc-offer'))).toEqual([]);
    expect(app.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  it('DIA-94 a session that has ended takes no more text, and its clients see what it has', async () => {
    const { a, b, host, sessionId } = await openPair(app);
    a.type(sessionId, 'the last word');
    await until('it', () => b.text === 'the last word');
    await host.post(`/sessions/end/${sessionId}`);
    b.type(sessionId, 'no, mine');
    await until('what there is', () => b.text === 'the last word');
    expect(a.text).toBe('the last word');
  });

  it('DIA-84 a member who is removed is heard no more', async () => {
    const pair = await openPair(app);
    const { path, token } = await asHost(app, pair.host, pair.sessionId);
    const { body } = await app.ask('GET', `${path}/members`, { token });
    const guest = body.items.find(({ role }: { role: string }) => role === 'editor');
    const gone = once(pair.b.socket as never, 'disconnect');
    await app.ask('DELETE', `${path}/members/${guest.id}`, { token });
    await gone;
    const back = await openSocket(app.url, pair.guest.accessToken);
    back.emit('join-session', { sessionId: pair.sessionId });
    back.emit('code-change', { sessionId: pair.sessionId, code: 'mine' });
    pair.a.type(pair.sessionId, 'ours');
    await until('the file', async () => {
      const { body } = await app.ask('GET', `${path}/files/main.js`, { token });
      return body.text === 'ours';
    });
    expect(back.all('code-update')).toEqual([]);
  });
});
