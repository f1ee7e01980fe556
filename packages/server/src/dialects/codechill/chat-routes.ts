import { limits, type Message as OurMessage } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { Caller } from '../../caller.ts';
import type { ChatService } from '../../chat/service.ts';
import type { Http } from '../../gateway/http.ts';
import { fromV4 } from '../ids.ts';
import { describeMessage } from './descriptions.ts';
import { fault, insteadOfRefusal } from './fault.ts';
import { readContent, readType } from './message-content.ts';
import { readPage, toPagination } from './pages.ts';
import type { RoomViews } from './room-views.ts';
import type { CodeChillRooms } from './rooms.ts';
import { type Askers, faults, looseBody, readString, withAppToken } from './route-kit.ts';
import { Message, Pagination } from './shapes.ts';
import type { CodeChillUser } from './sign-ins.ts';

export interface ChatRoutesOptions {
  askers: Askers;
  codechillRooms: CodeChillRooms;
  views: RoomViews;
  chat: Pick<ChatService, 'post' | 'page' | 'list' | 'edit' | 'remove' | 'roomOf'>;
}

/** `/api/chat`, of its later versions. */
export function registerChatRoutes(http: Http, { askers, codechillRooms, views, chat }: ChatRoutesOptions): void {
  const { onRequest } = askers;
  const common = { tags: ['CodeChill'], security: withAppToken };
  const ofRoom = Type.Object({ chillRoom: Type.String() });
  const ofMessage = Type.Object({ chillMessage: Type.String() });
  const changed = Type.Object({ message: Type.String(), data: Message });

  const describe = async (message: OurMessage) => describeMessage(message, await views.author(message.memberId));
  const describeAll = (messages: OurMessage[]) => Promise.all(messages.map(describe));

  /** Whose room the message is of, if they are in it: to anybody else there is no such message. */
  async function callerFor(messageId: string, user: CodeChillUser): Promise<Caller> {
    try {
      return await codechillRooms.callerIn(await chat.roomOf(messageId), user);
    } catch (error) {
      throw insteadOfRefusal(error, fault(404, 'Message not found'));
    }
  }

  http.get(
    '/api/chat/room/:chillRoom/messages',
    {
      onRequest,
      config: { failure: 'Failed to fetch messages' },
      schema: {
        ...common,
        params: ofRoom,
        operationId: 'codechillListMessages',
        summary: 'What was said; page 1 holds the newest, the oldest of a page comes first',
        querystring: Type.Object({ page: Type.Optional(Type.String()), per_page: Type.Optional(Type.String()) }),
        response: {
          200: Type.Object({ messages: Type.Array(Message), pagination: Pagination }),
          ...faults(401, 403, 404),
        },
      },
    },
    async (request) => {
      const { room } = await codechillRooms.callerIn(request.params.chillRoom, askers.of(request));
      const size = { perPage: limits.codechillMessagesPage, max: limits.codechillMessagesPageMax };
      const { page, perPage } = readPage(request.query, size);
      const { items, total } = await chat.page(room.id, { page, perPage });
      return { messages: await describeAll(items.toReversed()), pagination: toPagination({ page, perPage, total }) };
    },
  );

  http.post(
    '/api/chat/room/:chillRoom/messages',
    {
      onRequest,
      config: { failure: 'Failed to send message', rate: 'messages' },
      schema: {
        ...common,
        params: ofRoom,
        operationId: 'codechillPostMessage',
        summary: 'Say something',
        body: looseBody({
          content: '1 to 1000 characters',
          message_type: 'text, code or file',
          reply_to: 'id of the message that this one answers',
        }),
        response: { 201: changed, ...faults(401, 403, 404, 413) },
      },
    },
    async (request, reply) => {
      const caller = await codechillRooms.callerIn(request.params.chillRoom, askers.of(request));
      const { content, message_type: type, reply_to: replyTo } = request.body as Record<string, unknown>;
      const text = readContent(content);
      if (text === undefined) throw fault(400, 'Invalid message content');
      const message = await chat.post(caller, {
        text,
        type: readType(type),
        replyTo: typeof replyTo === 'string' ? fromV4(replyTo) : null,
      });
      return reply.status(201).send({ message: 'Message sent successfully', data: await describe(message) });
    },
  );

  http.put(
    '/api/chat/messages/:chillMessage',
    {
      onRequest,
      config: { failure: 'Failed to edit message', rate: 'messages' },
      schema: {
        ...common,
        params: ofMessage,
        operationId: 'codechillEditMessage',
        summary: 'Change what one has said',
        body: looseBody({ content: '1 to 1000 characters' }),
        response: { 200: changed, ...faults(401, 403, 404, 413) },
      },
    },
    async (request) => {
      const messageId = fromV4(request.params.chillMessage);
      const caller = await callerFor(messageId, askers.of(request));
      const text = readContent((request.body as { content?: unknown }).content);
      if (text === undefined) throw fault(400, 'Invalid message content');
      const message = await chat.edit(caller, messageId, text);
      return { message: 'Message updated successfully', data: await describe(message) };
    },
  );

  http.delete(
    '/api/chat/messages/:chillMessage',
    {
      onRequest,
      config: { failure: 'Failed to delete message', rate: 'messages' },
      schema: {
        ...common,
        params: ofMessage,
        operationId: 'codechillDeleteMessage',
        summary: 'Take back what one has said; a room’s owner whatever was said there',
        response: { 200: Type.Object({ message: Type.String() }), ...faults(401, 403, 404, 413) },
      },
    },
    async (request) => {
      const messageId = fromV4(request.params.chillMessage);
      await chat.remove(await callerFor(messageId, askers.of(request)), messageId);
      return { message: 'Message deleted successfully' };
    },
  );

  http.get(
    '/api/chat/room/:chillRoom/search',
    {
      onRequest,
      config: { failure: 'Failed to search messages', rate: 'messageSearches' },
      schema: {
        ...common,
        params: ofRoom,
        operationId: 'codechillSearchMessages',
        summary: 'Messages with a text in them, the newest first',
        querystring: Type.Object({ q: Type.Optional(Type.String()) }),
        response: { 200: Type.Object({ messages: Type.Array(Message) }), ...faults(401, 403, 404) },
      },
    },
    async (request) => {
      const caller = await codechillRooms.callerIn(request.params.chillRoom, askers.of(request));
      const search = readString(request.query.q)?.trim().slice(0, limits.searchMaxLength) ?? '';
      if (search === '') throw fault(400, 'Search query is required');
      const { items } = await chat.list(caller, { search, limit: limits.codechillMessagesPage });
      return { messages: await describeAll(items) };
    },
  );
}
