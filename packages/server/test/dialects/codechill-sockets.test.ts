import { until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register } from '../people.ts';
import {
  type CodeChillApp,
  type CodeChillPerson,
  connectSocket,
  meetInRoom,
  openCodeChill,
  refusalOf,
  unknownId,
} from './codechill-client.ts';

let chill: CodeChillApp;
let ada: CodeChillPerson;
let lin: CodeChillPerson;
let clock = Date.now();

beforeAll(async () => {
  chill = await openCodeChill({}, { now: () => clock });
  [ada, lin] = [await chill.signIn('Ada'), await chill.signIn('Lin')];
});
afterAll(async () => {
  await chill[Symbol.asyncDispose]();
});

const newcomer = () => chill.signIn('Grace');

const meet = (body?: object) => meetInRoom(chill, [ada, lin], body);

const refused = (message: string) => ({ message });

describe('connecting', () => {
  it('DIA-121 takes the app’s access tokens and the provider’s, and nothing else', async () => {
    const person = await newcomer();
    for (const token of [person.token, person.issuerToken]) (await connectSocket(chill.url, token)).close();
    (await connectSocket(chill.url, person.token, { transports: ['polling'] })).close();
    expect(await refusalOf(chill.url, { token: person.refreshToken })).toBe('Invalid token');
    expect(await refusalOf(chill.url, { token: `${person.token}x` })).toBe('Invalid token');
    expect(await refusalOf(chill.url, { token: `${person.issuerToken}x` })).toBe('Invalid token');
    for (const auth of [{}, { token: 'junk' }, { token: 7 }, { token: '' }]) {
      expect(await refusalOf(chill.url, auth)).toEqual(expect.any(String));
    }
    clock += 25 * 60 * 60_000;
    expect(await refusalOf(chill.url, { token: person.token })).toBe('Token has expired');
    clock = Date.now();
  });

  it('DIA-121 CodeChill’s words are for its sockets alone', async () => {
    const native = await register(chill.app);
    expect(await refusalOf(chill.url, { token: native.accessToken })).toEqual(expect.any(String));
  });

  it('DIA-121 a client of a dialect that is switched off is told so', async () => {
    await using off = await openCodeChill({ EXECUTION: 'off', DIALECTS: 'codecast' });
    expect(await refusalOf(off.url, { token: ada.token })).toBe('CodeChill is switched off on this server.');
  });

  it('DIA-122 ends when the token does, and when the session does, by whatever door that is ended', async () => {
    const person = await newcomer();
    const socket = await chill.connect(person);
    await chill.ask('POST', '/api/auth/logout', person.token);
    await until('the end of the connection', () => !socket.isConnected());
    expect(await refusalOf(chill.url, { token: person.token })).toBe('Invalid token');

    const again = (await chill.ask('POST', '/api/auth/login', person.issuerToken)).body;
    const second = await connectSocket(chill.url, again.access_token);
    const { body } = await chill.app.ask('POST', '/api/v2/auth/oidc/token', { body: { token: person.issuerToken } });
    const newPassword = 'a password of many words';
    const changed = await chill.app.ask('POST', '/api/v2/me/password', {
      token: body.accessToken,
      body: { newPassword },
    });
    expect(changed.status).toBe(204);
    await until('the end of the connection', () => !second.isConnected());

    const other = await newcomer();
    const until24h = 24 * 60 * 60_000;
    clock += until24h - 1_500;
    const late = await chill.connect(other);
    await until('the end of the connection', () => !late.isConnected());
    clock = Date.now();
  });

  it('DIA-122 ends when its member is removed or banned, or the room is deleted; what comes back is in no room', async () => {
    const { owner, room, a, b } = await meet();
    const { body } = await chill.app.ask('POST', '/api/v2/auth/oidc/token', { body: { token: owner.issuerToken } });
    const roomId = `${room.id.slice(0, 14)}7${room.id.slice(15)}`;
    const members = await chill.app.ask('GET', `/api/v2/rooms/${roomId}/members`, { token: body.accessToken });
    const member = members.body.items.find(({ name }: { name: string }) => name === 'Ada');
    const path = `/api/v2/rooms/${roomId}/members/${member.id}?ban=true`;
    expect((await chill.app.ask('DELETE', path, { token: body.accessToken })).status).toBe(204);
    await until('the end of the connection', () => !a.isConnected());
    expect(await b.next('user_left')).toEqual({ user_id: ada.id, room_id: room.id });

    const back = await chill.connect(ada);
    back.emit('code_change', { content: 'resurrected', version: 99 });
    expect(await back.next('error')).toEqual(refused('Not in a room'));
    back.emit('join_room', { room_id: room.id });
    expect(await back.next('error')).toEqual(refused('Access denied'));
    back.emit('get_room_state', { room_id: room.id });
    expect(await back.next('error')).toEqual(refused('Room not found'));
    expect(b.all('code_updated')).toEqual([]);
    back.close();

    await chill.ask('DELETE', `/api/rooms/${room.id}`, owner.token);
    await until('the end of the connection', () => !b.isConnected());
  });

  it('DIA-122 a client that comes back by itself goes on elsewhere', async () => {
    const owner = await newcomer();
    const [gone, other] = [await chill.makeRoom(owner), await chill.makeRoom(owner)];
    const socket = await connectSocket(chill.url, ada.token, { reconnection: true, reconnectionDelay: 10 });
    await socket.join(gone.id);
    await chill.ask('DELETE', `/api/rooms/${gone.id}`, owner.token);
    expect(await socket.next('connected')).toEqual({ message: 'Connected successfully' });
    socket.emit('code_change', { content: 'x', version: 1 });
    expect(await socket.next('error')).toEqual(refused('Not in a room'));
    expect((await socket.join(other.id)).room_id).toBe(other.id);
    socket.close();
  });

  it('DIA-122 leaving by the address keeps the connection, for other rooms', async () => {
    const { room, a, b, close } = await meet();
    await chill.ask('POST', `/api/rooms/${room.id}/leave`, ada.token);
    expect(await a.next('room_left')).toEqual({ room_id: room.id });
    expect(await b.next('user_left')).toEqual({ user_id: ada.id, room_id: room.id });
    expect((await a.join(room.id)).room_id).toBe(room.id);
    close();
  });

  it('DIA-122 a socket that says too much is told, and then closed', async () => {
    await using strict = await openCodeChill({ EXECUTION: 'off', RATE_LIMITS: 'on' }, { ratePoints: { events: 5 } });
    const socket = await strict.connect(await strict.signIn());
    for (let i = 0; i < 300; i++) socket.emit('cursor_update', { cursor_position: { line: 1, column: i } });
    expect(await socket.next('error')).toEqual(refused('Rate limit exceeded'));
    await until('the end of the connection', () => !socket.isConnected());
  });
});

describe('being in a room', () => {
  it('DIA-123 joining tells the room and its text, and the others who came', async () => {
    const owner = await newcomer();
    const room = await chill.makeRoom(owner, { language: 'python' });
    const [a, b] = [await chill.connect(ada), await chill.connect(lin)];
    const joined = await a.join(room.id);
    expect(joined).toEqual({
      room_id: room.id,
      room_data: expect.objectContaining({ id: room.id, content_version: 1, current_participants: 2 }),
      current_content: expect.stringMatching(/Welcome to CodeChill![\s\S]*Hello, World!/),
      content_version: 1,
    });
    expect(Object.keys(joined.room_data)).not.toContain('content');
    await b.join(room.id);
    expect(await a.next('user_joined')).toEqual({
      user_id: lin.id,
      user_name: 'Lin',
      user_picture: null,
      room_id: room.id,
    });
    await b.settle();
    expect(b.all('user_joined')).toEqual([]);
    for (const socket of [a, b]) socket.close();
  });

  it('DIA-123 begins with a text for six languages, and with none for the others', async () => {
    const [first, second] = [await newcomer(), await newcomer()];
    const socket = await chill.connect(ada);
    const begin = async (owner: CodeChillPerson, language: string) =>
      (await socket.join((await chill.makeRoom(owner, { language })).id)).current_content;
    for (const language of ['javascript', 'python', 'java', 'cpp', 'c']) {
      expect(await begin(first, language), language).toMatch(/Welcome to CodeChill![\s\S]*Hello, World!/);
    }
    expect(await begin(second, 'csharp')).toMatch(/Hello, World!/);
    for (const language of ['go', 'swift', 'typescript']) expect(await begin(second, language), language).toBe('');
    socket.close();
  });

  it('DIA-123 says why one may not come in', async () => {
    const owner = await newcomer();
    const { id: shut } = await chill.makeRoom(owner, { is_private: true, password: 'secret' });
    const socket = await chill.connect(ada);
    const refusal = async (payload?: unknown) => {
      socket.emit('join_room', payload);
      return (await socket.next('error')).message;
    };
    for (const payload of [undefined, {}, { room_id: '' }, { room_id: 7 }, 'x', [], null]) {
      expect(await refusal(payload)).toBe('Room ID required');
    }
    expect(await refusal({ room_id: unknownId })).toBe('Access denied');
    expect(await refusal({ room_id: shut })).toBe('Access denied');
    expect(await refusal({ room_id: shut, password: 'secret' })).toBe('Access denied');
    await chill.ask('POST', `/api/rooms/${shut}/join`, ada.token, { password: 'secret' });
    expect((await socket.join(shut)).room_id).toBe(shut);
    const { id: small } = await chill.makeRoom(owner, { max_participants: 1 });
    expect(await refusal({ room_id: small })).toBe('Room is full');
    expect((await socket.join(shut)).room_id).toBe(shut);
    socket.close();
  });

  it('DIA-123 is in one room at a time; leaving, going elsewhere and closing are told', async () => {
    const { owner, room, a, b } = await meet();
    const other = await chill.makeRoom(owner);
    await a.join(other.id);
    expect(await b.next('user_left')).toEqual({ user_id: ada.id, room_id: room.id });
    await a.join(room.id);
    expect(await b.next('user_joined')).toMatchObject({ user_id: ada.id });
    a.emit('leave_room', {});
    expect(await a.next('room_left')).toEqual({ room_id: room.id });
    expect(await b.next('user_left')).toEqual({ user_id: ada.id, room_id: room.id });
    a.emit('code_change', { content: 'from outside', version: 1 });
    expect(await a.next('error')).toEqual(refused('Not in a room'));
    await a.join(room.id);
    await b.next('user_joined');
    a.close();
    expect(await b.next('user_left')).toEqual({ user_id: ada.id, room_id: room.id });
    b.close();
  });

  it('DIA-124 the state of a room is for who may look into it', async () => {
    const { owner, room, a, close } = await meet();
    a.emit('send_message', { content: 'first' });
    a.emit('send_message', { content: 'second', type: 'code' });
    await a.next('new_message');
    await a.next('new_message');
    a.emit('get_room_state');
    const state = await a.next('room_state');
    expect(state).toMatchObject({
      room: { id: room.id, name: 'Sorting' },
      content: expect.stringContaining('CodeChill'),
      version: 1,
      recent_messages: [{ content: 'first' }, { content: 'second', message_type: 'code' }],
    });
    expect(state.participants).toHaveLength(3);
    const outside = await chill.connect(await newcomer());
    outside.emit('get_room_state', {});
    expect(await outside.next('error')).toEqual(refused('No room specified'));
    outside.emit('get_room_state', { room_id: room.id });
    expect((await outside.next('room_state')).room.id).toBe(room.id);
    const { id: shut } = await chill.makeRoom(owner, { is_private: true, password: 'secret' });
    for (const room_id of [shut, unknownId]) {
      outside.emit('get_room_state', { room_id });
      expect(await outside.next('error')).toEqual(refused('Room not found'));
    }
    outside.close();
    close();
  });
});

describe('the text', () => {
  it('DIA-125 a change is acknowledged, and told to the others with its version', async () => {
    const { a, b, close } = await meet();
    a.emit('code_change', { content: 'one', version: 1, cursor_position: { line: 1, column: 4 } });
    expect(await a.next('code_change_ack')).toEqual({ version: 2, success: true });
    expect(await b.next('code_updated')).toEqual({
      content: 'one',
      version: 2,
      user_id: ada.id,
      cursor_position: { line: 1, column: 4 },
    });
    b.emit('code_change', { content: 'one\ntwo', version: 2 });
    expect(await b.next('code_change_ack')).toEqual({ version: 3, success: true });
    expect(await a.next('code_updated')).toEqual({
      content: 'one\ntwo',
      version: 3,
      user_id: lin.id,
      cursor_position: {},
    });
    await a.settle();
    expect([a.all('code_updated'), b.all('code_updated')]).toEqual([[], []]);
    a.emit('code_change', { content: '', version: 3 });
    expect(await a.next('code_change_ack')).toEqual({ version: 4, success: true });
    close();
  });

  it('DIA-125 what is older than the room’s is a conflict, told to its sender alone', async () => {
    const { a, b, close } = await meet();
    a.emit('code_change', { content: 'mine', version: 1 });
    await a.next('code_change_ack');
    await b.next('code_updated');
    for (const version of [1, 0, -5]) {
      b.emit('code_change', { content: 'theirs', version });
      expect(await b.next('code_conflict')).toEqual({ current_content: 'mine', current_version: 2 });
    }
    a.emit('code_change', { content: 'again', version: 1 });
    expect(await a.next('code_conflict')).toEqual({ current_content: 'mine', current_version: 2 });
    await a.settle();
    expect([a.all('code_updated'), b.all('code_change_ack')]).toEqual([[], []]);
    close();
  });

  it('DIA-125 a client may jump ahead, beyond what 32 bits hold', async () => {
    const { room, a, b, close } = await meet();
    const now = 1_790_000_000_000;
    a.emit('code_change', { content: 'at a time', version: now });
    expect(await a.next('code_change_ack')).toEqual({ version: now + 1, success: true });
    expect(await b.next('code_updated')).toMatchObject({ content: 'at a time', version: now + 1 });
    b.emit('code_change', { content: 'counted from 1', version: 2 });
    expect(await b.next('code_conflict')).toEqual({ current_content: 'at a time', current_version: now + 1 });
    b.emit('code_change', { content: 'at a later time', version: now + 500 });
    expect((await b.next('code_change_ack')).version).toBe(now + 501);
    const { body } = await chill.ask('GET', `/api/rooms/${room.id}`, ada.token);
    expect(body.room.content_version).toBe(now + 501);
    close();
  });

  it('DIA-125 what is no change is refused, and changes nothing', async () => {
    const { a, b, close } = await meet();
    const outside = await chill.connect(ada);
    outside.emit('code_change', { content: 'x', version: 1 });
    expect(await outside.next('error')).toEqual(refused('Not in a room'));
    outside.close();
    for (const payload of [
      undefined,
      {},
      { content: 'x' },
      { version: 1 },
      { content: 7, version: 1 },
      { content: 'x', version: '1' },
      { content: 'x', version: 1.5 },
      { content: 'x', version: 2 ** 53 },
      { content: null, version: 1 },
    ]) {
      a.emit('code_change', payload);
      expect(await a.next('error')).toEqual(refused('Invalid code change data'));
    }
    await b.settle();
    expect(b.all('code_updated')).toEqual([]);
    close();
  });

  it('DIA-126 who types faster than acknowledgements come is not behind anybody', async () => {
    const { a, b, close } = await meet();
    let content = '';
    for (const letter of 'faster than the network') {
      content += letter;
      a.emit('code_change', { content, version: 1 });
    }
    const told = await until('the whole text', () => b.all('code_updated').find((event) => event.content === content));
    expect(told.user_id).toBe(ada.id);
    await a.settle();
    expect(a.all('code_conflict')).toEqual([]);
    expect(a.all('code_updated')).toEqual([]);
    close();
  });

  it('DIA-126 of two who change different lines at once, neither loses anything', async () => {
    const { room, a, b, close } = await meet();
    a.emit('code_change', { content: 'first\n\nlast\n', version: 1 });
    await a.next('code_change_ack');
    await b.next('code_updated');
    // Both jump ahead, so that neither is refused.
    a.emit('code_change', { content: 'first of Ada\n\nlast\n', version: 1_000 });
    b.emit('code_change', { content: 'first\n\nlast of Lin\n', version: 2_000 });
    await until('what both have written', async () => {
      a.emit('get_room_state', { room_id: room.id });
      return (await a.next('room_state')).content === 'first of Ada\n\nlast of Lin\n';
    });
    for (const socket of [a, b]) {
      await until(
        'the same text',
        () => socket.all('code_updated').at(-1)?.content === 'first of Ada\n\nlast of Lin\n',
      );
    }
    close();
  });

  it('DIA-127 cursors are passed on, to the others in the room', async () => {
    const { a, b, close } = await meet();
    const cursor_position = { line: 3, column: 7, selection: { start: 1, end: 4 } };
    for (const junk of [
      undefined,
      {},
      { cursor_position: 7 },
      { cursor_position: { line: 'x', column: 1 } },
      { cursor_position: { line: 1, column: 1, selection: 'x'.repeat(5_000) } },
    ]) {
      a.emit('cursor_update', junk);
    }
    a.emit('cursor_update', { cursor_position });
    expect(await b.next('cursor_moved')).toEqual({ user_id: ada.id, cursor_position });
    // Neither is more of it passed on with a text.
    const selection = 'x'.repeat(5_000);
    a.emit('code_change', { content: 'x', version: 1, cursor_position: { line: 1, column: 1, selection } });
    expect((await b.next('code_updated')).cursor_position).toEqual({});
    await a.settle();
    expect([a.all('cursor_moved'), a.all('error')]).toEqual([[], []]);
    close();
  });
});
