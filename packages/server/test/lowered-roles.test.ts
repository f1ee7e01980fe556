import type { RoomEntry } from '@coderoom/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { register } from './people.ts';
import { askIn, enter, from, knock, makeRoom, rooms } from './room-people.ts';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

/** Whom the owner has made a viewer, and what they come back as. */

let app: RunningApp;
beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off', TRUST_PROXY: 'on' });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

let lastAddress = 0;
const nextAddress = () => `203.0.113.${++lastAddress}`;
const give = (owner: RoomEntry, { member }: Pick<RoomEntry, 'member'>, role: 'editor' | 'viewer') =>
  askIn(app, owner, 'PATCH', `/members/${member.id}`, { role });
const write = (entry: RoomEntry) => askIn(app, entry, 'PUT', '/files/notes.txt', { text: 'mine' });
const leave = (entry: RoomEntry) => askIn(app, entry, 'POST', '/leave');
const remove = (owner: RoomEntry, { member }: RoomEntry) => askIn(app, owner, 'DELETE', `/members/${member.id}`);
const nowhere = () => from(nextAddress());

/** A room with an owner, and an account in it that was made a viewer. */
async function lowerAccount() {
  const owner = await makeRoom(app, {}, nowhere());
  const { accessToken: token } = await register(app);
  const as = () => ({ token, ...nowhere() });
  const entry = await enter(app, owner.room.code, {}, as());
  expect(entry.member.role).toBe('editor');
  await give(owner, entry, 'viewer');
  return { owner, entry, token, as };
}

it('MEMBER-10 an account that was made a viewer leaves, or is removed, and comes back as one', async () => {
  const { owner, entry, as } = await lowerAccount();
  for (const part of [() => leave(entry), () => remove(owner, entry)]) {
    expect((await part()).status).toBe(204);
    const again = await enter(app, owner.room.code, {}, as());
    expect([again.member.id, again.member.role]).toEqual([entry.member.id, 'viewer']);
    expectProblem(await write(again), 'forbidden');
  }
});

it('MEMBER-10 a guest who was made a viewer and comes anew is one, and so is whoever comes from there', async () => {
  const owner = await makeRoom(app, {}, nowhere());
  const here = nowhere();
  const [guest, other] = [await enter(app, owner.room.code, {}, here), await enter(app, owner.room.code, {}, here)];
  await give(owner, guest, 'viewer');
  for (const key of [owner.room.code, owner.room.id]) {
    const again = await enter(app, key, {}, here);
    expect(again.member.role, key).toBe('viewer');
    expectProblem(await write(again), 'forbidden');
  }
  // Who was there before stays, and so do those from elsewhere.
  expect((await write(other)).status).toBe(201);
  expect((await enter(app, owner.room.code, {}, nowhere())).member.role).toBe('editor');
  // It is of this room alone.
  const elsewhere = await makeRoom(app, {}, nowhere());
  expect((await enter(app, elsewhere.room.code, {}, here)).member.role).toBe('editor');
});

it('MEMBER-10 a household’s IPv6 network counts as one address', async () => {
  const owner = await makeRoom(app, {}, nowhere());
  await give(owner, await enter(app, owner.room.code, {}, from('2001:db8:7:7::1')), 'viewer');
  expect((await enter(app, owner.room.code, {}, from('2001:db8:7:7:1::9'))).member.role).toBe('viewer');
});

it('MEMBER-10 an account is no more without its sign-in, nor by bringing a guest’s membership along', async () => {
  const { owner, entry, token } = await lowerAccount();
  await leave(entry);
  const here = nowhere();
  const asItself = await enter(app, owner.room.code, {}, { token, ...here });
  expect((await enter(app, owner.room.code, {}, here)).member.role).toBe('viewer');

  const guest = await enter(app, owner.room.code, {}, nowhere());
  expect(guest.member.role).toBe('editor');
  await app.ask('POST', '/api/v2/me/rooms', { token, body: { tokens: [guest.token] } });
  expect((await askIn(app, asItself, 'GET', '/members')).body.items).toContainEqual(
    expect.objectContaining({ id: entry.member.id, role: 'viewer' }),
  );
  await leave(asItself);
  const late = await enter(app, owner.room.code, {}, nowhere());
  await app.ask('POST', '/api/v2/me/rooms', { token, body: { tokens: [late.token] } });
  expect((await askIn(app, asItself, 'GET', '')).body).toMatchObject({ id: owner.room.id });
  expectProblem(await write(asItself), 'forbidden');
});

it('MEMBER-10 other systems’ doors let them in as no more, and let them write no more', async () => {
  const owner = await makeRoom(app, {}, nowhere());
  const here = nowhere();
  await give(owner, await enter(app, owner.room.code, {}, here), 'viewer');
  const session = (method: string, path: string, body: object) =>
    app.ask(method, `${path}/${owner.room.code}`, { body, ...here });
  expect(await session('PUT', '/v1/sessions', { code: 'mine' })).toMatchObject({ status: 403 });
  expect(await session('PATCH', '/api/v1/sessions', { code: 'mine' })).toMatchObject({ status: 403 });
  const language = await app.ask('PUT', `/v1/sessions/${owner.room.code}/language`, {
    body: { language: 'javascript' },
    ...here,
  });
  expect(language.status).toBe(403);
  const { body: participant } = await app.ask('POST', `/v1/sessions/${owner.room.code}/participants`, {
    body: { name: 'Lin' },
    ...here,
  });
  expect(participant.name).toBe('Lin');
  const { items } = (await askIn(app, owner, 'GET', '/members')).body;
  expect(items.find(({ name }: { name: string }) => name === 'Lin').role).toBe('viewer');
  // From elsewhere they are as they were.
  const elsewhere = await app.ask('PUT', `/v1/sessions/${owner.room.code}`, { body: { code: 'ours' }, ...nowhere() });
  expect(elsewhere.status).toBe(200);
});

it('MEMBER-10 who asks to join is shown as a viewer, and is what the owner then says', async () => {
  const { owner, entry, as } = await lowerAccount();
  await leave(entry);
  await askIn(app, owner, 'PATCH', '', { lobby: true });
  const asked = await knock(app, owner.room.code, {}, as());
  expect(asked.knock.role).toBe('viewer');
  const admit = (id: string, body: object) => askIn(app, owner, 'POST', `/knocks/${id}/admit`, body);
  expect((await admit(asked.knock.id, {})).body).toMatchObject({ state: 'admitted', role: 'viewer' });
  await leave(entry);
  const again = await knock(app, owner.room.code, {}, as());
  expect((await admit(again.knock.id, { role: 'editor' })).body).toMatchObject({ state: 'admitted', role: 'editor' });
  // From then on they are that.
  await leave(entry);
  await askIn(app, owner, 'PATCH', '', { lobby: false });
  expect((await enter(app, owner.room.code, {}, as())).member.role).toBe('editor');
});

it('MEMBER-10 the owner’s next word counts: another role, or the room', async () => {
  const { owner, entry, as, token } = await lowerAccount();
  await give(owner, entry, 'editor');
  await leave(entry);
  expect((await enter(app, owner.room.code, {}, as())).member.role).toBe('editor');

  await give(owner, entry, 'viewer');
  await askIn(app, owner, 'POST', `/members/${entry.member.id}/hand-over`);
  await app.ask('POST', `${rooms}/${owner.room.id}/members/${owner.member.id}/hand-over`, { token });
  await leave(entry);
  expect((await enter(app, owner.room.code, {}, as())).member.role).toBe('editor');
});

it('MEMBER-10 who came to look by the view-only link, and was never made a viewer, comes by the code as an editor', async () => {
  const owner = await makeRoom(app, {}, nowhere());
  const { body: room } = await askIn(app, owner, 'PATCH', '', { viewLink: true });
  const { accessToken: token } = await register(app);
  const looking = await enter(app, room.viewCode, {}, { token });
  expect(looking.member.role).toBe('viewer');
  await leave(looking);
  expect((await enter(app, owner.room.code, {}, { token })).member.role).toBe('editor');
});

it('MEMBER-10 coming back in the same moment as the owner’s word does not outrun it', async () => {
  for (let round = 0; round < 10; round++) {
    const owner = await makeRoom(app, {}, nowhere());
    const { accessToken: token } = await register(app);
    const as = () => ({ token, ...nowhere() });
    const entry = await enter(app, owner.room.code, {}, as());
    const back = async () => {
      await leave(entry);
      await enter(app, owner.room.code, {}, as());
    };
    const [{ status }] = await Promise.all([give(owner, entry, 'viewer'), back()]);
    if (status !== 200) continue; // They were away just then.
    await leave(entry);
    expect((await enter(app, owner.room.code, {}, as())).member.role).toBe('viewer');
  }
});
