import { limits, type RoomEntry } from '@coderoom/protocol';
import { createRoom, until } from '@coderoom/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectClosed, knockOnAll, type OpenDoor, openDocument, openEvents } from './doors.ts';
import { goodPassword, login, readSignIn, register, type SignedInPerson } from './people.ts';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

let app: RunningApp;
/** How far the server's clock is ahead of ours. */
let aheadMs = 0;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' }, { now: () => Date.now() + aheadMs });
});
beforeEach(() => {
  aheadMs = 0;
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const refresh = (refreshToken: string) => app.ask('POST', '/api/v2/auth/refresh', { body: { refreshToken } });
const getAccount = (token: string) => app.ask('GET', '/api/v2/me', { token });

/** A room that somebody made as a guest and then took along into their account. */
async function ownRoom(person: SignedInPerson): Promise<RoomEntry> {
  const entry = await createRoom(app.url, { name: 'Ada' });
  const { body } = await app.ask('POST', '/api/v2/me/rooms', {
    token: person.accessToken,
    body: { tokens: [entry.token] },
  });
  expect(body).toEqual({ claimed: 1 });
  return entry;
}

/** A room token made under somebody's present session. */
async function roomTokenOf({ accessToken }: SignedInPerson, roomId: string): Promise<string> {
  const { body } = await app.ask('POST', `/api/v2/rooms/${roomId}/token`, { token: accessToken });
  return body.token;
}

/** All that can be open by one session: sockets by the account token, and by a room token of it. */
async function openAll(person: SignedInPerson, roomId: string): Promise<OpenDoor[]> {
  const roomToken = await roomTokenOf(person, roomId);
  return [
    await openEvents(app, person.accessToken, roomId),
    await openEvents(app, roomToken),
    await openDocument(app, roomId, person.accessToken),
    await openDocument(app, roomId, roomToken),
  ];
}

describe('refresh tokens', () => {
  it('AUTH-10 are good for one use, each giving the next', async () => {
    const person = await register(app);
    let token = person.refreshToken;
    const seen = new Set([token]);
    for (let round = 0; round < 4; round++) {
      const { status, body } = await refresh(token);
      expect(status).toBe(200);
      expect(body.account).toEqual(person.account);
      expect((await getAccount(body.accessToken)).status).toBe(200);
      token = body.refreshToken;
      seen.add(token);
    }
    expect(seen.size).toBe(5);
  });

  it('AUTH-10 used by twenty at once give exactly one successor', async () => {
    const { refreshToken } = await register(app);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const successors = new Set(answers.map(({ body }) => body.refreshToken));
    expect(successors.size).toBe(1);
    expect(successors).not.toContain(refreshToken);
    for (const { body } of answers) expect((await getAccount(body.accessToken)).status).toBe(200);
    const next = await refresh(answers[0]?.body.refreshToken);
    expect(next.status).toBe(200);
  });

  it('AUTH-10 give the same successor again within the grace, even after that was used', async () => {
    const { refreshToken } = await register(app);
    const first = await refresh(refreshToken);
    aheadMs = limits.refreshGraceMs - 1_000;
    expect((await refresh(refreshToken)).body.refreshToken).toBe(first.body.refreshToken);
    const second = await refresh(first.body.refreshToken);
    expect((await refresh(refreshToken)).body.refreshToken).toBe(first.body.refreshToken);
    expect((await refresh(first.body.refreshToken)).body.refreshToken).toBe(second.body.refreshToken);
  });

  it('AUTH-11 used again after the grace end the session with all that it opened, and no other', async () => {
    const person = await register(app);
    const elsewhere = await login(app, person);
    const { room } = await ownRoom(person);
    const thief = readSignIn((await refresh(person.refreshToken)).body);
    const doors = await openAll({ ...person, ...thief }, room.id);
    const undisturbed = await openAll(elsewhere, room.id);
    const roomToken = await roomTokenOf({ ...person, ...thief }, room.id);

    aheadMs = limits.refreshGraceMs + 1_000;
    expectProblem(await refresh(person.refreshToken), 'session_ended');

    for (const door of doors) await expectClosed(door);
    expectProblem(await refresh(thief.refreshToken), 'session_ended');
    for (const token of [thief.accessToken, person.accessToken]) {
      expectProblem(await getAccount(token), 'session_ended');
      expect(await knockOnAll(app, room.id, token)).toEqual({
        http: 'session_ended',
        events: 'session_ended',
        document: 'session_ended',
      });
    }
    expect((await knockOnAll(app, room.id, roomToken)).http).toBe('session_ended');
    expect(undisturbed.map((door) => door.isOpen())).toEqual([true, true, true, true]);
    expect((await refresh(elsewhere.refreshToken)).status).toBe(200);
    for (const door of undisturbed) door.close();

    const { body } = await app.ask('GET', '/api/v2/me/audit', { token: elsewhere.accessToken });
    expect(body.items.filter(({ kind }: { kind: string }) => kind === 'session:token-reused')).toHaveLength(1);
  });

  it('AUTH-12 end when unused for 30 days, and after 180 days however they are used', async () => {
    const day = 24 * 60 * 60_000;
    const idle = await register(app);
    const busy = await register(app);
    let token = busy.refreshToken;
    for (let days = 29; days < 180; days += 29) {
      aheadMs = days * day;
      const { body } = await refresh(token);
      token = body.refreshToken;
    }
    expectProblem(await refresh(idle.refreshToken), 'token_expired');
    aheadMs = 179 * day;
    const last = await refresh(token);
    expect(last.status).toBe(200);
    aheadMs = 180 * day + 1_000;
    expectProblem(await refresh(last.body.refreshToken), 'token_expired');
  });

  it('AUTH-13 are nothing else, and nothing else is one', async () => {
    const person = await register(app);
    const { room, token: guestToken } = await createRoom(app.url);
    expectProblem(await getAccount(person.refreshToken), 'token_invalid');
    expect(await knockOnAll(app, room.id, person.refreshToken)).toEqual({
      http: 'token_invalid',
      events: 'token_invalid',
      document: 'token_invalid',
    });
    for (const token of [person.accessToken, guestToken, 'junk', `${person.refreshToken}=`, 'a'.repeat(200)]) {
      const answer = await refresh(token);
      expect(answer.status, token).not.toBe(200);
    }
    expectProblem(await refresh('junk'), 'token_invalid');
    expectProblem(await app.ask('POST', '/api/v2/auth/refresh'), 'sign_in_required');
    expect((await refresh(person.refreshToken)).status).toBe(200);
  });
});

describe('account tokens', () => {
  it('AUTH-14 let members into their rooms by every door, and nobody else', async () => {
    const person = await register(app);
    const stranger = await register(app);
    const { room, member } = await ownRoom(person);
    for (const door of await openAll(person, room.id)) door.close();
    for (const key of [room.id, room.code, room.code.toUpperCase()]) {
      expect((await app.ask('GET', `/api/v2/rooms/${key}`, { token: person.accessToken })).body.id).toBe(room.id);
    }
    const members = await app.ask('GET', `/api/v2/rooms/${room.id}/members`, { token: person.accessToken });
    expect(members.body.items.map(({ id }: { id: string }) => id)).toEqual([member.id]);
    const closed = { http: 'room_not_found', events: 'room_not_found', document: 'room_not_found' };
    expect(await knockOnAll(app, room.id, stranger.accessToken)).toEqual(closed);
    expect(await knockOnAll(app, '01980000-0000-7000-8000-000000000000', stranger.accessToken)).toEqual(closed);
  });

  it('AUTH-15 alone speak for a member who has an account', async () => {
    const person = await register(app);
    const guest = await createRoom(app.url);
    const doors = [await openEvents(app, guest.token), await openDocument(app, guest.room.id, guest.token)];
    const claim = (tokens: string[], token: string) => app.ask('POST', '/api/v2/me/rooms', { token, body: { tokens } });
    expect((await claim([guest.token, guest.token, 'junk', person.accessToken], person.accessToken)).body).toEqual({
      claimed: 1,
    });
    expect(await knockOnAll(app, guest.room.id, guest.token)).toEqual({
      http: 'sign_in_required',
      events: 'sign_in_required',
      document: 'sign_in_required',
    });
    for (const door of doors) await expectClosed(door);
    const thief = await register(app);
    expect((await claim([guest.token], thief.accessToken)).body).toEqual({ claimed: 0 });
    expect((await claim([guest.token], person.accessToken)).body).toEqual({ claimed: 0 });
    expect((await knockOnAll(app, guest.room.id, person.accessToken)).http).toBe('open');
    expectProblem(await app.ask('POST', '/api/v2/me/rooms', { body: { tokens: [] } }), 'sign_in_required');
  });

  it('AUTH-16 end after 15 minutes, and their sockets with them', async () => {
    const person = await register(app);
    aheadMs = limits.accessTokenTtlMs + 1_000;
    expectProblem(await getAccount(person.accessToken), 'token_expired');
    aheadMs = 0;

    await using short = await openApp({ EXECUTION: 'off' }, { accessTokenTtlMs: 3_000 });
    const { room, token } = await createRoom(short.url);
    const { accessToken } = await register(short);
    await short.ask('POST', '/api/v2/me/rooms', { token: accessToken, body: { tokens: [token] } });
    const doors = [await openEvents(short, accessToken, room.id), await openDocument(short, room.id, accessToken)];
    const { exp } = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString());
    expect(await doors[1]?.closed).toBe('token_expired');
    expect(await doors[0]?.closed).toBe('io server disconnect');
    const lateMs = Date.now() - exp * 1000;
    expect(lateMs).toBeGreaterThan(-100);
    expect(lateMs).toBeLessThan(1_000);
  });

  it('AUTH-16 mean the server’s clock alone: two hours between the clocks change nothing', async () => {
    for (const hours of [2, -2]) {
      aheadMs = hours * 60 * 60_000;
      const person = await register(app);
      const { room } = await ownRoom(person);
      const doors = await openAll(person, room.id);
      const { body } = await refresh(person.refreshToken);
      expect(body.accessTokenExpiresInS).toBeGreaterThan(890);
      expect(Date.parse(body.accessTokenExpiresAt) - Date.now()).toBeGreaterThan(aheadMs);
      expect((await getAccount(body.accessToken)).status).toBe(200);
      expect(doors.map((door) => door.isOpen())).toEqual([true, true, true, true]);
      for (const door of doors) door.close();
    }
  });
});

describe('sessions', () => {
  it('AUTH-17 are listed with where they are from, and end one by one, at once, with what they opened', async () => {
    const person = await register(app, { headers: { 'user-agent': 'Firefox on a laptop' } });
    const phone = await login(app, person, { headers: { 'user-agent': 'Safari on a phone' } });
    const { room } = await ownRoom(person);
    const list = async (token: string) => (await app.ask('GET', '/api/v2/me/sessions', { token })).body.items;
    const sessions = await list(person.accessToken);
    expect(sessions).toHaveLength(2);
    expect(sessions).toContainEqual({
      id: expect.any(String),
      createdAt: expect.any(String),
      lastUsedAt: expect.any(String),
      address: '127.0.0.1',
      userAgent: 'Firefox on a laptop',
      isCurrent: true,
    });
    const other = sessions.find(({ isCurrent }: { isCurrent: boolean }) => !isCurrent);
    expect(other.userAgent).toBe('Safari on a phone');

    const [theirs, mine] = [await openAll(phone, room.id), await openAll(person, room.id)];
    const stranger = await register(app);
    const end = (token: string, id: string) => app.ask('DELETE', `/api/v2/me/sessions/${id}`, { token });
    expectProblem(await end(stranger.accessToken, other.id), 'session_not_found');
    expectProblem(await end(person.accessToken, 'none'), 'session_not_found');
    expect((await end(person.accessToken, other.id)).status).toBe(204);
    for (const door of theirs) await expectClosed(door);
    expectProblem(await getAccount(phone.accessToken), 'session_ended');
    expectProblem(await refresh(phone.refreshToken), 'session_ended');
    expect(await list(person.accessToken)).toHaveLength(1);
    expect(mine.map((door) => door.isOpen())).toEqual([true, true, true, true]);

    const [tablet] = [await login(app, person), await login(app, person)];
    expect((await app.ask('DELETE', '/api/v2/me/sessions', { token: person.accessToken })).status).toBe(204);
    expectProblem(await getAccount(tablet.accessToken), 'session_ended');
    expect(await list(person.accessToken)).toHaveLength(1);
    for (const door of mine) door.close();
  });

  it('AUTH-17 are at most a hundred, of which the one unused for longest makes room', async () => {
    const person = await register(app);
    for (let made = 1; made < limits.sessionsPerAccount; made += 33) {
      await Promise.all(Array.from({ length: 33 }, () => login(app, person)));
    }
    const list = async (token: string) => (await app.ask('GET', '/api/v2/me/sessions', { token })).body.items;
    expect(await list(person.accessToken)).toHaveLength(limits.sessionsPerAccount);
    const last = await login(app, person);
    expect(await list(last.accessToken)).toHaveLength(limits.sessionsPerAccount);
    expectProblem(await getAccount(person.accessToken), 'session_ended');
  });

  it('AUTH-18 all end with a new password but the one that set it', async () => {
    const person = await register(app);
    const other = await login(app, person);
    const { room } = await ownRoom(person);
    const [theirs, mine] = [await openAll(other, room.id), await openAll(person, room.id)];
    const { status } = await app.ask('POST', '/api/v2/me/password', {
      token: person.accessToken,
      body: { currentPassword: goodPassword, newPassword: 'quite another one' },
    });
    expect(status).toBe(204);
    for (const door of theirs) await expectClosed(door);
    expectProblem(await getAccount(other.accessToken), 'session_ended');
    expectProblem(await refresh(other.refreshToken), 'session_ended');
    expect((await refresh(person.refreshToken)).status).toBe(200);
    expect(mine.map((door) => door.isOpen())).toEqual([true, true, true, true]);
    for (const door of mine) door.close();
  });

  it('AUTH-18 all end with the account', async () => {
    const person = await register(app);
    const { room } = await ownRoom(person);
    const doors = await openAll(person, room.id);
    const { status } = await app.ask('DELETE', '/api/v2/me', {
      token: person.accessToken,
      body: { password: goodPassword },
    });
    expect(status).toBe(204);
    for (const door of doors) await expectClosed(door);
  });

  it('AUTH-19 end by signing out, by either token, once and for all', async () => {
    const person = await register(app);
    const other = await login(app, person);
    const logout = (options: object) => app.ask('POST', '/api/v2/auth/logout', options);
    expect((await logout({ body: { refreshToken: person.refreshToken } })).status).toBe(204);
    expect((await logout({ body: { refreshToken: person.refreshToken } })).status).toBe(204);
    expectProblem(await getAccount(person.accessToken), 'session_ended');
    expectProblem(await refresh(person.refreshToken), 'session_ended');
    expect((await logout({ token: other.accessToken })).status).toBe(204);
    expectProblem(await refresh(other.refreshToken), 'session_ended');
    expectProblem(await logout({ token: other.accessToken }), 'session_ended');
    expectProblem(await logout({}), 'sign_in_required');
  });

  it('AUTH-20 outlive a restart of the server', async () => {
    const person = await register(app);
    const next = readSignIn((await refresh(person.refreshToken)).body);
    await app.reopen();
    expect((await getAccount(next.accessToken)).status).toBe(200);
    const successors = [await refresh(next.refreshToken), await refresh(next.refreshToken)];
    expect(successors[0]?.body.refreshToken).toBe(successors[1]?.body.refreshToken);
    await until('the old token to be known as used', async () => {
      aheadMs = limits.refreshGraceMs + 1_000;
      return (await refresh(person.refreshToken)).body.code === 'session_ended';
    });
  });
});
