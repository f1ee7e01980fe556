import { ProblemError } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { SignedInAccess } from '../gateway/authorize.ts';
import type { Http } from '../gateway/http.ts';
import { bodyErrors, problems, signedInErrors, withAccountToken } from '../gateway/openapi.ts';
import type { RateLimits } from '../gateway/rate-limits.ts';
import type { ProfileService, Usernames } from './service.ts';

/** What of an account is asked for elsewhere. */
interface Profile {
  id: string;
  githubUsername: string | null;
  leetcodeUsername: string | null;
  codeforcesUsername: string | null;
}

export interface ProfileRoutesOptions {
  signedIn: SignedInAccess;
  profiles: ProfileService;
  /** For another account that asks; fails with `person_not_found` for who is blocked by it. */
  findAccount(askerId: string, id: string): Promise<Profile | undefined>;
  rateLimits: RateLimits;
}

/** Numbers of people on other services. */
export function registerProfileRoutes(http: Http, options: ProfileRoutesOptions): void {
  const { signedIn, profiles, findAccount, rateLimits } = options;
  const common = { tags: ['accounts'], security: withAccountToken };

  http.get(
    '/api/v2/me/stats',
    {
      schema: {
        ...common,
        operationId: 'getOwnStats',
        summary: 'What GitHub, LeetCode and Codeforces say of oneself, as far as it is known',
        response: { 200: Type.Ref('ProfileStats'), ...problems(...signedInErrors) },
      },
    },
    async ({ headers }) => profiles.read(usernamesOf((await signedIn.byHeader(headers.authorization)).account)),
  );

  http.post(
    '/api/v2/me/stats/refresh',
    {
      schema: {
        ...common,
        operationId: 'refreshStats',
        summary: 'Have one’s numbers fetched anew; what is known meanwhile is answered',
        response: { 202: Type.Ref('ProfileStats'), ...problems(...bodyErrors, ...signedInErrors) },
      },
    },
    async ({ headers }, reply) => {
      const { account } = await signedIn.byHeader(headers.authorization);
      await rateLimits.count('statsRefreshes', account.id);
      return reply.status(202).send(await profiles.refresh(usernamesOf(account)));
    },
  );

  http.get(
    '/api/v2/people/:account/stats',
    {
      schema: {
        ...common,
        operationId: 'getStats',
        summary: 'What GitHub, LeetCode and Codeforces say of somebody',
        params: Type.Object({ account: Type.String() }),
        response: { 200: Type.Ref('ProfileStats'), ...problems(...signedInErrors, 'person_not_found') },
      },
    },
    async ({ headers, params }) => {
      const { account: asker } = await signedIn.byHeader(headers.authorization);
      const account = await findAccount(asker.id, params.account);
      if (account === undefined) throw new ProblemError('person_not_found');
      return profiles.read(usernamesOf(account));
    },
  );
}

function usernamesOf({ githubUsername, leetcodeUsername, codeforcesUsername }: Profile): Usernames {
  return { github: githubUsername, leetcode: leetcodeUsername, codeforces: codeforcesUsername };
}
