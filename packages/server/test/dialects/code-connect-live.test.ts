import { connectDocument, createRoom, joinRoom, until } from '@coderoom/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openMember } from '../room-member.ts';
import { askIn, enter, from, makeRoom } from '../room-people.ts';
import { openApp, type RunningApp } from '../running-app.ts';
import { type EventReader, readEvents } from './event-reader.ts';

let app: RunningApp;
const readers: EventReader[] = [];

beforeAll(async () => {
  app = await openApp();
});
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const base = '/v1/sessions';
const unknown = '8f14e45f-ceea-467f-9a2b-0123456789ab';
const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const palette = '#FF6B6B #4ECDC4 #45B7D1 #FFA07A #98D8C8 #F7DC6F #BB8FCE #85C1E2'.split(' ');

// biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
async function ask(method: string, path: string, body?: unknown, status = 200): Promise<any> {
  const answer = await app.ask(method, path, body === undefined ? {} : { body });
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBe(status);
  return answer.body;
}

const create = (body: object = { title: 'A session' }) => ask('POST', base, body, 201);

async function follow(path: string): Promise<EventReader> {
  const reader = await readEvents(app.url + path);
  readers.push(reader);
  expect(reader.status).toBe(200);
  return reader;
}

const failure = (code: number, error: string) => ({ detail: { error, code } });
const missing = (field: string, input: unknown) => ({
  type: 'missing',
  loc: ['body', field],
  msg: 'Field required',
  input,
});
const missingBody = { detail: [{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }] };
const notText = (field: string, input: unknown) => ({
  type: 'string_type',
  loc: ['body', field],
  msg: 'Input should be a valid string',
  input,
});

describe('Code Connect Live: sessions', () => {
  it('DIA-20 creates sessions in five languages, each with its first code', async () => {
    const raw = await fetch(app.url + base, { method: 'POST', body: JSON.stringify({ title: 'My Session' }) });
    const text = await raw.text();
    expect(raw.status).toBe(201);
    expect(text).toMatch(/^\{"id":"[0-9a-f-]{36}","title":"My Session"/);
    expect(JSON.parse(text)).toEqual({
      id: expect.stringMatching(uuid4),
      title: 'My Session',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      language: 'javascript',
      code: expect.stringMatching(/^\/\/ Write your JavaScript code here\nconsole\.log/),
      version: 0,
      lastClientId: null,
    });
    for (const [language, beginning] of [
      ['javascript', '// Write your JavaScript code here\n'],
      ['typescript', '// Write your TypeScript code here\n'],
      ['python', '# Write your Python code here\n'],
      ['java', '// Write your Java code here\n'],
      ['cpp', '// Write your C++ code here\n'],
    ] as const) {
      const session = await create({ title: 't', language });
      expect(session.language).toBe(language);
      expect(session.code.startsWith(beginning)).toBe(true);
      expect(session.code).toContain('Hello, World!');
    }
    for (const title of ['', ' ', 'x'.repeat(500), 'a\u0000b 👍']) {
      const { id } = await create({ title });
      expect((await ask('GET', `${base}/${id}`)).title).toBe(title);
    }
  });

  it('DIA-20 refuses languages it does not have, and what is no session', async () => {
    const refused = await ask('POST', base, { title: 't', language: 'rust' }, 400);
    expect(refused).toEqual(failure(400, 'Unsupported language: rust'));
    expect(await ask('POST', base, { title: 't', language: 'constructor' }, 400)).toBeDefined();
    expect(await ask('POST', base, {}, 422)).toEqual({ detail: [missing('title', {})] });
    expect(await ask('POST', base, { title: null, language: 7 }, 422)).toEqual({
      detail: [notText('title', null), notText('language', 7)],
    });
    expect(await ask('POST', base, undefined, 422)).toEqual(missingBody);
    expect((await ask('POST', base, '{', 422)).detail[0].type).toBe('json_invalid');
  });

  it('DIA-21 code is written over the current version only; a conflict tells what is, where clients look for it', async () => {
    const session = await create();
    const path = `${base}/${session.id}`;
    expect(await ask('GET', path)).toEqual(session);
    const put = (body: object, status = 200) => ask('PUT', path, body, status);
    const answer = { version: 1, message: 'Code updated successfully' };
    expect(await put({ code: 'a', version: 0, clientId: 'me' })).toEqual(answer);
    expect(await ask('GET', path)).toEqual({ ...session, code: 'a', version: 1, lastClientId: 'me' });
    for (const version of [0, 2, -1, 1e9]) {
      expect(await put({ code: 'b', version, clientId: 'you' }, 409)).toEqual({
        detail: { error: 'Version conflict', code: 409, codeContent: 'a', version: 1 },
        codeContent: 'a',
        version: 1,
      });
    }
    expect(await put({ code: '', version: '1', clientId: 'you' })).toMatchObject({ version: 2 });
    expect(await ask('GET', path)).toMatchObject({ code: '', version: 2, lastClientId: 'you' });
    expect(await put({}, 422)).toEqual({ detail: [missing('code', {})] });
    expect(await put({ code: 1, version: 1.5, clientId: 2 }, 422)).toEqual({
      detail: [
        notText('code', 1),
        {
          type: 'int_from_float',
          loc: ['body', 'version'],
          msg: 'Input should be a valid integer, got a number with a fractional part',
          input: 1.5,
        },
        notText('clientId', 2),
      ],
    });
    expect(await put({ code: 'x'.repeat(1_100_000), version: 2 }, 413)).toMatchObject({ detail: { code: 413 } });
  });

  it('DIA-21 clients of the first two generations name no version, and each has what it sent', async () => {
    const { id } = await create({ title: 't', language: 'python' });
    const put = (code: string) => ask('PUT', `${base}/${id}`, { code });
    for (const code of ['X\n', 'Y\n', 'X\n', 'X\nY\n', '']) {
      expect(await put(code)).toMatchObject({ message: 'Code updated successfully' });
      expect((await ask('GET', `${base}/${id}`)).code).toBe(code);
    }
    // Without looking in between.
    for (const code of ['X\n', 'Y\n', 'X\n']) await put(code);
    expect(await ask('GET', `${base}/${id}`)).toMatchObject({ code: 'X\n', lastClientId: null });
  });

  it('DIA-22 a change of language brings its first code, one version later', async () => {
    const session = await create();
    const path = `${base}/${session.id}`;
    await ask('PUT', path, { code: 'mine', version: 0, clientId: 'me' });
    const python = await ask('PUT', `${path}/language`, { language: 'python' });
    expect(python).toEqual({ code: expect.stringMatching(/^# Write your Python/), version: 2 });
    expect(await ask('GET', path)).toEqual({
      ...session,
      ...python,
      language: 'python',
      lastClientId: 'server-language-change',
    });
    expect(await ask('PUT', `${path}/language`, { language: 'python' })).toEqual({ ...python, version: 3 });
    expect(await ask('PUT', `${path}/language`, { language: 'javascript' })).toMatchObject({
      code: session.code,
      version: 4,
    });
    const refused = await ask('PUT', `${path}/language`, { language: 'brainfuck' }, 400);
    expect(refused).toEqual(failure(400, 'Unsupported language: brainfuck'));
    expect(await ask('PUT', `${path}/language`, {}, 422)).toEqual({ detail: [missing('language', {})] });
  });

  it('DIA-23 what is not there is told so, everywhere', async () => {
    const none = failure(404, 'Session not found');
    for (const id of [unknown, 'nonsense', '%00', 'a%2Fb', '%zz', '%ff']) {
      for (const [method, rest, body] of [
        ['GET', '', undefined],
        ['PUT', '', { code: 'x' }],
        ['PUT', '/language', { language: 'python' }],
        ['GET', '/stream', undefined],
        ['GET', '/participants', undefined],
        ['POST', '/participants', { name: 'x' }],
        ['PATCH', `/participants/${unknown}`, {}],
        ['DELETE', `/participants/${unknown}`, undefined],
        ['GET', '/participants/stream', undefined],
      ] as const) {
        expect(await ask(method, `${base}/${id}${rest}`, body, 404), `${method} ${id}${rest}`).toEqual(none);
      }
    }
  });
});

describe('Code Connect Live: participants', () => {
  it('DIA-24 come in by a name that nobody has, say where they are, and leave', async () => {
    const { id } = await create();
    const path = `${base}/${id}/participants`;
    expect(await ask('GET', path)).toEqual([]);
    const ada = await ask('POST', path, { name: 'Ada L' });
    expect(ada).toEqual({
      id: expect.stringMatching(uuid4),
      name: 'Ada L',
      avatar: 'https://api.dicebear.com/7.x/avataaars/svg?seed=Ada L',
      color: expect.any(String),
      isOnline: true,
      cursor: null,
      isTyping: false,
    });
    expect(palette).toContain(ada.color);
    const taken = await ask('POST', path, { name: 'Ada L' }, 409);
    expect(taken).toEqual(failure(409, 'Participant with this name already exists'));
    const bob = await ask('POST', path, { name: 'ada l' });
    const nameless = await ask('POST', path, { name: '' });
    expect(nameless.name).toBe('');
    expect(await ask('GET', path)).toEqual([ada, bob, nameless]);
    for (const [body, issue] of [
      [{}, missing('name', {})],
      [{ name: ['x'] }, notText('name', ['x'])],
    ] as const) {
      expect(await ask('POST', path, body, 422)).toEqual({ detail: [issue] });
    }

    const own = `${path}/${ada.id}`;
    const cursor = { lineNumber: 3, column: 1 };
    expect(await ask('PATCH', own, { cursor, isTyping: true })).toEqual({ ...ada, cursor, isTyping: true });
    const unchanged = { cursor: null, isTyping: null, isOnline: null };
    expect(await ask('PATCH', own, unchanged)).toEqual({ ...ada, cursor, isTyping: true });
    const away = { ...ada, cursor, isTyping: false, isOnline: false };
    expect(await ask('PATCH', own, { isTyping: false, isOnline: false })).toEqual(away);
    expect((await ask('GET', path))[0]).toEqual(away);
    expect(await ask('PATCH', own, { isOnline: true })).toEqual({ ...away, isOnline: true });
    expect(await ask('PATCH', own, { cursor: { lineNumber: 0 }, isTyping: 'perhaps', isOnline: [] }, 422)).toEqual({
      detail: [
        {
          type: 'greater_than_equal',
          loc: ['body', 'cursor', 'lineNumber'],
          msg: 'Input should be greater than or equal to 1',
          input: 0,
          ctx: { ge: 1 },
        },
        { ...missing('column', { lineNumber: 0 }), loc: ['body', 'cursor', 'column'] },
        {
          type: 'bool_parsing',
          loc: ['body', 'isTyping'],
          msg: 'Input should be a valid boolean, unable to interpret input',
          input: 'perhaps',
        },
        { type: 'bool_type', loc: ['body', 'isOnline'], msg: 'Input should be a valid boolean', input: [] },
      ],
    });
    expect(await ask('PATCH', own, undefined, 422)).toEqual(missingBody);

    const gone = failure(404, 'Participant not found');
    expect(await ask('PATCH', `${path}/${unknown}`, {}, 404)).toEqual(gone);
    expect(await ask('DELETE', own, undefined, 204)).toBe('');
    expect(await ask('DELETE', own, undefined, 404)).toEqual(gone);
    expect(await ask('PATCH', own, {}, 404)).toEqual(gone);
    expect(await ask('POST', path, { name: 'Ada L' })).toMatchObject({ name: 'Ada L' });
    const once = await Promise.all(Array.from({ length: 5 }, () => app.ask('POST', path, { body: { name: 'Same' } })));
    expect(once.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409, 409]);
  });

  it('DIA-24 of fifty and more, the session takes as many as a room has seats', { timeout: 60_000 }, async () => {
    const { id } = await create();
    const answers = await Promise.all(
      Array.from({ length: 52 }, (_, index) =>
        app.ask('POST', `${base}/${id}/participants`, { body: { name: `Guest-${index}` } }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(3);
  });
});

describe('Code Connect Live: streams', () => {
  it('DIA-25 tells code, language and version at once, then each change with whose it is, and ends with the session', async () => {
    const session = await create();
    const path = `${base}/${session.id}`;
    const stream = await follow(`${path}/stream`);
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.headers.get('cache-control')).toBe('no-cache');
    await until('the present state', () => stream.events.length > 0);
    const { code, language } = session;
    expect(stream.events).toEqual([{ code, language, version: 0, sourceClientId: null }]);
    await ask('PUT', path, { code: 'x', version: 0, clientId: 'me' });
    const second = { code: 'x', language, version: 1, sourceClientId: 'me' };
    await until('what was written', () => stream.events.length > 1);
    expect(stream.events.slice(1)).toEqual([second]);
    await ask('PUT', `${path}/language`, { language: 'python' });
    await until('the other language', () => stream.events.length > 2);
    expect(stream.events.at(-1)).toMatchObject({
      language: 'python',
      version: 2,
      sourceClientId: 'server-language-change',
    });
    // Known by CodeInterview's door, too, where sessions can be deleted.
    const { room } = await joinRoom(app.url, session.id);
    expect(stream.isEnded()).toBe(false);
    await ask('DELETE', `/api/v1/sessions/${room.code}`, undefined, 204);
    await until('its end', stream.isEnded);
  });

  it('DIA-25 tells all participants at once and after each change, by whichever door', async () => {
    const { id } = await create();
    const path = `${base}/${id}/participants`;
    const stream = await follow(`${path}/stream`);
    await until('the empty list', () => stream.events.length > 0);
    expect(stream.events).toEqual([[]]);
    const ada = await ask('POST', path, { name: 'Ada' });
    await until('Ada', () => stream.events.length > 1);
    expect(stream.events[1]).toEqual([ada]);
    await ask('PATCH', `${path}/${ada.id}`, { isTyping: true });
    await until('typing', () => stream.events.length > 2);
    expect(stream.events[2]).toEqual([{ ...ada, isTyping: true }]);
    const { token } = await joinRoom(app.url, id, { name: 'Grace' });
    const grace = await openMember(app.url, token);
    await until('Grace', () =>
      stream.events.at(-1)?.some((one: { name: string; isOnline: boolean }) => one.name === 'Grace' && one.isOnline),
    );
    grace.close();
    await ask('DELETE', `${path}/${ada.id}`, undefined, 204);
    await until('Ada to be gone', () => !JSON.stringify(stream.events.at(-1)).includes('Ada'));
  });

  it('DIA-25 participants are told by whatever name the room was asked for, also where people only look on by a link', async () => {
    await using other = await openApp({ EXECUTION: 'off' });
    const { room, token } = await createRoom(other.url);
    const { body: session } = await other.ask('GET', `${base}/${room.code}`);
    const linked = await other.ask('PATCH', `/api/v2/rooms/${room.id}`, { token, body: { viewLink: true } });
    expect(linked.status, JSON.stringify(linked.body)).toBe(200);
    const stream = await readEvents(`${other.url}${base}/${session.id}/participants/stream`);
    readers.push(stream);
    await until('the list', () => stream.events.length > 0);
    expect(stream.isEnded()).toBe(false);
  });

  it('DIA-25 streams say that they are still there, and end when the room is for everybody no more', async () => {
    await using other = await openApp({ EXECUTION: 'off' }, { socketPingMs: 40 });
    const { room, token } = await createRoom(other.url);
    const { body: session } = await other.ask('GET', `${base}/${room.code}`);
    const streams = await Promise.all(
      ['stream', 'participants/stream'].map((path) => readEvents(`${other.url}${base}/${session.id}/${path}`)),
    );
    readers.push(...streams);
    await until('heartbeats', () => streams.every(({ comments, events }) => comments > 2 && events.length === 1));
    await other.ask('PATCH', `/api/v2/rooms/${room.id}`, { token, body: { lobby: true } });
    await until('their end', () => streams.every(({ isEnded }) => isEnded()));
  });

  it('DIA-25 streams end at once for who is banned, whether or not they were a member, and for nobody else', async () => {
    await using other = await openApp({ EXECUTION: 'off', TRUST_PROXY: 'on' });
    const owner = await makeRoom(other);
    const { body: session } = await other.ask('GET', `${base}/${owner.room.code}`);
    const follow = async (address: string) => {
      const both = ['stream', 'participants/stream'].map((path) =>
        readEvents(`${other.url}${base}/${session.id}/${path}`, from(address).headers),
      );
      const streams = await Promise.all(both);
      readers.push(...streams);
      await until('what is told at once', () => streams.every(({ events }) => events.length > 0));
      return streams;
    };
    const [staying, leaving, left] = [await follow('10.1.1.1'), await follow('10.1.1.2'), await follow('10.1.1.3')];
    const member = await enter(other, owner.room.code, {}, from('10.1.1.2'));
    const former = await enter(other, owner.room.code, {}, from('10.1.1.3'));
    await askIn(other, former, 'POST', '/leave');
    for (const { member: banned } of [member, former]) {
      await askIn(other, owner, 'DELETE', `/members/${banned.id}?ban=true`);
    }
    await until('their end', () => [...leaving, ...left].every(({ isEnded }) => isEnded()), { timeoutMs: 5_000 });
    expect(staying.some(({ isEnded }) => isEnded())).toBe(false);
    await askIn(other, owner, 'PATCH', '', { password: 'sesame' });
    await until('the end of all', () => staying.every(({ isEnded }) => isEnded()), { timeoutMs: 5_000 });
  });

  it('DIA-25 streams are not for ever open to one who opens ever more, and end when the server does', async () => {
    await using other = await openApp({ EXECUTION: 'off' });
    const made = await other.ask('POST', base, { body: { title: 't' } });
    const address = `${other.url}${base}/${made.body.id}`;
    const opened = await Promise.all(Array.from({ length: 104 }, () => readEvents(`${address}/stream`)));
    readers.push(...opened);
    expect(opened.filter(({ status }) => status === 200)).toHaveLength(100);
    expect(opened.filter(({ status }) => status === 429)).toHaveLength(4);
    for (const { status, close } of opened.slice(0, 50)) if (status === 200) close();
    await until('a place', async () => {
      const another = await readEvents(`${address}/participants/stream`);
      readers.push(another);
      return another.status === 200;
    });
    await other.close();
    await until('the end', () => readers.at(-1)?.isEnded());
  });
});

describe('Code Connect Live: everything else', () => {
  it('DIA-26 runs programs in the sandbox', { timeout: 60_000 }, async () => {
    const run = (language: string, code: string) => ask('POST', '/v1/execute', { language, code });
    expect(await run('python', 'print("Hello")')).toEqual({
      success: true,
      output: 'Hello\n',
      error: null,
      executionTime: expect.any(Number),
    });
    expect(await run('javascript', 'console.log(1); throw new Error("no")')).toMatchObject({
      success: false,
      output: '1\n',
      error: expect.stringContaining('Error: no'),
    });
    expect(await run('python', 'exit(3)')).toMatchObject({
      success: false,
      error: 'The program ended with exit code 3',
    });
    const refused = await ask('POST', '/v1/execute', { language: 'rust', code: '' }, 400);
    expect(refused).toEqual(failure(400, 'Unsupported language: rust'));
    expect(await ask('POST', '/v1/execute', { language: 'python' }, 422)).toMatchObject({
      detail: [{ type: 'missing', loc: ['body', 'code'] }],
    });
  });

  it('DIA-27 says what it is, unless a page is asked for', async () => {
    expect(await ask('GET', '/')).toEqual({ message: 'Code Connect Live API', version: '1.0.0' });
    const page = await fetch(app.url, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await ask('GET', '/health')).toMatchObject({ status: 'healthy' });
    await using off = await openApp({ DIALECTS: 'code-interview', EXECUTION: 'off' });
    expect((await fetch(off.url)).headers.get('content-type')).toMatch(/^text\/html/);
    const answer = await off.ask('POST', base, { body: { title: 't' } });
    expect([answer.status, answer.body]).toEqual([
      404,
      failure(404, 'Code Connect Live is switched off on this server.'),
    ]);
  });

  it('DIA-27 unknown addresses, other methods, slashes at the end: as FastAPI answers them', async () => {
    for (const path of ['/v1', '/v1/nothing', `${base}/${unknown}/nothing`]) {
      expect(await ask('GET', path, undefined, 404)).toEqual({ detail: 'Not Found' });
    }
    for (const [method, path, allow] of [
      ['GET', base, 'POST'],
      ['DELETE', `${base}/${unknown}`, 'GET, PUT'],
      ['PUT', `${base}/${unknown}/participants`, 'GET, POST'],
      ['GET', '/v1/execute', 'POST'],
    ] as const) {
      const answer = await app.ask(method, path);
      expect([answer.status, answer.body, answer.headers.get('allow')], path).toEqual([
        405,
        { detail: 'Method Not Allowed' },
        allow,
      ]);
    }
    const sent = await app.ask('POST', `${base}/`, { body: { title: 't' } });
    expect([sent.status, sent.headers.get('location')]).toEqual([307, base]);
  });

  it('DIA-27 pages from anywhere may ask, and listen', async () => {
    const { id } = await create();
    const origin = 'https://elsewhere.test';
    for (const path of [`${base}/${id}`, `${base}/${unknown}`]) {
      const { headers } = await app.ask('GET', path, { headers: { origin } });
      expect(headers.get('access-control-allow-origin')).toBe('*');
    }
    const hangUp = new AbortController();
    const stream = await fetch(`${app.url}${base}/${id}/stream`, { headers: { origin }, signal: hangUp.signal });
    expect(stream.headers.get('access-control-allow-origin')).toBe('*');
    hangUp.abort();
    const preflight = await fetch(`${app.url}${base}/${id}`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
  });

  it('DIA-28 its client, served from this address, asks under /api; CodeInterview’s goes on beside it', async () => {
    const api = `/api${base}`;
    const session = await ask('POST', api, { title: 'Same origin', language: 'python' }, 201);
    expect(session).toMatchObject({ id: expect.stringMatching(uuid4), title: 'Same origin', version: 0 });
    const path = `${api}/${session.id}`;
    expect(await ask('GET', path)).toEqual(session);
    expect(await ask('PUT', path, { code: 'x', version: 0, clientId: 'c' })).toMatchObject({ version: 1 });
    expect(await ask('PUT', `${path}/language`, { language: 'javascript' })).toMatchObject({ version: 2 });
    const participant = await ask('POST', `${path}/participants`, { name: 'Ada' });
    expect(await ask('PATCH', `${path}/participants/${participant.id}`, { isTyping: true })).toMatchObject({
      isTyping: true,
    });
    const [code, people] = [await follow(`${path}/stream`), await follow(`${path}/participants/stream`)];
    await until('both', () => code.events.length > 0 && people.events.length > 0);
    expect(await ask('DELETE', `${path}/participants/${participant.id}`, undefined, 204)).toBe('');
    expect(await ask('GET', `${api}/${unknown}`, undefined, 404)).toEqual(failure(404, 'Session not found'));
    expect(await ask('POST', api, { title: 't', language: 'rust' }, 400)).toEqual(
      failure(400, 'Unsupported language: rust'),
    );
    expect(await ask('POST', api, { title: 5 }, 422)).toEqual({ detail: [notText('title', 5)] });

    await using alone = await openApp({ DIALECTS: 'code-connect-live', EXECUTION: 'off' });
    const made = await alone.ask('POST', api, { body: { title: 't' } });
    expect([made.status, made.body.title]).toEqual([201, 't']);
    expect((await alone.ask('GET', `${api}/${made.body.id}`)).body).toEqual(made.body);

    const interview = await ask('POST', api, { language: 'python' }, 201);
    expect(interview).toMatchObject({ id: expect.stringMatching(/^[0-9a-z]{10}$/), users: [] });
    expect(await ask('PATCH', `${api}/${interview.id}`, { code: 'y' })).toMatchObject({ code: 'y' });
    expect(await ask('PATCH', `${api}/${unknown}`, { code: 'y' }, 404)).toMatchObject({ error: 'SESSION_NOT_FOUND' });
  });
});

describe('Code Connect Live: one room with others', () => {
  it('DIA-29 an editor and its client see one text, and neither loses what they typed', async () => {
    const session = await create({ title: 'Together', language: 'python' });
    const path = `${base}/${session.id}`;
    await ask('PUT', path, { code: 'one\ntwo\n', version: 0, clientId: 'me' });
    const { room, token } = await joinRoom(app.url, session.id, { name: 'Grace' });
    expect(room).toMatchObject({ title: 'Together', language: 'python' });
    using editor = connectDocument(app.url, room.id, token, { acks: true });
    await editor.synced();
    const text = editor.file('main.py');
    const stream = await follow(`${path}/stream`);
    await until('the present state', () => stream.events.length > 0);

    text.insert(text.length, 'typed\n');
    await editor.saved();
    await until('what was typed', () => stream.events.at(-1)?.code === 'one\ntwo\ntyped\n');
    expect(stream.events.at(-1)).toMatchObject({ version: 2, sourceClientId: null });
    // It has not heard of that yet: typing is no conflict, and is not lost.
    const { version } = await ask('PUT', path, { code: 'ONE\ntwo\n', version: 1, clientId: 'me' });
    expect(version).toBe(3);
    await until('both', () => text.toString() === 'ONE\ntwo\ntyped\n');
    await until('the client to hear of it', () => stream.events.at(-1)?.code === 'ONE\ntwo\ntyped\n');
    expect(stream.events.at(-1).version).toBeGreaterThan(version);
    expect(stream.events.at(-1).sourceClientId).toBeNull();
    // What it wrote itself it does not take: the version of it is not above its own.
    const taken = stream.events.filter((item) => item.sourceClientId !== 'me' && item.version > version);
    expect(taken.at(-1)?.code).toBe(text.toString());
  });

  it('DIA-29 while an editor types and two clients write, all end with one text that has everything', {
    timeout: 60_000,
  }, async () => {
    const session = await create({ title: 'Together', language: 'python' });
    const path = `${base}/${session.id}`;
    await ask('PUT', path, { code: 'start\n', version: 0, clientId: 'me' });
    const { room, token } = await joinRoom(app.url, session.id);
    using editor = connectDocument(app.url, room.id, token, { acks: true });
    await editor.synced();
    const text = editor.file('main.py');
    const stream = await follow(`${path}/stream`);
    const written: string[] = [];

    const type = async () => {
      for (let round = 0; round < 40; round++) {
        const line = `typed ${round}.\n`;
        text.insert(text.toString().indexOf('\n') + 1, line);
        written.push(line);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await editor.saved();
    };
    /** As its client does: takes what it is told, adds a line, and begins anew after a conflict. */
    const write = async (clientId: string) => {
      let { code, version } = await ask('GET', path);
      for (let round = 0; round < 15; ) {
        const line = `${clientId} ${round}.\n`;
        const answer = await app.ask('PUT', path, { body: { code: code + line, version, clientId } });
        if (answer.status === 409) ({ codeContent: code, version } = answer.body);
        else {
          expect(answer.status).toBe(200);
          written.push(line);
          round++;
          ({ code, version } = await ask('GET', path));
        }
      }
    };
    await Promise.all([type(), write('me'), write('you')]);
    const all = (now: string) => written.every((line) => now.includes(line));
    expect(written).toHaveLength(70);
    await until('the editor to have everything', () => all(text.toString()));
    await until('the stream to have it', () => stream.events.at(-1)?.code === text.toString());
    expect((await ask('GET', path)).code).toBe(text.toString());
    for (const line of written) expect(text.toString().split(line)).toHaveLength(2);
    const versions = stream.events.map(({ version }) => version);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  });

  it('DIA-29 its participants are members whom others see, and stay who they are for others’ clients', async () => {
    const { id } = await create();
    await ask('POST', `${base}/${id}/participants`, { name: 'Ada' });
    const { token, room } = await joinRoom(app.url, id, { name: 'Grace' });
    const grace = await openMember(app.url, token);
    expect(grace.welcome.members.map(({ name }) => name).toSorted()).toEqual(['Ada', 'Grace']);
    const list = await ask('GET', `${base}/${id}/participants`);
    expect(list.map(({ name }: { name: string }) => name)).toEqual(['Ada', 'Grace']);
    const forbidden = { detail: { error: expect.any(String), code: 403 } };
    expect(await ask('DELETE', `${base}/${id}/participants/${list[1].id}`, undefined, 403)).toEqual(forbidden);
    expect(await ask('PATCH', `${base}/${id}/participants/${list[1].id}`, { isTyping: true }, 403)).toEqual(forbidden);
    const interview = await ask('GET', `/api/v1/sessions/${room.code}`);
    expect(interview.users.map(({ name }: { name: string }) => name)).toEqual(['Ada', 'Grace']);
    await ask('DELETE', `${base}/${id}/participants/${list[0].id}`, undefined, 204);
    await until('Ada’s leaving', () => grace.all('member:left').length > 0);
    grace.close();
  });

  it('DIA-13 opens rooms of others by id or code, in either form, unless they are not for everybody', async () => {
    const { room, token } = await createRoom(app.url, { title: 'Native', language: 'rust' });
    const session = await ask('GET', `${base}/${room.code}`);
    expect(session).toMatchObject({ title: 'Native', language: 'rust', id: expect.stringMatching(uuid4) });
    const asV4 = `${room.id.slice(0, 14)}4${room.id.slice(15)}`;
    for (const key of [room.id, asV4, session.id, session.id.toUpperCase(), room.code.toUpperCase()]) {
      expect(await ask('GET', `${base}/${key}`)).toEqual(session);
    }
    await ask('PUT', `${base}/${session.id}`, { code: 'fn main() {}\n', version: session.version, clientId: 'c' });
    const file = await app.ask('GET', `/api/v2/rooms/${room.id}/files/main.rs`, { token });
    expect(file.body.text).toBe('fn main() {}\n');
    // Who was shown the view-only link knows the id as well.
    await app.ask('PATCH', `/api/v2/rooms/${room.id}`, { token, body: { viewLink: true } });
    for (const key of [room.id, asV4]) await ask('GET', `${base}/${key}`, undefined, 404);
    expect((await ask('GET', `${base}/${session.id}`)).title).toBe('Native');
    await app.ask('PATCH', `/api/v2/rooms/${room.id}`, { token, body: { password: 'secret' } });
    for (const key of [room.code, session.id]) await ask('GET', `${base}/${key}`, undefined, 404);
  });

  it('DIA-6 a session is the same after a restart', async () => {
    await using other = await openApp({ EXECUTION: 'off' });
    const { body: session } = await other.ask('POST', base, { body: { title: 't', language: 'python' } });
    const path = `${base}/${session.id}`;
    await other.ask('PUT', path, { body: { code: 'kept\n', version: 0, clientId: 'me' } });
    await other.ask('POST', `${path}/participants`, { body: { name: 'Ada' } });
    await other.reopen();
    const now = (await other.ask('GET', path)).body;
    expect(now).toEqual({ ...session, code: 'kept\n', version: 1, lastClientId: 'me' });
    const [ada] = (await other.ask('GET', `${path}/participants`)).body;
    expect(ada).toMatchObject({ name: 'Ada', isOnline: false });
    const put = await other.ask('PUT', path, { body: { code: 'more\n', version: 1, clientId: 'me' } });
    expect(put.body).toMatchObject({ version: 2 });
  });
});
