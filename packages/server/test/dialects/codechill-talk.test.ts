import { freshSeed, request, until } from '@coderoom/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CodeChillApp,
  type CodeChillPerson,
  meetInRoom,
  naiveTime,
  openCodeChill,
  unknownId,
  uuidV4,
} from './codechill-client.ts';

let chill: CodeChillApp;
let ada: CodeChillPerson;
let lin: CodeChillPerson;

beforeAll(async () => {
  chill = await openCodeChill();
  [ada, lin] = [await chill.signIn('Ada'), await chill.signIn('Lin')];
});
afterAll(async () => {
  await chill[Symbol.asyncDispose]();
});

const newcomer = () => chill.signIn('Grace');
const meet = (body?: object) => meetInRoom(chill, [ada, lin], body);
const refused = (message: string) => ({ message });

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
