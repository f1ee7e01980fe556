import { limits, MessageCreate, MessagePatch } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { Access } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import type { Idempotency } from '../gateway/idempotency.ts';
import { accessErrors, bodyErrors, problems, withRoomToken } from '../gateway/openapi.ts';
import type { RateLimits } from '../gateway/rate-limits.ts';
import { idempotencyHeaders } from '../rooms/routes.ts';
import { postOnce } from './post-once.ts';
import type { ChatService } from './service.ts';

const Cursor = (description: string) => Type.Optional(Type.String({ maxLength: limits.cursorMaxLength, description }));

export function registerChatRoutes(
  http: Http,
  services: { access: Access; chat: ChatService; idempotency: Idempotency; rateLimits: Pick<RateLimits, 'count'> },
): void {
  const { access, chat, idempotency, rateLimits } = services;
  const ofRoom = { tags: ['chat'], security: withRoomToken, params: Type.Object({ room: Type.String() }) };
  const oneMessage = { ...ofRoom, params: Type.Object({ room: Type.String(), message: Type.String() }) };

  http.get(
    '/api/v2/rooms/:room/messages',
    {
      schema: {
        ...ofRoom,
        operationId: 'listMessages',
        summary: 'What was said in the room, newest first',
        description:
          'With `after` it is what was said since, oldest first. Deleted messages keep their place, without text, but are not found.',
        querystring: Type.Object(
          {
            before: Cursor('the `next` of the page before, or any message: what was said before it'),
            after: Cursor('the `next` of the page before, or any message: what was said after it, oldest first'),
            thread: Type.Optional(Type.String({ description: 'any message of a thread: only what belongs to it' })),
            search: Type.Optional(
              Type.String({ minLength: 1, maxLength: limits.searchMaxLength, description: 'only what has this in it' }),
            ),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.messagesPageMax })),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            items: Type.Array(Type.Ref('Message')),
            next: Type.Union([Type.String(), Type.Null()], { description: 'null: there are no more' }),
          }),
          ...problems(...accessErrors, 'message_not_found'),
        },
      },
    },
    async ({ headers, params, query, address }) => {
      const caller = await access.byHeader(headers.authorization, params.room);
      if (query.search !== undefined) await rateLimits.count('messageSearches', address);
      return chat.list(caller, query);
    },
  );

  http.post(
    '/api/v2/rooms/:room/messages',
    {
      config: { rate: 'messages' },
      schema: {
        ...ofRoom,
        operationId: 'postMessage',
        summary: 'Say something to everybody in the room',
        headers: idempotencyHeaders,
        body: MessageCreate,
        response: {
          201: Type.Ref('Message'),
          ...problems(...bodyErrors, ...accessErrors, 'room_ended', 'message_not_found', 'idempotency_conflict'),
        },
      },
    },
    async ({ headers, params, body }, reply) => {
      const caller = await access.byHeader(headers.authorization, params.room);
      const message = await postOnce({ chat, idempotency }, caller, headers['idempotency-key'], body);
      return reply
        .status(201)
        .header('location', `/api/v2/rooms/${caller.room.id}/messages/${message.id}`)
        .send(message);
    },
  );

  http.get(
    '/api/v2/rooms/:room/messages/:message',
    {
      schema: {
        ...oneMessage,
        operationId: 'getMessage',
        summary: 'A message',
        response: { 200: Type.Ref('Message'), ...problems(...accessErrors, 'message_not_found') },
      },
    },
    async ({ headers, params }) => chat.find(await access.byHeader(headers.authorization, params.room), params.message),
  );

  http.patch(
    '/api/v2/rooms/:room/messages/:message',
    {
      config: { rate: 'messages' },
      schema: {
        ...oneMessage,
        operationId: 'editMessage',
        summary: 'Change what one has said',
        body: MessagePatch,
        response: {
          200: Type.Ref('Message'),
          ...problems(...bodyErrors, ...accessErrors, 'forbidden', 'room_ended', 'message_not_found'),
        },
      },
    },
    async ({ headers, params, body }) =>
      chat.edit(await access.byHeader(headers.authorization, params.room), params.message, body.text),
  );

  http.delete(
    '/api/v2/rooms/:room/messages/:message',
    {
      config: { rate: 'messages' },
      schema: {
        ...oneMessage,
        operationId: 'deleteMessage',
        summary: 'Delete what one has said, or, as the owner, what anybody has; its place stays',
        response: {
          204: Type.Null({ description: 'deleted' }),
          ...problems(...bodyErrors, ...accessErrors, 'forbidden', 'room_ended', 'message_not_found'),
        },
      },
    },
    async ({ headers, params }, reply) => {
      await chat.remove(await access.byHeader(headers.authorization, params.room), params.message);
      return reply.status(204).send(null);
    },
  );
}
