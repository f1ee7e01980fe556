import { AccountDelete, AccountPatch, PasswordChange, RoomClaim } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { SignedInAccess } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import { bodyErrors, problems, signedInErrors, withAccountToken } from '../gateway/openapi.ts';
import type { AccountService } from './service.ts';

export function registerAccountRoutes(http: Http, signedIn: SignedInAccess, accounts: AccountService): void {
  const common = { tags: ['accounts'], security: withAccountToken };

  http.get(
    '/api/v2/me',
    {
      schema: {
        ...common,
        operationId: 'getAccount',
        summary: 'One’s own account',
        response: { 200: Type.Ref('Account'), ...problems(...signedInErrors) },
      },
    },
    async ({ headers }) => accounts.describe((await signedIn.byHeader(headers.authorization)).account),
  );

  http.patch(
    '/api/v2/me',
    {
      schema: {
        ...common,
        operationId: 'updateAccount',
        summary: 'Change one’s name, picture or names at other services',
        body: AccountPatch,
        response: { 200: Type.Ref('Account'), ...problems(...bodyErrors, ...signedInErrors) },
      },
    },
    async ({ headers, body }) => accounts.update(await signedIn.byHeader(headers.authorization), body),
  );

  http.delete(
    '/api/v2/me',
    {
      schema: {
        ...common,
        operationId: 'deleteAccount',
        summary: 'Delete one’s account and the rooms one owns alone; others are handed over',
        body: AccountDelete,
        response: {
          204: Type.Null({ description: 'deleted' }),
          ...problems(...bodyErrors, ...signedInErrors, 'password_refused'),
        },
      },
    },
    async ({ headers, body, address }, reply) => {
      await accounts.delete(await signedIn.byHeader(headers.authorization), body.password, address);
      return reply.status(204).send(null);
    },
  );

  http.post(
    '/api/v2/me/password',
    {
      schema: {
        ...common,
        operationId: 'changePassword',
        summary: 'Set a new password; all other sessions end',
        body: PasswordChange,
        response: {
          204: Type.Null({ description: 'changed' }),
          ...problems(...bodyErrors, ...signedInErrors, 'password_refused', 'password_unacceptable'),
        },
      },
    },
    async ({ headers, body, address }, reply) => {
      await accounts.changePassword(await signedIn.byHeader(headers.authorization), body, address);
      return reply.status(204).send(null);
    },
  );

  http.post(
    '/api/v2/me/rooms',
    {
      schema: {
        ...common,
        operationId: 'claimRooms',
        summary: 'Make memberships that one has as a guest one’s own',
        description: 'The guest’s tokens end with it: enter the rooms again with the account token.',
        body: RoomClaim,
        response: {
          200: Type.Object({ claimed: Type.Integer() }),
          ...problems(...bodyErrors, ...signedInErrors),
        },
      },
    },
    async ({ headers, body, address }) => {
      const caller = await signedIn.byHeader(headers.authorization);
      return { claimed: await accounts.claimRooms(caller, body.tokens, address) };
    },
  );
}
