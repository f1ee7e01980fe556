import { createRoom, request } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromV4 } from '../../src/dialects/ids.ts';
import { openApp, type RunningApp } from '../running-app.ts';
import { asHost, openPerson } from './codecall-client.ts';

const uuidV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const unknownId = '019a0000-0000-4000-8000-000000000000';
const failure = (message: string) => ({ success: false, message });
let app: RunningApp;

beforeAll(async () => {
  app = await openApp({}, { presenceGraceMs: 50 });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

describe('CodeCall’s practice sessions', () => {
  it('DIA-83 wait for a guest, go on with one, and end', async () => {
    const [host, guest] = [await openPerson(app), await openPerson(app, 'Bob')];
    const made = await host.post('/sessions', { ignored: true });
    const waiting = {
      id: expect.stringMatching(uuidV4),
      hostId: host.id,
      guestId: null,
      status: 'WAITING',
      createdAt: expect.stringMatching(isoTime),
      endedAt: null,
    };
    expect([made.status, made.body]).toEqual([200, { success: true, message: 'Session created', data: waiting }]);
    const { id } = made.body.data;
    const own = await host.post(`/sessions/join/${id}`);
    expect([own.status, own.body]).toEqual([400, failure('Host cannot join as guest')]);

    const joined = await guest.post(`/sessions/join/${id}`);
    const active = { ...waiting, id, guestId: guest.id, status: 'ACTIVE' };
    expect([joined.status, joined.body]).toEqual([200, { success: true, message: 'Session joined', data: active }]);
    const again = await guest.post(`/sessions/join/${id}`);
    expect([again.status, again.body]).toEqual([400, failure('Session already joined')]);

    const notHost = await guest.post(`/sessions/end/${id}`);
    expect([notHost.status, notHost.body]).toEqual([403, failure('Only host can end session')]);
    for (let time = 0; time < 2; time++) {
      const ended = await host.post(`/sessions/end/${id}`);
      const data = { ...active, status: 'ENDED', endedAt: expect.stringMatching(isoTime) };
      expect([ended.status, ended.body]).toEqual([200, { success: true, message: 'Session ended', data }]);
    }
  });

  it('DIA-83 an unknown one is not found, and one that has ended lets nobody in', async () => {
    const [host, guest] = [await openPerson(app), await openPerson(app, 'Bob')];
    for (const id of [unknownId, 'x']) {
      const answer = await guest.post(`/sessions/join/${id}`);
      expect([answer.status, answer.body]).toEqual([404, failure('Session not found')]);
      const end = await guest.post(`/sessions/end/${id}`);
      expect([end.status, end.body]).toEqual([403, failure('Only host can end session')]);
    }
    const { id } = (await host.post('/sessions')).body.data;
    await host.post(`/sessions/end/${id}`);
    const late = await guest.post(`/sessions/join/${id}`);
    expect([late.status, late.body]).toEqual([400, failure('Session has ended')]);
  });

  it('DIA-83 of many who come at once one is the guest', async () => {
    const host = await openPerson(app);
    const others = await Promise.all(['Bob', 'Cy', 'Di', 'Eve'].map((name) => openPerson(app, name)));
    const { id } = (await host.post('/sessions')).body.data;
    const answers = await Promise.all(others.map((other) => other.post(`/sessions/join/${id}`)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400]);
    expect(answers.filter(({ status }) => status === 400).map(({ body }) => body.message)).toEqual(
      Array(3).fill('Session already joined'),
    );
  });

  it('DIA-84 strangers come in by no other door either, unless the host says yes', async () => {
    const host = await openPerson(app);
    const { id } = (await host.post('/sessions')).body.data;
    const stranger = await request(app.url, `/api/v2/rooms/${fromV4(id)}/join`, { body: {} });
    expect([stranger.status, stranger.body]).toEqual([202, expect.objectContaining({ knock: expect.anything() })]);
    const listed = await app.ask('GET', '/api/v2/rooms');
    expect(JSON.stringify(listed.body)).not.toContain('Practice session');
  });

  it('DIA-84 whoever knows a session by its view-only link is no guest by that', async () => {
    const [host, viewer] = [await openPerson(app), await openPerson(app, 'Vic')];
    const { id } = (await host.post('/sessions')).body.data;
    const { token } = await asHost(app, host, id);
    const link = { visibility: 'unlisted', lobby: false, viewLink: true };
    const changed = await app.ask('PATCH', `/api/v2/rooms/${fromV4(id)}`, { token, body: link });
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    const asked = await viewer.post(`/sessions/join/${id}`);
    expect([asked.status, asked.body.success]).toEqual([403, false]);
    await app.ask('POST', `/api/v2/rooms/${fromV4(id)}/start`, { token });
    const members = await app.ask('GET', `/api/v2/rooms/${fromV4(id)}/members`, { token });
    expect(members.body.items.map(({ role }: { role: string }) => role).toSorted()).toEqual(['owner', 'viewer']);
  });

  it('DIA-84 a session with a password is not joined without it, and who was removed has to be let in again', async () => {
    const [host, guest] = [await openPerson(app), await openPerson(app, 'Bob')];
    const locked = (await host.post('/sessions')).body.data;
    const { path, token } = await asHost(app, host, locked.id);
    const changed = await app.ask('PATCH', path, { token, body: { password: 'sesame' } });
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    const refused = await guest.post(`/sessions/join/${locked.id}`);
    expect([refused.status, refused.body.success]).toEqual([403, false]);

    const { id } = (await host.post('/sessions')).body.data;
    expect((await guest.post(`/sessions/join/${id}`)).status).toBe(200);
    const room = await asHost(app, host, id);
    const { body: members } = await app.ask('GET', `${room.path}/members`, { token: room.token });
    const bob = members.items.find(({ role }: { role: string }) => role === 'editor');
    await app.ask('DELETE', `${room.path}/members/${bob.id}`, { token: room.token });
    const back = await guest.post(`/sessions/join/${id}`);
    expect([back.status, back.body.message]).toEqual([403, expect.stringContaining('has been asked')]);
  });

  it('DIA-84 a room made elsewhere is joined by its code, by the same door as in the web client', async () => {
    const person = await openPerson(app);
    const open = await createRoom(app.url);
    const joined = await person.post(`/sessions/join/${open.room.code}`);
    expect([joined.status, joined.body.data]).toMatchObject([200, { status: 'ACTIVE', guestId: person.id }]);
    const again = await person.post(`/sessions/join/${joined.body.data.id}`);
    expect([again.status, again.body]).toEqual([400, failure('Session already joined')]);
    const shut = await createRoom(app.url, { visibility: 'private' });
    const refused = await person.post(`/sessions/join/${shut.room.code}`);
    expect([refused.status, refused.body]).toEqual([404, failure('Session not found')]);
    const lobby = await createRoom(app.url, { lobby: true });
    const asked = await person.post(`/sessions/join/${lobby.room.code}`);
    expect([asked.status, asked.body.message]).toEqual([403, expect.stringContaining('has been asked')]);
  });
});
