import { limits, type RoomEntry } from '@coderoom/protocol';
import { createRoom, joinRoom, until } from '@coderoom/testkit';
import { expect } from 'vitest';
import { createTokens } from '../src/gateway/tokens.ts';
import { login, register, type SignedInPerson } from './people.ts';
import type { RunningApp } from './running-app.ts';

/** Everybody who may ask for something in or around one room, as the columns of the authorisation matrix. */
export const roles = [
  'nobody',
  'otherMember',
  'stranger',
  'knocker',
  'viewer',
  'editor',
  'owner',
  'ownerByAccount',
  'expired',
  'expiredAccount',
  'revoked',
  'revokedAccount',
] as const;
export type Role = (typeof roles)[number];

/** People with accounts; they outlive many rooms. */
export interface People {
  /** Owns the room; her friend has invited her elsewhere, and somebody wants to be her friend. */
  owner: SignedInPerson;
  /** Another sign-in of hers. */
  otherSession: string;
  /** One that has ended. */
  endedToken: string;
  stranger: SignedInPerson;
  friend: SignedInPerson;
  asking: SignedInPerson;
  invitation: string;
}

/** A room with something of everything in it. */
export interface Cast extends People {
  tokens: Record<Role, string | undefined>;
  room: RoomEntry['room'];
  /** As a member. */
  ownerId: string;
  /** By the name of a parameter; and a run that has finished, which can be followed to its end. */
  ids: Record<string, string> & { finishedRun: string };
  /** Of a guest's membership elsewhere. */
  guestToken: string;
}

export const secretKey = 'known to the tests, and long enough to sign with';

/** Whose sessions belong to who knows a token, which may be any text. */
const codeCast = '/api/v1/sessions/anon';

async function ask(app: RunningApp, method: string, path: string, token: string, body?: unknown) {
  const answer = await app.ask(method, path, { token, ...(body === undefined ? {} : { body }) });
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body;
}

export async function gatherPeople(app: RunningApp): Promise<People> {
  const [owner, stranger, friend, asking] = await Promise.all([
    register(app, { name: 'Ada' }),
    register(app, { name: 'Eve' }),
    register(app, { name: 'Grace' }),
    register(app, { name: 'Bob' }),
  ]);
  const [other, ended] = [await login(app, owner), await login(app, owner)];
  await ask(app, 'POST', '/api/v2/auth/logout', ended.accessToken);
  const sessions = await ask(app, 'GET', '/api/v2/me/sessions', other.accessToken);
  const otherSession = sessions.items.find(({ isCurrent }: { isCurrent: boolean }) => isCurrent).id;
  await ask(app, 'POST', '/api/v2/friends', friend.accessToken, { accountId: owner.account.id });
  await ask(app, 'POST', `/api/v2/friends/${friend.account.id}/accept`, owner.accessToken);
  await ask(app, 'POST', '/api/v2/friends', asking.accessToken, { accountId: owner.account.id });
  const elsewhere = await ask(app, 'POST', '/api/v2/rooms', friend.accessToken, {});
  const invited = { accountId: owner.account.id };
  await ask(app, 'POST', `/api/v2/rooms/${elsewhere.room.id}/invitations`, friend.accessToken, invited);
  const { items } = await ask(app, 'GET', '/api/v2/me/invitations', owner.accessToken);
  return { owner, otherSession, endedToken: ended.accessToken, stranger, friend, asking, invitation: items[0].id };
}

export async function gatherCast(app: RunningApp, people: People): Promise<Cast> {
  const { owner, stranger, asking } = people;
  const entry: RoomEntry = await ask(app, 'POST', '/api/v2/rooms', owner.accessToken, { capacity: 50 });
  const { room } = entry;
  const path = `/api/v2/rooms/${room.id}`;
  const [editor, viewer, target, leaver, other, guest] = await Promise.all([
    joinRoom(app.url, room.id),
    joinRoom(app.url, room.id),
    joinRoom(app.url, room.id),
    joinRoom(app.url, room.id),
    createRoom(app.url),
    createRoom(app.url),
  ]);
  // Who is banned has an account: a guest's ban is of the address that all here share.
  const banned: RoomEntry = await ask(app, 'POST', `${path}/join`, asking.accessToken, {});
  await ask(app, 'PATCH', `${path}/members/${viewer.member.id}`, entry.token, { role: 'viewer' });
  await ask(app, 'DELETE', `${path}/members/${leaver.member.id}`, entry.token);
  await ask(app, 'DELETE', `${path}/members/${banned.member.id}?ban=true`, entry.token);
  const { items: bans } = await ask(app, 'GET', `${path}/bans`, entry.token);
  await ask(app, 'PUT', `${path}/files/notes.txt`, entry.token, { text: 'a second file, which may be deleted' });
  const message = await ask(app, 'POST', `${path}/messages`, entry.token, { text: 'hello' });
  const snippet = await ask(app, 'POST', `${path}/snippets`, entry.token, { fileName: 'shown.py', content: 'x = 1' });
  const begun = { creator_token: `Bearer ${entry.token}`, display_name: 'Ada' };
  const { session_code: code } = await ask(app, 'POST', codeCast, '', begun);
  const shown = { file_name: 'shown.py', content: 'x = 1' };
  await ask(app, 'POST', `${codeCast}/${code}/snippets`, entry.token, shown);
  await ask(app, 'PATCH', path, entry.token, { lobby: true });
  const knocked = await ask(app, 'POST', `${path}/join`, '', {});
  const finished = await ask(app, 'POST', `${path}/runs`, entry.token, {});
  await ask(app, 'DELETE', `${path}/runs/${finished.id}`, entry.token);
  const run = await ask(app, 'POST', `${path}/runs`, entry.token, {});
  await until('the run to be running', async () => {
    return (await ask(app, 'GET', `${path}/runs/${run.id}`, entry.token)).state === 'running';
  });

  const past = () => Date.now() - limits.roomTokenTtlMs - 60_000;
  const expired = createTokens({ secretKey, now: past });
  const sessionId = 'any';
  return {
    ...people,
    room,
    ownerId: entry.member.id,
    guestToken: guest.token,
    tokens: {
      nobody: undefined,
      otherMember: other.token,
      stranger: stranger.accessToken,
      knocker: knocked.token,
      viewer: viewer.token,
      editor: editor.token,
      owner: entry.token,
      ownerByAccount: owner.accessToken,
      expired: (await expired.issue({ memberId: editor.member.id, roomId: room.id })).token,
      expiredAccount: (await expired.issueForAccount({ accountId: owner.account.id, sessionId })).token,
      revoked: leaver.token,
      revokedAccount: people.endedToken,
    },
    ids: {
      room: room.id,
      member: target.member.id,
      path: 'main.py',
      run: run.id,
      finishedRun: finished.id,
      message: message.id,
      snippet: snippet.id,
      code,
      chillRoom: room.id,
      chillMessage: message.id,
      chillExecution: finished.id,
      chillUser: owner.account.id,
      knock: knocked.knock.id,
      ban: bans[0].id,
      session: people.otherSession,
      account: people.friend.account.id,
      invitation: people.invitation,
      practice: room.id,
      sessionId: room.id,
      participantId: target.member.id,
      userId: target.member.id,
      friendRequest: people.invitation,
    },
  };
}
