import { InvitationCreate } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { Access, SignedInAccess } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import {
  accessErrors,
  bodyErrors,
  problems,
  signedInErrors,
  withAccountToken,
  withRoomToken,
} from '../gateway/openapi.ts';
import type { InvitationService } from './service.ts';

export function registerInvitationRoutes(
  http: Http,
  services: { access: Access; signedIn: SignedInAccess; invitations: InvitationService },
): void {
  const { access, signedIn, invitations } = services;
  const tags = ['invitations'];

  http.post(
    '/api/v2/rooms/:room/invitations',
    {
      schema: {
        tags,
        security: withRoomToken,
        operationId: 'inviteFriend',
        summary: 'Invite a friend past the room’s password and lobby (owner, signed in)',
        params: Type.Object({ room: Type.String() }),
        body: InvitationCreate,
        response: {
          201: Type.Ref('Invitation'),
          ...problems(
            ...bodyErrors,
            ...accessErrors,
            'forbidden',
            'not_friends',
            'banned',
            'person_not_found',
            'too_many_people',
          ),
        },
      },
    },
    async ({ headers, params, body }, reply) => {
      const caller = await access.byHeader(headers.authorization, params.room);
      return reply.status(201).send(await invitations.invite(caller, body.accountId));
    },
  );

  http.get(
    '/api/v2/me/invitations',
    {
      schema: {
        tags,
        security: withAccountToken,
        operationId: 'listInvitations',
        summary: 'Rooms that friends have invited one to; join them by their id',
        response: { 200: Type.Object({ items: Type.Array(Type.Ref('Invitation')) }), ...problems(...signedInErrors) },
      },
    },
    async ({ headers }) => {
      const { account } = await signedIn.byHeader(headers.authorization);
      return { items: await invitations.list(account.id) };
    },
  );

  http.delete(
    '/api/v2/me/invitations/:invitation',
    {
      schema: {
        tags,
        security: withAccountToken,
        operationId: 'declineInvitation',
        summary: 'Decline an invitation',
        params: Type.Object({ invitation: Type.String() }),
        response: {
          204: Type.Null({ description: 'declined' }),
          ...problems(...bodyErrors, ...signedInErrors, 'invitation_not_found'),
        },
      },
    },
    async ({ headers, params }, reply) => {
      const { account } = await signedIn.byHeader(headers.authorization);
      await invitations.decline(account.id, params.invitation);
      return reply.status(204).send(null);
    },
  );
}
