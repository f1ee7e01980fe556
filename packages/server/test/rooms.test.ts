import { limits, type RoomEntry } from '@coderoom/protocol';
import { connectEvents, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AskOptions, expectProblem, openApp, type RunningApp } from './running-app.ts';

const rooms = '/api/v2/rooms';
const randomId = '01a1fe2f-082f-73a8-889d-bc69e9fae24f';
let app: RunningApp;

beforeAll(async () => {
  app = await openApp();
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

async function create(body: object = {}, options: AskOptions = {}): Promise<RoomEntry> {
  const answer = await app.ask('POST', rooms, { body, ...options });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}

async function join(room: string, options: AskOptions = {}): Promise<RoomEntry> {
  const answer = await app.ask('POST', `${rooms}/${room}/join`, { body: {}, ...options });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}

describe('making a room', () => {
  it('ROOM-3 needs no account and nothing in the body: there is a title, an owner and a program that runs', async () => {
    const answer = await app.ask('POST', rooms, { body: {} });
    expect(answer.status).toBe(201);
    const { room, member, token, tokenExpiresAt } = answer.body;
    expect(room).toMatchObject({
      title: 'Untitled room',
      language: 'python',
      status: 'active',
      visibility: 'unlisted',
    });
    expect(room.capacity).toBe(limits.roomCapacityDefault);
    expect(answer.headers.get('location')).toBe(`${rooms}/${room.id}`);
    expect(member).toMatchObject({ role: 'owner', name: expect.stringMatching(/^\w+ \w+$/) });
    expect(Date.parse(tokenExpiresAt)).toBeGreaterThan(Date.now());
    const { body } = await app.ask('GET', `${rooms}/${room.id}/files`, { token });
    expect(body.items).toEqual([{ path: 'main.py', bytes: expect.any(Number), entry: true }]);
  });

  it('ROOM-3 works without any body', async () => {
    expect((await app.ask('POST', rooms)).status).toBe(201);
  });

  it('ROOM-3 takes title, language, name and capacity', async () => {
    const { room, member, token } = await create({
      title: ' A  talk ',
      language: 'javascript',
      name: 'Ada',
      capacity: 3,
    });
    expect(room).toMatchObject({ title: 'A talk', language: 'javascript', capacity: 3 });
    expect(member.name).toBe('Ada');
    const { body } = await app.ask('GET', `${rooms}/${room.code}/files/main.js`, { token });
    expect(body.text).toContain('console.log');
  });

  it('API-2 bad requests are told what is wrong, and change nothing', async () => {
    expectProblem(await app.ask('POST', rooms, { body: { language: 'cobol-2077' } }), 'language_not_found');
    const wrong = await app.ask('POST', rooms, { body: { title: 7 } });
    expectProblem(wrong, 'invalid_request');
    expect(wrong.body.detail).toBe('title must be string');
    for (const body of [
      { capacity: 0 },
      { capacity: '5' },
      { capacity: limits.roomCapacityMax + 1 },
      { name: '\u200b' },
      { ownerId: 'x' },
      [],
      'x',
    ]) {
      expectProblem(
        await app.ask('POST', rooms, { body }),
        typeof body === 'string' ? 'invalid_json' : 'invalid_request',
      );
    }
    expectProblem(await app.ask('POST', rooms, { body: '{"title":' }), 'invalid_json');
    expectProblem(await app.ask('POST', rooms, { body: '{"__proto__":{"a":1}}' }), 'invalid_json');
    const headers = { 'content-type': 'text/plain' };
    expectProblem(await app.ask('POST', rooms, { body: 'hello', headers }), 'unsupported_media_type');
    const large = { title: 'x'.repeat(limits.httpBodyMaxBytes) };
    expectProblem(await app.ask('POST', rooms, { body: large }), 'too_large');
  });
});

describe('an Idempotency-Key', () => {
  const key = (value: string) => ({ headers: { 'idempotency-key': value } });

  it('API-5 makes one room of five requests at once, of one more, and of one after a restart', async () => {
    const ask = () => app.ask('POST', rooms, { body: { title: 'once' }, ...key('a-key') });
    const answers = await Promise.all(Array.from({ length: 5 }, ask));
    await app.reopen();
    answers.push(await ask());
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 201]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const { room, token }: RoomEntry = answers.at(-1)?.body ?? {};
    expect((await app.ask('GET', `${rooms}/${room.id}`, { token })).status).toBe(200);
  });

  it('API-5 with another body is a conflict', async () => {
    await create({ title: 'one' }, key('b-key'));
    expectProblem(await app.ask('POST', rooms, { body: { title: 'two' }, ...key('b-key') }), 'idempotency_conflict');
  });

  it('API-5 of a failed request can be used again', async () => {
    expectProblem(await app.ask('POST', rooms, { body: { language: 'nope' }, ...key('c-key') }), 'language_not_found');
    await create({}, key('c-key'));
  });

  it('API-5 is bounded', async () => {
    const long = 'k'.repeat(limits.idempotencyKeyMaxLength + 1);
    expectProblem(await app.ask('POST', rooms, { body: {}, ...key(long) }), 'invalid_request');
  });
});

describe('entering a room', () => {
  it('ROOM-4 needs the id or the code, as it may be typed, and no token', async () => {
    const { room } = await create();
    const { member } = await join(room.code.toUpperCase(), { body: { name: 'Grace' } });
    expect(member).toMatchObject({ name: 'Grace', role: 'editor' });
    expect((await join(room.id)).member.id).not.toBe(member.id);
  });

  it('ROOM-4 gives everybody a colour of their own', async () => {
    const { room, member } = await create();
    const others = [await join(room.id), await join(room.id)];
    expect(new Set([member.color, ...others.map((entry) => entry.member.color)]).size).toBe(3);
  });

  it('ROOM-5 with a token of this room is being the same member again', async () => {
    const { room, member, token } = await create({ name: 'Ada' });
    const again = await join(room.code, { token });
    expect(again.member).toMatchObject({ id: member.id, name: 'Ada', role: 'owner' });
    expect((await app.ask('GET', `${rooms}/${room.id}`, { token: again.token })).status).toBe(200);
  });

  it('ROOM-5 with a token of another room is coming as somebody new', async () => {
    const { room } = await create();
    const { token } = await create();
    expect((await join(room.id, { token })).member.role).toBe('editor');
  });

  it('ROOM-4 an unknown room is not found', async () => {
    for (const room of [randomId, 'abcd-efgh', 'x', '%00', 'a%20b', '..%2f..', 'x'.repeat(1000)]) {
      expectProblem(await app.ask('POST', `${rooms}/${room}/join`, { body: {} }), 'room_not_found');
    }
  });

  it('ROOM-6 a full room is full, however many come at once', async () => {
    const { room } = await create({ capacity: 4 });
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => app.ask('POST', `${rooms}/${room.id}/join`, { body: {} })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectProblem(answer, 'room_full');
  });

  it('ROOM-6 who is in already comes back into a full room, and a place that was left is free', async () => {
    const { room } = await create({ capacity: 2 });
    const { token } = await join(room.id);
    expectProblem(await app.ask('POST', `${rooms}/${room.id}/join`, { body: {} }), 'room_full');
    await join(room.id, { token });
    expect((await app.ask('POST', `${rooms}/${room.id}/leave`, { token })).status).toBe(204);
    await join(room.id);
  });
});

describe('a room', () => {
  it('ROOM-7 is changed by owner and editors, its capacity by the owner', async () => {
    const { room, token } = await create();
    const editor = await join(room.id);
    const path = `${rooms}/${room.id}`;
    const renamed = await app.ask('PATCH', path, { token: editor.token, body: { title: 'Sorting' } });
    expect(renamed.body).toEqual({ ...room, title: 'Sorting' });
    expectProblem(await app.ask('PATCH', path, { token: editor.token, body: { capacity: 5 } }), 'forbidden');
    expect((await app.ask('PATCH', path, { token, body: { capacity: 5 } })).body.capacity).toBe(5);
    expect((await app.ask('GET', path, { token: editor.token })).body).toEqual({
      ...room,
      title: 'Sorting',
      capacity: 5,
    });
    expectProblem(await app.ask('PATCH', path, { token, body: {} }), 'invalid_request');
    expectProblem(await app.ask('PATCH', path, { token, body: { status: 'ended' } }), 'invalid_request');
  });

  it('ROOM-8 another language brings its hello world as the entry, or takes the file of that language that is there', async () => {
    const { room, token } = await create({ language: 'python' });
    const path = `${rooms}/${room.id}`;
    const entry = async () => {
      const { body } = await app.ask('GET', `${path}/files`, { token });
      return body.items.find((file: { entry: boolean }) => file.entry).path;
    };
    expect((await app.ask('PATCH', path, { token, body: { language: 'javascript' } })).body.language).toBe(
      'javascript',
    );
    expect(await entry()).toBe('main.js');
    await app.ask('PUT', `${path}/files/main.js`, { token, body: { text: 'mine' } });
    await app.ask('PATCH', path, { token, body: { language: 'python' } });
    expect(await entry()).toBe('main.py');
    await app.ask('PATCH', path, { token, body: { language: 'javascript' } });
    expect((await app.ask('GET', `${path}/files/main.js`, { token })).body.text).toBe('mine');
    expectProblem(await app.ask('PATCH', path, { token, body: { language: 'nope' } }), 'language_not_found');
  });

  it('ROOM-9 ended by its owner is read-only for good, and entered as a viewer', async () => {
    const { room, token } = await create();
    const editor = await join(room.id);
    const path = `${rooms}/${room.id}`;
    expectProblem(await app.ask('POST', `${path}/end`, { token: editor.token }), 'forbidden');
    const { body } = await app.ask('POST', `${path}/end`, { token });
    expect(body).toMatchObject({ status: 'ended', endedAt: expect.any(String) });
    for (const who of [token, editor.token]) {
      expectProblem(await app.ask('PATCH', path, { token: who, body: { title: 'x' } }), 'room_ended');
      expectProblem(await app.ask('PUT', `${path}/files/main.py`, { token: who, body: { text: '' } }), 'room_ended');
      expectProblem(await app.ask('POST', `${path}/runs`, { token: who, body: {} }), 'room_ended');
    }
    expectProblem(await app.ask('POST', `${path}/end`, { token }), 'room_ended');
    expect((await app.ask('GET', `${path}/files/main.py`, { token: editor.token })).status).toBe(200);
    expect((await join(room.id)).member.role).toBe('viewer');
  });

  it('ROOM-10 deleted by its owner is gone, with everything in it', async () => {
    const { room, token } = await create();
    const editor = await join(room.id);
    const path = `${rooms}/${room.id}`;
    expectProblem(await app.ask('DELETE', path, { token: editor.token }), 'forbidden');
    expect((await app.ask('DELETE', path, { token })).status).toBe(204);
    expectProblem(await app.ask('GET', path, { token }), 'room_not_found');
    expectProblem(await app.ask('GET', `${path}/files`, { token: editor.token }), 'room_not_found');
    expectProblem(await app.ask('POST', `${path}/join`, { body: {} }), 'room_not_found');
  });

  it('TOKEN-6 a token is renewed on request', async () => {
    const { room, token } = await create();
    const { body } = await app.ask('POST', `${rooms}/${room.id}/token`, { token });
    expect((await app.ask('GET', `${rooms}/${room.id}`, { token: body.token })).status).toBe(200);
  });
});

describe('members', () => {
  it('MEMBER-2 are listed in the order in which they came, with who is there', async () => {
    const { room, token, member } = await create();
    const editor = await join(room.id);
    const socket = connectEvents(app.url, editor.token).connect();
    await until('the socket', () => socket.connected);
    const list = async () => (await app.ask('GET', `${rooms}/${room.id}/members`, { token })).body.items;
    await until('presence', async () => (await list())[1].online);
    expect(await list()).toMatchObject([
      { id: member.id, online: false },
      { id: editor.member.id, online: true },
    ]);
    socket.close();
  });

  it('MEMBER-3 change their own name; the owner changes roles of others, and keeps the own', async () => {
    const { room, token, member } = await create();
    const editor = await join(room.id);
    const path = (id: string) => `${rooms}/${room.id}/members/${id}`;
    const patch = (who: string, id: string, body: object) => app.ask('PATCH', path(id), { token: who, body });
    expect((await patch(editor.token, editor.member.id, { name: ' Lin ' })).body.name).toBe('Lin');
    expectProblem(await patch(token, editor.member.id, { name: 'Other' }), 'forbidden');
    expectProblem(await patch(editor.token, editor.member.id, { role: 'viewer' }), 'forbidden');
    expectProblem(await patch(editor.token, member.id, { role: 'viewer' }), 'forbidden');
    expectProblem(await patch(token, member.id, { role: 'viewer' }), 'owner_required');
    expectProblem(await patch(token, editor.member.id, { role: 'owner' }), 'invalid_request');
    expectProblem(await patch(token, editor.member.id, {}), 'invalid_request');
    expectProblem(await patch(token, randomId, { role: 'viewer' }), 'member_not_found');
    expect((await patch(token, editor.member.id, { role: 'viewer' })).body.role).toBe('viewer');
  });

  it('MEMBER-4 a new role counts at once: the token does not remember the old one', async () => {
    const { room, token } = await create();
    const editor = await join(room.id);
    const path = `${rooms}/${room.id}`;
    await app.ask('PATCH', `${path}/members/${editor.member.id}`, { token, body: { role: 'viewer' } });
    expectProblem(await app.ask('PATCH', path, { token: editor.token, body: { title: 'x' } }), 'forbidden');
    expectProblem(await app.ask('PUT', `${path}/files/a`, { token: editor.token, body: { text: '' } }), 'forbidden');
    expectProblem(await app.ask('DELETE', `${path}/files/main.py`, { token: editor.token }), 'forbidden');
    expectProblem(await app.ask('POST', `${path}/runs`, { token: editor.token, body: {} }), 'forbidden');
    expect((await app.ask('GET', `${path}/files`, { token: editor.token })).status).toBe(200);
  });

  it('MEMBER-5 who leaves or is removed is a member no more, also with the old token', async () => {
    const { room, token, member } = await create();
    const [leaving, removed] = [await join(room.id), await join(room.id)];
    const path = `${rooms}/${room.id}`;
    expect((await app.ask('POST', `${path}/leave`, { token: leaving.token })).status).toBe(204);
    expectProblem(await app.ask('DELETE', `${path}/members/${member.id}`, { token: removed.token }), 'forbidden');
    expect((await app.ask('DELETE', `${path}/members/${removed.member.id}`, { token })).status).toBe(204);
    expectProblem(await app.ask('DELETE', `${path}/members/${removed.member.id}`, { token }), 'member_not_found');
    for (const who of [leaving.token, removed.token]) {
      expectProblem(await app.ask('GET', path, { token: who }), 'membership_ended');
      expectProblem(await app.ask('POST', `${path}/join`, { token: who, body: {} }), 'membership_ended');
    }
    const { body } = await app.ask('GET', `${path}/members`, { token });
    expect(body.items).toHaveLength(1);
  });

  it('MEMBER-5 a room keeps its owner', async () => {
    const { room, token, member } = await create();
    expectProblem(await app.ask('POST', `${rooms}/${room.id}/leave`, { token }), 'owner_required');
    expectProblem(await app.ask('DELETE', `${rooms}/${room.id}/members/${member.id}`, { token }), 'owner_required');
  });
});

describe('who asks', () => {
  it('TOKEN-7 no token, a broken one, and one for another room never see a room, existing or not', async () => {
    const { room } = await create();
    const other = await create();
    const paths = [
      '',
      '/members',
      '/files',
      '/files/main.py',
      '/runs',
      `/runs/${randomId}`,
      `/runs/${randomId}/events`,
    ];
    for (const id of [room.id, randomId]) {
      for (const path of paths.map((rest) => `${rooms}/${id}${rest}`)) {
        expectProblem(await app.ask('GET', path), 'token_missing');
        expectProblem(await app.ask('GET', path, { token: 'x.y.z' }), 'token_invalid');
        expectProblem(await app.ask('GET', path, { headers: { authorization: 'Basic YTpi' } }), 'token_invalid');
        expectProblem(await app.ask('GET', path, { token: other.token }), 'room_not_found');
      }
    }
  });

  it('TOKEN-7 nor do they change one', async () => {
    const { room, member } = await create();
    const other = await create();
    const operations: [string, string, object?][] = [
      ['PATCH', '', { title: 'mine' }],
      ['DELETE', ''],
      ['POST', '/leave'],
      ['POST', '/end'],
      ['POST', '/token'],
      ['PATCH', `/members/${member.id}`, { name: 'x' }],
      ['DELETE', `/members/${member.id}`],
      ['PUT', '/files/main.py', { text: '' }],
      ['DELETE', '/files/main.py'],
      ['POST', '/runs', {}],
      ['DELETE', `/runs/${randomId}`],
    ];
    for (const [method, rest, body] of operations) {
      const path = `${rooms}/${room.id}${rest}`;
      const options = body === undefined ? {} : { body };
      expectProblem(await app.ask(method, path, options), 'token_missing');
      expectProblem(await app.ask(method, path, { ...options, token: 'junk' }), 'token_invalid');
      expectProblem(await app.ask(method, path, { ...options, token: other.token }), 'room_not_found');
    }
  });

  it('TOKEN-7 a 401 says how to do better', async () => {
    const answer = await app.ask('GET', `${rooms}/${randomId}`);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});
