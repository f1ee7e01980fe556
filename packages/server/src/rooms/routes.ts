import {
  AuditQuery,
  limits,
  OwnRoomsQuery,
  RoomCreate,
  RoomEnd,
  RoomJoin,
  RoomPatch,
  RoomsQuery,
} from '@coderoom/protocol';
import { Type } from 'typebox';
import type { AuditService } from '../audit/service.ts';
import { assertMay } from '../caller.ts';
import type { Access, Asker, SignedInAccess } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import type { Idempotency } from '../gateway/idempotency.ts';
import {
  accessErrors,
  bodyErrors,
  problems,
  signedInErrors,
  withAccountToken,
  withRoomToken,
} from '../gateway/openapi.ts';
import type { MemberService } from '../members/service.ts';
import type { RoomLists } from './lists.ts';
import type { RoomService } from './service.ts';

export interface RoomRouteServices {
  access: Access;
  signedIn: SignedInAccess;
  rooms: RoomService;
  lists: RoomLists;
  members: Pick<MemberService, 'leave'>;
  audit: Pick<AuditService, 'ofRoom'>;
  idempotency: Idempotency;
}

export function registerRoomRoutes(http: Http, services: RoomRouteServices): void {
  const { access, signedIn, rooms, lists, members, audit, idempotency } = services;
  const tags = ['rooms'];
  const params = Type.Object({ room: Type.String({ description: 'a room’s id or code' }) });
  const withToken = { tags, params, security: withRoomToken };

  http.post(
    '/api/v2/rooms',
    {
      config: { rate: 'rooms' },
      schema: {
        operationId: 'createRoom',
        security: withOrWithoutToken,
        tags,
        summary: 'Make a room; the answer’s token is its owner’s',
        headers: idempotencyHeaders,
        body: RoomCreate,
        response: {
          201: Type.Ref('RoomEntry'),
          ...problems(...bodyErrors, ...askerErrors, 'language_not_found', 'too_many_rooms', 'idempotency_conflict'),
        },
      },
    },
    async ({ headers, body, address }, reply) => {
      const asker = await access.asker(headers.authorization);
      const request = { key: headers['idempotency-key'], scope: `rooms ${nameOf(asker, address)}`, content: body };
      // The token is left out of what is kept: the database holds nothing that makes somebody an owner.
      const kept = await idempotency.once(request, () => rooms.create(body, { asker, address }));
      const entry = await rooms.answer(kept);
      return reply.status(201).header('location', `/api/v2/rooms/${entry.room.id}`).send(entry);
    },
  );

  http.get(
    '/api/v2/rooms',
    {
      schema: {
        operationId: 'listRooms',
        security: [],
        tags,
        summary: 'Public rooms, the one used last first',
        description: 'A page of a search may be short, or empty, and still have a next one.',
        querystring: RoomsQuery,
        response: { 200: pageOf('RoomListing'), ...problems() },
      },
    },
    async ({ query }) => lists.listPublic(query),
  );

  http.get(
    '/api/v2/me/rooms',
    {
      schema: {
        operationId: 'listOwnRooms',
        security: withAccountToken,
        tags,
        summary: 'Rooms that one is a member of, the one used last first',
        querystring: OwnRoomsQuery,
        response: { 200: pageOf('OwnRoomListing'), ...problems(...signedInErrors) },
      },
    },
    async ({ headers, query }) => {
      const { account } = await signedIn.byHeader(headers.authorization);
      return lists.listOwn(account.id, query);
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
    async ({ headers, params }) => {
      const { room, member } = await access.byHeader(headers.authorization, params.room);
      return rooms.describe(room, member.role);
    },
  );

  http.patch(
    '/api/v2/rooms/:room',
    {
      schema: {
        ...withToken,
        operationId: 'updateRoom',
        summary: 'Change title, description or language (owner, editors), or who may come in and how many (owner)',
        body: RoomPatch,
        response: {
          200: Type.Ref('Room'),
          ...problems(
            ...bodyErrors,
            ...accessErrors,
            'forbidden',
            'room_ended',
            'capacity_too_small',
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
        summary: 'Enter a room, or ask to; who is a member already is the same one again',
        description:
          'By the code of the view-only link one is a viewer, and so is everybody in a room that has ended. With a lobby, ' +
          'and before a room has started, the answer is 202: one has asked to join, and hears by that knock’s token.',
        security: withOrWithoutToken,
        headers: idempotencyHeaders,
        params,
        body: RoomJoin,
        response: {
          200: Type.Ref('RoomEntry'),
          202: Type.Ref('KnockEntry'),
          ...problems(
            ...bodyErrors,
            ...askerErrors,
            'room_not_found',
            'banned',
            'password_required',
            'password_wrong',
            'room_private',
            'room_full',
            'lobby_full',
            'idempotency_conflict',
          ),
        },
      },
    },
    async ({ headers, params, body, address }, reply) => {
      const asker = await access.asker(headers.authorization);
      const scope = `join ${params.room} ${nameOf(asker, address)}`;
      const request = { key: headers['idempotency-key'], scope, content: body };
      const outcome = await idempotency.once(request, () => rooms.join(params.room, body, { asker, address }));
      return reply.status(outcome.kind === 'asked' ? 202 : 200).send(await rooms.answer(outcome));
    },
  );

  http.post(
    '/api/v2/rooms/:room/start',
    {
      schema: {
        ...withToken,
        operationId: 'startRoom',
        summary: 'Start a room that waits; those who wait for it are let in (owner)',
        response: {
          200: Type.Ref('Room'),
          ...problems(...bodyErrors, ...accessErrors, 'forbidden', 'room_started', 'room_ended'),
        },
      },
    },
    async ({ headers, params }) => rooms.start(await access.byHeader(headers.authorization, params.room)),
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
        summary: 'End a room for good; from then on it can only be read, or, with wipe, is gone (owner)',
        body: RoomEnd,
        response: {
          200: Type.Ref('Room'),
          204: Type.Null({ description: 'ended and deleted with everything in it' }),
          ...problems(...bodyErrors, ...accessErrors, 'forbidden', 'room_ended'),
        },
      },
    },
    async ({ headers, params, body }, reply) => {
      const caller = await access.byHeader(headers.authorization, params.room);
      if (body.wipe !== true) return rooms.end(caller);
      await rooms.delete(caller);
      return reply.status(204).send(null);
    },
  );

  http.get(
    '/api/v2/rooms/:room/audit',
    {
      schema: {
        ...withToken,
        operationId: 'listRoomAudit',
        summary: 'What was done about who may be here, newest first (owner)',
        querystring: AuditQuery,
        response: { 200: pageOf('AuditEntry'), ...problems(...accessErrors, 'forbidden') },
      },
    },
    async ({ headers, params, query }) => {
      const caller = await access.byHeader(headers.authorization, params.room);
      assertMay('settle', caller);
      return audit.ofRoom(caller.room.id, query);
    },
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

/** The security of a route that anybody may use, and that knows who has been there. */
const withOrWithoutToken = [{}, ...withRoomToken];

/** What can go wrong there with a token, if there is one. */
const askerErrors = [
  'token_invalid',
  'token_expired',
  'membership_ended',
  'session_ended',
  'sign_in_required',
] as const;

const pageOf = (schema: string) =>
  Type.Object({ items: Type.Array(Type.Ref(schema)), next: Type.Union([Type.String(), Type.Null()]) });

/** Whose Idempotency-Key it is: of guests only where they come from is known. */
function nameOf(asker: Asker, address: string): string {
  switch (asker.kind) {
    case 'account':
      return asker.account.id;
    case 'member':
      return asker.member.id;
    case 'nobody':
      return address;
    default:
      return asker satisfies never;
  }
}
