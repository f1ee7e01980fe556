import { Type } from 'typebox';
import type { AuditService } from '../audit/service.ts';
import type { SignedIn, SignedInAccess } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import { bodyErrors, problems, signedInErrors, withAccountToken } from '../gateway/openapi.ts';
import type { SessionService } from './service.ts';

export function registerSessionRoutes(
  http: Http,
  services: { signedIn: SignedInAccess; sessions: SessionService; audit: AuditService },
): void {
  const { signedIn, sessions, audit } = services;
  const common = { tags: ['accounts'], security: withAccountToken };
  const recordEnd = ({ account }: SignedIn, address: string, details: Record<string, string>) =>
    audit.record({ kind: 'session:ended', accountId: account.id, actor: account.name, address, details });

  http.get(
    '/api/v2/me/sessions',
    {
      schema: {
        ...common,
        operationId: 'listSessions',
        summary: 'Where one is signed in, the one used last first',
        response: { 200: Type.Object({ items: Type.Array(Type.Ref('Session')) }), ...problems(...signedInErrors) },
      },
    },
    async ({ headers }) => ({ items: await sessions.list(await signedIn.byHeader(headers.authorization)) }),
  );

  http.delete(
    '/api/v2/me/sessions/:session',
    {
      schema: {
        ...common,
        operationId: 'endSession',
        summary: 'Sign out somewhere; its connections end at once',
        params: Type.Object({ session: Type.String() }),
        response: {
          204: Type.Null({ description: 'ended' }),
          ...problems(...bodyErrors, ...signedInErrors, 'session_not_found'),
        },
      },
    },
    async ({ headers, params, address }, reply) => {
      const caller = await signedIn.byHeader(headers.authorization);
      await sessions.end(caller, params.session);
      await recordEnd(caller, address, { session: params.session });
      return reply.status(204).send(null);
    },
  );

  http.delete(
    '/api/v2/me/sessions',
    {
      schema: {
        ...common,
        operationId: 'endOtherSessions',
        summary: 'Sign out everywhere else',
        response: { 204: Type.Null({ description: 'ended' }), ...problems(...bodyErrors, ...signedInErrors) },
      },
    },
    async ({ headers, address }, reply) => {
      const caller = await signedIn.byHeader(headers.authorization);
      await sessions.endOthers(caller);
      await recordEnd(caller, address, { session: 'all others' });
      return reply.status(204).send(null);
    },
  );
}
