import { MemberPatch } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { Access } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import { accessErrors, bodyErrors, problems, withRoomToken } from '../gateway/openapi.ts';
import type { MemberService } from './service.ts';

export function registerMemberRoutes(http: Http, access: Access, members: MemberService): void {
  const common = { tags: ['members'], security: withRoomToken };

  http.get(
    '/api/v2/rooms/:room/members',
    {
      schema: {
        ...common,
        operationId: 'listMembers',
        summary: 'Everybody who is a member, in the order in which they joined',
        params: Type.Object({ room: Type.String() }),
        response: { 200: Type.Object({ items: Type.Array(Type.Ref('Member')) }), ...problems(...accessErrors) },
      },
    },
    async ({ headers, params }) => {
      const { room } = await access.byHeader(headers.authorization, params.room);
      return { items: await members.list(room.id) };
    },
  );

  const oneMember = Type.Object({ room: Type.String(), member: Type.String() });

  http.patch(
    '/api/v2/rooms/:room/members/:member',
    {
      schema: {
        ...common,
        operationId: 'updateMember',
        summary: 'Change one’s own name, or, as the owner, somebody’s role',
        params: oneMember,
        body: MemberPatch,
        response: {
          200: Type.Ref('Member'),
          ...problems(...bodyErrors, ...accessErrors, 'forbidden', 'owner_required', 'member_not_found'),
        },
      },
    },
    async ({ headers, params, body }) =>
      members.update(await access.byHeader(headers.authorization, params.room), params.member, body),
  );

  http.delete(
    '/api/v2/rooms/:room/members/:member',
    {
      schema: {
        ...common,
        operationId: 'removeMember',
        summary: 'Remove somebody from the room, with ban for good; their connections end at once',
        description:
          'A ban is of an account, or, of guests, of their network address: others who come from there without an ' +
          'account are kept out, too, and who changes networks is not.',
        params: oneMember,
        querystring: Type.Object(
          { ban: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')])) },
          { additionalProperties: false },
        ),
        response: {
          204: Type.Null({ description: 'removed' }),
          ...problems(...bodyErrors, ...accessErrors, 'forbidden', 'owner_required', 'member_not_found'),
        },
      },
    },
    async ({ headers, params, query }, reply) => {
      const caller = await access.byHeader(headers.authorization, params.room);
      await members.remove(caller, params.member, { ban: query.ban === 'true' });
      return reply.status(204).send(null);
    },
  );

  http.post(
    '/api/v2/rooms/:room/members/:member/hand-over',
    {
      schema: {
        ...common,
        operationId: 'handOverRoom',
        summary: 'Make somebody else the owner; whoever was it becomes an editor',
        params: oneMember,
        response: {
          200: Type.Ref('Member'),
          ...problems(...bodyErrors, ...accessErrors, 'forbidden', 'owner_required', 'member_not_found', 'room_full'),
        },
      },
    },
    async ({ headers, params }) =>
      members.handOver(await access.byHeader(headers.authorization, params.room), params.member),
  );
}
