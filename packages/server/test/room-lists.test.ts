import { limits, type RoomListing } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMember } from './room-member.ts';
import { askIn, enter, makeRoom, rooms, tryJoin } from './room-people.ts';
import { expectProblem, openApp, type RunningApp } from './running-app.ts';

const dayMs = 24 * 60 * 60_000;
let app: RunningApp;
let clockMs = 0;

beforeAll(async () => {
  app = await openApp({ EXECUTION: 'off' }, { presenceGraceMs: 100, now: () => Date.now() + clockMs });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const list = async (query: Record<string, string | number> = {}) => {
  const { status, body } = await app.ask('GET', `${rooms}?${new URLSearchParams(query as Record<string, string>)}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body as { items: RoomListing[]; next: string | null };
};
const titlesOf = ({ items }: { items: RoomListing[] }) => items.map(({ title }) => title);

describe('the list of public rooms', () => {
  it('ROOM-21 needs no token and shows public rooms that have not ended, with who is there', async () => {
    const listed = await makeRoom(app, {
      title: 'Listed',
      visibility: 'public',
      description: 'for all',
      name: 'Ada',
      password: 'open',
    });
    await makeRoom(app, { title: 'Unlisted' });
    await makeRoom(app, { title: 'Private', visibility: 'private' });
    const ended = await makeRoom(app, { title: 'Ended', visibility: 'public' });
    await askIn(app, ended, 'POST', '/end');
    const waiting = await makeRoom(app, { title: 'Waiting', visibility: 'public', status: 'waiting' });
    const { items, next } = await list();
    expect(next).toBeNull();
    expect(items).toEqual([
      expect.objectContaining({ title: 'Waiting', status: 'waiting' }),
      {
        id: listed.room.id,
        code: listed.room.code,
        title: 'Listed',
        description: 'for all',
        language: 'python',
        visibility: 'public',
        status: 'active',
        hasPassword: true,
        lobby: false,
        capacity: limits.roomCapacityDefault,
        online: 0,
        ownerName: 'Ada',
        createdAt: listed.room.createdAt,
        lastActiveAt: expect.any(String),
      },
    ]);
    const socket = await openMember(app.url, listed.token);
    expect((await list({ search: 'listed' })).items[0]?.online).toBe(1);
    socket.close();
    await askIn(app, waiting, 'PATCH', '', { visibility: 'unlisted' });
    expect(titlesOf(await list())).toEqual(['Listed']);
    await askIn(app, listed, 'DELETE');
    expect((await list()).items).toEqual([]);
  });

  it('ROOM-21 goes by pages, language and words', async () => {
    for (let index = 0; index < 5; index++) {
      clockMs += 1_000;
      await makeRoom(app, {
        title: `Page ${index}`,
        visibility: 'public',
        ...(index === 3 ? { language: 'javascript', description: 'Sorting, über alles' } : {}),
      });
    }
    const all = ['Page 4', 'Page 3', 'Page 2', 'Page 1', 'Page 0'];
    const first = await list({ limit: 2 });
    const second = await list({ limit: 2, before: first.next ?? '' });
    const third = await list({ limit: 2, before: second.next ?? '' });
    expect([first, second, third].flatMap(titlesOf)).toEqual(all);
    expect(third.next).toBeNull();
    expect(titlesOf(await list({ language: 'javascript' }))).toEqual(['Page 3']);
    expect(titlesOf(await list({ language: 'none such' }))).toEqual([]);
    for (const search of ['sort', 'ÜBER page', 'uber', 'page 3'])
      expect(titlesOf(await list({ search })), search).toEqual(['Page 3']);
    for (const search of ['age', '!!!', '%', "' or 1=1 --", 'x'.repeat(254)])
      expect(titlesOf(await list({ search }))).toEqual([]);
    expect(titlesOf(await list({ search: '  ' }))).toEqual(all);
    for (const query of [
      'limit=0',
      'limit=101',
      'limit=x',
      'before=x',
      'before=1.x',
      'nope=1',
      `search=${'x'.repeat(255)}`,
    ]) {
      expectProblem(await app.ask('GET', `${rooms}?${query}`), 'invalid_request');
    }
  });

  it('ROOM-21 begins with the room that somebody was in last', async () => {
    const { items } = await list();
    const last = items.at(-1) as RoomListing;
    clockMs += 2 * limits.activityStoreMs;
    await enter(app, last.id);
    expect((await list()).items[0]?.id).toBe(last.id);
  });
});

describe('rooms of guests that nobody uses', () => {
  it('ROOM-20 are deleted after their time, at a start or later, and none that was used meanwhile', async () => {
    let clock = 0;
    await using own = await openApp({ EXECUTION: 'off', GUEST_ROOM_DAYS: '7' }, { now: () => Date.now() + clock });
    const [unused, used] = [await makeRoom(own), await makeRoom(own)];
    expect(Date.parse(unused.room.expiresAt ?? '') - Date.now()).toBeLessThan(8 * dayMs);
    clock = 5 * dayMs;
    await enter(own, used.room.id, {}, { token: used.token });
    clock = 9 * dayMs;
    await own.reopen();
    await until(
      'the unused one to be gone',
      async () => (await tryJoin(own, unused.room.id)).body.code === 'room_not_found',
    );
    await enter(own, used.room.id);
  });

  it('ROOM-20 stay for ever where that is set', async () => {
    let clock = 0;
    await using own = await openApp({ EXECUTION: 'off', GUEST_ROOM_DAYS: '0' }, { now: () => Date.now() + clock });
    const owner = await makeRoom(own);
    expect(owner.room.expiresAt).toBeNull();
    clock = 4_000 * dayMs;
    await own.reopen();
    await enter(own, owner.room.id);
  });
});
