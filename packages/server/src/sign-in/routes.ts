import { IssuerTokenLogin, Login, ProblemError, Refresh, Register, type SignIn } from '@coderoom/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { SignedInAccess } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import { bodyErrors, problems, withoutToken } from '../gateway/openapi.ts';
import type { Device, SessionTokens } from '../sessions/service.ts';
import type { SignInService } from './service.ts';
import { deviceOf, isSpent, type SignInAnswers } from './sign-in-answer.ts';

export function registerSignInRoutes(
  http: Http,
  services: { signIn: SignInService; answers: SignInAnswers; signedIn: SignedInAccess },
): void {
  const { signIn, answers, signedIn } = services;
  const common = { tags: ['sign-in'], security: withoutToken };

  /** Answers with the tokens of a new session. */
  async function begin(
    request: FastifyRequest,
    reply: FastifyReply,
    signInFrom: (device: Device) => Promise<SessionTokens>,
  ): Promise<SignIn> {
    const { cookie } = request.body as { cookie?: boolean };
    answers.assertMaySetCookie(request, cookie);
    return answers.answer(request, reply, await signInFrom(deviceOf(request)), cookie ? 'cookie' : 'body');
  }

  http.post(
    '/api/v2/auth/register',
    {
      config: { rate: 'registrations' },
      schema: {
        ...common,
        operationId: 'register',
        summary: 'Make an account and sign in',
        body: Register,
        response: {
          201: Type.Ref('SignIn'),
          ...problems(...bodyErrors, 'password_unacceptable', 'email_taken', 'origin_refused'),
        },
      },
    },
    async (request, reply) => {
      const answer = await begin(request, reply, (device) => signIn.register(request.body, device));
      return reply.status(201).send(answer);
    },
  );

  http.post(
    '/api/v2/auth/login',
    {
      schema: {
        ...common,
        operationId: 'login',
        summary: 'Sign in by e-mail and password',
        body: Login,
        response: { 200: Type.Ref('SignIn'), ...problems(...bodyErrors, 'sign_in_refused', 'origin_refused') },
      },
    },
    async (request, reply) => {
      return begin(request, reply, (device) => signIn.login(request.body, device));
    },
  );

  http.post(
    '/api/v2/auth/oidc/token',
    {
      schema: {
        ...common,
        operationId: 'loginByIssuerToken',
        summary: 'Sign in by an id or access token of the OpenID Connect provider',
        body: IssuerTokenLogin,
        response: {
          200: Type.Ref('SignIn'),
          ...problems(
            ...bodyErrors,
            'oidc_off',
            'oidc_failed',
            'token_expired',
            'oidc_unavailable',
            'sign_in_refused',
            'origin_refused',
          ),
        },
      },
    },
    async (request, reply) => {
      return begin(request, reply, (device) => signIn.loginByIssuerToken(request.body, device));
    },
  );

  http.post(
    '/api/v2/auth/refresh',
    {
      schema: {
        ...common,
        security: [{}, { refreshCookie: [] }],
        operationId: 'refresh',
        summary: 'Change a refresh token, of the body or the cookie, for the next tokens',
        description:
          'Each refresh token is good for one use; used again within half a minute it gives the same answer, later it ends the session.',
        body: Refresh,
        response: {
          200: Type.Ref('SignIn'),
          ...problems(
            ...bodyErrors,
            'sign_in_required',
            'token_invalid',
            'token_expired',
            'session_ended',
            'origin_refused',
          ),
        },
      },
    },
    async (request, reply) => {
      const found = answers.refreshTokenOf(request, request.body.refreshToken);
      if (found === undefined) throw new ProblemError('sign_in_required');
      try {
        const tokens = await signIn.refresh(found.token, deviceOf(request));
        return answers.answer(request, reply, tokens, found.from);
      } catch (error) {
        if (found.from === 'cookie' && isSpent(error)) answers.clearCookie(request, reply);
        throw error;
      }
    },
  );

  http.post(
    '/api/v2/auth/logout',
    {
      schema: {
        ...common,
        security: [{}, { refreshCookie: [] }, { accountToken: [] }],
        operationId: 'logout',
        summary: 'End the session of a refresh token (of the body or the cookie) or of the account token',
        body: Refresh,
        response: {
          204: Type.Null({ description: 'signed out' }),
          ...problems(
            ...bodyErrors,
            'sign_in_required',
            'token_invalid',
            'token_expired',
            'session_ended',
            'origin_refused',
          ),
        },
      },
    },
    async (request, reply) => {
      const found = answers.refreshTokenOf(request, request.body.refreshToken);
      if (found !== undefined) {
        await signIn.logout({ refreshToken: found.token }, deviceOf(request));
      } else {
        const caller = await signedIn.byHeader(request.headers.authorization);
        await signIn.logout({ signedIn: caller }, deviceOf(request));
      }
      if (found?.from === 'cookie') answers.clearCookie(request, reply);
      return reply.status(204).send(null);
    },
  );
}
