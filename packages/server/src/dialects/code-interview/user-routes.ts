import { Type } from 'typebox';
import type { Http } from '../../gateway/http.ts';
import { readBody } from '../fastapi.ts';
import type { Guest } from '../guests.ts';
import type { OpenRoom } from '../open-rooms.ts';
import { fault, missing, ofSession, ofUser, refused, withBody } from './answers.ts';
import { findSession, isUser, listUsers } from './find-session.ts';
import { type CodeInterviewServices, name, usersMax } from './services.ts';
import { describeUser, User, UserCreate } from './shapes.ts';
import { chooseColor, generateName, userIdOf } from './users.ts';

/** Users: ten at most, with names and colours, whom nothing connects. */
export function registerUserRoutes(http: Http, { openRooms, guests, random }: CodeInterviewServices): void {
  http.post(
    '/api/v1/sessions/:sessionId/users',
    {
      config: { rate: 'joins' },
      schema: {
        ...ofSession,
        operationId: 'codeInterviewJoinSession',
        summary: 'Come into a session',
        body: UserCreate,
        response: { 201: User, 409: refused('ten are in it'), ...missing, ...withBody },
      },
    },
    async (request, reply) => {
      const { name: asked } = readBody(request, UserCreate, { isOptional: true });
      const open = await findSession(openRooms, request);
      const user = await guests.join(name, open, request.address, async (all) => {
        const users = await makeRoom(open, all.filter(isUser));
        const taken = users.map(({ color }) => color);
        return { name: asked || generateName(random), color: chooseColor(taken, random) };
      });
      return reply.status(201).send(describeUser(user));
    },
  );

  /** Those who stay: at the limit, those who left without a word give way. */
  async function makeRoom(open: OpenRoom, users: Guest[]): Promise<Guest[]> {
    const surplus = Math.max(0, users.length + 1 - usersMax);
    const gone = users.filter(({ dialect, isOnline }) => dialect === name && !isOnline).slice(0, surplus);
    const message = `Session has reached maximum of ${usersMax} users`;
    if (gone.length < surplus) throw fault(409, 'SESSION_AT_CAPACITY', message);
    for (const user of gone) await guests.leave(name, open, user);
    return users.filter((user) => !gone.includes(user));
  }

  http.get(
    '/api/v1/sessions/:sessionId/users',
    {
      config: { requests: 'polls' },
      schema: {
        ...ofSession,
        operationId: 'codeInterviewListUsers',
        summary: 'Who is in a session',
        response: { 200: Type.Object({ users: Type.Array(User) }), ...missing },
      },
    },
    async (request) => ({
      users: (await listUsers(guests, await findSession(openRooms, request), request.address)).map(describeUser),
    }),
  );

  http.delete(
    '/api/v1/sessions/:sessionId/users/:userId',
    {
      schema: {
        ...ofUser,
        operationId: 'codeInterviewLeaveSession',
        summary: 'Leave a session',
        response: {
          204: Type.Null({ description: 'gone' }),
          403: refused('they came by another door'),
          413: withBody[413],
          ...missing,
        },
      },
    },
    async (request, reply) => {
      const open = await findSession(openRooms, request);
      const { userId } = request.params;
      const users = await guests.list(name, open);
      const user = users.find(({ member }) => userIdOf(member.id) === userId);
      if (user === undefined) throw fault(404, 'USER_NOT_FOUND', `User with ID '${userId}' not found in session`);
      await guests.leave(name, open, user);
      return reply.status(204).send(null);
    },
  );
}
