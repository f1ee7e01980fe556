import { connectDocument, createRoom, joinRoom, pause, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMember } from '../room-member.ts';
import { openApp, type RunningApp } from '../running-app.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await openApp();
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const base = '/api/v1/sessions';
const firstCode = '// Start coding here\nconsole.log("Hello, World!");';
const palette = '#22d3ee #a78bfa #f472b6 #fbbf24 #34d399 #fb7185 #60a5fa #c084fc #4ade80 #f97316'.split(' ');

// biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
async function create(body?: unknown): Promise<any> {
  const answer = await app.ask('POST', base, body === undefined ? {} : { body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}

/** A failure has its three keys where tests look, and where the client does. */
function expectFailure(answer: { status: number; body: unknown }, statusCode: number, error: string, message?: string) {
  const failure = { error, message: message ?? expect.any(String), statusCode };
  expect(answer.status, JSON.stringify(answer.body)).toBe(statusCode);
  expect(answer.body).toEqual({ ...failure, detail: failure });
}

/** The list of what is wrong, as FastAPI gives it. */
function expectInvalid(answer: { status: number; body: { detail?: object[] } }, ...issues: object[]) {
  expect(answer.status, JSON.stringify(answer.body)).toBe(422);
  expect(answer.body).toEqual({ detail: issues });
}

const missingBody = { type: 'missing', loc: ['body'], msg: 'Field required', input: null };
const notText = (field: string, input: unknown) => ({
  type: 'string_type',
  loc: ['body', field],
  msg: 'Input should be a valid string',
  input,
});
const languages = "'javascript', 'typescript' or 'python'";
const noLanguage = (input: unknown) => ({
  type: 'enum',
  loc: ['body', 'language'],
  msg: `Input should be ${languages}`,
  input,
  ctx: { expected: languages },
});

describe('CodeInterview: sessions', () => {
  it('DIA-40 creates a session without a body, with null and with an empty one, and with what is asked for', async () => {
    const before = Date.now();
    const without = await fetch(app.url + base, { method: 'POST' });
    const text = await without.text();
    expect(without.status).toBe(201);
    expect(text).toMatch(/^\{"id":"[0-9a-z]{10}","code":"/);
    expect(JSON.parse(text)).toEqual({
      id: expect.stringMatching(/^[0-9a-z]{10}$/),
      code: firstCode,
      language: 'javascript',
      users: [],
      createdAt: expect.any(Number),
      status: 'active',
    });
    expect(JSON.parse(text).createdAt).toBeGreaterThanOrEqual(before);
    for (const body of ['null', {}]) expect(await create(body)).toMatchObject({ code: firstCode });
    expect(await create({ language: 'python' })).toMatchObject({ code: firstCode, language: 'python' });
    expect(await create({ code: '', language: 'typescript', more: 1 })).toMatchObject({
      code: '',
      language: 'typescript',
    });
  });

  it('DIA-40 refuses what is no session, field by field', async () => {
    expectInvalid(await app.ask('POST', base, { body: { language: 'rust' } }), noLanguage('rust'));
    expectInvalid(
      await app.ask('POST', base, { body: { language: null, code: null } }),
      noLanguage(null),
      notText('code', null),
    );
    expectInvalid(await app.ask('POST', base, { body: [] }), {
      type: 'model_attributes_type',
      loc: ['body'],
      msg: 'Input should be a valid dictionary or object to extract fields from',
      input: [],
    });
    expectInvalid(await app.ask('POST', base, { body: '{"code":' }), {
      type: 'json_invalid',
      loc: ['body', expect.any(Number)],
      msg: 'JSON decode error',
      input: {},
      ctx: { error: expect.any(String) },
    });
    expectFailure(await app.ask('POST', base, { body: { code: 'x'.repeat(1_100_000) } }), 413, 'TOO_LARGE');
    // What is nested deeper than can be said again is not.
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expectInvalid(await app.ask('POST', base, { body: `{"language":${deep}}` }), noLanguage(null));
    expectInvalid(await app.ask('POST', base, { body: `{"code":${deep}}` }), notText('code', null));
  });

  it('DIA-41 code that is too large changes nothing, neither the language that comes with it', async () => {
    const session = await create({ code: 'one' });
    const path = `${base}/${session.id}`;
    const code = 'x'.repeat(1_005_000);
    expectFailure(await app.ask('PATCH', path, { body: { language: 'python', code } }), 413, 'TOO_LARGE');
    expect((await app.ask('GET', path)).body).toMatchObject({ language: 'javascript', code: 'one' });
  });

  it('DIA-41 gives a session, changes code, language and status of it, and deletes it', async () => {
    const session = await create({ language: 'python', code: 'print(1)\n' });
    const path = `${base}/${session.id}`;
    expect((await app.ask('GET', path)).body).toEqual(session);
    const patch = async (body: unknown) => {
      const answer = await app.ask('PATCH', path, { body });
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      return answer.body;
    };
    expect(await patch({ code: '' })).toEqual({ ...session, code: '' });
    expect(await patch({ code: 'x = 1\n' })).toEqual({ ...session, code: 'x = 1\n' });
    expect(await patch({ language: 'typescript' })).toEqual({ ...session, code: 'x = 1\n', language: 'typescript' });
    expect(await patch({ language: 'python', code: 'y\n' })).toEqual({ ...session, code: 'y\n' });
    expect(await patch({ status: 'completed', code: null })).toMatchObject({ code: 'y\n', status: 'completed' });
    expect(await patch({ code: 'not frozen' })).toMatchObject({ code: 'not frozen', status: 'completed' });
    expect(await patch({ status: 'active' })).toMatchObject({ status: 'active' });
    expect((await app.ask('GET', path)).body).toEqual({ ...session, code: 'not frozen' });
    const gone = await fetch(app.url + path, { method: 'DELETE' });
    expect([gone.status, await gone.text()]).toEqual([204, '']);
    const none = `Session with ID '${session.id}' not found`;
    for (const [method, body] of [['GET'], ['PATCH', { code: '' }], ['PATCH', {}], ['DELETE']] as const) {
      expectFailure(await app.ask(method, path, body === undefined ? {} : { body }), 404, 'SESSION_NOT_FOUND', none);
    }
  });

  it('DIA-41 refuses changes that are none, or no good', async () => {
    const { id } = await create();
    const path = `${base}/${id}`;
    const nothing = 'At least one field (code, language, or status) must be provided';
    for (const body of [{}, { code: null }, { more: 1 }]) {
      expectFailure(await app.ask('PATCH', path, { body }), 400, 'INVALID_REQUEST', nothing);
    }
    expectInvalid(await app.ask('PATCH', path), missingBody);
    expectInvalid(await app.ask('PATCH', path, { body: 'null' }), missingBody);
    expectInvalid(
      await app.ask('PATCH', path, { body: { code: 5, language: 'Python', status: 'done' } }),
      notText('code', 5),
      noLanguage('Python'),
      {
        type: 'enum',
        loc: ['body', 'status'],
        msg: "Input should be 'active' or 'completed'",
        input: 'done',
        ctx: { expected: "'active' or 'completed'" },
      },
    );
    expect((await app.ask('GET', path)).body.code).toBe(firstCode);
  });

  it('DIA-41 a lone client that sends X, Y and X again has X each time', async () => {
    const { id } = await create({ code: 'first\n' });
    const send = async (code: string) => (await app.ask('PATCH', `${base}/${id}`, { body: { code } })).body.code;
    for (const code of ['X\nfirst\n', 'Y\n', 'X\nfirst\n', '', 'Y\nY\n', 'first\n', 'Y\n']) {
      expect(await send(code)).toBe(code);
      if (code === '') expect((await app.ask('GET', `${base}/${id}`)).body.code).toBe('');
    }
  });
});

describe('CodeInterview: users', () => {
  it('DIA-42 lets in ten with names and colours of their own, and no more until one leaves', async () => {
    const { id } = await create();
    const path = `${base}/${id}/users`;
    const join = async (body?: unknown) => {
      const answer = await app.ask('POST', path, body === undefined ? {} : { body });
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      return answer.body;
    };
    const users = [
      await join(),
      await join({}),
      await join('null'),
      await join({ name: null }),
      await join({ name: '' }),
      await join({ name: 'Grace' }),
      await join({ name: 'Grace' }),
      ...(await Promise.all(Array.from({ length: 3 }, () => join({ name: 'x'.repeat(300) })))),
    ];
    for (const user of users) {
      expect(user).toEqual({
        id: expect.stringMatching(/^[0-9a-z]{8}$/),
        name: expect.any(String),
        color: expect.any(String),
        joinedAt: expect.any(Number),
      });
    }
    for (const { name } of users.slice(0, 5)) {
      expect(name).toMatch(/^(Swift|Clever|Bold|Calm|Eager)(Coder|Dev|Hacker|Builder|Creator)$/);
    }
    expect(users.slice(5).map(({ name }) => name.slice(0, 5))).toEqual(['Grace', 'Grace', 'xxxxx', 'xxxxx', 'xxxxx']);
    expect(users[9].name).toHaveLength(300);
    expect(users.map(({ color }) => color).toSorted()).toEqual(palette.toSorted());
    const full = 'Session has reached maximum of 10 users';
    expectFailure(await app.ask('POST', path, { body: {} }), 409, 'SESSION_AT_CAPACITY', full);

    const listed = (await app.ask('GET', path)).body;
    expect(Object.keys(listed)).toEqual(['users']);
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect(listed.users.toSorted(byId)).toEqual(users.toSorted(byId));
    expect((await app.ask('GET', `${base}/${id}`)).body.users).toEqual(listed.users);

    const [first] = users;
    expect((await app.ask('DELETE', `${path}/${first.id}`)).status).toBe(204);
    const unknown = `User with ID '${first.id}' not found in session`;
    expectFailure(await app.ask('DELETE', `${path}/${first.id}`), 404, 'USER_NOT_FOUND', unknown);
    expect(await join()).toMatchObject({ color: first.color });
  });

  it('DIA-42 refuses names that are none, and sessions that are not there', async () => {
    const { id } = await create();
    expectInvalid(await app.ask('POST', `${base}/${id}/users`, { body: { name: 5 } }), notText('name', 5));
    for (const [method, rest] of [
      ['POST', 'users'],
      ['GET', 'users'],
      ['DELETE', 'users/abcdefgh'],
    ] as const) {
      const answer = await app.ask(method, `${base}/zzzzzzzzzz/${rest}`);
      expectFailure(answer, 404, 'SESSION_NOT_FOUND', "Session with ID 'zzzzzzzzzz' not found");
    }
  });

  it('DIA-42 whoever left without a word gives way to the eleventh', async () => {
    await using other = await openApp({ EXECUTION: 'off' });
    const { id } = (await other.ask('POST', base)).body;
    const path = `${base}/${id}/users`;
    for (let user = 0; user < 10; user++) await other.ask('POST', path);
    expect((await other.ask('POST', path)).status).toBe(409);
    await other.reopen();
    expect((await other.ask('POST', path, { body: { name: 'Eleventh' } })).status).toBe(201);
    const { users } = (await other.ask('GET', path)).body;
    expect(users).toHaveLength(10);
    expect(new Set(users.map(({ color }: { color: string }) => color)).size).toBe(10);
    // Now that something was heard from where they came, they are all there.
    expect((await other.ask('POST', path)).status).toBe(409);
  });

  it('DIA-42 more than ten at once: ten come in', async () => {
    const { id } = await create();
    const answers = await Promise.all(Array.from({ length: 14 }, () => app.ask('POST', `${base}/${id}/users`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(4);
  });
});

describe('CodeInterview: running code', () => {
  const run = async (language: string, code: string) => {
    const answer = await app.ask('POST', '/api/v1/execute', { body: { language, code } });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    expect(Object.keys(answer.body)).toEqual(['output', 'error', 'executionTime']);
    expect(answer.body.executionTime).toBeGreaterThanOrEqual(0);
    return answer.body;
  };
  const nothing = 'Code executed successfully (no output)';

  it('DIA-43 runs Python: output without its last line end, what it was, and what went wrong', {
    timeout: 60_000,
  }, async () => {
    expect(await run('python', 'print(2 + 2)')).toMatchObject({ output: '4', error: null });
    expect(await run('python', 'x = 1')).toMatchObject({ output: nothing, error: null });
    expect(await run('python', 'print("a")\nresult = 6 * 7')).toMatchObject({ output: 'a\nResult: 42', error: null });
    const unknown = await run('python', 'print("before")\nprint(nowhere)\n');
    expect(unknown.output).toBe('before');
    expect(unknown.error).toMatch(/^NameError: name 'nowhere' is not defined\n(.|\n)*Traceback(.|\n)*line 2/);
    const broken = await run('python', 'x = 1\nif x\n');
    expect(broken).toMatchObject({ output: nothing, error: expect.stringMatching(/^SyntaxError: .+ \(line 2\)$/) });
    const later = await run('python', 'def f():\n  raise ValueError("no")\nf()\n');
    expect(later).toMatchObject({ output: nothing, error: expect.stringMatching(/^ValueError: no\n/) });
    expect(await run('python', 'import sys\nprint("e", file=sys.stderr)\nsys.exit()')).toMatchObject({
      output: 'e',
      error: null,
    });
  });

  it('DIA-43 runs JavaScript and TypeScript: what is logged, marked where it is an error', {
    timeout: 60_000,
  }, async () => {
    for (const language of ['javascript', 'typescript']) {
      expect(await run(language, "console.log('Hello')")).toMatchObject({ output: 'Hello', error: null });
      expect(await run(language, 'const x = 1')).toMatchObject({ output: nothing, error: null });
      const logged = "console.error('no'); console.warn('hm', 1); console.log({ a: [1] }, null, undefined)";
      expect(await run(language, logged)).toMatchObject({
        output: 'Error: no\nWarning: hm 1\n{\n  "a": [\n    1\n  ]\n} null undefined',
        error: null,
      });
      expect(await run(language, "console.log(1); throw new TypeError('broken')")).toMatchObject({
        output: '1\nError: broken',
        error: null,
      });
      expect(await run(language, "setTimeout(() => { throw new Error('later') })")).toMatchObject({
        output: 'Error: later',
        error: null,
      });
      const broken = await run(language, 'const = 1');
      expect(broken).toMatchObject({ output: nothing, error: expect.stringMatching(/^SyntaxError: /) });
    }
    const typed = 'const n: number = 41; interface A { b: string }; console.log(n + 1)';
    expect(await run('typescript', typed)).toMatchObject({ output: '42', error: null });
    expect((await run('javascript', typed)).error).toMatch(/^SyntaxError: /);
  });

  it('DIA-43 ends what takes longer than thirty seconds', { timeout: 90_000 }, async () => {
    const answer = await run('python', 'import time\nprint("first", flush=True)\ntime.sleep(60)');
    expect(answer).toMatchObject({ output: 'first', error: 'Execution timed out (30 second limit)' });
    expect(answer.executionTime).toBeGreaterThan(25_000);
  });

  it('DIA-43 refuses what is no program', async () => {
    const path = '/api/v1/execute';
    expectInvalid(await app.ask('POST', path), missingBody);
    const missing = (field: string, input: object) => ({
      type: 'missing',
      loc: ['body', field],
      msg: 'Field required',
      input,
    });
    expectInvalid(await app.ask('POST', path, { body: {} }), missing('code', {}), missing('language', {}));
    const body = { code: 'x', language: 'rust', timeout: 'soon' };
    expectInvalid(await app.ask('POST', path, { body }), noLanguage('rust'), {
      type: 'int_parsing',
      loc: ['body', 'timeout'],
      msg: 'Input should be a valid integer, unable to parse string as an integer',
      input: 'soon',
    });
    expectFailure(
      await app.ask('POST', path, { body: { code: 'x'.repeat(1_000_000), language: 'python' } }),
      413,
      'TOO_LARGE',
    );
    await using off = await openApp({ EXECUTION: 'off' });
    const answer = await off.ask('POST', path, { body: { code: 'print(1)', language: 'python' } });
    expectFailure(answer, 503, 'EXECUTION_OFF');
  });
});

describe('CodeInterview: everything else', () => {
  it('DIA-44 says that it lives', async () => {
    const { status, body } = await app.ask('GET', '/api/v1/health');
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ok', timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) });
    expect(Math.abs(Date.parse(body.timestamp) - Date.now())).toBeLessThan(60_000);
  });

  it('DIA-45 unknown addresses, other methods, slashes at the end: as FastAPI answers them', async () => {
    for (const path of ['/api/v1', '/api/v1/', '/api/v1/nothing', `${base}/a/b/c/d`]) {
      const answer = await app.ask('GET', path);
      expect([answer.status, answer.body], path).toEqual([404, { detail: 'Not Found' }]);
    }
    for (const [method, path, allow] of [
      ['PUT', base, 'POST'],
      ['POST', `${base}/abcdefghij`, 'GET, PATCH, DELETE'],
      ['GET', '/api/v1/execute', 'POST'],
      ['PATCH', `${base}/abcdefghij/users`, 'POST, GET'],
    ] as const) {
      const answer = await app.ask(method, path);
      expect([answer.status, answer.body], path).toEqual([405, { detail: 'Method Not Allowed' }]);
      expect(answer.headers.get('allow')).toBe(allow);
    }
    const sent = await app.ask('GET', '/api/v1/health/?a=b');
    expect([sent.status, sent.headers.get('location')]).toEqual([307, '/api/v1/health?a=b']);
  });

  it('DIA-46 pages from anywhere may ask, also before they do, and read refusals', async () => {
    const origin = 'http://localhost:5173';
    const answer = await app.ask('GET', `${base}/zzzzzzzzzz`, { headers: { origin } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    const preflight = await fetch(app.url + base, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    });
    expect([preflight.status, await preflight.text()]).toEqual([200, 'OK']);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-methods')).toBe('DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type');
    expect(preflight.headers.get('access-control-max-age')).toBe('600');
    expect((await app.ask('GET', base)).headers.get('access-control-allow-origin')).toBeNull();

    await using strict = await openApp({ RATE_LIMITS: 'on', EXECUTION: 'off' }, { ratePoints: { requests: 3 } });
    const ask = () => strict.ask('GET', '/api/v1/health', { headers: { origin } });
    // Opening it has asked for the OpenAPI document.
    for (const _ of [1, 2]) expect((await ask()).status).toBe(200);
    const refused = await ask();
    expectFailure(refused, 429, 'RATE_LIMITED');
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('DIA-9 says at all of its addresses that it is switched off', async () => {
    await using off = await openApp({ DIALECTS: 'codecall', EXECUTION: 'off' });
    for (const [method, path] of [
      ['GET', '/api/v1/health'],
      ['POST', '/api/v1/execute'],
      ['DELETE', `${base}/x`],
    ] as const) {
      const answer = await off.ask(method, path);
      expectFailure(answer, 404, 'DIALECT_OFF', 'CodeInterview is switched off on this server.');
    }
    const { paths } = (await off.ask('GET', '/openapi.json')).body;
    expect(Object.keys(paths).filter((path) => path.startsWith('/api/v1/'))).toEqual([]);
  });
});

describe('CodeInterview: one room with others', () => {
  it('DIA-47 its users are in the room that others see, and they are among its users', async () => {
    const { id } = await create({ language: 'python', code: 'print(1)\n' });
    const joined = (await app.ask('POST', `${base}/${id}/users`, { body: { name: 'Ada' } })).body;
    const { room, token, member } = await joinRoom(app.url, id, { name: 'Grace' });
    expect(room.title).toBe('Code interview');
    const grace = await openMember(app.url, token);
    const names = grace.welcome.members.map(({ name }) => name);
    expect(names.toSorted()).toEqual(['Ada', 'Grace']);
    const users = (await app.ask('GET', `${base}/${id}/users`)).body.users;
    expect(users.map(({ name }: { name: string }) => name)).toEqual(['Ada', 'Grace']);
    expect(users[1]).toMatchObject({ color: member.color });

    const second = (await app.ask('POST', `${base}/${id}/users`, { body: { name: 'Bob' } })).body;
    await until('Bob', () => grace.all('member:joined').some(({ member }) => member.name === 'Bob'));
    await app.ask('DELETE', `${base}/${id}/users/${second.id}`);
    await until('Bob’s leaving', () => grace.all('member:left').length > 0);
    // Whoever came by another door is nobody that a client here may send away.
    const foreign = await app.ask('DELETE', `${base}/${id}/users/${users[1].id}`);
    expectFailure(foreign, 403, 'FORBIDDEN');
    // An owner that no person is.
    const all = (await app.ask('GET', `/api/v2/rooms/${room.id}/members`, { token })).body.items;
    expect(all.find(({ role }: { role: string }) => role === 'owner')).toMatchObject({
      name: 'CodeInterview',
      online: false,
    });
    grace.close();
    await app.ask('DELETE', `${base}/${id}/users/${joined.id}`);
  });

  it('DIA-47 what one types in an editor and what is sent whole both stay', async () => {
    const { id } = await create({ language: 'python', code: 'one\ntwo\n' });
    const { room, token } = await joinRoom(app.url, id);
    using editor = connectDocument(app.url, room.id, token, { acks: true });
    await editor.synced();
    const text = editor.file('main.py');
    expect(text.toString()).toBe('one\ntwo\n');
    text.insert(text.length, 'typed\n');
    await editor.saved();
    // The client was shown only "one two".
    const patched = (await app.ask('PATCH', `${base}/${id}`, { body: { code: 'ONE\ntwo\n' } })).body;
    expect(patched.code).toBe('ONE\ntwo\ntyped\n');
    await until('what was sent', () => text.toString() === 'ONE\ntwo\ntyped\n');
    // It goes on from what it sent, or from what it was answered.
    const send = async (code: string) => (await app.ask('PATCH', `${base}/${id}`, { body: { code } })).body.code;
    expect(await send('ONE\ntwo\nthree\n')).toBe('ONE\ntwo\ntyped\nthree\n');
    expect(await send('zero\nONE\ntwo\ntyped\nthree\n')).toBe('zero\nONE\ntwo\ntyped\nthree\n');
    expect(await send('just this\n')).toBe('just this\n');
    // By our id it is Code Connect Live that answers what is read.
    const byId = `${base}/${room.id}`;
    text.insert(text.length, 'typed again\n');
    await editor.saved();
    const { code } = (await app.ask('GET', byId)).body;
    expect((await app.ask('PATCH', byId, { body: { code: `${code}more\n` } })).body.code).toBe(
      'just this\ntyped again\nmore\n',
    );
  });

  it('DIA-47 while an editor types and three users at one address write, nobody loses a line', {
    timeout: 60_000,
  }, async () => {
    const { id } = await create({ language: 'python', code: 'start\n' });
    const path = `${base}/${id}`;
    const { room, token } = await joinRoom(app.url, id);
    using editor = connectDocument(app.url, room.id, token, { acks: true });
    await editor.synced();
    const text = editor.file('main.py');
    const written: string[] = [];
    const type = async () => {
      for (let round = 0; round < 40; round++) {
        const line = `typed ${round}.\n`;
        text.insert(text.toString().indexOf('\n') + 1, line);
        written.push(line);
        await pause(10);
      }
      await editor.saved();
    };
    const write = async (user: string) => {
      for (let round = 0; round < 10; round++) {
        const line = `${user} ${round}.\n`;
        const { code } = (await app.ask('GET', path)).body;
        await pause(5);
        const answer = await app.ask('PATCH', path, { body: { code: code + line } });
        expect(answer.status).toBe(200);
        written.push(line);
      }
    };
    for (const name of ['a', 'b', 'c']) await app.ask('POST', `${path}/users`, { body: { name } });
    await Promise.all([type(), write('a'), write('b'), write('c')]);
    expect(written).toHaveLength(70);
    const missing = () => written.filter((line) => !text.toString().includes(line));
    await until('the editor to have everything', () => missing().length === 0).catch(() => {});
    expect(missing()).toEqual([]);
    expect((await app.ask('GET', path)).body.code).toBe(text.toString());
  });

  it('DIA-13 opens rooms of others by their code, unless there is a password, a lobby, privacy or an end', async () => {
    const { room, token } = await createRoom(app.url, { language: 'javascript' });
    const session = (await app.ask('GET', `${base}/${room.code}`)).body;
    expect(session).toMatchObject({ id: expect.stringMatching(/^[0-9a-z]{10}$/), language: 'javascript' });
    expect((await app.ask('GET', `${base}/${session.id}`)).body).toEqual(session);
    expect(
      (await app.ask('PATCH', `${base}/${session.id}`, { body: { code: 'x\n', language: 'python' } })).status,
    ).toBe(200);
    expect((await app.ask('GET', `/api/v2/rooms/${room.id}/files/main.py`, { token })).body.text).toBe('x\n');
    // It belongs to somebody.
    expectFailure(await app.ask('DELETE', `${base}/${session.id}`), 403, 'FORBIDDEN');
    for (const change of [
      { password: 'secret' },
      { password: null, lobby: true },
      { lobby: false, visibility: 'private' },
    ]) {
      await app.ask('PATCH', `/api/v2/rooms/${room.id}`, { token, body: change });
      for (const key of [room.code, session.id]) {
        expectFailure(await app.ask('GET', `${base}/${key}`), 404, 'SESSION_NOT_FOUND');
      }
    }
    await app.ask('PATCH', `/api/v2/rooms/${room.id}`, { token, body: { visibility: 'unlisted', viewLink: true } });
    expect((await app.ask('GET', `${base}/${session.id}`)).status).toBe(200);
    const { viewCode } = (await app.ask('GET', `/api/v2/rooms/${room.id}`, { token })).body;
    expectFailure(await app.ask('GET', `${base}/${viewCode}`), 404, 'SESSION_NOT_FOUND');
    await app.ask('POST', `/api/v2/rooms/${room.id}/end`, { token });
    expectFailure(await app.ask('PATCH', `${base}/${session.id}`, { body: { code: '' } }), 404, 'SESSION_NOT_FOUND');
  });
});
