import type { AccountServerEvents, Friend } from '@coderoom/protocol';
import { pause, until } from '@coderoom/testkit';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClosed, knockOnAll, openEvents } from './doors.ts';
import { login, register, type SignedInPerson } from './people.ts';
import { askIn, enter, knock, makeRoom, rooms, tryJoin } from './room-people.ts';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

const graceMs = 200;
const unknown = '01a1fe2f-082f-73a8-889d-bc69e9fae24f';
let app: RunningApp;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' }, { presenceGraceMs: graceMs });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const as = (person: SignedInPerson, method: string, path: string, body?: object) =>
  app.ask(method, `/api/v2/${path}`, { token: person.accessToken, ...(body === undefined ? {} : { body }) });
const friendsOf = async (person: SignedInPerson): Promise<Friend[]> => (await as(person, 'GET', 'friends')).body.items;
const statesOf = async (person: SignedInPerson) =>
  (await friendsOf(person)).map((friend) => [friend.person.name, friend.state]);

async function pair(): Promise<[SignedInPerson, SignedInPerson]> {
  return [await register(app, { name: 'Ada' }), await register(app, { name: 'Grace' })];
}

async function befriend(a: SignedInPerson, b: SignedInPerson): Promise<void> {
  await as(a, 'POST', 'friends', { accountId: b.account.id });
  await as(b, 'POST', `friends/${a.account.id}/accept`);
}

/** Connected to `/account`, with all that was told. */
async function listen(person: SignedInPerson, token = person.accessToken) {
  const socket = io(`${app.url}/account`, {
    auth: { token },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  });
  const heard: { name: string; event: unknown }[] = [];
  socket.onAny((name: string, event: unknown) => heard.push({ name, event }));
  let closed = false;
  socket.on('disconnect', () => {
    closed = true;
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('account:welcome', () => resolve());
    socket.on('connect_error', (error) => reject(new Error((error as Error & { data?: { code: string } }).data?.code)));
  });
  const all = <Name extends keyof AccountServerEvents>(name: Name) =>
    heard.filter((one) => one.name === name).map(({ event }) => event as Parameters<AccountServerEvents[Name]>[0]);
  return {
    socket,
    heard,
    all,
    last: <Name extends keyof AccountServerEvents>(name: Name) => until(name, () => all(name).at(-1)),
    closed: () => until('the end of the connection', () => closed),
    close: () => socket.close(),
  };
}

describe('friends', () => {
  it('FRIEND-1 are asked by account or e-mail, and accept, decline, withdraw, part', async () => {
    const [ada, grace] = await pair();
    expect((await as(ada, 'POST', 'friends', { accountId: grace.account.id })).status).toBe(202);
    expect(await statesOf(ada)).toEqual([['Grace', 'outgoing']]);
    expect(await statesOf(grace)).toEqual([['Ada', 'incoming']]);
    expectProblem(await as(ada, 'POST', `friends/${grace.account.id}/accept`), 'friend_not_found');
    const accepted = await as(grace, 'POST', `friends/${ada.account.id}/accept`);
    expect(accepted.body).toMatchObject({ person: { id: ada.account.id, name: 'Ada' }, state: 'accepted' });
    expect(await statesOf(ada)).toEqual([['Grace', 'accepted']]);
    expect((await as(ada, 'DELETE', `friends/${grace.account.id}`)).status).toBe(204);
    expect([await statesOf(ada), await statesOf(grace)]).toEqual([[], []]);
    expectProblem(await as(ada, 'DELETE', `friends/${grace.account.id}`), 'friend_not_found');

    await as(grace, 'POST', 'friends', { email: ada.email.toUpperCase() });
    expect(await statesOf(ada)).toEqual([['Grace', 'incoming']]);
    expect((await as(ada, 'DELETE', `friends/${grace.account.id}`)).status).toBe(204);
    await as(grace, 'POST', 'friends', { email: ada.email });
    expect((await as(grace, 'DELETE', `friends/${ada.account.id}`)).status).toBe(204);
    expect(await statesOf(ada)).toEqual([]);
  });

  it('FRIEND-1 one is none of oneself, nor of nobody; an unknown address is answered as a known one', async () => {
    const [ada, grace] = await pair();
    expectProblem(await as(ada, 'POST', 'friends', { accountId: ada.account.id }), 'friend_is_self');
    expectProblem(await as(ada, 'POST', 'friends', { email: ada.email }), 'friend_is_self');
    expectProblem(await as(ada, 'POST', 'friends', { accountId: unknown }), 'person_not_found');
    expectProblem(await as(ada, 'POST', 'friends', { accountId: "' or 1=1" }), 'person_not_found');
    for (const body of [{}, { email: 'x' }, { email: 'a@b.c', accountId: unknown }, { accountId: ['x'] }]) {
      expectProblem(await as(ada, 'POST', 'friends', body), 'invalid_request');
    }
    const [known, nobody] = [
      await as(ada, 'POST', 'friends', { email: grace.email }),
      await as(ada, 'POST', 'friends', { email: 'nobody@example.org' }),
    ];
    expect([nobody.status, nobody.body]).toEqual([known.status, known.body]);
  });

  it('FRIEND-2 requests that cross make friends, however many are sent at once, and there is never a second one', async () => {
    for (let round = 0; round < 3; round++) {
      const [ada, grace] = await pair();
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) => {
          const [from, to] = index % 2 === 0 ? [ada, grace] : [grace, ada];
          return as(from, 'POST', 'friends', { accountId: to.account.id });
        }),
      );
      expect(answers.every(({ status }) => status === 202)).toBe(true);
      expect(await statesOf(ada)).toEqual([['Grace', 'accepted']]);
      expect(await statesOf(grace)).toEqual([['Ada', 'accepted']]);
    }
  });

  it('FRIEND-3 need a sign-in', async () => {
    const guest = await makeRoom(app);
    for (const [method, path] of [
      ['GET', 'friends'],
      ['POST', 'friends'],
      ['POST', `friends/${unknown}/accept`],
      ['DELETE', `friends/${unknown}`],
      ['GET', 'blocks'],
      ['PUT', `blocks/${unknown}`],
      ['DELETE', `blocks/${unknown}`],
      ['GET', 'people?search=a'],
      ['GET', `people/${unknown}`],
      ['GET', 'me/rooms'],
      ['GET', 'me/invitations'],
      ['DELETE', `me/invitations/${unknown}`],
    ] as const) {
      const body = path === 'friends' && method === 'POST' ? { accountId: unknown } : undefined;
      const options = body === undefined ? {} : { body };
      expectProblem(await app.ask(method, `/api/v2/${path}`, options), 'sign_in_required');
      expectProblem(await app.ask(method, `/api/v2/${path}`, { ...options, token: guest.token }), 'sign_in_required');
      expectProblem(await app.ask(method, `/api/v2/${path}`, { ...options, token: 'junk' }), 'token_invalid');
    }
  });
});

describe('people', () => {
  it('FRIEND-4 are found by a whole e-mail or the beginning of a name, and no e-mail is told', async () => {
    const ada = await register(app, { name: 'Ada' });
    const mark = await register(app, { name: 'Zoë Marklund' });
    const find = async (search: string) =>
      (await as(ada, 'GET', `people?search=${encodeURIComponent(search)}`)).body.items;
    const person = { id: mark.account.id, name: 'Zoë Marklund', picture: null };
    for (const search of [mark.email, mark.email.toUpperCase(), 'zoë m', 'ZOË'])
      expect(await find(search)).toEqual([person]);
    for (const search of ['Marklund', mark.email.slice(0, -1), mark.email.split('@')[0] ?? '', '%', '_', ' ', '@']) {
      expect(await find(search), search).toEqual([]);
    }
    expect((await find('Ada')).map(({ id }: { id: string }) => id)).not.toContain(ada.account.id);
    expect((await as(ada, 'GET', `people/${mark.account.id}`)).body).toEqual(person);
    expectProblem(await as(ada, 'GET', `people/${unknown}`), 'person_not_found');
    expectProblem(await as(ada, 'GET', 'people?search='), 'invalid_request');
    expectProblem(await as(ada, 'GET', 'people'), 'invalid_request');
  });
});

describe('blocking', () => {
  it('FRIEND-5 ends a friendship; the blocked see nothing of who blocked them and nothing of the block', async () => {
    const [ada, grace] = await pair();
    await befriend(ada, grace);
    const socket = await listen(grace);
    expect((await as(ada, 'PUT', `blocks/${grace.account.id}`)).status).toBe(204);
    expect((await as(ada, 'PUT', `blocks/${grace.account.id}`)).status).toBe(204);
    expect((await as(ada, 'GET', 'blocks')).body.items).toMatchObject([{ id: grace.account.id }]);
    expect((await socket.last('friend:removed')).person.id).toBe(ada.account.id);
    expect([await statesOf(ada), await statesOf(grace)]).toEqual([[], []]);
    expect((await as(grace, 'GET', `people?search=${ada.email}`)).body.items).toEqual([]);
    expectProblem(await as(grace, 'GET', `people/${ada.account.id}`), 'person_not_found');

    // Asking seems to work, and reaches nobody.
    const adasSocket = await listen(ada);
    expect((await as(grace, 'POST', 'friends', { accountId: ada.account.id })).status).toBe(202);
    expect(await statesOf(grace)).toEqual([['Ada', 'outgoing']]);
    expect(await statesOf(ada)).toEqual([]);
    await pause(graceMs);
    expect(adasSocket.all('friend:requested')).toEqual([]);
    expect(socket.all('friend:presence')).toEqual([]);
    expectProblem(await as(ada, 'POST', `friends/${grace.account.id}/accept`), 'friend_not_found');
    expectProblem(await as(ada, 'POST', 'friends', { accountId: grace.account.id }), 'person_blocked');

    expect((await as(ada, 'DELETE', `blocks/${grace.account.id}`)).status).toBe(204);
    expectProblem(await as(ada, 'DELETE', `blocks/${grace.account.id}`), 'person_not_found');
    await as(ada, 'POST', 'friends', { accountId: grace.account.id });
    expect(await statesOf(ada)).toEqual([['Grace', 'accepted']]);
    for (const open of [socket, adasSocket]) open.close();
  });

  it('FRIEND-5 is not of oneself or nobody', async () => {
    const ada = await register(app);
    expectProblem(await as(ada, 'PUT', `blocks/${ada.account.id}`), 'friend_is_self');
    expectProblem(await as(ada, 'PUT', `blocks/${unknown}`), 'person_not_found');
  });
});

describe('connections of an account', () => {
  it('FRIEND-6 tell of requests, of friends, and of who is there', async () => {
    const [ada, grace] = await pair();
    const [a, g] = [await listen(ada), await listen(grace)];
    await as(ada, 'POST', 'friends', { accountId: grace.account.id });
    expect((await g.last('friend:requested')).person).toEqual({ id: ada.account.id, name: 'Ada', picture: null });
    await as(grace, 'POST', `friends/${ada.account.id}/accept`);
    expect(await a.last('friend:accepted')).toMatchObject({ person: { id: grace.account.id }, online: true });
    expect((await friendsOf(ada))[0]?.online).toBe(true);

    const second = await listen(grace);
    expect(second.all('account:welcome')).toEqual([{ online: [ada.account.id] }]);
    second.close();
    g.close();
    expect(await a.last('friend:presence')).toEqual({ accountId: grace.account.id, online: false });
    expect((await friendsOf(ada))[0]?.online).toBe(false);
    // A reload is not told at all.
    const third = await listen(grace);
    await until('the return', () => a.all('friend:presence').at(-1)?.online);
    third.close();
    const fourth = await listen(grace);
    await pause(2 * graceMs);
    expect(a.all('friend:presence').map(({ online }) => online)).toEqual([false, true]);
    await as(ada, 'DELETE', `friends/${grace.account.id}`);
    expect((await fourth.last('friend:removed')).person.id).toBe(ada.account.id);
    for (const open of [a, fourth]) open.close();
  });

  it('FRIEND-6 strangers are told nothing', async () => {
    const [ada, grace] = await pair();
    const a = await listen(ada);
    await as(grace, 'POST', 'friends', { accountId: ada.account.id });
    await a.last('friend:requested');
    const g = await listen(grace);
    g.close();
    await pause(3 * graceMs);
    expect(a.all('friend:presence')).toEqual([]);
    expect((await friendsOf(ada))[0]?.online).toBe(false);
    a.close();
  });

  it('FRIEND-7 open by an account token only, and end with the sign-in, saying so, or with the token', async () => {
    const ada = await register(app);
    const guest = await makeRoom(app);
    for (const [token, code] of [
      ['', 'sign_in_required'],
      ['junk', 'token_invalid'],
      [guest.token, 'sign_in_required'],
      [ada.refreshToken, 'token_invalid'],
    ] as const) {
      await expect(listen(ada, token)).rejects.toThrow(code);
    }
    const other = await login(app, ada);
    const [first, second] = [await listen(ada), await listen(ada, other.accessToken)];
    await as(ada, 'POST', 'auth/logout', {});
    await first.closed();
    expect(first.all('session:ended')).toEqual([{}]);
    await pause(graceMs);
    expect(second.all('session:ended')).toEqual([]);
    await expect(listen(ada)).rejects.toThrow('session_ended');
    second.close();
  });

  it('FRIEND-7 go on with a new token of the same sign-in, and take nothing else', async () => {
    await using short = await openApp({ EXECUTION: 'off' }, { accessTokenTtlMs: 3_000 });
    const [ada, grace] = [await register(short), await register(short)];
    const open = (token: string) =>
      io(`${short.url}/account`, { auth: { token }, transports: ['websocket'], forceNew: true, reconnection: false });
    const [kept, dropped] = [open(ada.accessToken), open(ada.accessToken)];
    await until('both', () => kept.connected && dropped.connected);
    await pause(1_200);
    const refreshed = await short.ask('POST', '/api/v2/auth/refresh', { body: { refreshToken: ada.refreshToken } });
    const renew = (payload: unknown) => kept.emitWithAck('token:renew', payload);
    for (const [payload, code] of [
      [{ accessToken: grace.accessToken }, 'token_invalid'],
      [{ accessToken: 'junk' }, 'token_invalid'],
      [{}, 'invalid_request'],
      [{ accessToken: refreshed.body.accessToken, more: 1 }, 'invalid_request'],
      [null, 'invalid_request'],
    ] as const) {
      expect(await renew(payload), code).toMatchObject({ ok: false, error: { code } });
    }
    expect(await kept.emitWithAck('friend:accepted', {})).toMatchObject({ error: { code: 'invalid_request' } });
    expect(await renew({ accessToken: refreshed.body.accessToken })).toMatchObject({ ok: true });
    await until('the other one to end', () => !dropped.connected);
    expect(kept.connected).toBe(true);
    await until('the end', () => !kept.connected);
  });
});

describe('invitations', () => {
  it('INVITE-1 bring a friend past password and lobby into a private room, once', async () => {
    const [ada, grace] = await pair();
    await befriend(ada, grace);
    const token = { token: ada.accessToken };
    const owner = await makeRoom(
      app,
      { visibility: 'private', password: 'swordfish', lobby: true, title: 'Ours' },
      token,
    );
    expectProblem(await tryJoin(app, owner.room.id, {}, { token: grace.accessToken }), 'password_required');
    const g = await listen(grace);
    const { status, body } = await askIn(app, owner, 'POST', '/invitations', { accountId: grace.account.id });
    expect([status, body.room.title, body.from.id]).toEqual([201, 'Ours', ada.account.id]);
    expect((await g.last('invitation:received')).invitation).toEqual(body);
    expect((await askIn(app, owner, 'POST', '/invitations', { accountId: grace.account.id })).body).toEqual(body);
    expect(g.all('invitation:received')).toHaveLength(1);
    expect((await as(grace, 'GET', 'me/invitations')).body.items).toEqual([body]);
    expect(JSON.stringify(body)).not.toContain(owner.room.code);

    const entry = await enter(app, body.room.id, {}, { token: grace.accessToken });
    expect(entry.member).toMatchObject({ role: 'editor', accountId: grace.account.id });
    expect((await g.last('invitation:removed')).invitationId).toBe(body.id);
    expect((await as(grace, 'GET', 'me/invitations')).body.items).toEqual([]);
    await askIn(app, owner, 'DELETE', `/members/${entry.member.id}`);
    expectProblem(await tryJoin(app, owner.room.id, {}, { token: grace.accessToken }), 'password_required');
    g.close();
  });

  it('INVITE-1 wait for those who are away, and are declined', async () => {
    const [ada, grace] = await pair();
    await befriend(ada, grace);
    const owner = await makeRoom(app, { visibility: 'private' }, { token: ada.accessToken });
    const { id } = (await askIn(app, owner, 'POST', '/invitations', { accountId: grace.account.id })).body;
    expectProblem(await as(ada, 'DELETE', `me/invitations/${id}`), 'invitation_not_found');
    expect((await as(grace, 'DELETE', `me/invitations/${id}`)).status).toBe(204);
    expectProblem(await as(grace, 'DELETE', `me/invitations/${id}`), 'invitation_not_found');
    expectProblem(await tryJoin(app, owner.room.id, {}, { token: grace.accessToken }), 'room_private');
  });

  it('INVITE-2 are the owner’s to send, to friends only, and not to the banned', async () => {
    const [ada, grace] = await pair();
    const owner = await makeRoom(app, {}, { token: ada.accessToken });
    const invite = (entry: { room: typeof owner.room; token: string }, accountId: string) =>
      askIn(app, entry, 'POST', '/invitations', { accountId });
    expectProblem(await invite(owner, grace.account.id), 'not_friends');
    expectProblem(await invite(owner, unknown), 'not_friends');
    await befriend(ada, grace);
    const editor = await enter(app, owner.room.id, {}, { token: grace.accessToken });
    expectProblem(await invite(editor, ada.account.id), 'forbidden');
    expectProblem(await invite(await makeRoom(app), grace.account.id), 'sign_in_required');
    await askIn(app, owner, 'DELETE', `/members/${editor.member.id}?ban=true`);
    expectProblem(await invite(owner, grace.account.id), 'banned');
  });

  it('INVITE-3 are worth nothing when the two are friends no more', async () => {
    for (const part of ['DELETE friends', 'PUT blocks'] as const) {
      const [ada, grace] = await pair();
      await befriend(ada, grace);
      const owner = await makeRoom(app, { visibility: 'private' }, { token: ada.accessToken });
      await askIn(app, owner, 'POST', '/invitations', { accountId: grace.account.id });
      const [method = '', path] = part.split(' ');
      await as(grace, method, `${path}/${ada.account.id}`);
      expect((await as(grace, 'GET', 'me/invitations')).body.items).toEqual([]);
      expectProblem(await tryJoin(app, owner.room.id, {}, { token: grace.accessToken }), 'room_private');
    }
  });

  it('INVITE-4 of a room that waits let in when it starts, though it has a lobby', async () => {
    const [ada, grace] = await pair();
    await befriend(ada, grace);
    const owner = await makeRoom(app, { status: 'waiting', lobby: true }, { token: ada.accessToken });
    await askIn(app, owner, 'POST', '/invitations', { accountId: grace.account.id });
    const asked = await knock(app, owner.room.id, {}, { token: grace.accessToken });
    expect(asked.knock.reason).toBe('waiting');
    await askIn(app, owner, 'POST', '/start');
    const path = `${rooms}/${owner.room.id}/knocks/${asked.knock.id}`;
    expect((await app.ask('GET', path, { token: asked.token })).body.entry.member.accountId).toBe(grace.account.id);
    expect((await as(grace, 'GET', 'me/invitations')).body.items).toEqual([]);
  });
});

describe('an account in rooms', () => {
  it('MEMBER-6 is one member of a room, by whichever device, at whatever moment, and with its own name', async () => {
    const grace = await register(app, { name: 'Grace' });
    const phone = await login(app, grace);
    const owner = await makeRoom(app);
    const entries = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        enter(app, owner.room.id, {}, { token: (index % 2 === 0 ? grace : phone).accessToken }),
      ),
    );
    expect(new Set(entries.map(({ member }) => member.id)).size).toBe(1);
    expect(entries[0]?.member).toMatchObject({ name: 'Grace', accountId: grace.account.id });
    const members = (await askIn(app, owner, 'GET', '/members')).body.items;
    expect(members).toHaveLength(2);
    expect(await knockOnAll(app, owner.room.id, phone.accessToken)).toEqual({
      http: 'open',
      events: 'open',
      document: 'open',
    });
    await askIn(app, entries[0] ?? owner, 'POST', '/leave');
    expectProblem(await app.ask('GET', `${rooms}/${owner.room.id}`, { token: phone.accessToken }), 'membership_ended');
    expect((await enter(app, owner.room.id, {}, { token: phone.accessToken })).member.id).toBe(entries[0]?.member.id);
  });

  it('ROOM-22 has a list of its rooms, with the role in each, the one used last first', async () => {
    const ada = await register(app, { name: 'Ada' });
    const [own, other] = [
      await makeRoom(app, { title: 'Own' }, { token: ada.accessToken }),
      await makeRoom(app, { title: 'Other' }),
    ];
    await enter(app, other.room.id, {}, { token: ada.accessToken });
    const first = (await as(ada, 'GET', 'me/rooms?limit=1')).body;
    const second = (await as(ada, 'GET', `me/rooms?limit=1&before=${first.next}`)).body;
    const items = [...first.items, ...second.items];
    expect(items.map(({ title, role }: { title: string; role: string }) => [title, role]).sort()).toEqual([
      ['Other', 'editor'],
      ['Own', 'owner'],
    ]);
    expect(second.next).toBeNull();
    await askIn(app, own, 'DELETE');
    expect((await as(ada, 'GET', 'me/rooms')).body.items).toHaveLength(1);
    expectProblem(await as(ada, 'GET', 'me/rooms?before=junk'), 'invalid_request');
  });

  it('ROOM-20 keeps its rooms; a room of guests says when it expires, until somebody with an account comes', async () => {
    const ada = await register(app);
    const guests = await makeRoom(app);
    const dayMs = 24 * 60 * 60_000;
    const expiresAt = Date.parse(guests.room.expiresAt ?? '');
    expect(expiresAt - Date.now()).toBeGreaterThanOrEqual(30 * dayMs);
    expect(expiresAt - Date.now()).toBeLessThan(31 * dayMs);
    expect((await makeRoom(app, {}, { token: ada.accessToken })).room.expiresAt).toBeNull();
    const member = await enter(app, guests.room.id, {}, { token: ada.accessToken });
    expect((await askIn(app, guests, 'GET')).body.expiresAt).toBeNull();
    await askIn(app, member, 'POST', '/leave');
    expect((await askIn(app, guests, 'GET')).body.expiresAt).not.toBeNull();
  });

  it('AUTH-15 a guest’s membership becomes its own with the higher of both roles', async () => {
    const ada = await register(app, { name: 'Ada' });
    const token = ada.accessToken;
    const claim = (guest: { token: string }) => as(ada, 'POST', 'me/rooms', { tokens: [guest.token] });
    // As the owner, where the account was an editor already.
    const owner = await makeRoom(app, { name: 'Guest' });
    const before = await enter(app, owner.room.id, {}, { token });
    const door = await openEvents(app, owner.token);
    expect((await claim(owner)).body).toEqual({ claimed: 1 });
    await expectClosed(door);
    const after = await enter(app, owner.room.id, {}, { token });
    expect(after.member).toMatchObject({ id: before.member.id, role: 'owner' });
    expect((await askIn(app, after, 'GET', '/members')).body.items).toHaveLength(1);
    // As an editor, where the account had left.
    const room = await makeRoom(app);
    await askIn(app, await enter(app, room.room.id, {}, { token }), 'POST', '/leave');
    expect((await claim(await enter(app, room.room.id))).body).toEqual({ claimed: 1 });
    expect((await enter(app, room.room.id, {}, { token })).member.role).toBe('editor');
  });

  it('ROOM-28 when an account is deleted its rooms are handed over, or go with it when nobody else is in them', async () => {
    const ada = await register(app, { name: 'Ada' });
    const token = ada.accessToken;
    const [alone, shared, other] = [
      await makeRoom(app, {}, { token }),
      await makeRoom(app, {}, { token }),
      await makeRoom(app),
    ];
    const viewer = await enter(app, shared.room.id);
    const editor = await enter(app, shared.room.id);
    await askIn(app, shared, 'PATCH', `/members/${viewer.member.id}`, { role: 'viewer' });
    await enter(app, other.room.id, {}, { token });
    const door = await openEvents(app, shared.token);
    await as(ada, 'DELETE', 'me', { password: ada.password });
    await expectClosed(door);
    expectProblem(await tryJoin(app, alone.room.id), 'room_not_found');
    const members = (await askIn(app, editor, 'GET', '/members')).body.items;
    expect(members.map(({ name, role, accountId }: Record<string, unknown>) => [name, role, accountId])).toEqual([
      [viewer.member.name, 'viewer', null],
      [editor.member.name, 'owner', null],
    ]);
    expectProblem(await askIn(app, shared, 'GET'), 'session_ended');
    expect((await askIn(app, other, 'GET', '/members')).body.items).toHaveLength(1);
  });
});
