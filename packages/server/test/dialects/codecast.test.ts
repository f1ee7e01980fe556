import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { limits } from '@coderoom/protocol';
import { connectDocument, temporaryFolder, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMember } from '../room-member.ts';
import { askIn, enter, from, makeRoom } from '../room-people.ts';
import { openApp, type RunningApp } from '../running-app.ts';

const base = '/api/v1/sessions/anon';
const uuidV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const noSession = [404, { error: 'Session not found or inactive' }];
const noToken = [401, { error: 'Missing creator token' }];
const wrongToken = [403, { error: 'Invalid creator token' }];
const noBody = [400, { error: 'Invalid request body' }];
const folder = temporaryFolder();
let app: RunningApp;

beforeAll(async () => {
  const env = { DATA_DIR: folder.path, EXECUTION: 'off', TRUST_PROXY: 'on', DIALECTS: 'codecast' };
  app = await openApp(env, { presenceGraceMs: 50 });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Asks with whatever body and headers; answers status and body. */
async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await app.ask(method, `${base}${path}`, { headers, ...(body === undefined ? {} : { body }) });
  return [answer.status, answer.body];
}
const by = (token: string) => ({ authorization: token });

async function begin(token = 'secret', name = 'Ada'): Promise<{ id: string; session_code: string }> {
  const [status, session] = await ask('POST', '', { creator_token: token, display_name: name });
  expect(status, JSON.stringify(session)).toBe(201);
  return session;
}

const push = (code: string, file_name: string, content: string, token = 'secret') =>
  ask('POST', `/${code}/snippets`, { file_name, content }, by(token));

describe('beginning a CodeCast session', () => {
  it('DIA-60 answers it with a code of eight hexadecimal digits, and not its token', async () => {
    const body = { creator_token: 'top secret', display_name: 'Ada <&> \u2028', more: { is: 'ignored' } };
    const answer = await app.ask('POST', base, { body });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([201, 'application/json; charset=utf-8']);
    expect(answer.body).toEqual({
      id: expect.stringMatching(uuidV4),
      session_code: expect.stringMatching(/^[0-9a-f]{8}$/),
      display_name: 'Ada <&> \u2028',
      is_active: true,
      created_at: expect.stringMatching(time),
    });
  });

  it('DIA-61 takes names of fields in any case, a body of whatever type, and names of any length', async () => {
    const long = 'x'.repeat(5_000);
    for (const [body, name] of [
      ['{"CREATOR_TOKEN":"t","Display_Name":"Ada"}', 'Ada'],
      ['{"display_name":"first","DISPLAY_NAME":"last","creator_token":"t"}', 'last'],
      [`{"display_name":${JSON.stringify(long)},"creator_token":${JSON.stringify(long)}}`, long],
      ['{"display_name":" ","creator_token":" "}', ' '],
      ['{"display_name":"\\u0000\\ud800","creator_token":"\\u0000"}', '\0\ud800'],
    ] as const) {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'no/such; thing', '']) {
        const [status, session] = await ask('POST', '', body, { 'content-type': type });
        expect([status, session.display_name], type).toEqual([201, name.toWellFormed()]);
      }
    }
  });

  it('DIA-61 refuses what is missing, empty, of another type, or no JSON', async () => {
    const token = { creator_token: 't' };
    const bodies = [
      ...['', '{', 'null', '[]', '"text"', '7', '{}', '[{"creator_token":"t","display_name":"Ada"}]'],
      ...[token, { display_name: 'Ada' }, { ...token, display_name: '' }, { creator_token: '', display_name: 'Ada' }],
      ...[
        { ...token, display_name: 7 },
        { ...token, display_name: null },
        { ...token, display_name: ['Ada'] },
      ],
      { creator_token: {}, display_name: 'Ada' },
    ];
    for (const body of bodies) expect(await ask('POST', '', body), JSON.stringify(body)).toEqual(noBody);
    expect(await ask('POST', '')).toEqual(noBody);
  });
});

describe('looking on', () => {
  it('DIA-62 answers who one is: three characters made here; bodies are not looked at', async () => {
    const { id, session_code: code } = await begin();
    const names = new Set<string>();
    for (const body of [undefined, '{', { display_name: 'Eve' }]) {
      const [status, participant] = await ask('POST', `/${code}/join`, body);
      expect(status).toBe(201);
      expect(participant).toEqual({
        id: expect.stringMatching(uuidV4),
        session_id: id,
        display_name: expect.stringMatching(/^[a-zA-Z0-9]{3}$/),
        joined_at: expect.stringMatching(time),
      });
      names.add(participant.display_name);
    }
    expect(names.size).toBe(3);
    const bytes = { method: 'POST', body: new Uint8Array([0xff, 0xfe, 0x00, 0xc0]) };
    expect((await fetch(`${app.url}${base}/${code}/join`, bytes)).status).toBe(201);
    expect((await fetch(`${app.url}${base}`, bytes)).status).toBe(400);
  });

  it('DIA-62 is for twenty besides the creator, however many come at once', async () => {
    const { session_code: code } = await begin();
    const answers = await Promise.all(Array.from({ length: 25 }, () => ask('POST', `/${code}/join`)));
    expect(answers.filter(([status]) => status === 201)).toHaveLength(limits.codecastParticipants);
    const refused = answers.filter(([status]) => status !== 201);
    expect(refused).toEqual(Array.from({ length: 5 }, () => [403, { error: 'Max amount of participants' }]));
    expect(await ask('POST', `/${code}/join`)).toEqual([403, { error: 'Max amount of participants' }]);
  });

  it('DIA-63 needs a session that is there and goes on; codes are compared exactly', async () => {
    const { session_code: code } = await begin();
    const unknown = ['00000000', code.slice(1), `${code}0`, 'x'.repeat(300), '\0', '%', "'"];
    const upper = code.toUpperCase();
    for (const other of upper === code ? unknown : [...unknown, upper]) {
      const path = `/${encodeURIComponent(other)}`;
      expect(await ask('POST', `${path}/join`), other).toEqual(noSession);
      expect(await ask('GET', `${path}/snippets`), other).toEqual(noSession);
      expect(await ask('POST', `${path}/snippets`, {}, by('t')), other).toEqual(noSession);
      expect(await ask('POST', `${path}/end`, undefined, by('t')), other).toEqual(noSession);
    }
  });
});

describe('snippets', () => {
  it('DIA-64 are pushed by the creator, and everybody gets the latest', async () => {
    const { id, session_code: code } = await begin();
    expect(await ask('GET', `/${code}/snippets`)).toEqual([404, { error: 'No snippets found' }]);
    const content = 'for (;;) { a < b && "\u2028" }\r\n\tend\0';
    const [status, pushed] = await push(code, 'C:\\work\\loop.js', content);
    expect(status).toBe(201);
    const snippet = {
      id: expect.stringMatching(uuidV4),
      file_name: 'C:\\work\\loop.js',
      content,
      pushed_at: expect.stringMatching(time),
    };
    expect(pushed).toEqual({ ...snippet, session_id: id });
    const { session_id: _, ...latest } = pushed;
    expect(await ask('GET', `/${code}/snippets`)).toEqual([200, latest]);
    await push(code, 'second.js', '2');
    expect(await ask('GET', `/${code}/snippets`)).toMatchObject([200, { file_name: 'second.js', content: '2' }]);
  });

  it('DIA-65 failures are noticed in order: token missing, session unknown, token wrong, body', async () => {
    const { session_code: code } = await begin('tok');
    const good = { file_name: 'a.py', content: 'x' };
    const tries = [
      { at: 'nowhere', headers: {}, body: '{', answer: noToken },
      { at: code, headers: {}, body: good, answer: noToken },
      { at: code, headers: by(''), body: good, answer: noToken },
      { at: 'nowhere', headers: by('tok'), body: '{', answer: noSession },
      { at: code, headers: by('other'), body: '{', answer: wrongToken },
      { at: code, headers: by('Bearer tok'), body: good, answer: wrongToken },
      { at: code, headers: by('TOK'), body: good, answer: wrongToken },
      { at: code, headers: by('tok'), body: '{', answer: noBody },
      { at: code, headers: by('tok'), body: undefined, answer: noBody },
      { at: code, headers: by('tok'), body: { file_name: 'a.py' }, answer: noBody },
      { at: code, headers: by('tok'), body: { ...good, content: '' }, answer: noBody },
      { at: code, headers: by('tok'), body: { ...good, file_name: 7 }, answer: noBody },
      { at: code, headers: by('tok'), body: { ...good, file_name: 'x'.repeat(2_000) }, answer: noBody },
    ];
    for (const { at, headers, body, answer } of tries) {
      expect(await ask('POST', `/${at}/snippets`, body, headers), JSON.stringify([at, headers, body])).toEqual(answer);
    }
    for (const { at, headers, answer } of tries.filter((one) => one.answer !== noBody)) {
      expect(await ask('POST', `/${at}/end`, undefined, headers)).toEqual(answer);
    }
    expect(await ask('GET', `/${code}/snippets`)).toEqual([404, { error: 'No snippets found' }]);
    expect(await ask('POST', `/${code}/snippets`, '{"File_Name":"a","CONTENT":"b"}', by('tok'))).toMatchObject([
      201,
      {},
    ]);
  });

  it('DIA-65 a token may be any text, and is compared byte by byte', async () => {
    const token = 'tök 密 Bearer';
    const { session_code: code } = await begin(token);
    // As clients send it: a header is bytes.
    const bytes = Buffer.from(token).toString('latin1');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = httpRequest(
        `${app.url}${base}/${code}/snippets`,
        { method: 'POST', headers: { authorization: bytes } },
        async (answer) => {
          await text(answer);
          resolve(answer.statusCode);
        },
      );
      // As a string, Node would send the header along with it as UTF-8 once more.
      sent.on('error', reject).end(Buffer.from('{"file_name":"a","content":"b"}'));
    });
    expect(status).toBe(201);
    expect(app.logged.join('\n')).not.toContain(token);
  });

  it('DIA-65 wrong tokens are counted, and then the right one is none either', async () => {
    await using strict = await openApp(
      { RATE_LIMITS: 'on', EXECUTION: 'off', DIALECTS: 'codecast' },
      { ratePoints: { creatorTokens: 3 } },
    );
    const begun = await strict.ask('POST', base, { body: { creator_token: 'right', display_name: 'Ada' } });
    const tryToken = async (token: string) => {
      const body = { file_name: 'a', content: 'b' };
      const path = `${base}/${begun.body.session_code}/snippets`;
      return (await strict.ask('POST', path, { body, headers: by(token) })).status;
    };
    const statuses: number[] = [];
    for (const token of ['right', 'a', 'right', 'b', 'right', 'c', 'right']) statuses.push(await tryToken(token));
    expect(statuses).toEqual([201, 403, 201, 403, 201, 403, 429]);
  });

  it('DIA-65 what is too large is refused in the same shape', async () => {
    const { session_code: code } = await begin();
    const wide = '界'.repeat(limits.fileTextMaxBytes / 3 + 1);
    expect(await push(code, 'wide.txt', wide)).toEqual([413, { error: expect.any(String) }]);
    const [status, body] = await push(code, 'larger.txt', 'x'.repeat(limits.httpBodyMaxBytes));
    expect([status, body]).toEqual([413, { error: expect.any(String) }]);
    expect(await ask('GET', `/${code}/snippets`)).toEqual([404, { error: 'No snippets found' }]);
  });
});

describe('the end', () => {
  it('DIA-66 leaves nothing: later calls find no session, and the room is gone for everybody', async () => {
    const { id, session_code: code } = await begin();
    await ask('POST', `/${code}/join`);
    await push(code, 'a.py', 'a secret snippet');
    const room = id.replace(/^(.{14})4/, '$17');
    const guest = await enter(app, room);
    const socket = await openMember(app.url, guest.token);
    expect(await ask('POST', `/${code}/end`, '{', by('secret'))).toEqual([
      200,
      { message: 'Session ended and all related data deleted' },
    ]);
    await socket.next('room:deleted');
    socket.close();
    expect(await ask('POST', `/${code}/end`, undefined, by('secret'))).toEqual(noSession);
    expect(await ask('POST', `/${code}/join`)).toEqual(noSession);
    expect(await ask('GET', `/${code}/snippets`)).toEqual(noSession);
    expect(await push(code, 'a.py', 'x')).toEqual(noSession);
    expect((await askIn(app, guest, 'GET')).body.code).toBe('room_not_found');
    expect(tablesWith(room)).toEqual(['audit_entries']);
    expect(tablesWith('a secret snippet')).toEqual([]);
  });

  it('DIA-66 a room that has ended otherwise is inactive', async () => {
    const owner = await makeRoom(app);
    expect(await ask('GET', `/${owner.room.code}/snippets`)).toEqual([404, { error: 'No snippets found' }]);
    await askIn(app, owner, 'POST', '/end');
    expect(await ask('GET', `/${owner.room.code}/snippets`)).toEqual(noSession);
  });
});

describe('CodeCast’s addresses', () => {
  it('DIA-67 what is none of them is answered as plain text', async () => {
    const { session_code: code } = await begin();
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', `/${code}`],
      ['GET', `/${code}/join`],
      ['PUT', `/${code}/snippets`],
      ['POST', `/${code}/snippets/more`],
    ] as const) {
      const answer = await fetch(`${app.url}${base}${path}`, { method });
      expect([method, path, answer.status, await answer.text()]).toEqual([method, path, 404, '404 page not found']);
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    }
  });

  it('DIA-67 a slash at the end is sent on to where there is none', async () => {
    const { session_code: code } = await begin();
    for (const path of ['', `/${code}/join`, `/${code}/snippets`, `/${code}/end`]) {
      const answer = await fetch(`${app.url}${base}${path}/`, { method: 'POST', redirect: 'manual' });
      expect([answer.status, answer.headers.get('location')]).toEqual([307, `${base}${path}`]);
    }
    const sent = { method: 'POST', body: '{"creator_token":"t","display_name":"Ada"}' };
    expect((await fetch(`${app.url}${base}/`, sent)).status).toBe(201);
  });

  it('DIA-68 switched off it says so', async () => {
    await using other = await openApp({ EXECUTION: 'off', DIALECTS: 'none' });
    for (const [method, path] of [
      ['POST', base],
      ['GET', `${base}/12345678/snippets`],
    ] as const) {
      const answer = await other.ask(method, path);
      expect([answer.status, answer.body]).toEqual([404, { error: 'CodeCast is switched off on this server.' }]);
    }
  });
});

describe('one room for all', () => {
  it('DIA-69 what is pushed is seen in files, documents, events and by the web client’s API, and the other way', async () => {
    const { session_code: code, id } = await begin('secret', 'Ada Lovelace');
    // By the code that CodeCast's people tell each other.
    const guest = await enter(app, code, { name: 'Web' });
    expect(guest.room).toMatchObject({ title: 'CodeCast session', status: 'active' });
    expect(guest.room.id).toBe(id.replace(/^(.{14})4/, '$17'));
    expect(guest.member.role).toBe('editor');
    const socket = await openMember(app.url, guest.token);
    using document = connectDocument(app.url, guest.room.id, guest.token);
    await document.synced();

    await push(code, 'src/main.go', 'package main\n');
    const { snippet } = await socket.next('snippet:pushed');
    expect(snippet).toMatchObject({ fileName: 'src/main.go', path: 'src/main.go', memberName: 'Ada Lovelace' });
    await until('the text', () => document.file('src/main.go')?.toString() === 'package main\n');
    await until('the language', () => socket.all('room:updated').at(-1)?.room.language === 'go');
    const files = await askIn(app, guest, 'GET', '/files');
    expect(files.body.items.find(({ path }: { path: string }) => path === 'src/main.go')).toMatchObject({
      entry: true,
    });

    document.file('src/main.go').insert(0, '// typed by the guest\n');
    await push(code, 'src/main.go', 'package main\n\nfunc main() {}\n');
    const merged = '// typed by the guest\npackage main\n\nfunc main() {}\n';
    await until('the next text', () => document.file('src/main.go').toString() === merged);

    await askIn(app, guest, 'POST', '/snippets', { fileName: 'from-web.go', content: 'package web\n' });
    expect(await ask('GET', `/${code}/snippets`)).toMatchObject([200, { file_name: 'from-web.go' }]);
    socket.close();
  });

  it('DIA-69 who looks on is in the list of people', async () => {
    const { session_code: code, id } = await begin('secret', 'Ada');
    const [, participant] = await ask('POST', `/${code}/join`, undefined, from('7.7.7.7').headers);
    const guest = await enter(app, id.replace(/^(.{14})4/, '$17'), { name: 'Web' });
    const { body } = await askIn(app, guest, 'GET', '/members');
    const people = body.items.map(({ name, role, online }: { name: string; role: string; online: boolean }) => [
      name,
      role,
      online,
    ]);
    expect(people).toEqual([
      ['Ada', 'owner', true],
      [participant.display_name, 'editor', true],
      ['Web', 'editor', false],
    ]);
  });

  it('DIA-70 in rooms of others there is nobody who made them by CodeCast; closed doors stay closed', async () => {
    const owner = await makeRoom(app);
    expect((await ask('POST', `/${owner.room.code}/join`))[0]).toBe(201);
    for (const token of [owner.token, 'anything']) {
      expect(await push(owner.room.code, 'a', 'b', token)).toEqual(wrongToken);
      expect(await ask('POST', `/${owner.room.code}/end`, undefined, by(token))).toEqual(wrongToken);
    }
    for (const door of [{ password: 'a password' }, { lobby: true }, { visibility: 'private' }]) {
      const closed = await makeRoom(app, door);
      expect(await ask('POST', `/${closed.room.code}/join`)).toEqual(noSession);
      expect(await ask('GET', `/${closed.room.code}/snippets`)).toEqual(noSession);
    }
  });

  it('DIA-71 of a token only a hash is kept, and nothing is logged', async () => {
    const token = 'a token that nobody else has';
    const { session_code: code } = await begin(token);
    await push(code, 'a.py', 'x', token);
    expect(tablesWith(token)).toEqual([]);
    expect(app.logged.join('\n')).not.toContain(token);
    // And it is known by that again after a restart.
    await app.reopen();
    expect((await push(code, 'b.py', 'y', token))[0]).toBe(201);
    expect(await push(code, 'b.py', 'z', 'another')).toEqual(wrongToken);
  });
});

/** The tables of the database in which this stands somewhere. */
function tablesWith(text: string): string[] {
  using database = new DatabaseSync(join(folder.path, 'coderoom.db'), { readOnly: true });
  const names = database.prepare("select name from sqlite_master where type = 'table'").all();
  return names
    .map(({ name }) => String(name))
    .filter((name) => {
      const rows = database.prepare(`select * from ${name}`).all();
      const values = rows.flatMap((row) => Object.values(row));
      return values.some((value) => (value instanceof Uint8Array ? Buffer.from(value) : String(value)).includes(text));
    })
    .toSorted();
}
