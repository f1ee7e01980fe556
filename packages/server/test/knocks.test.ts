import { type Knock, limits } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register } from './people.ts';
import { openMember } from './room-member.ts';
import { askIn, enter, from, knock, makeRoom, rooms, tryJoin } from './room-people.ts';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

let app: RunningApp;
let clockMs = 0;

beforeAll(async () => {
  const now = () => Date.now() + clockMs;
  app = await openApp({ EXECUTION: 'off', TRUST_PROXY: 'on' }, { presenceGraceMs: 100, now });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

type Asked = Awaited<ReturnType<typeof knock>>;
const statusOf = (room: string, { knock: { id }, token }: Asked, wait?: number) =>
  app.ask('GET', `${rooms}/${room}/knocks/${id}${wait === undefined ? '' : `?wait=${wait}`}`, { token });

describe('asking to join', () => {
  it('KNOCK-1 waits for the owner, who hears of it at once and lets in; the way in comes with the answer', async () => {
    const owner = await makeRoom(app, { lobby: true });
    const desk = await openMember(app.url, owner.token);
    expect(desk.welcome.knocks).toEqual([]);
    const asked = await knock(app, owner.room.code, { name: ' Lin ' });
    expect(asked.knock).toMatchObject({
      name: 'Lin',
      state: 'waiting',
      reason: 'lobby',
      role: 'editor',
      accountId: null,
    });
    expect((await desk.next('knock:created')).knock).toEqual(asked.knock);
    expect((await askIn(app, owner, 'GET', '/knocks')).body.items).toEqual([asked.knock]);
    expect((await statusOf(owner.room.id, asked)).body).toEqual({ knock: asked.knock });

    const waiting = statusOf(owner.room.code, asked, 20);
    const { body } = await askIn(app, owner, 'POST', `/knocks/${asked.knock.id}/admit`, {});
    expect(body).toMatchObject({ id: asked.knock.id, state: 'admitted' });
    expect((await desk.next('knock:settled')).knock).toEqual(body);
    const { entry, knock: settled } = (await waiting).body;
    expect(settled).toEqual(body);
    expect(entry.member).toMatchObject({ name: 'Lin', role: 'editor' });
    expect((await app.ask('GET', `${rooms}/${owner.room.id}`, { token: entry.token })).status).toBe(200);
    expect((await statusOf(owner.room.id, asked)).body.entry.member.id).toBe(entry.member.id);
    expectProblem(await askIn(app, owner, 'POST', `/knocks/${asked.knock.id}/admit`, {}), 'knock_settled');
    desk.close();
  });

  it('KNOCK-1 may be answered with another role, or with no', async () => {
    const owner = await makeRoom(app, { lobby: true });
    const [first, second] = [await knock(app, owner.room.id), await knock(app, owner.room.id)];
    await askIn(app, owner, 'POST', `/knocks/${first.knock.id}/admit`, { role: 'viewer' });
    expect((await statusOf(owner.room.id, first)).body.entry.member.role).toBe('viewer');
    expect((await askIn(app, owner, 'POST', `/knocks/${second.knock.id}/refuse`)).body.state).toBe('refused');
    const { body } = await statusOf(owner.room.id, second);
    expect(body).toEqual({ knock: { ...second.knock, state: 'refused' } });
    const third = await knock(app, owner.room.id, {}, from('7.7.7.7'));
    await askIn(app, owner, 'POST', `/knocks/${third.knock.id}/refuse`, { ban: true });
    expectProblem(await tryJoin(app, owner.room.id, {}, from('7.7.7.7')), 'banned');
  });

  it('KNOCK-2 is for its asker and the owner, and for nobody else', async () => {
    const owner = await makeRoom(app, { lobby: true });
    const asked = await knock(app, owner.room.id);
    const editor = (await statusOfAdmitted(owner, await knock(app, owner.room.id))).entry;
    const stranger = await knock(app, (await makeRoom(app, { lobby: true })).room.id);
    const path = `/knocks/${asked.knock.id}`;
    for (const method of ['GET', 'DELETE']) {
      expectProblem(await app.ask(method, `${rooms}/${owner.room.id}${path}`), 'token_missing');
      for (const token of [editor.token, owner.token, stranger.token, 'junk']) {
        expectProblem(await app.ask(method, `${rooms}/${owner.room.id}${path}`, { token }), 'token_invalid');
      }
      const elsewhere = { token: asked.token };
      expectProblem(await app.ask(method, `${rooms}/${editor.member.id}${path}`, elsewhere), 'knock_not_found');
    }
    expectProblem(await app.ask('GET', `${rooms}/${owner.room.id}`, { token: asked.token }), 'token_invalid');
    for (const [method, rest] of [
      ['GET', '/knocks'],
      ['POST', `${path}/admit`],
      ['POST', `${path}/refuse`],
    ] as const) {
      expectProblem(await askIn(app, editor, method, rest), 'forbidden');
    }
    const socket = await openMember(app.url, editor.token);
    await knock(app, owner.room.id);
    await askIn(app, owner, 'PATCH', '', { title: 'after the knock' });
    await socket.next('room:updated');
    expect(socket.names().filter((name) => name.startsWith('knock'))).toEqual([]);
    expect(socket.welcome.knocks).toBeUndefined();
    socket.expectNoGap();
    socket.close();
  });

  async function statusOfAdmitted(owner: Awaited<ReturnType<typeof makeRoom>>, asked: Asked) {
    await askIn(app, owner, 'POST', `/knocks/${asked.knock.id}/admit`, {});
    return (await statusOf(owner.room.id, asked)).body;
  }

  it('KNOCK-3 is withdrawn by its asker, and by itself when they are not heard of', async () => {
    const owner = await makeRoom(app, { lobby: true });
    const desk = await openMember(app.url, owner.token);
    const [first, second, third] = [
      await knock(app, owner.room.id),
      await knock(app, owner.room.id),
      await knock(app, owner.room.id),
    ];
    const path = `${rooms}/${owner.room.id}/knocks/${first.knock.id}`;
    expect((await app.ask('DELETE', path, { token: first.token })).status).toBe(204);
    expect((await desk.next('knock:withdrawn')).knockId).toBe(first.knock.id);
    expectProblem(await app.ask('DELETE', path, { token: first.token }), 'knock_settled');
    expectProblem(await askIn(app, owner, 'POST', `/knocks/${first.knock.id}/admit`), 'knock_settled');

    const held = statusOf(owner.room.id, third, 25);
    clockMs += limits.knockAbsentMs + 1;
    const gone = () => desk.all('knock:withdrawn').map(({ knockId }) => knockId);
    await until('the second to be gone', () => gone().includes(second.knock.id), {
      timeoutMs: 2 * limits.knockSweepMs,
    });
    expect((await statusOf(owner.room.id, second)).body.knock.state).toBe('withdrawn');
    // Whose answer is held back is heard of all the time.
    expect(gone()).not.toContain(third.knock.id);
    await askIn(app, owner, 'POST', `/knocks/${third.knock.id}/refuse`);
    expect((await held).body.knock.state).toBe('refused');
    desk.close();
  }, 30_000);

  it('KNOCK-4 somebody with an account asks once, and is let in as themselves', async () => {
    const owner = await makeRoom(app, { lobby: true });
    const person = await register(app, { name: 'Grace' });
    const token = person.accessToken;
    const [first, second] = [
      await knock(app, owner.room.id, {}, { token }),
      await knock(app, owner.room.id, {}, { token }),
    ];
    expect(second).toEqual(first);
    expect(first.knock).toMatchObject({ name: 'Grace', accountId: person.account.id });
    await askIn(app, owner, 'POST', `/knocks/${first.knock.id}/admit`);
    const { entry } = (await statusOf(owner.room.id, first)).body;
    expect(entry.member.accountId).toBe(person.account.id);
    expect((await app.ask('GET', `${rooms}/${owner.room.id}`, { token: entry.token })).status).toBe(200);
    expect((await app.ask('GET', `${rooms}/${owner.room.id}`, { token })).status).toBe(200);
    expect((await enter(app, owner.room.id, {}, { token })).member.id).toBe(entry.member.id);
  });

  it('KNOCK-5 is bounded, and so is the room: who finds no seat goes on waiting', async () => {
    const owner = await makeRoom(app, { lobby: true, capacity: 2 });
    const asked: Asked[] = [];
    for (let index = 0; index < limits.knocksPerRoom; index++) asked.push(await knock(app, owner.room.id));
    const refused = await tryJoin(app, owner.room.id);
    expectProblem(refused, 'lobby_full');
    expect(refused.headers.get('retry-after')).not.toBeNull();
    const [first, second] = asked as [Asked, Asked];
    await askIn(app, owner, 'POST', `/knocks/${first.knock.id}/admit`);
    expectProblem(await askIn(app, owner, 'POST', `/knocks/${second.knock.id}/admit`), 'room_full');
    expect((await statusOf(owner.room.id, second)).body.knock.state).toBe('waiting');
  });

  it('KNOCK-5 of answers at the same time one counts', async () => {
    const owner = await makeRoom(app, { lobby: true });
    const { knock: asked } = await knock(app, owner.room.id);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        askIn(app, owner, 'POST', `/knocks/${asked.id}/${index % 2 === 0 ? 'admit' : 'refuse'}`),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const members = (await askIn(app, owner, 'GET', '/members')).body.items;
    const isIn = answers.find(({ status }) => status === 200)?.body.state === 'admitted';
    expect(members).toHaveLength(isIn ? 2 : 1);
  });

  it('KNOCK-6 those who wait come in when the lobby is opened, and are refused when the room ends', async () => {
    const owner = await makeRoom(app, { lobby: true });
    const asked = await knock(app, owner.room.id);
    await askIn(app, owner, 'PATCH', '', { lobby: false });
    expect((await statusOf(owner.room.id, asked)).body.entry.member.role).toBe('editor');
    const other = await makeRoom(app, { lobby: true });
    const late = await knock(app, other.room.id);
    const held = statusOf(other.room.id, late, 20);
    await askIn(app, other, 'POST', '/end');
    expect((await held).body.knock.state).toBe('refused');
  });

  it('KNOCK-6 goes with its room', async () => {
    const owner = await makeRoom(app, { lobby: true });
    const asked = await knock(app, owner.room.id);
    const held = statusOf(owner.room.id, asked, 20);
    await askIn(app, owner, 'DELETE');
    expectProblem(await held, 'knock_not_found');
  });

  it('KNOCK-7 the same request repeated is one knock, also after a restart, which they outlive', async () => {
    await using own = await openApp({ EXECUTION: 'off' });
    const owner = await makeRoom(own, { lobby: true });
    const ask = () => knock(own, owner.room.id, {}, { headers: { 'idempotency-key': 'one knock' } });
    const asked = await Promise.all(Array.from({ length: 5 }, ask));
    await own.reopen();
    asked.push(await ask());
    expect(new Set(asked.map((one) => JSON.stringify(one))).size).toBe(1);
    const { items } = (await askIn(own, owner, 'GET', '/knocks')).body;
    expect(items.map(({ id }: Knock) => id)).toEqual([asked[0]?.knock.id]);
    await askIn(own, owner, 'POST', `/knocks/${asked[0]?.knock.id}/admit`);
  });
});

describe('a room that waits', () => {
  it('ROOM-15 lets nobody in until its owner starts it; then all who wait are in, up to its capacity', async () => {
    const owner = await makeRoom(app, { status: 'waiting', capacity: 3 });
    expect(owner.room.status).toBe('waiting');
    expect((await askIn(app, owner, 'PUT', '/files/main.py', { text: 'prepared' })).status).toBe(200);
    const asked = [await knock(app, owner.room.id), await knock(app, owner.room.id), await knock(app, owner.room.id)];
    expect(asked[0]?.knock.reason).toBe('waiting');
    const [first, second, third] = asked as [Asked, Asked, Asked];
    const held = statusOf(owner.room.id, first, 20);
    const desk = await openMember(app.url, owner.token);
    expect((await askIn(app, owner, 'POST', '/start')).body.status).toBe('active');
    await desk.next('room:started');
    expect(desk.all('room:updated')[0]?.room.status).toBe('active');
    expect((await held).body.entry.member.role).toBe('editor');
    const entry = (await statusOf(owner.room.id, second)).body.entry;
    expect((await statusOf(owner.room.id, third)).body.knock.state).toBe('waiting');
    // A seat that becomes free is theirs.
    expect((await askIn(app, { room: owner.room, token: entry.token }, 'POST', '/leave')).status).toBe(204);
    const late = await statusOf(owner.room.id, third, 20);
    expect(late.body.entry.member.role).toBe('editor');
    desk.close();
  });

  it('ROOM-15 its owner may let somebody in before, and whoever comes to a lobby waits on', async () => {
    const owner = await makeRoom(app, { status: 'waiting', lobby: true });
    const [early, late] = [await knock(app, owner.room.id), await knock(app, owner.room.id)];
    await askIn(app, owner, 'POST', `/knocks/${early.knock.id}/admit`);
    expect((await statusOf(owner.room.id, early)).body.entry.room.status).toBe('waiting');
    await askIn(app, owner, 'POST', '/start');
    expect((await statusOf(owner.room.id, late)).body.knock.state).toBe('waiting');
  });

  it('ROOM-16 only the owner starts and ends it, each once, and comes back as the owner', async () => {
    const owner = await makeRoom(app, { status: 'waiting' });
    const asked = await knock(app, owner.room.id);
    await askIn(app, owner, 'POST', `/knocks/${asked.knock.id}/admit`);
    const editor = (await statusOf(owner.room.id, asked)).body.entry;
    for (const path of ['/start', '/end']) expectProblem(await askIn(app, editor, 'POST', path), 'forbidden');
    expect((await enter(app, owner.room.id, {}, { token: owner.token })).member).toMatchObject({ role: 'owner' });
    const starts = await Promise.all(Array.from({ length: 6 }, () => askIn(app, owner, 'POST', '/start')));
    expect(starts.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of starts.filter(({ status }) => status !== 200)) expectProblem(answer, 'room_started');
    const ends = await Promise.all(Array.from({ length: 6 }, () => askIn(app, owner, 'POST', '/end')));
    expect(ends.filter(({ status }) => status === 200)).toHaveLength(1);
    expectProblem(await askIn(app, owner, 'POST', '/start'), 'room_ended');
    expect((await enter(app, owner.room.id)).member.role).toBe('viewer');
  });

  it('ROOM-16 may be ended without having begun', async () => {
    const owner = await makeRoom(app, { status: 'waiting' });
    expect((await askIn(app, owner, 'POST', '/end')).body.status).toBe('ended');
  });

  it('ROOM-17 ended and wiped, it is gone with everything in it, for everybody there at once', async () => {
    const owner = await makeRoom(app);
    const editor = await enter(app, owner.room.id);
    const socket = await openMember(app.url, editor.token);
    expectProblem(await askIn(app, editor, 'POST', '/end', { wipe: true }), 'forbidden');
    expect((await askIn(app, owner, 'POST', '/end', { wipe: true })).status).toBe(204);
    await socket.disconnected();
    expect(socket.all('room:deleted')).toHaveLength(1);
    expectProblem(await askIn(app, owner, 'GET'), 'room_not_found');
    expectProblem(await tryJoin(app, owner.room.code), 'room_not_found');
    const kept = await makeRoom(app);
    expect((await askIn(app, kept, 'POST', '/end', { wipe: false })).body.status).toBe('ended');
    expect((await askIn(app, kept, 'POST', '/end', { wipe: true })).status).toBe(204);
  });
});
