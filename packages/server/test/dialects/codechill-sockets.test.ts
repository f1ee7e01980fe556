import { freshSeed, request, until } from '@coderoom/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register } from '../people.ts';
import {
  type CodeChillApp,
  type CodeChillPerson,
  connectSocket,
  naiveTime,
  openCodeChill,
  refusalOf,
  unknownId,
  uuidV4,
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

/** A room of a newcomer, with Ada and Lin in it by their sockets. */
async function meet(body: object = {}) {
  const owner = await newcomer();
  const room = await chill.makeRoom(owner, body);
  const [a, b] = [await chill.connect(ada), await chill.connect(lin)];
  const joined = await a.join(room.id);
  await b.join(room.id);
  await a.next('user_joined');
  return { owner, room, a, b, joined, close: () => [a, b].map((socket) => socket.close()) };
}

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
    await a.settle();
    expect([a.all('cursor_moved'), a.all('error')]).toEqual([[], []]);
    close();
  });
});

describe('chat', () => {
  it('DIA-128 what is said reaches all, the one who said it among them', async () => {
    const { room, a, b, close } = await meet();
    a.emit('send_message', { content: '  Hello! ' });
    const message = {
      id: expect.stringMatching(uuidV4),
      room_id: room.id,
      user_id: ada.id,
      user_name: 'Ada',
      user_picture: null,
      content: 'Hello!',
      message_type: 'text',
      is_edited: false,
      reply_to: null,
      created_at: expect.stringMatching(naiveTime),
      edited_at: null,
    };
    expect([await a.next('new_message'), await b.next('new_message')]).toEqual([message, message]);
    b.emit('send_message', { content: 'x', type: 'system' });
    expect(await a.next('new_message')).toMatchObject({ message_type: 'text', user_id: lin.id });
    for (const payload of [undefined, {}, { content: ' ' }, { content: 'x'.repeat(1_001) }, { content: 7 }]) {
      a.emit('send_message', payload);
      expect(await a.next('error')).toEqual(refused('Invalid message content'));
    }
    a.emit('leave_room', {});
    a.emit('send_message', { content: 'anybody?' });
    expect(await a.next('error')).toEqual(refused('Not in a room'));
    close();
  });

  it('DIA-128 later pages read, write, change, delete and search by address', async () => {
    const { owner, room, a, b, close } = await meet();
    const path = `/api/chat/room/${room.id}/messages`;
    const posted = await chill.ask('POST', path, ada.token, { content: ' by address ', message_type: 'code' });
    expect([posted.status, posted.body]).toMatchObject([
      201,
      { message: 'Message sent successfully', data: { content: 'by address', message_type: 'code', user_id: ada.id } },
    ]);
    expect(await b.next('new_message')).toEqual(posted.body.data);
    const { id } = posted.body.data;
    const answer = await chill.ask('POST', path, lin.token, { content: 'an answer', reply_to: id });
    expect(answer.body.data.reply_to).toBe(id);
    for (let i = 1; i <= 3; i++) await chill.ask('POST', path, lin.token, { content: `more ${i}` });

    const page = await chill.ask('GET', `${path}?page=1&per_page=2`, ada.token);
    expect(page.body.messages.map(({ content }: { content: string }) => content)).toEqual(['more 2', 'more 3']);
    expect(page.body.pagination).toEqual({ page: 1, pages: 3, per_page: 2, total: 5, has_next: true, has_prev: false });
    expect((await chill.ask('GET', `${path}?per_page=500`, ada.token)).body.pagination.per_page).toBe(100);

    const edited = await chill.ask('PUT', `/api/chat/messages/${id}`, ada.token, { content: 'changed' });
    expect([edited.status, edited.body.data]).toMatchObject([
      200,
      { content: 'changed', is_edited: true, edited_at: expect.stringMatching(naiveTime) },
    ]);
    expect((await chill.ask('PUT', `/api/chat/messages/${id}`, lin.token, { content: 'mine' })).body).toEqual({
      error: 'Access denied',
    });
    const found = await chill.ask('GET', `/api/chat/room/${room.id}/search?q=CHANG`, lin.token);
    expect(found.body.messages).toMatchObject([{ id, content: 'changed' }]);
    expect((await chill.ask('GET', `/api/chat/room/${room.id}/search`, lin.token)).status).toBe(400);

    expect((await chill.ask('DELETE', `/api/chat/messages/${id}`, lin.token)).status).toBe(403);
    expect((await chill.ask('DELETE', `/api/chat/messages/${id}`, owner.token)).body).toEqual({
      message: 'Message deleted successfully',
    });
    expect((await chill.ask('GET', path, ada.token)).body.pagination.total).toBe(4);

    const stranger = await newcomer();
    expect((await chill.ask('GET', path, stranger.token)).body).toEqual({ error: 'Access denied' });
    expect((await chill.ask('POST', path, stranger.token, { content: 'hi' })).status).toBe(403);
    expect((await chill.ask('POST', path, ada.token, { content: '' })).body).toEqual({
      error: 'Invalid message content',
    });
    for (const messageId of [id, unknownId, 'nothing']) {
      const { status, body } = await chill.ask('PUT', `/api/chat/messages/${messageId}`, stranger.token, {
        content: 'x',
      });
      expect([status, body]).toEqual([404, { error: 'Message not found' }]);
    }
    a.close();
    close();
  });
});

describe('running code', () => {
  it('DIA-129 is told as begun and queued, and at its end with all that came of it', async () => {
    const { room, a, b, close } = await meet();
    const program =
      'let text = ""; process.stdin.on("data", (data) => (text += data)).on("end", () => console.log(text.toUpperCase()))';
    a.emit('execute_code', { source_code: program, language: 'javascript', input: 'spoken softly' });
    const started = await a.next('execution_started');
    expect(started).toEqual({ execution_id: expect.stringMatching(uuidV4), user_id: ada.id, language: 'javascript' });
    const { execution_id } = started;
    expect(await a.next('execution_queued')).toEqual({ execution_id, message: 'Execution queued' });
    expect(await b.next('execution_started')).toEqual(started);
    const completed = await a.next('execution_completed');
    expect(completed).toEqual({
      id: execution_id,
      execution_id,
      room_id: room.id,
      user_id: ada.id,
      user_name: 'Ada',
      language: 'javascript',
      source_code: program,
      input_data: 'spoken softly',
      output: 'SPOKEN SOFTLY\n',
      error_output: '',
      compile_output: '',
      exit_code: 0,
      execution_time: expect.any(Number),
      memory_usage: completed.memory_usage === null ? null : expect.any(Number),
      status: 'completed',
      created_at: expect.stringMatching(naiveTime),
      started_at: expect.stringMatching(naiveTime),
      completed_at: expect.stringMatching(naiveTime),
    });
    expect(await b.next('execution_completed')).toEqual(completed);
    expect(b.all('execution_queued')).toEqual([]);
    const result = await chill.ask('GET', `/api/execution/${execution_id}/result`, lin.token);
    expect([result.status, result.body.execution]).toEqual([200, completed]);
    close();
  });

  it('DIA-129 says what cannot be run', async () => {
    const { a, close } = await meet();
    const refusal = async (payload: unknown) => {
      a.emit('execute_code', payload);
      return (await a.next('error')).message;
    };
    for (const payload of [undefined, {}, { source_code: '' }, { source_code: ' \n' }, { source_code: 7 }]) {
      expect(await refusal(payload)).toBe('No code to execute');
    }
    expect(await refusal({ source_code: 'x'.repeat(100_001) })).toBe('Code too long');
    expect(await refusal({ source_code: 'x', language: 'nonsense' })).toBe('Failed to execute code');
    expect(await refusal({ source_code: 'x', language: 7 })).toBe('Failed to execute code');
    a.emit('leave_room', {});
    expect(await refusal({ source_code: 'x' })).toBe('Not in a room');
    close();
  });

  it('DIA-129 later pages submit, ask for the result, and read the history', async () => {
    const { room, a, close } = await meet();
    const body = { room_id: room.id, language: 'javascript', source_code: 'process.exit(3)', input_data: '' };
    const submitted = await chill.ask('POST', '/api/execution/submit', ada.token, body);
    const { execution_id } = submitted.body;
    expect([submitted.status, submitted.body]).toEqual([
      201,
      { message: 'Code submitted for execution', execution_id, judge0_token: execution_id },
    ]);
    expect(await a.next('execution_completed')).toMatchObject({ id: execution_id, status: 'failed', exit_code: 3 });
    const history = await chill.ask('GET', `/api/execution/room/${room.id}/history`, lin.token);
    expect(history.body.executions).toMatchObject([
      { id: execution_id, source_code: 'process.exit(3)', status: 'failed' },
    ]);
    for (const [change, status, error] of [
      [{ room_id: undefined }, 400, 'Room ID required'],
      [{ room_id: unknownId }, 404, 'Room not found'],
      [{ source_code: '' }, 400, 'No code to execute'],
      [{ source_code: 'x'.repeat(100_001) }, 400, 'Code too long'],
      [{ language: 'nonsense' }, 404, 'Failed to execute code'],
    ] as const) {
      const answer = await chill.ask('POST', '/api/execution/submit', ada.token, { ...body, ...change });
      expect([answer.status, answer.body]).toEqual([status, { error }]);
    }
    const stranger = await newcomer();
    expect((await chill.ask('POST', '/api/execution/submit', stranger.token, body)).body).toEqual({
      error: 'Access denied',
    });
    expect((await chill.ask('GET', `/api/execution/room/${room.id}/history`, stranger.token)).status).toBe(403);
    for (const id of [execution_id, unknownId, 'nothing']) {
      const answer = await chill.ask('GET', `/api/execution/${id}/result`, stranger.token);
      expect([answer.status, answer.body]).toEqual([404, { error: 'Execution not found' }]);
    }
    const { body: languages } = await request(chill.url, '/api/execution/languages');
    expect(languages).toEqual({
      languages: [
        'javascript',
        'python',
        'java',
        'cpp',
        'c',
        'csharp',
        'php',
        'ruby',
        'go',
        'rust',
        'kotlin',
        'swift',
        'typescript',
      ],
      language_map: {
        javascript: 63,
        python: 71,
        java: 62,
        cpp: 54,
        c: 50,
        csharp: 51,
        php: 68,
        ruby: 72,
        go: 60,
        rust: 73,
        kotlin: 78,
        swift: 83,
        typescript: 74,
      },
    });
    close();
  });

  it('DIA-121 CodeChill’s words are for its sockets alone', async () => {
    const native = await register(chill.app);
    expect(await refusalOf(chill.url, { token: native.accessToken })).toEqual(expect.any(String));
  });
});

describe('whatever comes', () => {
  it('DIA-131 makes nothing fail: it is answered in CodeChill’s words, or not at all', async () => {
    const { room, a, b, close } = await meet();
    const events = [
      'join_room',
      'leave_room',
      'code_change',
      'cursor_update',
      'send_message',
      'execute_code',
      'get_room_state',
      'nonsense',
      '__proto__',
      'constructor',
      'toString',
    ];
    const fields = [
      'room_id',
      'content',
      'version',
      'cursor_position',
      'type',
      'source_code',
      'language',
      'input',
      'password',
      '__proto__',
    ];
    const value = fc.oneof(
      fc.anything({ maxDepth: 3 }).map((any) => JSON.parse(JSON.stringify({ any }) ?? '{}').any),
      fc.constantFrom(
        room.id,
        unknownId,
        1,
        -1,
        2 ** 53,
        1e308,
        '\ud800',
        '\0',
        'x'.repeat(5_000),
        Buffer.from('bytes'),
      ),
    );
    const payload = fc.oneof(value, fc.dictionary(fc.constantFrom(...fields), value));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...events), payload, async (event, sent) => {
        a.emit(event, sent);
      }),
      { seed: freshSeed(), numRuns: 400 },
    );
    await a.settle();
    expect(a.isConnected()).toBe(true);
    const known = /^(Not in a room|Invalid|Room|No |Code|Failed|Access denied)/;
    for (const { message } of a.all('error')) expect(message).toMatch(known);
    a.emit('join_room', { room_id: room.id });
    await a.settle();
    a.emit('send_message', { content: 'still here' });
    await until('a word', () => b.all('new_message').some(({ content }) => content === 'still here'));
    const failures = chill.app.logged.filter((line) => JSON.parse(line).level >= 50);
    expect(failures).toEqual([]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    close();
  });
});
