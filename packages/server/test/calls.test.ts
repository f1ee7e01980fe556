import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CallSignal, limits, type RoomEntry } from '@coderoom/protocol';
import { createRoom, joinRoom, temporaryFolder, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMember, type RoomMember } from './room-member.ts';
import { type Answer, openApp, type RunningApp } from './running-app.ts';

const secret = 'shared with the relay';
const TURN_URL = 'turn:turn.example.org:3478?transport=udp,turns:turn.example.org:5349,stun:stun.example.org';
const folder = temporaryFolder();
let app: RunningApp;
let clockMs = 0;

beforeAll(async () => {
  app = await openApp(
    { EXECUTION: 'off', DATA_DIR: folder.path, TURN_URL, TURN_SECRET: secret },
    { presenceGraceMs: 100, now: () => Date.now() + clockMs },
  );
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const silent = { microphone: false, camera: false, screen: null };
const offer = (sdp = 'v=0'): CallSignal => ({ description: { type: 'offer', sdp } });
const candidate = {
  candidate: { candidate: 'candidate:1 1 udp 1 127.0.0.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0 },
};

/** Somebody in a room, with a connection, and in its call if they joined. */
interface Person extends RoomMember {
  entry: RoomEntry;
  peerId: string;
}

async function arrive(entry: RoomEntry): Promise<Person> {
  return Object.assign(await openMember(app.url, entry.token), { entry, peerId: '' });
}

async function call(person: Person, media?: object): Promise<Person> {
  const { peerId } = await person.ask('call:join', media === undefined ? {} : { media });
  return Object.assign(person, { peerId });
}

/** People in the call of one room, the owner first. */
async function gather(count: number): Promise<Person[]> {
  const owner = await createRoom(app.url, { name: 'Ada' });
  const people = [await call(await arrive(owner))];
  while (people.length < count) people.push(await call(await arrive(await joinRoom(app.url, owner.room.id))));
  return people;
}

const ask = ({ entry }: Person, method: string, path = '', body?: object): Promise<Answer> =>
  app.ask(method, `/api/v2/rooms/${entry.room.id}${path}`, {
    token: entry.token,
    ...(body === undefined ? {} : { body }),
  });
const inCall = async (person: Person): Promise<string[]> =>
  (await ask(person, 'GET', '/call')).body.participants.map(({ peerId }: { peerId: string }) => peerId);
const signalsTo = (person: Person) => person.all('call:signal');
const leave = (...people: Person[]) => {
  for (const person of people) person.close();
};

/** What was on its way has come, since this comes later. */
async function settle(...people: Person[]): Promise<void> {
  for (const person of people) {
    await person.ask('call:media', { ...silent, microphone: true }).catch(() => {});
    await person.ask('token:renew', {});
  }
}

describe('who is in a call', () => {
  it('CALL-1 whoever is in the room joins, a viewer, too; everybody there is told who comes, goes, and sends what', async () => {
    const owner = await arrive(await createRoom(app.url, { name: 'Ada' }));
    const viewer = await arrive(await joinRoom(app.url, owner.entry.room.id, { name: 'Lin' }));
    const bystander = await arrive(await joinRoom(app.url, owner.entry.room.id));
    await ask(owner, 'PATCH', `/members/${viewer.entry.member.id}`, { role: 'viewer' });

    await call(owner, { microphone: true, camera: false, screen: null });
    const joined = await viewer.ask('call:join', {});
    expect(joined.participants).toEqual([
      {
        peerId: owner.peerId,
        memberId: owner.entry.member.id,
        joinedAt: expect.any(String),
        media: { microphone: true, camera: false, screen: null },
      },
      { peerId: joined.peerId, memberId: viewer.entry.member.id, joinedAt: expect.any(String), media: silent },
    ]);
    expect(joined.participants).toEqual((await ask(bystander, 'GET', '/call')).body.participants);
    await viewer.ask('call:media', { microphone: true, camera: true, screen: 'stream-1' });
    await owner.ask('call:leave', {});

    await bystander.next('call:left');
    const told = bystander.names().filter((name) => name.startsWith('call:'));
    expect(told).toEqual(['call:joined', 'call:joined', 'call:updated', 'call:left']);
    expect(bystander.all('call:updated')[0]?.participant).toMatchObject({
      peerId: joined.peerId,
      media: { microphone: true, camera: true, screen: 'stream-1' },
    });
    expect(bystander.all('call:left')[0]).toMatchObject({ peerId: owner.peerId, memberId: owner.entry.member.id });
    bystander.expectNoGap();

    const late = await arrive(await joinRoom(app.url, owner.entry.room.id));
    expect(late.welcome.call).toEqual((await ask(late, 'GET', '/call')).body.participants);
    expect(late.welcome.call.map(({ peerId }) => peerId)).toEqual([joined.peerId]);
    leave(owner, viewer, bystander, late);
  });

  it('CALL-1 joining again by the same connection is the same peer; leaving without being in a call is fine', async () => {
    const [ada] = (await gather(1)) as [Person];
    const again = await ada.ask('call:join', { media: { microphone: true, camera: false, screen: null } });
    expect(again.peerId).toBe(ada.peerId);
    expect(again.participants).toHaveLength(1);
    await ada.ask('call:leave', {});
    await ada.ask('call:leave', {});
    expect(await ada.refusal('call:media', silent)).toBe('not_in_call');
    expect(await inCall(ada)).toEqual([]);
    const { peerId } = await ada.ask('call:join', {});
    expect(peerId).not.toBe(ada.peerId);
    leave(ada);
  });

  it('CALL-1 a room that has ended has no call', async () => {
    const [ada, ben] = (await gather(2)) as [Person, Person];
    await ask(ada, 'POST', '/end');
    await until('both to be out', () => ben.all('call:left').length === 2);
    ben.expectNoGap();
    expect((await ask(ben, 'GET', '/call')).body).toEqual({ participants: [], iceServers: [] });
    expect(await ada.refusal('call:join', {})).toBe('room_ended');
    expect(await ada.refusal('call:signal', { to: ben.peerId, signal: offer() })).toBe('not_in_call');
    leave(ada, ben);
  });

  it('CALL-3 a member is in a call once: joining from elsewhere takes over, and the other connection can come back', async () => {
    const [ada, ben] = (await gather(2)) as [Person, Person];
    const elsewhere = await call(await arrive(ben.entry));
    expect(elsewhere.peerId).not.toBe(ben.peerId);
    expect(await inCall(ada)).toEqual([ada.peerId, elsewhere.peerId]);
    await until('the take-over to be told', () => ada.all('call:joined').length === 3);
    expect(ada.all('call:left')).toMatchObject([{ peerId: ben.peerId, memberId: ben.entry.member.id }]);
    // The old one is out, says nothing and hears nothing.
    expect(await ben.refusal('call:signal', { to: ada.peerId, signal: offer() })).toBe('not_in_call');
    expect(await ada.refusal('call:signal', { to: ben.peerId, signal: offer() })).toBe('peer_not_found');
    await ada.ask('call:signal', { to: elsewhere.peerId, signal: offer() });
    await elsewhere.next('call:signal');
    expect(signalsTo(ben)).toEqual([]);
    // Its end does not end the call of the other.
    ben.close();
    await settle(ada, elsewhere);
    expect(await inCall(ada)).toEqual([ada.peerId, elsewhere.peerId]);
    leave(ada, elsewhere);
  });

  it('CALL-5 never more than it takes, however many come in the same moment; a free place is taken by the next', async () => {
    const owner = await createRoom(app.url, { capacity: 20 });
    const people = await Promise.all(
      Array.from({ length: limits.callPeersMax + 4 }, async () => arrive(await joinRoom(app.url, owner.room.id))),
    );
    const outcomes = await Promise.all(
      people.map((person) =>
        call(person).then(
          () => 'in',
          (error: Error) => error.message,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'in')).toHaveLength(limits.callPeersMax);
    const [outside, ...others] = people.filter((_, index) => outcomes[index] !== 'in') as [Person, ...Person[]];
    for (const person of [outside, ...others]) expect(await person.refusal('call:join', {})).toBe('call_full');
    const [first] = people.filter((_, index) => outcomes[index] === 'in') as [Person];
    // Whoever is in it may take over their own place.
    const elsewhere = await call(await arrive(first.entry));
    expect(await inCall(outside)).toHaveLength(limits.callPeersMax);
    elsewhere.close();
    await until('the place', async () => (await inCall(outside)).length === limits.callPeersMax - 1);
    await call(outside);
    leave(...people);
  });
});

describe('leaving', () => {
  it.each([
    ['is removed', (owner: Person, guest: Person) => ask(owner, 'DELETE', `/members/${guest.entry.member.id}`)],
    ['is banned', (owner: Person, guest: Person) => ask(owner, 'DELETE', `/members/${guest.entry.member.id}?ban=true`)],
    ['leaves the room', (_: Person, guest: Person) => ask(guest, 'POST', '/leave')],
    ['loses the connection', async (_: Person, guest: Person) => guest.close()],
  ])('CALL-4 whoever %s is out at once', async (_what, act) => {
    const [ada, ben, cyd] = (await gather(3)) as [Person, Person, Person];
    await act(ada, ben);
    expect(await ada.next('call:left')).toMatchObject({ peerId: ben.peerId, memberId: ben.entry.member.id });
    expect(await inCall(cyd)).toEqual([ada.peerId, cyd.peerId]);
    expect(await ada.refusal('call:signal', { to: ben.peerId, signal: offer() })).toBe('peer_not_found');
    leave(ada, ben, cyd);
  });

  it('CALL-4 who is removed in the moment of joining is not in the call', async () => {
    for (let round = 0; round < 10; round++) {
      const [ada] = (await gather(1)) as [Person];
      const ben = await arrive(await joinRoom(app.url, ada.entry.room.id));
      ben.emit('call:join', {});
      await ask(ada, 'DELETE', `/members/${ben.entry.member.id}`);
      await ben.disconnected();
      await settle(ada);
      expect(await inCall(ada)).toEqual([ada.peerId]);
      leave(ada, ben);
    }
  });

  it('CALL-4 when the room is deleted, its call is over', async () => {
    const [ada, ben] = (await gather(2)) as [Person, Person];
    await ask(ada, 'DELETE');
    expect(await ben.disconnected()).toBe('io server disconnect');
    expect(signalsTo(ben)).toEqual([]);
    leave(ada, ben);
  });
});

describe('what peers say to each other', () => {
  it('CALL-2 reaches the one it is for, as it was said and in order, and nobody else', async () => {
    const [ada, ben, cyd] = (await gather(3)) as [Person, Person, Person];
    const outside = await arrive(await joinRoom(app.url, ada.entry.room.id));
    const [stranger] = (await gather(1)) as [Person];
    const said = [offer('v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n'), candidate];
    for (const signal of said) await ada.ask('call:signal', { to: ben.peerId, signal });
    await ben.ask('call:signal', { to: ada.peerId, signal: { description: { type: 'answer', sdp: '' } } });
    await until('both to have heard', () => signalsTo(ben).length === 2 && signalsTo(ada).length === 1);
    expect(signalsTo(ben)).toEqual(said.map((signal) => ({ from: ada.peerId, signal })));
    expect(signalsTo(ada)).toMatchObject([{ from: ben.peerId }]);
    await settle(ada, cyd, stranger);
    await outside.ask('token:renew', {});
    for (const other of [cyd, outside, stranger]) expect(signalsTo(other)).toEqual([]);
    leave(ada, ben, cyd, outside, stranger);
  });

  it('CALL-2 goes neither to nor from anybody who is not in this call', async () => {
    const [ada, ben] = (await gather(2)) as [Person, Person];
    const outside = await arrive(await joinRoom(app.url, ada.entry.room.id));
    const [stranger] = (await gather(1)) as [Person];
    expect(await outside.refusal('call:signal', { to: ada.peerId, signal: offer() })).toBe('not_in_call');
    expect(await stranger.refusal('call:signal', { to: ada.peerId, signal: offer() })).toBe('peer_not_found');
    expect(await ada.refusal('call:signal', { to: stranger.peerId, signal: offer() })).toBe('peer_not_found');
    for (const to of [ada.peerId, outside.entry.member.id, ben.entry.member.id, '', '__proto__']) {
      expect(await ada.refusal('call:signal', { to, signal: offer() }), to).toBe('peer_not_found');
    }
    await settle(ada, ben, stranger);
    for (const person of [ada, ben, outside, stranger]) expect(signalsTo(person)).toEqual([]);
    leave(ada, ben, outside, stranger);
  });

  it('CALL-2 is kept nowhere: not in the database, not in the log', async () => {
    const [ada, ben] = (await gather(2)) as [Person, Person];
    const mark = 'nowhere-to-be-found-afterwards';
    await ada.ask('call:signal', { to: ben.peerId, signal: offer(mark) });
    await ben.next('call:signal');
    await ada.ask('room:update', { title: 'kept-all-the-same' });
    const kept = () =>
      readdirSync(folder.path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
        .join('');
    await until('what is kept', () => kept().includes('kept-all-the-same'));
    expect(kept()).not.toContain(mark);
    expect(app.logged.join('')).not.toContain(mark);
    leave(ada, ben);
  });

  it('CALL-6 junk, and what is too large, is refused and reaches nobody', async () => {
    const [ada, ben] = (await gather(2)) as [Person, Person];
    const to = ben.peerId;
    const junk: unknown[] = [
      null,
      {},
      { to },
      { signal: offer() },
      { to: 7, signal: offer() },
      { to, signal: null },
      { to, signal: 'v=0' },
      { to, signal: {} },
      { to, signal: { description: { type: 'rollback', sdp: '' } } },
      { to, signal: { description: { type: 'offer' } } },
      { to, signal: { description: { type: 'offer', sdp: 7 } } },
      { to, signal: { ...offer(), ...candidate } },
      { to, signal: { candidate: { candidate: 'x', sdpMLineIndex: -1 } } },
      { to, signal: { candidate: { candidate: 'x'.repeat(limits.callCandidateMaxLength + 1) } } },
      { to, signal: offer('x'.repeat(limits.callSignalMaxBytes + 1)) },
      { to, signal: offer(), more: true },
    ];
    for (const payload of junk) {
      expect(await ada.refusal('call:signal', payload), JSON.stringify(payload)?.slice(0, 80)).toBe('invalid_request');
    }
    expect(await ada.refusal('call:signal', { to, signal: offer('é'.repeat(limits.callSignalMaxBytes / 2)) })).toBe(
      'too_large',
    );
    for (const media of [
      {},
      { ...silent, screen: true },
      { ...silent, more: 1 },
      { ...silent, screen: 'x'.repeat(101) },
    ]) {
      expect(await ada.refusal('call:media', media)).toBe('invalid_request');
    }
    expect(await ada.refusal('call:join', { media: 'loud' })).toBe('invalid_request');
    expect(await ada.refusal('call:leave', { now: true })).toBe('invalid_request');
    await settle(ada, ben);
    expect(signalsTo(ben)).toEqual([]);
    leave(ada, ben);
  });

  it('CALL-6 too many signals of one member are refused, by however many connections; the others go on', async () => {
    await using strict = await openApp({ EXECUTION: 'off', RATE_LIMITS: 'on' }, { ratePoints: { callSignals: 3 } });
    const owner = await createRoom(strict.url);
    const guest = await joinRoom(strict.url, owner.room.id);
    const [ada, ben] = [await openMember(strict.url, owner.token), await openMember(strict.url, guest.token)];
    const [first, second] = [await ada.ask('call:join', {}), await ben.ask('call:join', {})];
    for (let i = 0; i < 3; i++) await ada.ask('call:signal', { to: second.peerId, signal: offer() });
    expect(await ada.refusal('call:signal', { to: second.peerId, signal: offer() })).toBe('rate_limited');
    const elsewhere = await openMember(strict.url, owner.token);
    const third = await elsewhere.ask('call:join', {});
    expect(await elsewhere.refusal('call:signal', { to: second.peerId, signal: offer() })).toBe('rate_limited');
    await ben.ask('call:signal', { to: third.peerId, signal: offer() });
    expect(ben.all('call:signal')).toHaveLength(3);
    expect(first.peerId).not.toBe(third.peerId);
    for (const member of [ada, ben, elsewhere]) member.close();
  });
});

describe('relays', () => {
  it('CALL-7 members get credentials of their own, that the relay can check and that end after an hour', async () => {
    const [ada, ben] = (await gather(2)) as [Person, Person];
    clockMs = 12_345_678;
    const answer = await ask(ada, 'GET', '/call');
    const [stun, turn] = answer.body.iceServers;
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(stun).toEqual({ urls: ['stun:stun.example.org'] });
    expect(turn.urls).toEqual(['turn:turn.example.org:3478?transport=udp', 'turns:turn.example.org:5349']);
    // As coturn's `use-auth-secret` checks it.
    const [endsAtS, memberId] = turn.username.split(':');
    expect(memberId).toBe(ada.entry.member.id);
    const inAnHourS = (Date.now() + clockMs + limits.turnCredentialTtlMs) / 1000;
    expect(Number(endsAtS)).toBeGreaterThan(inAnHourS - 60);
    expect(Number(endsAtS)).toBeLessThanOrEqual(inAnHourS);
    expect(turn.credential).toBe(createHmac('sha1', secret).update(turn.username).digest('base64'));
    const joined = await ben.ask('call:join', {});
    expect(joined.iceServers[1].username).toMatch(new RegExp(`:${ben.entry.member.id}$`));
    expect(JSON.stringify([answer.body, joined])).not.toContain(secret);
    clockMs = 0;
    leave(ada, ben);
  });

  it('CALL-7 no server of others is asked unless one is configured, and strangers get none', async () => {
    await using plain = await openApp({ EXECUTION: 'off' });
    const owner = await createRoom(plain.url);
    const path = `/api/v2/rooms/${owner.room.id}/call`;
    expect((await plain.ask('GET', path, { token: owner.token })).body).toEqual({ participants: [], iceServers: [] });
    const stranger = await createRoom(app.url);
    const [ada] = (await gather(1)) as [Person];
    const theirs = `/api/v2/rooms/${ada.entry.room.id}/call`;
    expect((await app.ask('GET', theirs)).status).toBe(401);
    expect((await app.ask('GET', theirs, { token: stranger.token })).body.code).toBe('room_not_found');
    leave(ada);
  });
});

describe('what pages may do', () => {
  it('CALL-8 camera, microphone and screen are for pages of this server, and for nobody they embed', async () => {
    for (const path of ['/', '/r/some-room']) {
      const { headers } = await app.ask('GET', path);
      expect(headers.get('permissions-policy')).toBe(
        'camera=(self), microphone=(self), display-capture=(self), geolocation=()',
      );
    }
  });
});
