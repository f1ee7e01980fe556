import type { ErrorCode, RoomEntry } from '@coderoom/protocol';
import { connectEvents, pause, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerCallEvents } from '../src/calls/events.ts';
import { registerChatEvents } from '../src/chat/events.ts';
import { createEventRouter } from '../src/gateway/event-router.ts';
import { registerMemberEvents } from '../src/members/events.ts';
import { registerRoomEvents } from '../src/rooms/events.ts';
import { registerRunEvents } from '../src/runs/events.ts';
import { handshake, knockOnAll, openEvents } from './doors.ts';
import { openMember, type RoomMember } from './room-member.ts';
import { askIn, enter, from, makeRoom } from './room-people.ts';
import { openApp, type RunningApp } from './running-app.ts';

const quietMs = 500;
const unknown = '01a1fe2f-082f-73a8-889d-bc69e9fae24f';
let app: RunningApp;
let clockMs = 0;

beforeAll(async () => {
  const now = () => Date.now() + clockMs;
  app = await openApp({ EXECUTION: 'off', TRUST_PROXY: 'on' }, { presenceGraceMs: 100, now });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

/** What the editor has said, by room. */
const said = new Map<string, string>();

async function populate() {
  const owner = await makeRoom(app, { name: 'Owner' });
  const editor = await enter(app, owner.room.id, { name: 'Editor' });
  const viewer = await enter(app, owner.room.id, { name: 'Viewer' });
  await askIn(app, owner, 'PATCH', `/members/${viewer.member.id}`, { role: 'viewer' });
  const stranger = await makeRoom(app, { name: 'Stranger' });
  said.set(owner.room.id, (await askIn(app, editor, 'POST', '/messages', { text: 'mine' })).body.id);
  return { owner, editor, viewer, stranger };
}
type People = Awaited<ReturnType<typeof populate>>;
type Role = keyof People;
type Verdict = 'ok' | ErrorCode;

/** What each may do in the room of the first three; the stranger sends the same from their own. */
interface Row {
  event: string;
  payload(people: People, self: RoomEntry): unknown;
  verdicts: Record<Role, Verdict>;
}

const nobodyRuns: Verdict = 'execution_off';
const table: Row[] = [
  {
    event: 'room:update',
    payload: () => ({ title: 'Mine' }),
    verdicts: { owner: 'ok', editor: 'ok', viewer: 'forbidden', stranger: 'ok' },
  },
  {
    event: 'room:update',
    payload: () => ({ capacity: 30 }),
    verdicts: { owner: 'ok', editor: 'forbidden', viewer: 'forbidden', stranger: 'ok' },
  },
  {
    event: 'room:update',
    payload: () => ({ visibility: 'public', lobby: true, password: 'hello', viewLink: true }),
    verdicts: { owner: 'ok', editor: 'forbidden', viewer: 'forbidden', stranger: 'ok' },
  },
  {
    event: 'room:update',
    payload: ({ owner }) => ({ title: 'Theirs', room: owner.room.id }),
    verdicts: fourTimes('invalid_request'),
  },
  {
    event: 'member:update',
    payload: (_, { member }) => ({ memberId: member.id, name: 'Renamed' }),
    verdicts: fourTimes('ok'),
  },
  {
    event: 'member:update',
    payload: ({ editor }) => ({ memberId: editor.member.id, role: 'viewer' }),
    verdicts: { owner: 'ok', editor: 'forbidden', viewer: 'forbidden', stranger: 'member_not_found' },
  },
  {
    event: 'member:update',
    payload: ({ viewer }) => ({ memberId: viewer.member.id, role: 'editor' }),
    verdicts: { owner: 'ok', editor: 'forbidden', viewer: 'forbidden', stranger: 'member_not_found' },
  },
  {
    event: 'member:update',
    payload: ({ owner }) => ({ memberId: owner.member.id, name: 'Not mine' }),
    verdicts: { owner: 'ok', editor: 'forbidden', viewer: 'forbidden', stranger: 'member_not_found' },
  },
  {
    event: 'run:start',
    payload: () => ({}),
    verdicts: { owner: nobodyRuns, editor: nobodyRuns, viewer: 'forbidden', stranger: nobodyRuns },
  },
  {
    event: 'run:stdin',
    payload: () => ({ runId: unknown, data: 'x' }),
    verdicts: { owner: 'run_not_found', editor: 'run_not_found', viewer: 'forbidden', stranger: 'run_not_found' },
  },
  {
    event: 'run:report',
    payload: () => ({ runId: unknown, output: [] }),
    verdicts: fourTimes('run_not_found'),
  },
  {
    event: 'run:cancel',
    payload: () => ({ runId: unknown }),
    verdicts: { owner: 'run_not_found', editor: 'run_not_found', viewer: 'forbidden', stranger: 'run_not_found' },
  },
  { event: 'call:join', payload: () => ({}), verdicts: fourTimes('ok') },
  {
    event: 'call:signal',
    payload: () => ({ to: unknown, signal: { description: { type: 'offer', sdp: '' } } }),
    verdicts: fourTimes('not_in_call'),
  },
  {
    event: 'call:media',
    payload: () => ({ microphone: true, camera: false, screen: null }),
    verdicts: fourTimes('not_in_call'),
  },
  { event: 'call:leave', payload: () => ({}), verdicts: fourTimes('ok') },
  {
    event: 'message:post',
    payload: () => ({ text: 'hello' }),
    verdicts: fourTimes('ok'),
  },
  {
    event: 'message:post',
    payload: () => ({ text: 'hello', type: 'system' }),
    verdicts: fourTimes('invalid_request'),
  },
  {
    event: 'message:edit',
    payload: ({ owner }) => ({ messageId: said.get(owner.room.id), text: 'changed' }),
    verdicts: { owner: 'forbidden', editor: 'ok', viewer: 'forbidden', stranger: 'message_not_found' },
  },
  {
    event: 'message:delete',
    payload: ({ owner }) => ({ messageId: said.get(owner.room.id) }),
    verdicts: { owner: 'ok', editor: 'ok', viewer: 'forbidden', stranger: 'message_not_found' },
  },
  { event: 'chat:typing', payload: () => ({ typing: true }), verdicts: fourTimes('ok') },
  { event: 'token:renew', payload: () => ({}), verdicts: fourTimes('ok') },
];

function fourTimes(verdict: Verdict): Record<Role, Verdict> {
  return { owner: verdict, editor: verdict, viewer: verdict, stranger: verdict };
}

describe('events and roles', () => {
  it('EVENT-12 every event there is has a row in the table', () => {
    const router = createEventRouter({ error() {} });
    registerRoomEvents(router, {} as never);
    registerMemberEvents(router, {} as never);
    registerRunEvents(router, {} as never);
    registerChatEvents(router, {} as never, {} as never);
    registerCallEvents(router, {} as never);
    expect(new Set(table.map(({ event }) => event))).toEqual(new Set(router.names()));
  });

  it('EVENT-12 each is done for whom the table says; a refused one is heard by nobody and changes nothing', async () => {
    const people = await populate();
    const stateOf = async () => [
      (await askIn(app, people.owner, 'GET')).body,
      (await askIn(app, people.owner, 'GET', '/members')).body.items.map(
        ({ online: _, ...member }: { online: boolean }) => member,
      ),
      (await askIn(app, people.owner, 'GET', '/runs')).body,
      (await askIn(app, people.owner, 'GET', '/messages')).body,
    ];
    const sockets = new Map<Role, RoomMember>();
    for (const role of Object.keys(people) as Role[]) sockets.set(role, await openMember(app.url, people[role].token));
    await until('all to have come', () => sockets.get('owner')?.all('member:joined').length === 2);
    const before = await stateOf();
    const heardBefore = [...sockets.values()].map((socket) => socket.names().length);
    for (const { event, payload, verdicts } of table) {
      for (const [role, socket] of sockets) {
        if (verdicts[role] === 'ok') continue;
        expect(await socket.refusal(event, payload(people, people[role])), `${role} ${event}`).toBe(verdicts[role]);
      }
    }
    await pause(quietMs);
    expect([...sockets.values()].map((socket) => socket.names().length)).toEqual(heardBefore);
    expect(await stateOf()).toEqual(before);
    // What is allowed is done, each time among people who have not been changed yet.
    for (const socket of sockets.values()) socket.close();
    for (const { event, payload, verdicts } of table) {
      for (const role of Object.keys(verdicts) as Role[]) {
        if (verdicts[role] !== 'ok') continue;
        const fresh = await populate();
        const socket = await openMember(app.url, fresh[role].token);
        await socket.ask(event as never, payload(fresh, fresh[role]));
        socket.close();
      }
    }
  });

  it('EVENT-12 nobody is heard without a token, with an old one, or with one of a membership that has ended', async () => {
    const { owner, editor } = await populate();
    expect(await handshake(app, {})).toBe('token_missing');
    expect(await handshake(app, { token: 'junk' })).toBe('token_invalid');
    await askIn(app, owner, 'DELETE', `/members/${editor.member.id}`);
    expect(await handshake(app, { token: editor.token })).toBe('membership_ended');
    const late = await makeRoom(app);
    clockMs = 31 * 24 * 60 * 60_000;
    expect(await handshake(app, { token: late.token })).toBe('token_expired');
    clockMs = 0;
    expect(await handshake(app, { token: late.token, room: owner.room.id })).toBe('room_not_found');
  });

  it('MEMBER-8 what is named of another room is not there', async () => {
    const { owner, stranger } = await populate();
    const socket = await openMember(app.url, stranger.token);
    const ids = { memberId: owner.member.id, name: 'x' };
    expect(await socket.refusal('member:update', ids)).toBe('member_not_found');
    for (const [method, path] of [
      ['PATCH', `/members/${owner.member.id}`],
      ['DELETE', `/members/${owner.member.id}?ban=true`],
      ['POST', `/members/${owner.member.id}/hand-over`],
    ] as const) {
      const answer = await askIn(app, stranger, method, path, method === 'PATCH' ? { role: 'viewer' } : undefined);
      expect(answer.body.code, path).toBe('member_not_found');
    }
    socket.close();
  });
});

describe('a connection that was lost', () => {
  it('EVENT-11 whoever was removed or banned meanwhile does not come back by it, and gets nothing that they missed', async () => {
    for (const ban of ['', '?ban=true']) {
      const owner = await makeRoom(app, {}, from('1.1.1.1'));
      const editor = await enter(app, owner.room.id, {}, from('2.2.2.2'));
      const socket = connectEvents(app.url, editor.token);
      const heard: string[] = [];
      socket.onAny((name: string) => heard.push(name));
      let refusal: string | undefined;
      socket.on('connect_error', (error) => {
        refusal = (error as Error & { data?: { code: string } }).data?.code;
      });
      socket.connect();
      await until('the welcome', () => heard.includes('room:welcome'));
      const { id } = socket;
      heard.length = 0;

      socket.io.reconnectionDelay(300);
      socket.io.engine.close();
      await askIn(app, owner, 'DELETE', `/members/${editor.member.id}${ban}`);
      await askIn(app, owner, 'PATCH', '', { title: 'what they missed' });
      // As a client does that was promised a recovery of its connection.
      socket.auth = { token: editor.token, pid: id, offset: '1-1' };
      await until('the refusal', () => refusal);
      expect(refusal).toBe('membership_ended');
      expect(heard).toEqual([]);
      expect(socket.recovered).not.toBe(true);
      socket.close();
      expect(await knockOnAll(app, owner.room.id, editor.token)).toEqual({
        http: 'membership_ended',
        events: 'membership_ended',
        document: 'membership_ended',
      });
    }
  });

  it('EVENT-11 whoever is still a member is checked again, and told everything anew', async () => {
    const owner = await makeRoom(app);
    const editor = await enter(app, owner.room.id);
    const socket = connectEvents(app.url, editor.token);
    const welcomes: { seq: number; title: string }[] = [];
    socket.on('room:welcome', ({ seq, room }) => welcomes.push({ seq, title: room.title }));
    socket.connect();
    await until('the welcome', () => welcomes.length === 1);
    socket.io.reconnectionDelay(100);
    socket.io.engine.close();
    await askIn(app, owner, 'PATCH', '', { title: 'Meanwhile' });
    await until('the second welcome', () => welcomes.length === 2);
    expect(socket.recovered).not.toBe(true);
    expect(welcomes[1]).toMatchObject({ title: 'Meanwhile' });
    socket.close();
  });
});

describe('handing over', () => {
  it('MEMBER-7 makes another member the owner and the old one an editor, for open connections at once', async () => {
    const { owner, editor } = await populate();
    const [a, b] = [await openMember(app.url, owner.token), await openMember(app.url, editor.token)];
    const handOver = (by: RoomEntry, to: string) => askIn(app, by, 'POST', `/members/${to}/hand-over`);
    expect((await handOver(editor, editor.member.id)).body.code).toBe('forbidden');
    expect((await handOver(owner, owner.member.id)).body.code).toBe('owner_required');
    expect((await handOver(owner, unknown)).body.code).toBe('member_not_found');
    expect((await handOver(owner, editor.member.id)).body).toMatchObject({ id: editor.member.id, role: 'owner' });
    await until('both changes', () => a.all('member:updated').length === 2);
    expect(b.all('member:updated').map(({ member }) => [member.name, member.role])).toEqual([
      ['Owner', 'editor'],
      ['Editor', 'owner'],
    ]);
    expect(await a.refusal('room:update', { capacity: 9 })).toBe('forbidden');
    await b.ask('room:update', { capacity: 9, lobby: true });
    // From now on it is the new owner who hears who asks to join.
    await app.ask('POST', `/api/v2/rooms/${owner.room.id}/join`, { body: {} });
    await b.next('knock:created');
    await pause(100);
    expect(a.all('knock:created')).toEqual([]);
    expect((await askIn(app, owner, 'POST', '/leave')).status).toBe(204);
    expect((await askIn(app, editor, 'POST', '/leave')).body.code).toBe('owner_required');
    for (const socket of [a, b]) socket.close();
  });

  it('MEMBER-7 of many at once one counts', async () => {
    const owner = await makeRoom(app);
    const heirs = await Promise.all(Array.from({ length: 4 }, () => enter(app, owner.room.id)));
    const answers = await Promise.all(
      heirs.map(({ member }) => askIn(app, owner, 'POST', `/members/${member.id}/hand-over`)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const heir = heirs[answers.findIndex(({ status }) => status === 200)] ?? owner;
    const roles = (await askIn(app, heir, 'GET', '/members')).body.items.map(({ role }: { role: string }) => role);
    expect(roles.filter((role: string) => role === 'owner')).toHaveLength(1);
  });

  it('ROOM-27 what was done about people is told to the owner, and to nobody else', async () => {
    const { owner, editor, viewer } = await populate();
    expect((await askIn(app, editor, 'GET', '/audit')).body.code).toBe('forbidden');
    await askIn(app, owner, 'PATCH', '', { lobby: true });
    await askIn(app, owner, 'DELETE', `/members/${viewer.member.id}?ban=true`);
    await askIn(app, owner, 'DELETE', `/bans/${(await askIn(app, owner, 'GET', '/bans')).body.items[0].id}`);
    await askIn(app, owner, 'POST', `/members/${editor.member.id}/hand-over`);
    await askIn(app, editor, 'DELETE', `/members/${owner.member.id}`);
    await askIn(app, editor, 'POST', '/end');
    const kindsOf = ({ body }: { body: { items: { kind: string; actor: string }[] } }) =>
      body.items.map(({ kind, actor }) => `${actor}: ${kind}`);
    const all = await askIn(app, editor, 'GET', '/audit');
    expect(kindsOf(all)).toEqual([
      'Editor: room:ended',
      'Editor: member:removed',
      'Owner: room:handed-over',
      'Owner: member:unbanned',
      'Owner: member:banned',
      'Owner: room:settings-changed',
      'Owner: member:role-changed',
    ]);
    const first = await askIn(app, editor, 'GET', '/audit?limit=5');
    const rest = await askIn(app, editor, 'GET', `/audit?limit=5&before=${first.body.next}`);
    expect([...first.body.items, ...rest.body.items]).toEqual(all.body.items);
    const door = await openEvents(app, editor.token);
    door.close();
  });
});
