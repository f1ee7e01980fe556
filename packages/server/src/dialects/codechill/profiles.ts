import { setTimeout as pause } from 'node:timers/promises';
import { AccountPatch, limits } from '@coderoom/protocol';
import type { Static } from 'typebox';
import type { AccountService } from '../../accounts/service.ts';
import type { AccountRow } from '../../accounts/store.ts';
import { compileCheck } from '../../gateway/validation.ts';
import type { ProfileService } from '../../profiles/service.ts';
import { describePerson, describeStats, describeUser } from './descriptions.ts';
import { fault } from './fault.ts';
import type { Person, Stats, User } from './shapes.ts';
import type { CodeChillUser } from './sign-ins.ts';

/** Profiles with the numbers of other services, in CodeChill's words. */
export interface CodeChillProfiles {
  own(user: CodeChillUser): Promise<User & Stats>;
  other(account: AccountRow): Promise<Person & Stats>;
  /** Fails where a name is none. */
  update(user: CodeChillUser, change: unknown): Promise<User>;
  /** With new numbers, if they come soon. */
  refresh(user: CodeChillUser): Promise<User & Stats>;
}

export interface CodeChillProfilesOptions {
  accounts: Pick<AccountService, 'update' | 'find'>;
  profiles: Pick<ProfileService, 'read' | 'refresh'>;
}

const checkPatch = compileCheck(AccountPatch);
const names = {
  name: 'name',
  github_username: 'githubUsername',
  leetcode_username: 'leetcodeUsername',
  codeforces_username: 'codeforcesUsername',
} as const;

export function createCodeChillProfiles({ accounts, profiles }: CodeChillProfilesOptions): CodeChillProfiles {
  const own: CodeChillProfiles['own'] = async (user) => ({
    ...describeUser(user),
    ...describeStats(await profiles.read(usernamesOf(user.account))),
  });

  return {
    own,

    other: async (account) => ({
      ...describePerson(account),
      ...describeStats(await profiles.read(usernamesOf(account))),
    }),

    async update(user, change) {
      const patch = readPatch(change);
      if (Object.keys(patch).length > 0) {
        const checked = checkPatch(patch);
        if ('fault' in checked) throw fault(400, 'Failed to update profile');
        await accounts.update(user, checked.value);
      }
      const account = await accounts.find(user.account.id);
      if (account === undefined) throw fault(404, 'User not found');
      return describeUser({ ...user, account });
    },

    async refresh(user) {
      const usernames = usernamesOf(user.account);
      let known = await profiles.refresh(usernames);
      const until = performance.now() + limits.profileAnswerTimeoutMs;
      while (Object.values(known).some((of) => of?.isFetching === true) && performance.now() < until) {
        await pause(pollMs);
        known = await profiles.read(usernames);
      }
      return { ...describeUser(user), ...describeStats(known) };
    },
  };
}

const pollMs = 50;

/** Nothing, or an empty text, takes a name at another service away; one's own stays when it is nothing. */
function readPatch(change: unknown): Static<typeof AccountPatch> {
  const fields = Object.entries(names).flatMap(([theirs, ours]) => {
    const value = (change as Record<string, unknown>)[theirs];
    if (value === undefined || (value === null && ours === 'name')) return [];
    const text = typeof value === 'string' ? value.trim() : value;
    return [[ours, text === '' && ours !== 'name' ? null : text]];
  });
  return Object.fromEntries(fields);
}

function usernamesOf({ githubUsername, leetcodeUsername, codeforcesUsername }: AccountRow) {
  return { github: githubUsername, leetcode: leetcodeUsername, codeforces: codeforcesUsername };
}
