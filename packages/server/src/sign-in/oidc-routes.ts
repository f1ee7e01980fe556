import { type ErrorCode, limits, ProblemError } from '@coderoom/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { readCookie, writeCookie } from '../gateway/cookies.ts';
import type { Http } from '../gateway/http.ts';
import { problems, withoutToken } from '../gateway/openapi.ts';
import type { Origins } from '../gateway/origin.ts';
import type { SealedFlows } from './flow-cookie.ts';
import type { OidcIssuer } from './issuer.ts';
import type { SignInService } from './service.ts';
import { deviceOf, type SignInAnswers } from './sign-in-answer.ts';

const base = '/api/v2/auth/oidc';
const cookieName = 'coderoom_oidc';
/** Where somebody who could not sign in learns why. */
const signInPage = '/app/sign-in';

/** Signing in by way of the OpenID Connect provider's own page. */
export function registerOidcRoutes(
  http: Http,
  services: {
    issuer: OidcIssuer | undefined;
    flows: SealedFlows;
    signIn: SignInService;
    answers: SignInAnswers;
    origins: Origins;
  },
): void {
  const { issuer, flows, signIn, answers, origins } = services;
  const common = { tags: ['sign-in'], security: withoutToken };

  const flowCookie = (request: FastifyRequest, value: string, maxAgeS: number) =>
    writeCookie({
      name: cookieName,
      value,
      path: base,
      // The browser comes back from the provider's site.
      sameSite: 'lax',
      maxAgeS,
      secure: origins.ownOrigin(request.raw).startsWith('https:'),
    });

  http.get(
    base,
    {
      schema: {
        ...common,
        operationId: 'getOidc',
        summary: 'Whether one can sign in by an OpenID Connect provider, and by which',
        response: {
          200: Type.Object({ enabled: Type.Boolean(), name: Type.Union([Type.String(), Type.Null()]) }),
          ...problems(),
        },
      },
    },
    async () => ({ enabled: issuer !== undefined, name: issuer?.name ?? null }),
  );

  http.get(
    `${base}/start`,
    {
      schema: {
        ...common,
        operationId: 'startOidc',
        summary: 'For browsers: on to the provider’s page',
        querystring: Type.Object(
          {
            returnTo: Type.Optional(
              Type.String({
                maxLength: limits.returnToMaxLength,
                description: 'a path of this server to come back to',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          302: Type.Null({ description: 'to the provider, or to the sign-in page, which says what is wrong' }),
          ...problems(),
        },
      },
    },
    async (request, reply) => {
      const returnTo = localPath(request.query.returnTo);
      try {
        if (issuer === undefined) throw new ProblemError('oidc_off');
        const { location, flow } = await issuer.begin(`${origins.ownOrigin(request.raw)}${base}/callback`);
        const sealed = await flows.seal({ ...flow, returnTo });
        reply.header('set-cookie', flowCookie(request, sealed, limits.oidcFlowTtlMs / 1000));
        return reply.header('cache-control', 'no-store').redirect(location, 302);
      } catch (error) {
        return tellProblem(reply, error, 302);
      }
    },
  );

  http.get(
    `${base}/callback`,
    {
      schema: {
        ...common,
        operationId: 'finishOidc',
        summary: 'For browsers: back from the provider’s page',
        querystring: Type.Object({
          code: Type.Optional(Type.String()),
          state: Type.Optional(Type.String()),
          error: Type.Optional(Type.String()),
        }),
        response: {
          303: Type.Null({ description: 'to where one came from, or to the sign-in page, which says what is wrong' }),
          ...problems(),
        },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const cleared = flowCookie(request, '', 0);
      try {
        if (issuer === undefined) throw new ProblemError('oidc_off');
        const flow = await flows.open(readCookie(request.raw, cookieName) ?? '');
        if (flow === undefined) throw new ProblemError('oidc_failed');
        const [, query = ''] = request.url.split('?', 2);
        const identity = await issuer.finish(flow, query);
        answers.setCookie(request, reply, await signIn.loginAs(identity, deviceOf(request)));
        reply.header('set-cookie', cleared);
        return reply.redirect(localPath(flow.returnTo), 303);
      } catch (error) {
        reply.header('set-cookie', cleared);
        return tellProblem(reply, error, 303);
      }
    },
  );
}

/** People see a page of ours, not a line of JSON. Anything but a refusal is a bug, and takes the way of bugs. */
function tellProblem(reply: FastifyReply, error: unknown, status: 302 | 303): FastifyReply {
  if (!(error instanceof ProblemError)) throw error;
  const code: ErrorCode = error.code;
  return reply.redirect(`${signInPage}?problem=${code}`, status);
}

/** A path of this server, whatever was asked for: browsers take `//host`, `/\host` and blanks within for other sites. */
function localPath(path = '/'): string {
  const home = 'http://local.invalid';
  const url = path.startsWith('/') ? URL.parse(path, home) : null;
  return url?.origin === home ? `${url.pathname.replace(/^\/+/, '/')}${url.search}${url.hash}` : '/';
}
