import { limits, type RoomEntry } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEvents } from './doors.ts';
import { login, register, type SignedInPerson } from './people.ts';
import { askIn, enter, from, knock, makeRoom, rooms, tryJoin } from './room-people.ts';
import { type Answer, expectProblem, openApp, type RunningApp } from './running-app.ts';
import { createStillExecution } from './still-execution.ts';

/** People who want what they may not have, and people who act in the same moment. */

const dayMs = 24 * 60 * 60_000;
let app: RunningApp;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off', TRUST_PROXY: 'on' }, { presenceGraceMs: 100 });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const as = (person: SignedInPerson, method: string, path: string, body?: object) =>
  app.ask(method, `/api/v2/${path}`, { token: person.accessToken, ...(body === undefined ? {} : { body }) });
const deleteAccount = (person: SignedInPerson) => as(person, 'DELETE', 'me', { password: person.password });
const claim = (person: SignedInPerson, ...tokens: string[]) => as(person, 'POST', 'me/rooms', { tokens });
const entryOf = async (room: string, { knock: { id }, token }: Awaited<ReturnType<typeof knock>>) =>
  (await app.ask('GET', `${rooms}/${room}/knocks/${id}`, { token })).body.entry;

describe('a room and its owner', () => {
  const acts: Record<string, (owner: RoomEntry, heir: RoomEntry) => Promise<Answer>> = {
    leaves: (_owner, heir) => askIn(app, heir, 'POST', '/leave'),
    'is given another role': (owner, heir) =>
      askIn(app, owner, 'PATCH', `/members/${heir.member.id}`, { role: 'viewer' }),
    'is removed': (owner, heir) => askIn(app, owner, 'DELETE', `/members/${heir.member.id}`),
  };
  for (const [what, act] of Object.entries(acts)) {
    it(`MEMBER-7 stay together when it is handed to somebody who ${what} in the same moment`, async () => {
      for (let round = 0; round < 12; round++) {
        const owner = await makeRoom(app);
        const [heir, other] = [await enter(app, owner.room.id), await enter(app, owner.room.id)];
        const handOver = () => askIn(app, owner, 'POST', `/members/${heir.member.id}/hand-over`);
        const both = [() => act(owner, heir), handOver];
        await Promise.all((round % 2 === 0 ? both : both.toReversed()).map((one) => one()));
        const { items } = (await askIn(app, other, 'GET', '/members')).body;
        expect(items.filter(({ role }: { role: string }) => role === 'owner')).toHaveLength(1);
      }
    });
  }

  it('ROOM-28 a deleted account is no heir', async () => {
    const [ada, lin] = [await register(app), await register(app)];
    const owner = await makeRoom(app, {}, { token: ada.accessToken });
    await enter(app, owner.room.id, {}, { token: lin.accessToken });
    const guest = await enter(app, owner.room.id);
    await deleteAccount(lin);
    await deleteAccount(ada);
    const { items } = (await askIn(app, guest, 'GET', '/members')).body;
    expect(items).toMatchObject([{ id: guest.member.id, role: 'owner' }]);
  });

  it('ROOM-28 two accounts that are deleted in the same moment leave it to who remains', async () => {
    const [ada, lin] = [await register(app), await register(app)];
    const owner = await makeRoom(app, {}, { token: ada.accessToken });
    await enter(app, owner.room.id, {}, { token: lin.accessToken });
    const guest = await enter(app, owner.room.id);
    expect((await Promise.all([deleteAccount(ada), deleteAccount(lin)])).map(({ status }) => status)).toEqual([
      204, 204,
    ]);
    expect((await askIn(app, guest, 'GET', '/members')).body.items).toMatchObject([{ role: 'owner' }]);
  });

  it('ROOM-28 a room made while its account is deleted goes with it', async () => {
    const ada = await register(app);
    const make = (body: object) => app.ask('POST', rooms, { body, token: ada.accessToken });
    const [gone, ...made] = await Promise.all([
      deleteAccount(ada),
      ...Array.from({ length: 12 }, (_, index) => make(index % 2 === 0 ? {} : { password: 'sesame' })),
    ]);
    expect(gone.status).toBe(204);
    for (const answer of made) {
      if (answer.status !== 201) expectProblem(answer, 'session_ended');
      else expectProblem(await tryJoin(app, answer.body.room.id, { password: 'sesame' }), 'room_not_found');
    }
  });
});

describe('an account', () => {
  it('AUTH-8 deleted, lets nobody in by what a guest was given before the membership became its own', async () => {
    const owner = await makeRoom(app);
    const ada = await register(app);
    const guest = await enter(app, owner.room.id);
    expect((await claim(ada, guest.token)).body).toEqual({ claimed: 1 });
    await deleteAccount(ada);
    expectProblem(await askIn(app, guest, 'GET'), 'membership_ended');
  });

  it('AUTH-8 deleted while it waits at a door, has gone from there', async () => {
    const owner = await makeRoom(app, { lobby: true });
    const ada = await register(app);
    const asked = await knock(app, owner.room.id, {}, { token: ada.accessToken });
    await deleteAccount(ada);
    expectProblem(await askIn(app, owner, 'POST', `/knocks/${asked.knock.id}/admit`, {}), 'knock_settled');
    expect((await askIn(app, owner, 'GET', '/members')).body.items).toHaveLength(1);
  });

  it('AUTH-15 is one member of a room, however many of its memberships become the account’s at once', async () => {
    const owner = await makeRoom(app);
    const ada = await register(app);
    const guests = [await enter(app, owner.room.id), await enter(app, owner.room.id), await enter(app, owner.room.id)];
    const answers = await Promise.all(guests.map(({ token }) => claim(ada, token)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await askIn(app, owner, 'GET', '/members')).body.items).toHaveLength(2);
  });

  it('AUTH-15 gets no membership of a guest who was removed in the same moment', async () => {
    const ada = await register(app);
    for (let round = 0; round < 8; round++) {
      const owner = await makeRoom(app);
      await askIn(app, await enter(app, owner.room.id, {}, { token: ada.accessToken }), 'POST', '/leave');
      const guest = await enter(app, owner.room.id);
      const [, removed] = await Promise.all([
        claim(ada, guest.token),
        askIn(app, owner, 'DELETE', `/members/${guest.member.id}`),
      ]);
      const { items } = (await askIn(app, owner, 'GET', '/members')).body;
      // Either the guest was removed, or had become the account's before.
      expect([removed.status, items.length]).toEqual(removed.status === 204 ? [204, 1] : [404, 2]);
    }
  });

  it('AUTH-18 gets one new password of two set at once', async () => {
    const ada = await register(app);
    const set = (newPassword: string) => as(ada, 'POST', 'me/password', { currentPassword: ada.password, newPassword });
    const answers = await Promise.all([set('another good one'), set('yet another good one')]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 403]);
  });

  it('AUTH-17 that signs out follows no run any longer', async () => {
    await using own = await openApp({}, { execution: createStillExecution() });
    const ada = await register(own);
    const owner = await makeRoom(own, {}, { token: ada.accessToken });
    const { body: run } = await askIn(own, owner, 'POST', '/runs', {});
    const follow = (token: string) =>
      fetch(`${own.url}${rooms}/${owner.room.id}/runs/${run.id}/events`, {
        headers: { authorization: `Bearer ${token}` },
      });
    const [byAccount, byGuest] = [await follow(ada.accessToken), await follow((await enter(own, owner.room.id)).token)];
    await own.ask('POST', '/api/v2/auth/logout', { body: { refreshToken: ada.refreshToken } });
    expect(await byAccount.text()).not.toContain('event: finished');
    let isOver = false;
    const rest = byGuest.text().finally(() => {
      isOver = true;
    });
    expect((await own.ask('GET', '/health')).status).toBe(200);
    expect(isOver).toBe(false);
    await own.close();
    expect(await rest).toContain('event: finished');
  });

  it('AUTH-70 what is answered is kept by no cache', async () => {
    const owner = await makeRoom(app, { lobby: true });
    const asked = await knock(app, owner.room.code);
    const answers = [
      await app.ask('POST', rooms, { body: {} }),
      await app.ask('GET', `${rooms}/${owner.room.id}/knocks/${asked.knock.id}`, { token: asked.token }),
      await app.ask('POST', `${rooms}/${owner.room.id}/token`, { token: owner.token }),
      await as(await register(app), 'GET', 'me'),
    ];
    for (const { headers } of answers) expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe('a door', () => {
  it('KNOCK-6 that asks for a password by now is not opened to who was never asked for it', async () => {
    const owner = await makeRoom(app, { lobby: true });
    const asked = await knock(app, owner.room.code);
    await askIn(app, owner, 'PATCH', '', { lobby: false, password: 'sesame' });
    expect(await entryOf(owner.room.id, asked)).toBeUndefined();
    await askIn(app, owner, 'PATCH', '', { password: null });
    expect(await entryOf(owner.room.id, asked)).toBeDefined();
    // Who gave the password, and waits for the start, is let in at the start, unless there is another one by then.
    const [same, changed] = [
      await makeRoom(app, { status: 'waiting', password: 'sesame' }),
      await makeRoom(app, { status: 'waiting', password: 'sesame' }),
    ];
    const waiting = [
      await knock(app, same.room.code, { password: 'sesame' }),
      await knock(app, changed.room.code, { password: 'sesame' }),
    ] as const;
    await askIn(app, changed, 'PATCH', '', { password: 'close sesame' });
    for (const entry of [same, changed]) await askIn(app, entry, 'POST', '/start');
    expect(await entryOf(same.room.id, waiting[0])).toBeDefined();
    expect(await entryOf(changed.room.id, waiting[1])).toBeUndefined();
  });

  it('ROOM-19 stays closed to who asked before they were banned', async () => {
    const owner = await makeRoom(app, { lobby: true });
    const [first, second] = [
      await knock(app, owner.room.code, {}, from('198.51.100.7')),
      await knock(app, owner.room.code, {}, from('198.51.100.7')),
    ];
    await askIn(app, owner, 'POST', `/knocks/${first.knock.id}/refuse`, { ban: true });
    await askIn(app, owner, 'PATCH', '', { lobby: false });
    expect(await entryOf(owner.room.id, second)).toBeUndefined();
  });

  it('ROOM-19 stays closed to a banned account that brings a guest’s membership', async () => {
    const owner = await makeRoom(app);
    const ada = await register(app);
    const member = await enter(app, owner.room.id, {}, { token: ada.accessToken });
    await askIn(app, owner, 'DELETE', `/members/${member.member.id}?ban=true`);
    const guest = await enter(app, owner.room.id);
    expect((await claim(ada, guest.token)).body).toEqual({ claimed: 0 });
    expectProblem(await app.ask('GET', `${rooms}/${owner.room.id}`, { token: ada.accessToken }), 'membership_ended');
  });

  it('ROOM-19 is closed to who left before they could be banned', async () => {
    const owner = await makeRoom(app);
    const guest = await enter(app, owner.room.id, {}, from('198.51.100.9'));
    await askIn(app, guest, 'POST', '/leave');
    expectProblem(await askIn(app, owner, 'DELETE', `/members/${guest.member.id}`), 'member_not_found');
    expect((await askIn(app, owner, 'DELETE', `/members/${guest.member.id}?ban=true`)).status).toBe(204);
    expectProblem(await tryJoin(app, owner.room.id, {}, from('198.51.100.9')), 'banned');
  });

  it('FRIEND-5 to somebody’s numbers is closed to whom they have blocked', async () => {
    const [ada, eve] = [await register(app), await register(app)];
    expect((await as(eve, 'GET', `people/${ada.account.id}/stats`)).status).toBe(200);
    await as(ada, 'PUT', `blocks/${eve.account.id}`);
    expectProblem(await as(eve, 'GET', `people/${ada.account.id}/stats`), 'person_not_found');
  });
});

describe('a room that was long unused', () => {
  it('ROOM-20 is kept from the day on which its last account goes, and while somebody uses it by HTTP', async () => {
    let at = Date.now();
    await using own = await openApp({ EXECUTION: 'off', GUEST_ROOM_DAYS: '3' }, { now: () => at });
    const ada = await register(own);
    const left = await makeRoom(own, {}, { token: ada.accessToken });
    const guest = await enter(own, left.room.id);
    const [used, unused] = [await makeRoom(own), await makeRoom(own)];
    at += 2 * dayMs;
    await until('the use to be stored', async () => {
      const { body } = await own.ask('GET', `${rooms}/${used.room.id}`, { token: used.token });
      return Date.parse(body.expiresAt) >= at + 3 * dayMs ? true : undefined;
    });
    at += 2.5 * dayMs;
    const { accessToken: token, password } = await login(own, ada);
    expect((await own.ask('DELETE', '/api/v2/me', { token, body: { password } })).status).toBe(204);
    // A start looks for rooms that are over.
    await own.reopen();
    await until('the unused room to be deleted', async () => {
      const { status } = await own.ask('POST', `${rooms}/${unused.room.id}/join`, { body: {} });
      return status === 404 ? true : undefined;
    });
    for (const { room, token: its } of [used, guest]) {
      const answer = await own.ask('GET', `${rooms}/${room.id}`, { token: its });
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    }
  });
});

describe('what grows', () => {
  it('MEMBER-9 guests who come and do not stay give way to others, and who is there stays', async () => {
    let at = Date.now();
    await using own = await openApp({ EXECUTION: 'off' }, { now: () => at });
    const owner = await makeRoom(own, { capacity: limits.roomCapacityMax });
    const early = await enter(own, owner.room.id);
    const there = await enter(own, owner.room.id);
    const door = await openEvents(own, there.token);
    const batch = limits.roomCapacityMax - 2;
    for (let joined = 0; joined < limits.membersPerRoom; joined += batch) {
      at += 2 * limits.seatReservationMs;
      await Promise.all(Array.from({ length: batch }, () => enter(own, owner.room.id)));
    }
    at += 2 * limits.seatReservationMs;
    await enter(own, owner.room.id);
    const { items } = (await askIn(own, owner, 'GET', '/members')).body;
    expect(items.length).toBeLessThanOrEqual(limits.membersPerRoom);
    const ids = items.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(expect.arrayContaining([owner.member.id, there.member.id]));
    expect(door.isOpen()).toBe(true);
    expectProblem(await askIn(own, early, 'GET'), 'membership_ended');
    door.close();
  }, 60_000);

  it('MEMBER-9 a member has so many connections and no more', async () => {
    const { token } = await makeRoom(app);
    const doors = await Promise.all(Array.from({ length: limits.eventSocketsPerMember }, () => openEvents(app, token)));
    await expect(openEvents(app, token)).rejects.toThrow('rate_limited');
    for (const door of doors) door.close();
    await until('a place to be free again', async () => {
      const door = await openEvents(app, token).catch(() => undefined);
      door?.close();
      return door;
    });
  });

  it('INVITE-5 one is invited to so many rooms and no more, until one declines', async () => {
    const [ada, eve] = [await register(app), await register(app)];
    await as(eve, 'POST', 'friends', { accountId: ada.account.id });
    await as(ada, 'POST', `friends/${eve.account.id}/accept`);
    const invite = async () => {
      const { room } = await makeRoom(app, {}, { token: eve.accessToken });
      return as(eve, 'POST', `rooms/${room.id}/invitations`, { accountId: ada.account.id });
    };
    for (let count = 0; count < limits.invitationsPerAccount; count++) expect((await invite()).status).toBe(201);
    expectProblem(await invite(), 'too_many_people');
    const { items } = (await as(ada, 'GET', 'me/invitations')).body;
    expect(items).toHaveLength(limits.invitationsPerAccount);
    await as(ada, 'DELETE', `me/invitations/${items[0].id}`);
    expect((await invite()).status).toBe(201);
  });
});
