import { createRoom, joinRoom } from '@coderoom/testkit';
import type { RunningApp } from './running-app.ts';

/** A room with people in it, and what requests about it may name. */
export interface World {
  /** Of an owner, an editor, a viewer, somebody of another room, and of accounts. */
  tokens: string[];
  /** By the name of a parameter or field, values that mean something. */
  ids: Record<string, string[]>;
}

/** An id in shape, which nobody has. */
export const unknownId = '019a0000-0000-7000-8000-000000000000';

export async function makeWorld(app: RunningApp): Promise<World> {
  const owner = await createRoom(app.url, { capacity: 50 });
  const editor = await joinRoom(app.url, owner.room.id);
  const viewer = await joinRoom(app.url, owner.room.id);
  const path = `/api/v2/rooms/${owner.room.id}`;
  await app.ask('PATCH', `${path}/members/${viewer.member.id}`, { token: owner.token, body: { role: 'viewer' } });
  const full = await createRoom(app.url, { capacity: 1 });
  const ended = await createRoom(app.url);
  const formerMember = await joinRoom(app.url, ended.room.id);
  await app.ask('POST', `/api/v2/rooms/${ended.room.id}/end`, { token: ended.token });
  return {
    tokens: [viewer, editor, full, formerMember, ended, owner].map(({ token }) => token),
    ids: {
      room: [ended.room.id, full.room.id, owner.room.id, owner.room.code],
      member: [owner, editor, viewer, ended, formerMember].map(({ member }) => member.id),
      path: ['main.py', 'a/b.txt'],
      run: [unknownId],
      language: ['python', 'javascript'],
    },
  };
}
