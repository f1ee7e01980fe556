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
        summary: 'Remove somebody from the room; their connections end at once',
        params: oneMember,
        response: {
          204: Type.Null({ description: 'removed' }),
          ...problems(...bodyErrors, ...accessErrors, 'forbidden', 'owner_required', 'member_not_found'),
        },
      },
    },
    async ({ headers, params }, reply) => {
      await members.remove(await access.byHeader(headers.authorization, params.room), params.member);
      return reply.status(204).send(null);
    },
  );
}
