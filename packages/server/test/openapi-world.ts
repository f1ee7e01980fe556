import { createRoom, joinRoom } from '@coderoom/testkit';
import { decodeJwt } from 'jose';
import { userIdOf } from '../src/dialects/code-interview/users.ts';
import { createTokens } from '../src/gateway/tokens.ts';
import { gatherCast, gatherPeople, type People, secretKey } from './authorization-cast.ts';
import { login } from './people.ts';
import type { RunningApp } from './running-app.ts';

/** The cast of a room, two rooms in which nothing goes any more, and what requests about them may name. */
export interface World {
  people: People;
  tokens: string[];
  /** Of the owner, as a client of CodeChill has it: its routes look at tokens before anything else. */
  codechillToken: string;
  /** By the name of a parameter or field, values that mean something. */
  ids: Record<string, string[]>;
}

/** An id in shape, which nobody has. */
export const unknownId = '019a0000-0000-7000-8000-000000000000';

/** With people of before, unless something happened to them. */
export async function makeWorld(app: RunningApp, known?: People): Promise<World> {
  const people = known ?? (await gatherPeople(app));
  const cast = await gatherCast(app, people);
  const { stranger: blocker, asking } = people;
  await app.ask('PUT', `/api/v2/blocks/${asking.account.id}`, { token: blocker.accessToken });
  const locked = await createRoom(app.url, { password: 'known to its owner' });
  const full = await createRoom(app.url, { capacity: 1 });
  const ended = await createRoom(app.url);
  const formerMember = await joinRoom(app.url, ended.room.id);
  await app.ask('POST', `/api/v2/rooms/${ended.room.id}/end`, { token: ended.token });
  const { email, password } = people.stranger;
  const codecall = await app.ask('POST', '/auth/login', { body: { email, password } });
  const { knocker, viewer, editor, stranger, revoked, expired, owner, ownerByAccount } = cast.tokens;
  const { accessToken } = await login(app, people.owner);
  const [chillOwner, chillStranger] = await Promise.all(
    [accessToken, people.stranger.accessToken].map((token) => asCodeChill(token, 'access')),
  );
  const chillEnded = await Promise.all(
    (['access', 'refresh'] as const).map((use) => asCodeChill(people.endedToken, use)),
  );
  const chill = [chillOwner ?? '', chillStranger ?? '', ...chillEnded];
  const others = [full.token, formerMember.token, ended.token, codecall.body.accessToken, ...chill];
  const accounts = [people.owner, people.stranger, people.friend, people.asking].map(({ account }) => account.id);
  const open = await createRoom(app.url);
  const interview = (await app.ask('POST', '/api/v1/sessions')).body.id;
  for (let user = 0; user < 10; user++) await app.ask('POST', `/api/v1/sessions/${interview}/users`);
  const live = (await app.ask('POST', '/v1/sessions', { body: { title: 'A session' } })).body.id;
  const participant = await app.ask('POST', `/v1/sessions/${live}/participants`, { body: { name: 'Ada' } });
  return {
    people,
    codechillToken: chillOwner ?? '',
    tokens: [expired, revoked, knocker, viewer, editor, stranger, ...others, owner, ownerByAccount].filter(
      (token) => token !== undefined,
    ),
    ids: {
      ...Object.fromEntries(Object.entries(cast.ids).map(([name, id]) => [name, [id]])),
      room: [locked.room.id, ended.room.id, full.room.id, cast.room.id, cast.room.code],
      member: [cast.ids.member ?? '', ended.member.id, formerMember.member.id, cast.ownerId],
      path: ['main.py', 'notes.txt', 'a/b.txt'],
      // One that goes on could be followed for ever.
      run: [cast.ids.finishedRun, unknownId],
      message: [cast.ids.message ?? ''],
      replyTo: [cast.ids.message ?? ''],
      snippet: [cast.ids.snippet ?? ''],
      code: [cast.ids.code ?? ''],
      practice: [cast.room.id, ended.room.id],
      chillRoom: [locked.room.id, ended.room.id, full.room.id, cast.room.id],
      chillMessage: [cast.ids.message ?? ''],
      chillExecution: [cast.ids.finishedRun],
      chillUser: accounts,
      room_id: [cast.room.id, unknownId],
      sessionId: [open.room.code, live, interview, cast.room.code],
      participantId: [open.member.id, participant.body.id],
      userId: [userIdOf(open.member.id)],
      friendRequest: [unknownId],
      receiverId: accounts,
      account: accounts,
      accountId: [asking.account.id],
      language: ['python', 'javascript'],
      email: [people.owner.email],
      currentPassword: [people.owner.password],
      password: [people.owner.password],
      refreshToken: [people.stranger.refreshToken],
    },
  };
}

/** The session of an account token in the form that CodeChill's clients know; no provider is needed for it. */
async function asCodeChill(accountToken: string, use: 'access' | 'refresh'): Promise<string> {
  const { sub = '', sid } = decodeJwt<{ sid: string }>(accountToken);
  return (await createTokens({ secretKey }).issueForeign(`codechill-${use}`, { holder: sub, sessionId: sid })).token;
}
