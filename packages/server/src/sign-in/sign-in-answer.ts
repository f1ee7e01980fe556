import { ProblemError, type SignIn } from '@coderoom/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccountService } from '../accounts/service.ts';
import { assertFromOwnPage, readCookie, writeCookie } from '../gateway/cookies.ts';
import type { Origins } from '../gateway/origin.ts';
import type { Device, SessionTokens } from '../sessions/service.ts';

/** How tokens go out and come in again: in the body, or for pages of this server the refresh token as a cookie. */
export interface SignInAnswers {
  /** Fails with `origin_refused` when a page of another site wants a cookie to be set. */
  assertMaySetCookie(request: FastifyRequest, wantsCookie: boolean | undefined): void;
  answer(request: FastifyRequest, reply: FastifyReply, tokens: SessionTokens, as: 'cookie' | 'body'): SignIn;
  setCookie(request: FastifyRequest, reply: FastifyReply, tokens: SessionTokens): void;
  clearCookie(request: FastifyRequest, reply: FastifyReply): void;
  /** The refresh token that a request brings: of its body, else of its cookie, when one of our pages sent it. */
  refreshTokenOf(
    request: FastifyRequest,
    inBody: string | undefined,
  ): { token: string; from: 'body' | 'cookie' } | undefined;
}

const cookieName = 'coderoom_refresh';
const cookiePath = '/api/v2/auth';

export function createSignInAnswers(options: {
  accounts: Pick<AccountService, 'describe'>;
  origins: Origins;
  now(): number;
}): SignInAnswers {
  const { accounts, origins, now } = options;

  const write = (request: FastifyRequest, reply: FastifyReply, value: string, maxAgeS: number) =>
    reply.header(
      'set-cookie',
      writeCookie({
        name: cookieName,
        value,
        path: cookiePath,
        sameSite: 'strict',
        maxAgeS,
        secure: origins.ownOrigin(request.raw).startsWith('https:'),
      }),
    );

  function setCookie(request: FastifyRequest, reply: FastifyReply, tokens: SessionTokens): void {
    write(request, reply, tokens.refreshToken, Math.floor((tokens.refreshExpiresAt - now()) / 1000));
  }

  return {
    assertMaySetCookie(request, wantsCookie) {
      if (wantsCookie) assertFromOwnPage(request.raw, origins, { bringsCookie: false });
    },

    answer(request, reply, tokens, as) {
      const { account, access, refreshToken } = tokens;
      reply.header('cache-control', 'no-store');
      if (as === 'cookie') setCookie(request, reply, tokens);
      return {
        account: accounts.describe(account),
        accessToken: access.token,
        accessTokenExpiresAt: new Date(access.expiresAt).toISOString(),
        accessTokenExpiresInS: Math.floor((access.expiresAt - now()) / 1000),
        ...(as === 'cookie' ? {} : { refreshToken }),
      };
    },

    setCookie,
    clearCookie: (request, reply) => write(request, reply, '', 0),

    refreshTokenOf(request, inBody) {
      if (inBody !== undefined) return { token: inBody, from: 'body' };
      const token = readCookie(request.raw, cookieName);
      if (token === undefined || token === '') return undefined;
      assertFromOwnPage(request.raw, origins, { bringsCookie: true });
      return { token, from: 'cookie' };
    },
  };
}

/** Where somebody signs in from, for them to recognise it. */
export function deviceOf({ address, headers }: FastifyRequest): Device {
  return { address, userAgent: headers['user-agent'] ?? '' };
}

/** Whether a refresh token, after a failure with it, is of no use any more. */
export function isSpent(error: unknown): boolean {
  return error instanceof ProblemError && ['token_invalid', 'token_expired', 'session_ended'].includes(error.code);
}
