import { createRoom, joinRoom } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CodeChillApp,
  type CodeChillPerson,
  naiveTime,
  openCodeChill,
  unknownId,
  uuidV4,
} from './codechill-client.ts';

let chill: CodeChillApp;
let ada: CodeChillPerson;
let lin: CodeChillPerson;

beforeAll(async () => {
  chill = await openCodeChill({ EXECUTION: 'off' });
  [ada, lin] = [await chill.signIn('Ada'), await chill.signIn('Lin')];
});
afterAll(async () => {
  await chill[Symbol.asyncDispose]();
});

const outcome = async (method: string, path: string, token: string | undefined, body?: unknown) => {
  const { status, body: answer } = await chill.ask(method, path, token, body);
  return [status, status < 400 ? answer.message : answer.error];
};

/** Somebody who owns nothing yet. */
const newcomer = () => chill.signIn('Grace');

describe('making a room', () => {
  it('DIA-116 answers the room as CodeChill has it, its maker its owner', async () => {
    const owner = await newcomer();
    const { status, body } = await chill.ask('POST', '/api/rooms/', owner.token, {
      name: '  Sorting things ',
      description: 'Quick, and then quicker',
      language: 'Python',
      max_participants: 70,
    });
    expect([status, body.message]).toEqual([201, 'Room created successfully']);
    expect(body.room).toEqual({
      id: expect.stringMatching(uuidV4),
      name: 'Sorting things',
      description: 'Quick, and then quicker',
      is_private: false,
      max_participants: 50,
      current_participants: 1,
      language: 'python',
      is_active: true,
      created_by: owner.id,
      created_at: expect.stringMatching(naiveTime),
      updated_at: expect.stringMatching(naiveTime),
      last_activity: expect.stringMatching(naiveTime),
      content_version: 1,
      participants: [
        {
          id: expect.stringMatching(uuidV4),
          room_id: body.room.id,
          user_id: owner.id,
          user_name: 'Grace',
          user_picture: null,
          role: 'owner',
          is_active: true,
          cursor_line: 1,
          cursor_column: 1,
          selection_data: null,
          joined_at: expect.stringMatching(naiveTime),
          last_seen: expect.stringMatching(naiveTime),
        },
      ],
    });
    const { room } = (await chill.ask('POST', '/api/rooms', owner.token, { name: 'Bare' })).body;
    expect(room).toMatchObject({ description: '', is_private: false, max_participants: 10, language: 'javascript' });
  });

  it('DIA-116 says what is wrong in the original’s words and order', async () => {
    const { token } = await newcomer();
    const long = 'x'.repeat(600);
    const cases: [unknown, string][] = [
      [{ name: 'ab', description: long }, 'Room name must be at least 3 characters'],
      [{ name: '  ab  ' }, 'Room name must be at least 3 characters'],
      [{}, 'Room name must be at least 3 characters'],
      [{ name: 'x'.repeat(101), description: long }, 'Room name must be less than 100 characters'],
      [{ name: 'Room', description: long, language: 'html' }, 'Description must be less than 500 characters'],
      [{ name: 'Room', description: null }, 'Failed to create room'],
      [{ name: 'Room', language: 'HTML', is_private: true, password: 'x' }, 'Unsupported language: html'],
      [{ name: 'Room', is_private: true, password: 'abc' }, 'Password must be at least 4 characters'],
      [{ name: 7 }, 'Failed to create room'],
      [{ name: 'Room', max_participants: 'many' }, 'Failed to create room'],
      ['{"name": ', 'Failed to create room'],
      [[], 'Failed to create room'],
    ];
    for (const [body, error] of cases) {
      expect(await outcome('POST', '/api/rooms', token, body), JSON.stringify(body)?.slice(0, 80)).toEqual([
        400,
        error,
      ]);
    }
    expect(await outcome('POST', '/api/rooms', undefined, { name: 'Room' })).toEqual([
      401,
      'Authorization token required',
    ]);
  });

  it('DIA-116 lets nobody own more than five of them at a time', async () => {
    const owner = await newcomer();
    const rooms = [];
    for (let i = 1; i <= 5; i++) rooms.push(await chill.makeRoom(owner, { name: `Room ${i}` }));
    expect(await outcome('POST', '/api/rooms', owner.token, { name: 'One more' })).toEqual([
      400,
      'Maximum number of rooms reached',
    ]);
    await chill.ask('DELETE', `/api/rooms/${rooms[0]?.id}`, owner.token);
    await chill.makeRoom(owner, { name: 'One more' });
  });

  it('DIA-116 takes the address with and without a slash at its end', async () => {
    for (const path of ['/api/rooms', '/api/rooms/']) {
      expect((await chill.ask('GET', path, ada.token)).status).toBe(200);
      expect(
        (await fetch(chill.url + path, { method: 'OPTIONS', headers: { origin: 'http://localhost:4200' } })).status,
      ).toBe(200);
    }
    const { id } = await chill.makeRoom(await newcomer());
    const answer = await fetch(`${chill.url}/api/rooms/${id}/`, { headers: { authorization: `Bearer ${ada.token}` } });
    expect(answer.status).toBe(200);
  });
});

describe('finding rooms', () => {
  it('DIA-117 lists public rooms by pages, with what their owner is called', async () => {
    const owner = await chill.signIn('Turing');
    for (const language of ['python', 'go', 'go']) await chill.makeRoom(owner, { name: 'Zebra crossing', language });
    await chill.makeRoom(owner, { name: 'Zebra hidden', is_private: true, password: 'secret' });
    const search = '/api/rooms?search=zebra';
    const { body } = await chill.ask('GET', `${search}&per_page=2`, ada.token);
    expect(body.rooms).toHaveLength(2);
    expect(body.rooms[0]).toMatchObject({
      name: 'Zebra crossing',
      owner_name: 'Turing',
      owner_picture: null,
      content_version: 1,
    });
    expect(body.pagination).toEqual({ page: 1, pages: 2, per_page: 2, total: 3, has_next: true, has_prev: false });
    const second = (await chill.ask('GET', `${search}&per_page=2&page=2`, ada.token)).body;
    expect(second.rooms).toHaveLength(1);
    expect(second.pagination).toMatchObject({ page: 2, has_next: false, has_prev: true });
    const past = (await chill.ask('GET', `${search}&page=9`, ada.token)).body;
    expect([past.rooms, past.pagination.total]).toEqual([[], 3]);
    expect((await chill.ask('GET', `${search}&language=GO`, ada.token)).body.rooms).toHaveLength(2);
    expect((await chill.ask('GET', `${search}&language=html`, ada.token)).body.rooms).toHaveLength(3);
    for (const odd of ['page=0', 'page=-1', 'page=x', 'per_page=0', 'per_page=many']) {
      const { pagination } = (await chill.ask('GET', `${search}&${odd}`, ada.token)).body;
      expect(pagination, odd).toMatchObject({ page: 1, per_page: 20 });
    }
    expect((await chill.ask('GET', `${search}&per_page=500`, ada.token)).body.pagination.per_page).toBe(50);
  });

  it('DIA-117 lists one’s own, with one’s role there', async () => {
    const [owner, guest] = [await newcomer(), await newcomer()];
    const { id } = await chill.makeRoom(owner, { name: 'Ours' });
    await chill.ask('POST', `/api/rooms/${id}/join`, guest.token, {});
    const { body } = await chill.ask('GET', '/api/rooms/my-rooms', guest.token);
    expect(body.rooms).toMatchObject([
      { id, user_role: 'participant', owner_name: 'Grace', joined_at: expect.stringMatching(naiveTime) },
    ]);
    expect((await chill.ask('GET', '/api/rooms/my-rooms', owner.token)).body.rooms).toMatchObject([
      { id, user_role: 'owner' },
    ]);
  });

  it('DIA-117 shows a room to its participants, and a public one to everybody', async () => {
    const owner = await newcomer();
    const open = await chill.makeRoom(owner);
    const shut = await chill.makeRoom(owner, { is_private: true, password: 'secret' });
    const seen = await chill.ask('GET', `/api/rooms/${open.id}`, lin.token);
    expect([seen.status, seen.body.room]).toMatchObject([
      200,
      { id: open.id, is_participant: false, owner_name: 'Grace' },
    ]);
    expect(Object.keys(seen.body.room)).not.toContain('user_role');
    const own = await chill.ask('GET', `/api/rooms/${shut.id}`, owner.token);
    expect(own.body.room).toMatchObject({ is_private: true, is_participant: true, user_role: 'owner' });
    expect(await outcome('GET', `/api/rooms/${shut.id}`, lin.token)).toEqual([403, 'Access denied']);
    for (const id of [unknownId, 'nothing', '%00', 'x'.repeat(500)]) {
      expect(await outcome('GET', `/api/rooms/${id}`, lin.token)).toEqual([404, 'Room not found']);
    }
    expect(await outcome('GET', `/api/rooms/${open.id}`, undefined)).toEqual([401, 'Authorization token required']);
  });

  it('DIA-117 has no room any more that has ended', async () => {
    const owner = await newcomer();
    const { id } = await chill.makeRoom(owner);
    const { body } = await chill.app.ask('POST', '/api/v2/auth/oidc/token', { body: { token: owner.issuerToken } });
    const roomId = `${id.slice(0, 14)}7${id.slice(15)}`;
    expect((await chill.app.ask('POST', `/api/v2/rooms/${roomId}/end`, { token: body.accessToken })).status).toBe(200);
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/join'],
      ['POST', '/leave'],
      ['DELETE', ''],
    ] as const) {
      expect(await outcome(method, `/api/rooms/${id}${path}`, owner.token, method === 'GET' ? undefined : {})).toEqual([
        404,
        'Room not found',
      ]);
    }
    expect((await chill.ask('GET', '/api/rooms/my-rooms', owner.token)).body.rooms).toEqual([]);
  });

  it('DIA-117 finds rooms of the web client by their code, and what is private there is private here', async () => {
    const web = await createRoom(chill.url, { title: 'From the web', name: 'Web' });
    const joined = await chill.ask('POST', `/api/rooms/${web.room.code}/join`, ada.token, {});
    expect([joined.status, joined.body.message, joined.body.room.name]).toEqual([
      200,
      'Joined room successfully',
      'From the web',
    ]);
    expect(joined.body.room.participants.map((is: { user_name: string }) => is.user_name)).toEqual(['Web', 'Ada']);
    for (const door of [{ lobby: true }, { password: 'secret' }, { visibility: 'private' }] as const) {
      const shut = await createRoom(chill.url, door);
      expect(await outcome('GET', `/api/rooms/${shut.room.code}`, ada.token)).toEqual([403, 'Access denied']);
    }
    const waiting = await createRoom(chill.url, { lobby: true });
    expect(await outcome('POST', `/api/rooms/${waiting.room.code}/join`, ada.token, {})).toEqual([
      403,
      'The room’s owner has been asked to let you in',
    ]);
    const { body } = await chill.app.ask('GET', `/api/v2/rooms/${waiting.room.id}/knocks`, { token: waiting.token });
    expect(body.items).toMatchObject([{ name: 'Ada' }]);
  });
});

describe('coming and going', () => {
  it('DIA-118 joins a room, once', async () => {
    const { id } = await chill.makeRoom(await newcomer());
    const joined = await chill.ask('POST', `/api/rooms/${id}/join`, lin.token, {});
    expect([joined.status, joined.body.message]).toEqual([200, 'Joined room successfully']);
    expect(joined.body.room).toMatchObject({
      id,
      current_participants: 2,
      participants: [{ role: 'owner' }, { role: 'participant' }],
    });
    expect(await outcome('POST', `/api/rooms/${id}/join`, lin.token, {})).toEqual([200, 'Already in room']);
    expect(await outcome('POST', `/api/rooms/${id}/join`, lin.token)).toEqual([200, 'Already in room']);
    expect(await outcome('POST', `/api/rooms/${id}/join`, lin.token, '{')).toEqual([400, 'Failed to join room']);
    expect(await outcome('POST', `/api/rooms/${unknownId}/join`, lin.token, {})).toEqual([404, 'Room not found']);
  });

  it('DIA-118 a private room wants its password; one without lets nobody in', async () => {
    const owner = await newcomer();
    const { id } = await chill.makeRoom(owner, { is_private: true, password: 'secret' });
    for (const body of [{}, { password: 'wrong' }, { password: 7 }, { password: '' }]) {
      expect(await outcome('POST', `/api/rooms/${id}/join`, lin.token, body)).toEqual([401, 'Invalid password']);
    }
    expect(await outcome('POST', `/api/rooms/${id}/join`, lin.token, { password: 'secret' })).toEqual([
      200,
      'Joined room successfully',
    ]);
    const { id: sealed } = await chill.makeRoom(owner, { is_private: true });
    expect(await outcome('POST', `/api/rooms/${sealed}/join`, lin.token, { password: 'any' })).toEqual([
      401,
      'Invalid password',
    ]);
    const { id: open } = await chill.makeRoom(owner, { password: 'means nothing' });
    expect((await outcome('POST', `/api/rooms/${open}/join`, lin.token, {}))[0]).toBe(200);
  });

  it('DIA-118 no more come than may', async () => {
    const { id } = await chill.makeRoom(await newcomer(), { max_participants: 2 });
    expect((await outcome('POST', `/api/rooms/${id}/join`, lin.token, {}))[0]).toBe(200);
    expect(await outcome('POST', `/api/rooms/${id}/join`, ada.token, {})).toEqual([400, 'Room is full']);
  });

  it('DIA-118 leaves again, but for the owner', async () => {
    const owner = await newcomer();
    const { id } = await chill.makeRoom(owner);
    await chill.ask('POST', `/api/rooms/${id}/join`, lin.token, {});
    const leave = `/api/rooms/${id}/leave`;
    expect(await outcome('POST', leave, lin.token)).toEqual([200, 'Left room successfully']);
    expect(await outcome('POST', leave, lin.token)).toEqual([400, 'Not in this room']);
    expect(await outcome('POST', leave, owner.token)).toEqual([
      400,
      'Room owner cannot leave. Delete the room instead.',
    ]);
    expect(await outcome('POST', `/api/rooms/${unknownId}/leave`, lin.token)).toEqual([404, 'Room not found']);
  });

  it('DIA-118 participants are told to participants, people by every door among them', async () => {
    const { id } = await chill.makeRoom(await newcomer());
    const path = `/api/rooms/${id}/participants`;
    expect(await outcome('GET', path, lin.token)).toEqual([403, 'Access denied']);
    await chill.ask('POST', `/api/rooms/${id}/join`, lin.token, {});
    const { participants } = (await chill.ask('GET', path, lin.token)).body;
    expect(participants.map((is: { user_name: string; role: string }) => [is.user_name, is.role])).toEqual([
      ['Grace', 'owner'],
      ['Lin', 'participant'],
    ]);
    expect(await outcome('GET', `/api/rooms/${unknownId}/participants`, lin.token)).toEqual([404, 'Room not found']);
  });

  it('DIA-118 somebody banned by the web client’s owner stays out', async () => {
    const web = await createRoom(chill.url, { visibility: 'public' });
    const guest = await newcomer();
    await chill.ask('POST', `/api/rooms/${web.room.id}/join`, guest.token, {});
    const { body } = await chill.app.ask('GET', `/api/v2/rooms/${web.room.id}/members`, { token: web.token });
    const member = body.items.find((is: { name: string }) => is.name === 'Grace');
    const path = `/api/v2/rooms/${web.room.id}/members/${member.id}?ban=true`;
    expect((await chill.app.ask('DELETE', path, { token: web.token })).status).toBe(204);
    expect(await outcome('GET', `/api/rooms/${web.room.id}`, guest.token)).toEqual([403, 'Access denied']);
    expect(await outcome('POST', `/api/rooms/${web.room.id}/join`, guest.token, {})).toEqual([403, 'Access denied']);
  });
});

describe('changing a room', () => {
  it('DIA-119 is the owner’s; the web client sees it', async () => {
    const owner = await newcomer();
    const { id } = await chill.makeRoom(owner);
    const path = `/api/rooms/${id}`;
    const viewer = await joinRoom(chill.url, `${id.slice(0, 14)}7${id.slice(15)}`, { name: 'Web' });
    const change = { name: 'Renamed', description: 'Anew', language: 'python', max_participants: 12 };
    const { status, body } = await chill.ask('PUT', path, owner.token, change);
    expect([status, body]).toMatchObject([200, { message: 'Room updated successfully', room: change }]);
    const { body: seen } = await chill.app.ask('GET', `/api/v2/rooms/${viewer.room.id}`, { token: viewer.token });
    expect(seen).toMatchObject({ title: 'Renamed', description: 'Anew', language: 'python', capacity: 12 });
    await chill.ask('POST', `${path}/join`, lin.token, {});
    expect(await outcome('PUT', path, lin.token, { name: 'Mine' })).toEqual([
      403,
      'Only room owner can update settings',
    ]);
    expect(await outcome('PUT', `/api/rooms/${unknownId}`, owner.token, {})).toEqual([404, 'Room not found']);
    expect(await outcome('PUT', path, owner.token, {})).toEqual([200, 'Room updated successfully']);
    for (const [wrong, error] of [
      [{ name: 'ab' }, 'Room name must be at least 3 characters'],
      [{ name: 'x'.repeat(101) }, 'Room name must be less than 100 characters'],
      [{ description: 'x'.repeat(501) }, 'Description must be less than 500 characters'],
      [{ language: 'css' }, 'Unsupported language: css'],
      [{ max_participants: 1 }, 'Cannot reduce capacity below current participant count'],
      [{ max_participants: null }, 'Failed to update room'],
      ['{', 'Failed to update room'],
    ] as const) {
      expect(await outcome('PUT', path, owner.token, wrong)).toEqual([400, error]);
    }
  });

  it('DIA-119 deleting is the owner’s, and then there is nothing', async () => {
    const owner = await newcomer();
    const { id } = await chill.makeRoom(owner);
    const path = `/api/rooms/${id}`;
    expect(await outcome('DELETE', path, lin.token)).toEqual([403, 'Only room owner can delete room']);
    expect(await outcome('DELETE', path, owner.token)).toEqual([200, 'Room deleted successfully']);
    expect(await outcome('DELETE', path, owner.token)).toEqual([404, 'Room not found']);
    expect(await outcome('GET', path, owner.token)).toEqual([404, 'Room not found']);
  });
});

describe('what is nowhere', () => {
  it('DIA-120 is told in CodeChill’s shape, also for what is switched off', async () => {
    for (const path of ['/api/nothing-here', '/api/auth/nothing', '/api/rooms/a/b/c', '/api/users/nothing/x/y']) {
      const { status, body } = await chill.ask('GET', path, ada.token);
      if (path !== '/api/nothing-here') expect([path, status, body]).toEqual([path, 404, { error: 'Not found' }]);
      expect(status).toBe(404);
    }
    const wrong = await chill.ask('DELETE', '/api/auth/login', ada.token);
    expect([wrong.status, wrong.body]).toEqual([405, { error: 'Method not allowed' }]);
    await using off = await openCodeChill({ EXECUTION: 'off', DIALECTS: 'codecast' });
    const { status, body } = await off.ask('GET', '/api/rooms');
    expect([status, body]).toEqual([404, { error: 'CodeChill is switched off on this server.' }]);
  });

  it('DIA-120 the address of the API says what is where, to pages of any site', async () => {
    const { body } = await chill.ask('GET', '/api');
    expect(body).toEqual({
      name: 'CodeChill API',
      version: '1.0.0',
      description: 'Real-time collaborative coding platform API',
      endpoints: { auth: '/api/auth', rooms: '/api/rooms', websocket: '/socket.io' },
    });
    const answer = await fetch(`${chill.url}/api/rooms`, { headers: { origin: 'http://localhost:4200' } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:4200');
    expect((await chill.ask('GET', '/health')).body).toMatchObject({ status: 'healthy' });
  });

  it('DIA-120 too many requests are refused in its words', async () => {
    await using strict = await openCodeChill({ EXECUTION: 'off', RATE_LIMITS: 'on' }, { ratePoints: { requests: 3 } });
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await strict.ask('GET', '/api')).status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
    expect((await strict.ask('GET', '/api')).body).toEqual({ error: 'Rate limit exceeded' });
  });
});
