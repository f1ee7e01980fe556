import { AuditQuery } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { SignedInAccess } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import { problems, signedInErrors, withAccountToken } from '../gateway/openapi.ts';
import type { AuditService } from './service.ts';

export function registerAuditRoutes(http: Http, signedIn: SignedInAccess, audit: AuditService): void {
  http.get(
    '/api/v2/me/audit',
    {
      schema: {
        tags: ['accounts'],
        security: withAccountToken,
        operationId: 'listAccountAudit',
        summary: 'What was done with one’s account, newest first',
        querystring: AuditQuery,
        response: {
          200: Type.Object({
            items: Type.Array(Type.Ref('AuditEntry')),
            next: Type.Union([Type.String(), Type.Null()], { description: 'null: there are no older ones' }),
          }),
          ...problems(...signedInErrors),
        },
      },
    },
    async ({ headers, query }) => {
      const { account } = await signedIn.byHeader(headers.authorization);
      return audit.ofAccount(account.id, query);
    },
  );
}
