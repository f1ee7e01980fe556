import { limits, ProblemError, type RoomPatch } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { Http } from '../../gateway/http.ts';
import type { MemberService } from '../../members/service.ts';
import type { RoomLists } from '../../rooms/lists.ts';
import type { RoomService } from '../../rooms/service.ts';
import type { Conversations } from './conversations.ts';
import { toRole } from './descriptions.ts';
import { fault } from './fault.ts';
import { findLanguage } from './languages.ts';
import type { OwnRooms } from './own-rooms.ts';
import { readPage, toPagination } from './pages.ts';
import { readRoomFields } from './room-fields.ts';
import type { RoomViews } from './room-views.ts';
import type { CodeChillRooms } from './rooms.ts';
import { type Askers, faults, looseBody, readString, withAppToken } from './route-kit.ts';
import { ListedRoom, OwnRoom, Pagination, Participant, Room, SeenRoom } from './shapes.ts';

export interface RoomRoutesOptions {
  askers: Askers;
  codechillRooms: CodeChillRooms;
  ownRooms: OwnRooms;
  views: RoomViews;
  conversations: Conversations;
  rooms: Pick<RoomService, 'create' | 'update' | 'delete'>;
  lists: Pick<RoomLists, 'countPages'>;
  members: Pick<MemberService, 'leave'>;
}

/** `/api/rooms`. */
export function registerRoomRoutes(http: Http, options: RoomRoutesOptions): void {
  const { askers, codechillRooms, ownRooms, views, conversations, rooms, lists, members } = options;
  const { onRequest } = askers;
  const params = Type.Object({ chillRoom: Type.String({ description: 'a room’s id (UUIDv4), or its code' }) });
  const common = { tags: ['CodeChill'], security: withAppToken };
  const fields = {
    name: '3 to 100 characters',
    description: 'up to 500 characters',
    language: 'one of CodeChill’s',
    max_participants: '1 to 50',
  };

  /** The list's own address has a slash at its end; its clients leave it out. */
  for (const [slash, hide] of [
    ['', false],
    ['/', true],
  ] as const) {
    const suffix = hide ? 'Slash' : '';
    http.get(
      `/api/rooms${slash}`,
      {
        onRequest,
        config: { failure: 'Failed to fetch rooms' },
        schema: {
          ...common,
          hide,
          operationId: `codechillListRooms${suffix}`,
          summary: 'Public rooms, the one used last first',
          querystring: Type.Object({
            page: Type.Optional(Type.String()),
            per_page: Type.Optional(Type.String({ description: 'up to 50' })),
            search: Type.Optional(Type.String()),
            language: Type.Optional(Type.String({ description: 'one that is unknown counts as none' })),
          }),
          response: { 200: Type.Object({ rooms: Type.Array(ListedRoom), pagination: Pagination }), ...faults(401) },
        },
      },
      async ({ query }) => {
        const { page, perPage } = readPage(query, {
          perPage: limits.codechillRoomsPage,
          max: limits.codechillRoomsPageMax,
        });
        const language = query.language?.toLowerCase() ?? '';
        const search = query.search?.slice(0, limits.searchMaxLength);
        const { items, total } = await lists.countPages({
          page,
          perPage,
          search,
          language: findLanguage(language) === undefined ? undefined : language,
        });
        return {
          rooms: await ownRooms.describeAll(items.map(({ id }) => id)),
          pagination: toPagination({ page, perPage, total }),
        };
      },
    );

    http.post(
      `/api/rooms${slash}`,
      {
        onRequest,
        config: { failure: 'Failed to create room', rate: 'rooms' },
        schema: {
          ...common,
          hide,
          operationId: `codechillCreateRoom${suffix}`,
          summary: 'Make a room',
          body: looseBody({
            ...fields,
            is_private: 'only by password',
            password: 'of a private room, from 4 characters on',
          }),
          response: { 201: Type.Object({ message: Type.String(), room: Room }), ...faults(401, 413) },
        },
      },
      async (request, reply) => {
        const signedIn = askers.of(request);
        const body = request.body as Record<string, unknown>;
        const {
          title,
          description = '',
          language = 'javascript',
          capacity = limits.codechillCapacity,
        } = readRoomFields({ name: '', ...body }, 'Failed to create room');
        const isPrivate = body.is_private === true;
        const password = isPrivate ? (readString(body.password) ?? '') : '';
        if (password !== '' && [...password].length < limits.roomPasswordMinLength) {
          throw fault(400, `Password must be at least ${limits.roomPasswordMinLength} characters`);
        }
        if (password.length > limits.passwordMaxLength) throw fault(400, 'Failed to create room');
        if ((await ownRooms.countOwned(signedIn.account.id)) >= limits.codechillRoomsOwned) {
          throw new ProblemError('too_many_rooms');
        }
        const made = await rooms.create(
          {
            title: title ?? '',
            description,
            language,
            capacity,
            visibility: isPrivate ? 'private' : 'public',
            ...(password === '' ? {} : { password }),
          },
          { asker: { kind: 'account', ...signedIn }, address: request.address },
          { text: findLanguage(language)?.welcome ?? '' },
        );
        const room = await codechillRooms.find(made.room.id);
        return reply.status(201).send({ message: 'Room created successfully', room: await views.describe(room) });
      },
    );
  }

  http.get(
    '/api/rooms/:chillRoom',
    {
      onRequest,
      config: { failure: 'Failed to fetch room' },
      schema: {
        ...common,
        params,
        operationId: 'codechillGetRoom',
        summary: 'A room',
        response: { 200: Type.Object({ room: SeenRoom }), ...faults(401, 403, 404) },
      },
    },
    async (request) => {
      const { chillRoom: key } = request.params;
      const room = await codechillRooms.find(key);
      const member = await codechillRooms.assertMayLook(room, key, askers.of(request), request.address);
      const described = await views.describeListed(room);
      const seenAs = member === undefined ? {} : { user_role: toRole(member.role) };
      return { room: { ...described, is_participant: member !== undefined, ...seenAs } };
    },
  );

  http.put(
    '/api/rooms/:chillRoom',
    {
      onRequest,
      config: { failure: 'Failed to update room' },
      schema: {
        ...common,
        params,
        operationId: 'codechillUpdateRoom',
        summary: 'Change a room (owner)',
        body: looseBody(fields),
        response: { 200: Type.Object({ message: Type.String(), room: Room }), ...faults(401, 403, 404, 413) },
      },
    },
    async (request) => {
      const caller = await ownerOf(request.params.chillRoom, askers.of(request), 'Only room owner can update settings');
      const { title, description, language, capacity } = readRoomFields(
        request.body as Record<string, unknown>,
        'Failed to update room',
      );
      const patch: RoomPatch = {
        ...(title === undefined ? {} : { title }),
        ...(description === undefined ? {} : { description }),
        ...(language === undefined ? {} : { language }),
        ...(capacity === undefined ? {} : { capacity }),
      };
      if (capacity !== undefined && capacity < (await views.participants(caller.room)).length) {
        throw fault(400, 'Cannot reduce capacity below current participant count');
      }
      if (Object.keys(patch).length > 0) await rooms.update(caller, patch);
      const room = await codechillRooms.find(caller.room.id);
      return { message: 'Room updated successfully', room: await views.describe(room) };
    },
  );

  http.delete(
    '/api/rooms/:chillRoom',
    {
      onRequest,
      config: { failure: 'Failed to delete room' },
      schema: {
        ...common,
        params,
        operationId: 'codechillDeleteRoom',
        summary: 'Delete a room and everything in it (owner)',
        response: { 200: Type.Object({ message: Type.String() }), ...faults(401, 403, 404, 413) },
      },
    },
    async (request) => {
      const caller = await ownerOf(request.params.chillRoom, askers.of(request), 'Only room owner can delete room');
      await rooms.delete(caller);
      return { message: 'Room deleted successfully' };
    },
  );

  async function ownerOf(key: string, signedIn: Parameters<CodeChillRooms['callerIn']>[1], refusal: string) {
    const room = await codechillRooms.find(key);
    const member = await codechillRooms.findMember(room, signedIn.account.id);
    if (member?.role !== 'owner') throw fault(403, refusal);
    return { room, member, sessionId: signedIn.sessionId };
  }

  http.post(
    '/api/rooms/:chillRoom/join',
    {
      onRequest,
      config: { failure: 'Failed to join room', rate: 'joins' },
      schema: {
        ...common,
        params,
        operationId: 'codechillJoinRoom',
        summary: 'Be in a room from now on',
        body: looseBody({ password: 'of a private room' }),
        response: { 200: Type.Object({ message: Type.String(), room: Room }), ...faults(401, 403, 404, 413) },
      },
    },
    async (request) => {
      const password = readString((request.body as { password?: unknown }).password);
      const door = { password: password?.slice(0, limits.passwordMaxLength), address: request.address };
      try {
        const { caller, wasMember } = await codechillRooms.enter(request.params.chillRoom, askers.of(request), door);
        const message = wasMember ? 'Already in room' : 'Joined room successfully';
        return { message, room: await views.describe(caller.room) };
      } catch (error) {
        // What is private and has no password lets nobody in by any.
        const isClosed = error instanceof ProblemError && error.code === 'room_private';
        throw isClosed ? fault(401, 'Invalid password') : error;
      }
    },
  );

  http.post(
    '/api/rooms/:chillRoom/leave',
    {
      onRequest,
      config: { failure: 'Failed to leave room' },
      schema: {
        ...common,
        params,
        operationId: 'codechillLeaveRoom',
        summary: 'Be in a room no more',
        response: { 200: Type.Object({ message: Type.String() }), ...faults(401, 404, 413) },
      },
    },
    async (request) => {
      const { account, sessionId } = askers.of(request);
      const room = await codechillRooms.find(request.params.chillRoom);
      const member = await codechillRooms.findMember(room, account.id);
      if (member === undefined) throw fault(400, 'Not in this room');
      if (member.role === 'owner') throw fault(400, 'Room owner cannot leave. Delete the room instead.');
      // First their sockets get up: they stay, for other rooms, where those of somebody removed are closed.
      conversations.getUp(member.id);
      await members.leave({ room, member, sessionId });
      return { message: 'Left room successfully' };
    },
  );

  http.get(
    '/api/rooms/:chillRoom/participants',
    {
      onRequest,
      config: { failure: 'Failed to fetch participants' },
      schema: {
        ...common,
        params,
        operationId: 'codechillListParticipants',
        summary: 'Who is in a room',
        response: { 200: Type.Object({ participants: Type.Array(Participant) }), ...faults(401, 403, 404) },
      },
    },
    async (request) => {
      const { room } = await codechillRooms.callerIn(request.params.chillRoom, askers.of(request));
      return { participants: await views.participants(room) };
    },
  );

  http.get(
    '/api/rooms/my-rooms',
    {
      onRequest,
      config: { failure: 'Failed to fetch rooms' },
      schema: {
        ...common,
        operationId: 'codechillListOwnRooms',
        summary: 'Rooms that one is in',
        response: { 200: Type.Object({ rooms: Type.Array(OwnRoom) }), ...faults(401) },
      },
    },
    async (request) => ({ rooms: await ownRooms.list(askers.of(request).account.id) }),
  );
}
