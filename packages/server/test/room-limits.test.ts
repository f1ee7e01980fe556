import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPerson } from './dialects/codecall-client.ts';
import { register } from './people.ts';
import { askIn, from, makeRoom, rooms } from './room-people.ts';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

/** How many rooms one may have made. */

const perAddress = 3;
const perAccount = 2;
let app: RunningApp;

beforeAll(async () => {
  app = await openApp({
    EXECUTION: 'off',
    TRUST_PROXY: 'on',
    ROOMS_PER_ACCOUNT: String(perAccount),
    ROOMS_PER_ADDRESS: String(perAddress),
  });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

let lastAddress = 0;
const nextAddress = () => `203.0.113.${++lastAddress}`;
const tryMaking = (options: object, body: object = {}) => app.ask('POST', rooms, { body, ...options });

it('ROOM-29 guests of one address have so many open rooms, and another one when one has ended or is deleted', async () => {
  const here = from(nextAddress());
  const made = [];
  for (let count = 0; count < perAddress; count++) made.push(await makeRoom(app, {}, here));
  expectProblem(await tryMaking(here), 'too_many_rooms');
  expect((await tryMaking(from(nextAddress()))).status).toBe(201);

  const [first, second] = made;
  if (first === undefined || second === undefined) throw new Error('two rooms');
  await askIn(app, first, 'POST', '/end');
  expect((await tryMaking(here)).status).toBe(201);
  expectProblem(await tryMaking(here), 'too_many_rooms');
  await askIn(app, second, 'DELETE');
  expect((await tryMaking(here, { status: 'waiting' })).status).toBe(201);
  expectProblem(await tryMaking(here), 'too_many_rooms');
});

it('ROOM-29 a whole IPv6 network of a household counts as one address', async () => {
  for (let count = 1; count <= perAddress; count++) await makeRoom(app, {}, from(`2001:db8:1:2::${count}`));
  expectProblem(await tryMaking(from('2001:db8:1:2:ffff::1')), 'too_many_rooms');
  expect((await tryMaking(from('2001:db8:1:3::1'))).status).toBe(201);
});

it('ROOM-29 an account has so many wherever it is, whoever they are handed to, and as many again as ended', async () => {
  const ada = await register(app);
  const asAda = () => ({ token: ada.accessToken, ...from(nextAddress()) });
  const [first] = [await makeRoom(app, {}, asAda()), await makeRoom(app, {}, asAda())];
  expectProblem(await tryMaking(asAda()), 'too_many_rooms');

  const heir = await app.ask('POST', `${rooms}/${first.room.code}/join`, { body: {} });
  await askIn(app, { ...first, token: ada.accessToken }, 'POST', `/members/${heir.body.member.id}/hand-over`);
  expectProblem(await tryMaking(asAda()), 'too_many_rooms');
  await askIn(app, heir.body, 'POST', '/end');
  expect((await tryMaking(asAda())).status).toBe(201);
});

it('ROOM-29 however many are asked for at once, an account gets no more', async () => {
  const { accessToken: token } = await register(app);
  const answers = await Promise.all(Array.from({ length: 12 }, () => tryMaking({ token })));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(perAccount);
  for (const refused of answers.filter(({ status }) => status !== 201)) expectProblem(refused, 'too_many_rooms');
});

it('ROOM-29 clients of other systems meet it, too, and are told in their own shape', async () => {
  const creations: Record<string, { path: string; body: object; refusal: object }> = {
    CodeCast: {
      path: '/api/v1/sessions/anon',
      body: { creator_token: 'secret', display_name: 'Ada' },
      refusal: { error: expect.any(String) },
    },
    'Code Connect Live': {
      path: '/v1/sessions',
      body: { title: 'Ours' },
      refusal: { detail: { error: expect.any(String), code: 409 } },
    },
    CodeInterview: {
      path: '/api/v1/sessions',
      body: {},
      refusal: { error: 'TOO_MANY_ROOMS', message: expect.any(String) },
    },
  };
  for (const [system, { path, body, refusal }] of Object.entries(creations)) {
    const here = from(nextAddress());
    for (let count = 0; count < perAddress; count++) {
      expect((await app.ask('POST', path, { body, ...here })).status, system).toBe(201);
    }
    const refused = await app.ask('POST', path, { body, ...here });
    expect([refused.status, refused.body], system).toMatchObject([409, refusal]);
  }

  const host = await openPerson(app);
  for (let count = 0; count < perAccount; count++) await host.post('/sessions');
  expect(await host.post('/sessions')).toMatchObject({
    status: 409,
    body: { success: false, message: expect.any(String) },
  });
});

it('ROOM-29 0 is no limit', async () => {
  await using free = await openApp({ EXECUTION: 'off', ROOMS_PER_ADDRESS: '0' });
  for (let count = 0; count < 5; count++) await makeRoom(free);
});
