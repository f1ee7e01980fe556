import { limits, type RoomEntry } from '@coderoom/protocol';
import { createRoom, joinRoom, pause, request, until } from '@coderoom/testkit';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMember } from './room-member.ts';
import { openApp, type RunningApp } from './running-app.ts';

const graceMs = 300;
let app: RunningApp;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' }, { presenceGraceMs: graceMs });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

async function enter() {
  const owner = await createRoom(app.url, { name: 'Ada' });
  return { owner, editor: await joinRoom(app.url, owner.room.id, { name: 'Lin' }) };
}
const api = (entry: RoomEntry, method: string, path = '', body?: object) =>
  request(app.url, `/api/v2/rooms/${entry.room.id}${path}`, {
    method,
    token: entry.token,
    ...(body === undefined ? {} : { body }),
  });

/** How a handshake is refused. */
async function refusalOf(auth: object, options: object = {}): Promise<{ message: string; data?: { code?: string } }> {
  const socket = io(app.url, { auth, transports: ['websocket'], forceNew: true, reconnection: false, ...options });
  try {
    return await new Promise((resolve, reject) => {
      socket.on('connect_error', resolve as (error: Error) => void);
      socket.on('connect', () => reject(new Error('it was let in')));
    });
  } finally {
    socket.close();
  }
}

describe('a member’s connection', () => {
  it('EVENT-1 begins with everything there is to know', async () => {
    const { owner, editor } = await enter();
    const a = await openMember(app.url, owner.token);
    expect(a.welcome).toMatchObject({ room: owner.room, memberId: owner.member.id, run: null });
    expect(a.welcome.members).toEqual([{ ...owner.member, online: true }]);
    const b = await openMember(app.url, editor.token);
    expect(b.welcome.members.map(({ id }) => id)).toEqual([owner.member.id, editor.member.id]);
    expect((await a.next('member:joined')).member).toEqual({ ...editor.member, online: true });
    a.expectNoGap();
    b.close();
    a.close();
  });

  it('EVENT-2 every event reaches everybody, numbered without gaps, whoever asked and by whichever way', async () => {
    const { owner, editor } = await enter();
    const [a, b] = [await openMember(app.url, owner.token), await openMember(app.url, editor.token)];
    await a.ask('room:update', { title: 'Sorting' });
    await b.ask('member:update', { memberId: editor.member.id, name: 'Lin Zhi' });
    await api(owner, 'PATCH', `/members/${editor.member.id}`, { role: 'viewer' });
    await api(owner, 'PATCH', '', { capacity: 7 });
    await api(owner, 'POST', '/end');
    for (const member of [a, b]) {
      await until('the end', () => member.all('room:updated').at(-1)?.room.status === 'ended');
      const names = member.names().filter((name) => name !== 'member:joined');
      expect(names).toEqual(['room:updated', 'member:updated', 'member:updated', 'room:updated', 'room:updated']);
      expect(member.all('room:updated').map(({ room }) => [room.title, room.capacity, room.status])).toEqual([
        ['Sorting', limits.roomCapacityDefault, 'active'],
        ['Sorting', 7, 'active'],
        ['Sorting', 7, 'ended'],
      ]);
      expect(member.all('member:updated').map(({ member: { name, role } }) => [name, role])).toEqual([
        ['Lin Zhi', 'editor'],
        ['Lin Zhi', 'viewer'],
      ]);
      member.expectNoGap();
      member.close();
    }
  });

  it('EVENT-3 nothing is missed or doubled by those who come while things happen', async () => {
    const { owner } = await enter();
    const a = await openMember(app.url, owner.token);
    let isOver = false;
    const busy = (async () => {
      for (let i = 0; !isOver; i++) await a.ask('room:update', { title: `Title ${i}` });
    })();
    const newcomers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const { token } = await joinRoom(app.url, owner.room.id);
        return openMember(app.url, token);
      }),
    );
    isOver = true;
    await busy;
    const last = a.all('room:updated').at(-1)?.room.title ?? '';
    for (const member of newcomers) {
      await until(
        'the last title',
        () => (member.all('room:updated').at(-1)?.room ?? member.welcome.room).title === last,
      );
      member.expectNoGap();
    }
    a.expectNoGap();
    for (const member of [a, ...newcomers]) member.close();
  });

  it('EVENT-4 leaving is told after a grace, a reload is not told at all', async () => {
    const { owner, editor } = await enter();
    const a = await openMember(app.url, owner.token);
    const first = await openMember(app.url, editor.token);
    first.close();
    const second = await openMember(app.url, editor.token);
    await pause(graceMs * 2);
    expect(a.names()).toEqual(['member:joined']);
    second.close();
    expect((await a.next('member:left')).memberId).toBe(editor.member.id);
    const { body } = await api(owner, 'GET', '/members');
    expect((body as { items: { online: boolean }[] }).items.map(({ online }) => online)).toEqual([true, false]);
    a.close();
  });

  it('EVENT-5 who is removed is disconnected at once, hears why, and does not come back; the others stay', async () => {
    const { owner, editor } = await enter();
    const [a, b] = [await openMember(app.url, owner.token), await openMember(app.url, editor.token)];
    await api(owner, 'DELETE', `/members/${editor.member.id}`);
    expect(await b.disconnected()).toBe('io server disconnect');
    expect(b.all('member:left')).toMatchObject([{ memberId: editor.member.id }]);
    expect((await a.next('member:left')).memberId).toBe(editor.member.id);
    expect((await refusalOf({ token: editor.token })).data?.code).toBe('membership_ended');
    await pause(graceMs * 2);
    expect(a.isConnected()).toBe(true);
    expect(a.all('member:left')).toHaveLength(1);
    a.close();
  });

  it('EVENT-5 when a room is deleted all hear it and are disconnected', async () => {
    const { owner, editor } = await enter();
    const members = [await openMember(app.url, owner.token), await openMember(app.url, editor.token)];
    await api(owner, 'DELETE');
    for (const member of members) {
      expect(await member.disconnected()).toBe('io server disconnect');
      expect(member.all('room:deleted')).toHaveLength(1);
    }
  });

  it('ROOM-6 a full room lets nobody in by event socket either', async () => {
    const owner = await createRoom(app.url, { capacity: 2 });
    const editor = await joinRoom(app.url, owner.room.id);
    await api(editor, 'POST', '/leave');
    const next = await joinRoom(app.url, owner.room.id);
    const b = await openMember(app.url, next.token);
    await openMember(app.url, owner.token).then((member) => member.close());
    expect((await refusalOf({ token: editor.token })).data?.code).toBe('membership_ended');
    b.close();
  });
});

describe('what a client may send', () => {
  it('EVENT-6 every event is acknowledged; refusals have a code of the error table', async () => {
    const { owner, editor } = await enter();
    const b = await openMember(app.url, editor.token);
    expect(await b.ask('room:update', { title: 'Mine' })).toMatchObject({ ok: true, room: { title: 'Mine' } });
    expect(await b.refusal('room:update', { capacity: 3 })).toBe('forbidden');
    expect(await b.refusal('room:update', { language: 'nope' })).toBe('language_not_found');
    expect(await b.refusal('member:update', { memberId: owner.member.id, name: 'x' })).toBe('forbidden');
    expect(await b.refusal('member:update', { memberId: owner.member.id, role: 'viewer' })).toBe('forbidden');
    expect(await b.refusal('run:start', {})).toBe('execution_off');
    await api(owner, 'POST', '/end');
    expect(await b.refusal('room:update', { title: 'Yours' })).toBe('room_ended');
    b.close();
  });

  it('EVENT-7 junk is answered with invalid_request, and changes nothing', async () => {
    const { owner } = await enter();
    const a = await openMember(app.url, owner.token);
    const junk: [string, unknown][] = [
      ['room:update', null],
      ['room:update', []],
      ['room:update', 'title'],
      ['room:update', {}],
      ['room:update', { title: 7 }],
      ['room:update', { title: 'x', id: 'y' }],
      ['room:update', { title: 'x'.repeat(10_000) }],
      ['room:update', JSON.parse('{"title":"x","__proto__":{"status":"ended"}}')],
      ['room:update', new Uint8Array([1, 2, 3])],
      ['member:update', { memberId: owner.member.id }],
      ['member:update', { memberId: 7, name: 'x' }],
      ['member:update', { memberId: owner.member.id, role: 'owner' }],
      ['run:stdin', { data: 'x' }],
      ['run:stdin', { runId: 'x', data: ['y'] }],
      ['run:cancel', undefined],
      ['token:renew', { please: true }],
      ['room:welcome', {}],
      ['room:deleted', { seq: 1 }],
      ['constructor', {}],
      ['__proto__', {}],
      ['no such event', { a: 1 }],
    ];
    for (const [name, payload] of junk)
      expect(await a.refusal(name, payload), `${name} ${JSON.stringify(payload)}`).toBe('invalid_request');
    a.emit('room:update');
    a.emit('room:update', { title: 'without asking for an answer' });
    await until('the title', () => a.all('room:updated').at(-1)?.room.title === 'without asking for an answer');
    expect(a.names()).toEqual(['room:updated']);
    expect(a.isConnected()).toBe(true);
    a.close();
  });

  it('EVENT-8 an event larger than allowed ends the connection it came by, and no other', async () => {
    const { owner, editor } = await enter();
    const [a, b] = [await openMember(app.url, owner.token), await openMember(app.url, editor.token)];
    b.emit('room:update', { title: 'x'.repeat(limits.eventMaxBytes + 1) });
    await b.disconnected();
    await a.ask('room:update', { title: 'still here' });
    b.close();
    a.close();
  });

  it('EVENT-8 broken packets end the connection they came by, and no other', async () => {
    const { owner } = await enter();
    const a = await openMember(app.url, owner.token);
    const { default: WebSocket } = await import('ws');
    for (const packet of [
      'junk',
      '4',
      '49',
      '42["room:update",',
      '451-["x",{"_placeholder":true,"num":9e9}]',
      '40{"token":',
    ]) {
      const socket = new WebSocket(`${app.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.on('error', () => {});
      socket.on('open', () => socket.send(packet));
      await until(`the end of who sent ${packet}`, () => {
        // What cannot be understood is closed; what is merely incomplete waits for its time-out.
        if (socket.readyState === WebSocket.OPEN) socket.send('garbage');
        return socket.readyState === WebSocket.CLOSED;
      });
      await closed;
    }
    await a.ask('room:update', { title: 'unharmed' });
    a.close();
  });

  it('LIMIT-4 a socket that floods is refused, then closed', async () => {
    const ratePoints = { events: 5 };
    await using strict = await openApp({ EXECUTION: 'off', RATE_LIMITS: 'on' }, { ratePoints });
    const owner = await createRoom(strict.url);
    const editor = await joinRoom(strict.url, owner.room.id);
    const [a, b] = [await openMember(strict.url, owner.token), await openMember(strict.url, editor.token)];
    for (let i = 0; i < ratePoints.events; i++) await a.ask('room:update', { title: `${i}` });
    expect(await a.refusal('room:update', { title: 'one too many' })).toBe('rate_limited');
    for (let i = 0; i <= limits.eventsRefusedMax; i++) a.emit('room:update', { title: 'flood' });
    await a.disconnected();
    await b.ask('room:update', { title: 'calm' });
    b.close();
  });
});

describe('limits that both ways share', () => {
  it('LIMIT-1 runs started by event and by request are counted together', async () => {
    const ratePoints = { runs: 2 };
    await using strict = await openApp({ EXECUTION: 'off', RATE_LIMITS: 'on' }, { ratePoints });
    const owner = await createRoom(strict.url);
    const a = await openMember(strict.url, owner.token);
    expect(await a.refusal('run:start', {})).toBe('execution_off');
    const path = `/api/v2/rooms/${owner.room.id}/runs`;
    expect((await strict.ask('POST', path, { token: owner.token, body: {} })).body.code).toBe('execution_off');
    expect(await a.refusal('run:start', {})).toBe('rate_limited');
    expect((await strict.ask('POST', path, { token: owner.token, body: {} })).body.code).toBe('rate_limited');
    a.close();
  });
});

describe('changes at the same time', () => {
  it('EVENT-9 what is told last of a member or a room is how it is: no change brings an old role or title back', async () => {
    const owner = await createRoom(app.url);
    const path = `/api/v2/rooms/${owner.room.id}`;
    const a = await openMember(app.url, owner.token);
    for (let round = 0; round < 10; round++) {
      const editor = await joinRoom(app.url, owner.room.id);
      const b = await openMember(app.url, editor.token);
      const { id: memberId } = editor.member;
      await Promise.all([
        b.ask('member:update', { memberId, name: `Ben ${round}` }),
        a.ask('member:update', { memberId, role: 'viewer' }),
        a.ask('room:update', { title: `Round ${round}` }),
        a.ask('room:update', { capacity: round + 10 }),
        b.ask('member:update', { memberId, name: `Bea ${round}` }),
      ]);
      const { body: room } = await app.ask('GET', path, { token: owner.token });
      const { body: members } = await app.ask('GET', `${path}/members`, { token: owner.token });
      const told = a.all('member:updated').filter(({ member }) => member.id === memberId);
      expect(told.at(-1)?.member).toEqual(members.items.at(-1));
      expect(a.all('room:updated').at(-1)?.room).toEqual(room);
      b.close();
      await app.ask('DELETE', `${path}/members/${memberId}`, { token: owner.token });
    }
    a.close();
  });
});

describe('who may connect', () => {
  it('TOKEN-7 no token, a broken one and one of a member who is none are refused with a code', async () => {
    const { owner } = await enter();
    const [header, claims] = owner.token.split('.');
    const refused: [object, string][] = [
      [{}, 'token_missing'],
      [{ token: '' }, 'token_missing'],
      [{ token: 'junk' }, 'token_invalid'],
      [{ token: ['x'] }, 'token_invalid'],
      [{ token: { $ne: null } }, 'token_invalid'],
      [{ token: `${header}.${claims}.` }, 'token_invalid'],
      [{ token: 'x'.repeat(100_000) }, 'token_invalid'],
    ];
    for (const [auth, code] of refused) expect((await refusalOf(auth)).data, code).toMatchObject({ code });
  });

  it('GATE-2 a foreign origin is refused on both transports, by 403', async () => {
    const { owner } = await enter();
    for (const transport of ['websocket', 'polling']) {
      const extraHeaders = { origin: 'https://evil.test' };
      const error = await refusalOf({ token: owner.token }, { transports: [transport], extraHeaders });
      expect(error.data, transport).toBeUndefined();
    }
    const polling = await request(app.url, '/socket.io/?EIO=4&transport=polling', {
      headers: { origin: 'https://evil.test' },
    });
    expect(polling.status).toBe(403);
    expect(polling.body).toMatchObject({ code: 'origin_refused' });
    const { default: WebSocket } = await import('ws');
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, {
      origin: 'https://evil.test',
    });
    const error = await new Promise<Error>((resolve) => socket.on('error', resolve));
    expect(error.message).toContain('403');
    const own = await request(app.url, '/socket.io/?EIO=4&transport=polling', { headers: { origin: app.url } });
    expect(own.status).toBe(200);
  });

  it('works by polling alone', async () => {
    const { owner } = await enter();
    const socket = io(app.url, { auth: { token: owner.token }, transports: ['polling'], forceNew: true });
    const welcome = await new Promise<{ memberId: string }>((resolve) => socket.on('room:welcome', resolve));
    expect(welcome.memberId).toBe(owner.member.id);
    socket.close();
  });

  it('TOKEN-5 the connection ends with its token, unless that is renewed', async () => {
    await using short = await openApp({ EXECUTION: 'off' }, { tokenTtlMs: 3_000 });
    const owner = await createRoom(short.url);
    const editor = await joinRoom(short.url, owner.room.id);
    const [a, b] = [await openMember(short.url, owner.token), await openMember(short.url, editor.token)];
    await pause(1_200);
    const renewed = await a.ask('token:renew', {});
    expect(Date.parse(renewed.tokenExpiresAt)).toBeGreaterThan(Date.parse(owner.tokenExpiresAt));
    expect(await b.disconnected()).toBe('io server disconnect');
    expect(a.isConnected()).toBe(true);
    expect(Date.now()).toBeLessThan(Date.parse(renewed.tokenExpiresAt));
    expect(await a.disconnected()).toBe('io server disconnect');
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(renewed.tokenExpiresAt) - 50);
  });
});
