import { EmailAddress, ProblemError } from '@coderoom/protocol';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AccountService } from '../../accounts/service.ts';
import { readBearer } from '../../gateway/authorize.ts';
import type { Http } from '../../gateway/http.ts';
import type { RateLimits } from '../../gateway/rate-limits.ts';
import { compileCheck } from '../../gateway/validation.ts';
import type { SignInService } from '../../sign-in/service.ts';
import { deviceOf } from '../../sign-in/sign-in-answer.ts';
import type { DialectFault } from '../dialect.ts';
import { describeUser } from './descriptions.ts';
import { fault } from './fault.ts';
import type { CodeChillProfiles } from './profiles.ts';
import { type Askers, faults, looseBody, readString, withAppToken } from './route-kit.ts';
import { Profile, User } from './shapes.ts';
import type { CodeChillSignIns, CodeChillUser } from './sign-ins.ts';

export interface AuthRoutesOptions {
  askers: Askers;
  signIns: CodeChillSignIns;
  profiles: CodeChillProfiles;
  accounts: Pick<AccountService, 'delete'>;
  signIn: Pick<SignInService, 'logout'>;
  rateLimits: Pick<RateLimits, 'count'>;
}

const checkEmail = compileCheck(EmailAddress);

/** `/api/auth`: tokens for the provider's token, and one's own profile. */
export function registerAuthRoutes(http: Http, options: AuthRoutesOptions): void {
  const { askers, signIns, profiles, accounts, signIn, rateLimits } = options;
  const { onRequest } = askers;
  const tags = ['CodeChill'];
  const ofIssuer = { tags, security: withAppToken, description: 'With a token that the OpenID Connect provider made.' };
  const own = { tags, security: withAppToken };
  const withUser = Type.Object({ user: User });
  const withMessage = Type.Object({ message: Type.String() });

  function issuerTokenOf({ headers }: FastifyRequest): string {
    const token = readBearer(headers.authorization);
    if (token === undefined || token === '') throw fault(401, 'No authorization header');
    return token;
  }

  http.post(
    '/api/auth/login',
    {
      config: { failure: 'Login failed' },
      schema: {
        ...ofIssuer,
        operationId: 'codechillLogin',
        summary: 'Tokens of the app for one of the provider',
        response: {
          200: Type.Object({
            message: Type.String(),
            access_token: Type.String(),
            refresh_token: Type.String(),
            user: User,
          }),
          ...faults(401, 413),
        },
      },
    },
    async (request) => {
      const token = issuerTokenOf(request);
      const identity = await signIns.identify(token);
      if (identity.email === undefined) throw fault(400, 'Invalid token payload');
      const user = await signIns.begin(token, identity, deviceOf(request));
      return {
        message: 'Login successful',
        access_token: await signIns.issue(user, 'access', true),
        refresh_token: await signIns.issue(user, 'refresh'),
        user: describeUser(user),
      };
    },
  );

  http.post(
    '/api/auth/sync',
    {
      config: { failure: 'User sync failed' },
      schema: {
        ...ofIssuer,
        operationId: 'codechillSync',
        summary: 'The account of who the provider’s token is of',
        body: looseBody({
          email: 'where the token has none; not believed',
          name: 'likewise',
          picture: 'likewise',
          auth0Id: 'unused',
        }),
        response: { 200: Type.Object({ data: User }), ...faults(401, 413) },
      },
    },
    async (request) => {
      const token = issuerTokenOf(request);
      const told = await signIns.identify(token);
      const { email, name } = request.body as Record<string, unknown>;
      const toldEmail = told.email ?? ('value' in checkEmail(email) ? (email as string) : undefined);
      if (toldEmail === undefined) throw fault(400, 'Invalid token payload');
      const identity = { ...told, name: told.name ?? (readString(name)?.trim() || undefined) };
      // Its pages do so whenever they are loaded.
      const user = await signIns.resume(token, identity, deviceOf(request));
      return { data: describeUser({ ...user, toldEmail }) };
    },
  );

  http.post(
    '/api/auth/refresh',
    {
      config: { failure: 'Token refresh failed' },
      schema: {
        ...own,
        operationId: 'codechillRefresh',
        summary: 'Another access token for a refresh token',
        response: { 200: Type.Object({ access_token: Type.String(), user: User }), ...faults(401, 404, 413) },
      },
    },
    async (request) => {
      const user = await unlessGone(askers.check(request, 'refresh'), fault(404, 'User not found or inactive'));
      return { access_token: await signIns.issue(user, 'access'), user: describeUser(user) };
    },
  );

  http.get(
    '/api/auth/profile',
    {
      config: { failure: 'Failed to get profile' },
      schema: {
        ...own,
        operationId: 'codechillProfile',
        summary: 'Oneself, with what other services say',
        response: { 200: Type.Object({ user: Profile }), ...faults(401, 404) },
      },
    },
    async (request) => {
      const user = await unlessGone(askers.check(request, 'access'), fault(404, 'User not found'));
      return { user: await profiles.own(user) };
    },
  );

  http.put(
    '/api/auth/profile',
    {
      onRequest,
      config: { failure: 'Failed to update profile' },
      schema: {
        ...own,
        operationId: 'codechillUpdateProfile',
        summary: 'Change one’s name, or names at other services',
        body: looseBody({
          name: 'one’s name',
          github_username: 'null or empty: none',
          leetcode_username: 'likewise',
          codeforces_username: 'likewise',
        }),
        response: { 200: Type.Object({ message: Type.String(), user: User }), ...faults(401, 413) },
      },
    },
    async (request) => ({
      message: 'Profile updated successfully',
      user: await profiles.update(askers.of(request), request.body),
    }),
  );

  http.post(
    '/api/auth/logout',
    {
      config: { failure: 'Logout failed' },
      schema: {
        ...own,
        operationId: 'codechillLogout',
        summary: 'End the session: its tokens are good for nothing any more',
        response: { 200: withMessage, ...faults(401, 413) },
      },
    },
    async (request) => {
      const signedIn = await askers.check(request, 'access');
      await signIn.logout({ signedIn }, deviceOf(request));
      return { message: 'Logout successful' };
    },
  );

  http.post(
    '/api/auth/verify-token',
    {
      config: { failure: 'Token verification failed' },
      schema: {
        ...own,
        operationId: 'codechillVerifyToken',
        summary: 'Whether a token is good',
        response: { 200: Type.Object({ valid: Type.Literal(true), ...withUser.properties }), ...faults(401, 413) },
      },
    },
    async (request) => {
      const user = await unlessGone(askers.check(request, 'access'), fault(401, 'Invalid user'));
      return { valid: true as const, user: describeUser(user) };
    },
  );

  http.post(
    '/api/auth/stats/refresh',
    {
      onRequest,
      config: { failure: 'Failed to update stats' },
      schema: {
        ...own,
        operationId: 'codechillRefreshStats',
        summary: 'Ask other services anew',
        response: { 200: Type.Object({ message: Type.String(), user: Profile }), ...faults(401, 413) },
      },
    },
    async (request) => {
      const user = askers.of(request);
      await rateLimits.count('statsRefreshes', user.account.id);
      return { message: 'Stats updated successfully', user: await profiles.refresh(user) };
    },
  );

  http.delete(
    '/api/auth/delete-account',
    {
      onRequest,
      config: { failure: 'Failed to delete account' },
      schema: {
        ...own,
        operationId: 'codechillDeleteAccount',
        summary: 'Delete one’s account; one that has a password asks for it',
        body: looseBody({ password: 'of an account that has one' }),
        response: { 200: withMessage, ...faults(401, 403, 413) },
      },
    },
    async (request) => {
      const password = readString((request.body as { password?: unknown }).password);
      await accounts.delete(askers.of(request), password, request.address);
      return { message: 'Account deleted successfully' };
    },
  );
}

/** Who has gone, or signed out, has another answer here than elsewhere. */
async function unlessGone(check: Promise<CodeChillUser>, gone: DialectFault): Promise<CodeChillUser> {
  try {
    return await check;
  } catch (error) {
    throw error instanceof ProblemError && error.code === 'session_ended' ? gone : error;
  }
}
