import { limits, ProblemError, RoomCreate, RoomJoin, RoomPatch } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { Caller } from '../caller.ts';
import type { Access } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import type { Idempotency } from '../gateway/idempotency.ts';
import { accessErrors, bodyErrors, problems, withoutToken, withRoomToken } from '../gateway/openapi.ts';
import type { MemberService } from '../members/service.ts';
import type { RoomService } from './service.ts';

export function registerRoomRoutes(
  http: Http,
  services: { access: Access; rooms: RoomService; members: MemberService; idempotency: Idempotency },
): void {
  const { access, rooms, members, idempotency } = services;
  const tags = ['rooms'];
  const params = Type.Object({ room: Type.String({ description: 'a room’s id or code' }) });
  const withToken = { tags, params, security: withRoomToken };

  http.post(
    '/api/v2/rooms',
    {
      config: { rate: 'rooms' },
      schema: {
        operationId: 'createRoom',
        security: withoutToken,
        tags,
        summary: 'Make a room; the answer’s token is its owner’s',
        headers: idempotencyHeaders,
        body: RoomCreate,
        response: {
          201: Type.Ref('RoomEntry'),
          ...problems(...bodyErrors, 'language_not_found', 'idempotency_conflict'),
        },
      },
    },
    async ({ headers, body, address }, reply) => {
      // Without an account, whose key it is can only be told by where it comes from.
      const request = { key: headers['idempotency-key'], scope: `rooms ${address}`, content: body };
      // The token is left out of what is kept: the database holds nothing that makes somebody an owner.
      const kept = await idempotency.once(request, async () => {
        const { room, member } = await rooms.create(body);
        return { room, member };
      });
      const entry = await rooms.entryAgain(kept);
      return reply.status(201).header('location', `/api/v2/rooms/${entry.room.id}`).send(entry);
    },
  );

  http.get(
    '/api/v2/rooms/:room',
    {
      schema: {
        ...withToken,
        operationId: 'getRoom',
        summary: 'A room, for its members',
        response: { 200: Type.Ref('Room'), ...problems(...accessErrors) },
      },
    },
    async ({ headers, params }) => rooms.describe((await access.byHeader(headers.authorization, params.room)).room),
  );

  http.patch(
    '/api/v2/rooms/:room',
    {
      schema: {
        ...withToken,
        operationId: 'updateRoom',
        summary: 'Change title or language (owner, editors) or capacity (owner)',
        body: RoomPatch,
        response: {
          200: Type.Ref('Room'),
          ...problems(
            ...bodyErrors,
            ...accessErrors,
            'forbidden',
            'room_ended',
            'language_not_found',
            'too_many_files',
            'document_too_large',
          ),
        },
      },
    },
    async ({ headers, params, body }) => rooms.update(await access.byHeader(headers.authorization, params.room), body),
  );

  http.delete(
    '/api/v2/rooms/:room',
    {
      schema: {
        ...withToken,
        operationId: 'deleteRoom',
        summary: 'Delete a room and everything in it (owner)',
        response: {
          204: Type.Null({ description: 'deleted' }),
          ...problems(...bodyErrors, ...accessErrors, 'forbidden'),
        },
      },
    },
    async ({ headers, params }, reply) => {
      await rooms.delete(await access.byHeader(headers.authorization, params.room));
      return reply.status(204).send(null);
    },
  );

  http.post(
    '/api/v2/rooms/:room/join',
    {
      config: { rate: 'joins' },
      schema: {
        operationId: 'joinRoom',
        tags,
        summary: 'Enter a room; with a token of this room as the same member again',
        description: 'A room that has ended can be entered as a viewer.',
        security: [{}, ...withRoomToken],
        params,
        body: RoomJoin,
        response: {
          200: Type.Ref('RoomEntry'),
          ...problems(
            ...bodyErrors,
            'token_invalid',
            'token_expired',
            'membership_ended',
            'room_not_found',
            'room_full',
          ),
        },
      },
    },
    async ({ headers, params, body }) =>
      rooms.join(params.room, body.name, await presentCaller(access, headers.authorization)),
  );

  http.post(
    '/api/v2/rooms/:room/leave',
    {
      schema: {
        ...withToken,
        operationId: 'leaveRoom',
        summary: 'End one’s own membership',
        response: {
          204: Type.Null({ description: 'left' }),
          ...problems(...bodyErrors, ...accessErrors, 'owner_required'),
        },
      },
    },
    async ({ headers, params }, reply) => {
      await members.leave(await access.byHeader(headers.authorization, params.room));
      return reply.status(204).send(null);
    },
  );

  http.post(
    '/api/v2/rooms/:room/end',
    {
      schema: {
        ...withToken,
        operationId: 'endRoom',
        summary: 'End a room for good; from then on it can only be read (owner)',
        response: { 200: Type.Ref('Room'), ...problems(...bodyErrors, ...accessErrors, 'forbidden', 'room_ended') },
      },
    },
    async ({ headers, params }) => rooms.end(await access.byHeader(headers.authorization, params.room)),
  );

  http.post(
    '/api/v2/rooms/:room/token',
    {
      schema: {
        ...withToken,
        operationId: 'renewToken',
        summary: 'A new token for the same member',
        response: {
          200: Type.Object({ token: Type.String(), tokenExpiresAt: Type.String({ format: 'date-time' }) }),
          ...problems(...bodyErrors, ...accessErrors),
        },
      },
    },
    async ({ headers, params }) => rooms.renewToken(await access.byHeader(headers.authorization, params.room)),
  );
}

/** Headers of a request that may be repeated. */
export const idempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: limits.idempotencyKeyMaxLength,
      description: 'makes the request safe to repeat: the same key with the same body is done once',
    }),
  ),
});

/** Who a token says the asker was. One for a room that is gone says nothing about this one. */
async function presentCaller(access: Access, authorization: string | undefined): Promise<Caller | undefined> {
  if (authorization === undefined) return undefined;
  try {
    return await access.byHeader(authorization);
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'room_not_found') return undefined;
    throw error;
  }
}
