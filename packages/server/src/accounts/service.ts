import {
  type Account,
  type AccountPatch,
  limits,
  type PasswordChange,
  type Person,
  ProblemError,
  type Register,
  randomName,
} from '@coderoom/protocol';
import type { AuditService } from '../audit/service.ts';
import type { SignedIn } from '../gateway/authorize.ts';
import { isId } from '../identifiers.ts';
import { cleanLine } from '../people-text.ts';
import type { SessionService } from '../sessions/service.ts';
import type { Attempts } from './attempts.ts';
import { assertAcceptable } from './password-rules.ts';
import type { Passwords } from './passwords.ts';
import type { AccountRow, AccountStore, Identity } from './store.ts';

/** Rules of accounts: who gets one, who proves to be its holder, what it says, and how it goes away. */
export interface AccountService {
  find(id: string): Promise<AccountRow | undefined>;
  findMany(ids: string[]): Promise<AccountRow[]>;
  findByEmail(email: string): Promise<AccountRow | undefined>;
  /** Those whose name begins so. */
  findByNamePrefix(prefix: string, limit: number): Promise<AccountRow[]>;
  /** As its holder sees it. */
  describe(account: AccountRow): Account;
  /** As others see it. */
  describePerson(account: AccountRow): Person;
  register(request: Register, address: string): Promise<AccountRow>;
  /** Fails with `sign_in_refused`, whatever of the two is wrong, and after the same time. */
  authenticate(email: string, password: string, address: string): Promise<AccountRow>;
  /**
   * The account of whom an OpenID Connect provider vouches for; a new one at their first time. They get an account that
   * was there before only if the provider has verified their e-mail, and a provider had verified that account's.
   */
  enter(identity: IssuerIdentity, address: string): Promise<AccountRow>;
  update(signedIn: SignedIn, patch: AccountPatch): Promise<Account>;
  /** Ends all other sessions. The first password of an account needs no current one. */
  changePassword(signedIn: SignedIn, change: PasswordChange, address: string): Promise<void>;
  /** Rooms owned alone go with it, others are handed over. */
  delete(signedIn: SignedIn, password: string | undefined, address: string): Promise<void>;
  /** Makes memberships that room tokens prove the account's own; says how many those were. */
  claimRooms(signedIn: SignedIn, tokens: string[], address: string): Promise<number>;
}

/** What an OpenID Connect provider says of somebody. */
export interface IssuerIdentity extends Identity {
  email: string | undefined;
  emailVerified: boolean;
  name: string | undefined;
  picture: string | undefined;
}

export interface AccountServiceOptions {
  store: AccountStore;
  passwords: Passwords;
  attempts: Attempts;
  sessions: Pick<SessionService, 'endOthers' | 'endAll'>;
  audit: Pick<AuditService, 'record' | 'forgetAccount'>;
  /** Deletes rooms that an account owns alone, hands over the others, and ends its memberships. */
  leaveRooms(accountId: string): Promise<void>;
  /** Makes the guest's membership that a room token proves the account's; false when it cannot be. */
  claimRoom(roomToken: string, account: AccountRow): Promise<boolean>;
  random(): number;
  createId(): string;
  now(): number;
}

const enterAttemptsMax = 3;

export function createAccountService(options: AccountServiceOptions): AccountService {
  const { store, passwords, attempts, sessions, audit, random, createId, now } = options;

  function prepare(account: Partial<AccountRow> & Pick<AccountRow, 'name'>): AccountRow {
    const at = now();
    return {
      id: createId(),
      email: null,
      emailVerified: false,
      picture: null,
      passwordHash: null,
      githubUsername: null,
      leetcodeUsername: null,
      codeforcesUsername: null,
      createdAt: at,
      updatedAt: at,
      ...account,
    };
  }

  /** Of somebody who is signed in, before what cannot be taken back. */
  async function assertPassword(account: AccountRow, password: string | undefined, address: string): Promise<void> {
    if (account.passwordHash === null) return;
    if (password === undefined) throw new ProblemError('password_refused');
    const attempt = await attempts.begin(account.id, address);
    if (!(await passwords.verify(account.passwordHash, password))) throw new ProblemError('password_refused');
    await attempt.wasRight();
  }

  function describe(account: AccountRow): Account {
    return {
      id: account.id,
      email: account.email,
      name: account.name,
      picture: account.picture,
      githubUsername: account.githubUsername,
      leetcodeUsername: account.leetcodeUsername,
      codeforcesUsername: account.codeforcesUsername,
      hasPassword: account.passwordHash !== null,
      createdAt: new Date(account.createdAt).toISOString(),
    };
  }

  return {
    find: async (id) => (isId(id) ? store.find(id) : undefined),
    findMany: (ids) => store.findMany(ids.filter(isId)),
    findByEmail: async (email) =>
      email.length > limits.emailMaxLength ? undefined : store.findByEmail(email.toLowerCase()),
    findByNamePrefix: (prefix, limit) => store.findByNamePrefix(prefix, limit),
    describe,
    describePerson: ({ id, name, picture }) => ({ id, name, picture }),

    async register({ email: typed, password, name: typedName }, address) {
      const email = typed.toLowerCase();
      const name = typedName === undefined ? randomName(random) : cleanLine(typedName, limits.memberNameMaxLength);
      assertAcceptable(password, { email, name });
      if ((await store.findByEmail(email)) !== undefined) throw new ProblemError('email_taken');
      const account = prepare({ email, name, passwordHash: await passwords.hash(password) });
      if ((await store.create(account)) === 'taken') throw new ProblemError('email_taken');
      await audit.record({ kind: 'account:registered', accountId: account.id, actor: name, address });
      return account;
    },

    async authenticate(typed, password, address) {
      const email = typed.toLowerCase();
      // Counted by the address that was typed, so that it makes no difference whether there is such an account.
      const attempt = await attempts.begin(email, address);
      const account = await store.findByEmail(email);
      const isRight = await passwords.verify(account?.passwordHash ?? null, password);
      if (account === undefined || !isRight) {
        // Not waited for: the answer takes as long as it does for nobody's account.
        if (account !== undefined) {
          audit.record({ kind: 'account:sign-in-refused', accountId: account.id, actor: account.name, address });
        }
        throw new ProblemError('sign_in_refused');
      }
      await attempt.wasRight();
      return account;
    },

    async enter({ issuer, subject, emailVerified, ...claims }, address) {
      const identity = { issuer, subject };
      const email = emailVerified ? claims.email : undefined;
      for (let attempt = 0; attempt < enterAttemptsMax; attempt++) {
        const known = await store.findByIdentity(identity);
        if (known !== undefined) return known;
        const sameEmail = email === undefined ? undefined : await store.findByEmail(email);
        if (sameEmail?.emailVerified) {
          if (!(await store.addIdentity(sameEmail.id, identity, now()))) continue;
          const { id: accountId, name: actor } = sameEmail;
          await audit.record({ kind: 'identity:linked', accountId, actor, address, details: { issuer } });
          return sameEmail;
        }
        const account = prepare({
          // An address that somebody registered with a password, and never proved to be theirs, stays with that account.
          email: sameEmail === undefined ? (email ?? null) : null,
          emailVerified: sameEmail === undefined && email !== undefined,
          name: claims.name ?? randomName(random),
          picture: claims.picture ?? null,
        });
        if ((await store.create(account, identity)) === 'taken') continue;
        const { id: accountId, name: actor } = account;
        await audit.record({ kind: 'account:registered', accountId, actor, address, details: { issuer } });
        return account;
      }
      throw new Error('An identity could be neither found nor stored');
    },

    async update({ account }, patch) {
      const change = {
        ...patch,
        ...(patch.name === undefined ? {} : { name: cleanLine(patch.name, limits.memberNameMaxLength) }),
      };
      await store.update(account.id, change, now());
      const changed = await store.find(account.id);
      if (changed === undefined) throw new ProblemError('session_ended');
      return describe(changed);
    },

    async changePassword(signedIn, { currentPassword, newPassword }, address) {
      const { account } = signedIn;
      await assertPassword(account, currentPassword, address);
      assertAcceptable(newPassword, account);
      const passwordHash = await passwords.hash(newPassword);
      // Of two at once the second one proved itself by what is no password any more.
      const isReplaced = await store.replacePassword(account.id, account.passwordHash, passwordHash, now());
      if (!isReplaced) throw new ProblemError('password_refused');
      await sessions.endOthers(signedIn);
      await audit.record({ kind: 'account:password-changed', accountId: account.id, actor: account.name, address });
    },

    async delete({ account }, password, address) {
      await assertPassword(account, password, address);
      await sessions.endAll(account.id);
      await options.leaveRooms(account.id);
      await store.delete(account.id);
      // What was on its way into a room when the account was still there is in it by now.
      await options.leaveRooms(account.id);
      await audit.forgetAccount(account.id);
    },

    async claimRooms({ account }, tokens, address) {
      let claimed = 0;
      for (const token of new Set(tokens)) {
        try {
          if (await options.claimRoom(token, account)) claimed++;
        } catch (error) {
          // One whose room is gone, or that is somebody else's by now, takes nothing from the others.
          if (!(error instanceof ProblemError)) throw error;
        }
      }
      if (claimed > 0) {
        const { id: accountId, name: actor } = account;
        await audit.record({ kind: 'account:rooms-claimed', accountId, actor, address, details: { rooms: claimed } });
      }
      return claimed;
    },
  };
}
