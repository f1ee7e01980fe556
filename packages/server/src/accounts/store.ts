import { createHash } from 'node:crypto';
import { limits } from '@coderoom/protocol';
import type { Kysely } from 'kysely';
import { isUniqueViolation } from '../storage/errors.ts';
import { readAccount } from '../storage/rows.ts';
import type { Database } from '../storage/schema.ts';
import { transact } from '../storage/transaction.ts';

/** An account as stored; times are milliseconds since the epoch. */
export interface AccountRow {
  id: string;
  /** In small letters. */
  email: string | null;
  /** An OpenID Connect provider vouched for the address. */
  emailVerified: boolean;
  name: string;
  picture: string | null;
  passwordHash: string | null;
  githubUsername: string | null;
  leetcodeUsername: string | null;
  codeforcesUsername: string | null;
  createdAt: number;
  updatedAt: number;
}

/** By whom an OpenID Connect provider knows somebody. */
export interface Identity {
  issuer: string;
  subject: string;
}

type AccountPatchRow = Partial<
  Pick<AccountRow, 'name' | 'picture' | 'githubUsername' | 'leetcodeUsername' | 'codeforcesUsername'>
>;

export interface AccountStore {
  /** With the identity it comes from, if any: both or, when e-mail or identity has an account already, none. */
  create(account: AccountRow, identity?: Identity): Promise<'created' | 'taken'>;
  find(id: string): Promise<AccountRow | undefined>;
  /** In small letters. */
  findByEmail(email: string): Promise<AccountRow | undefined>;
  /** Pictures come with the first `picturesPerList` only: a list of a thousand people is not to weigh 40 MB. */
  findMany(ids: string[]): Promise<AccountRow[]>;
  /** Those whose name begins so, whatever the case, in the order of their names. */
  findByNamePrefix(prefix: string, limit: number): Promise<AccountRow[]>;
  findByIdentity(identity: Identity): Promise<AccountRow | undefined>;
  /** False when the identity has an account already. */
  addIdentity(accountId: string, identity: Identity, at: number): Promise<boolean>;
  update(id: string, patch: AccountPatchRow, at: number): Promise<void>;
  /** False, and nothing is changed, when the account's password is another one by now, or the account is gone. */
  replacePassword(id: string, from: string | null, to: string, at: number): Promise<boolean>;
  /** With its identities, sessions and refresh tokens. */
  delete(id: string): Promise<void>;
}

/** The SQL of accounts and identities. */
export function createAccountStore(db: Kysely<Database>): AccountStore {
  const accounts = () => db.selectFrom('accounts').selectAll('accounts');
  const withoutPictures = () =>
    db
      .selectFrom('accounts')
      .select(['id', 'email', 'email_verified', 'name', 'name_key', 'password_hash', 'created_at', 'updated_at'])
      .select(['github_username', 'leetcode_username', 'codeforces_username', (is) => is.val(null).as('picture')]);
  const readOne = async (query: ReturnType<typeof accounts>) => {
    const row = await query.executeTakeFirst();
    return row === undefined ? undefined : readAccount(row);
  };
  const identityValues = (accountId: string, identity: Identity, at: number) => ({
    id: identityKey(identity),
    account_id: accountId,
    issuer: identity.issuer,
    subject: identity.subject,
    created_at: at,
  });

  return {
    async create(account, identity) {
      try {
        await transact(db, async (tx) => {
          await tx
            .insertInto('accounts')
            .values({
              id: account.id,
              email: account.email,
              email_verified: account.emailVerified ? 1 : 0,
              name: account.name,
              name_key: nameKey(account.name),
              picture: account.picture,
              password_hash: account.passwordHash,
              github_username: account.githubUsername,
              leetcode_username: account.leetcodeUsername,
              codeforces_username: account.codeforcesUsername,
              created_at: account.createdAt,
              updated_at: account.updatedAt,
            })
            .execute();
          if (identity === undefined) return;
          await tx
            .insertInto('identities')
            .values(identityValues(account.id, identity, account.createdAt))
            .execute();
        });
        return 'created';
      } catch (error) {
        if (isUniqueViolation(error)) return 'taken';
        throw error;
      }
    },

    find: (id) => readOne(accounts().where('id', '=', id)),
    findByEmail: (email) => readOne(accounts().where('email', '=', email)),

    async findMany(ids) {
      const pictured = ids.slice(0, limits.picturesPerList);
      const plain = ids.slice(limits.picturesPerList);
      const [first, rest] = await Promise.all([
        pictured.length === 0 ? [] : accounts().where('id', 'in', pictured).execute(),
        plain.length === 0 ? [] : withoutPictures().where('id', 'in', plain).execute(),
      ]);
      return [...first, ...rest].map(readAccount);
    },

    async findByNamePrefix(prefix, limit) {
      const key = nameKey(prefix);
      const rows = await accounts()
        .where('name_key', '>=', key)
        .where('name_key', '<', `${key}\u{10ffff}`)
        .orderBy('name_key')
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(readAccount);
    },

    findByIdentity: (identity) =>
      readOne(
        accounts()
          .innerJoin('identities', 'identities.account_id', 'accounts.id')
          .where('identities.id', '=', identityKey(identity)),
      ),

    async addIdentity(accountId, identity, at) {
      try {
        await db
          .insertInto('identities')
          .values(identityValues(accountId, identity, at))
          .execute();
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },

    async update(id, patch, at) {
      const { githubUsername, leetcodeUsername, codeforcesUsername, ...same } = patch;
      await db
        .updateTable('accounts')
        .set({
          ...same,
          ...(patch.name === undefined ? {} : { name_key: nameKey(patch.name) }),
          ...(githubUsername === undefined ? {} : { github_username: githubUsername }),
          ...(leetcodeUsername === undefined ? {} : { leetcode_username: leetcodeUsername }),
          ...(codeforcesUsername === undefined ? {} : { codeforces_username: codeforcesUsername }),
          updated_at: at,
        })
        .where('id', '=', id)
        .execute();
    },

    async replacePassword(id, from, to, at) {
      const { numUpdatedRows } = await db
        .updateTable('accounts')
        .set({ password_hash: to, updated_at: at })
        .where('id', '=', id)
        .where('password_hash', from === null ? 'is' : '=', from)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async delete(id) {
      await transact(db, (tx) => tx.deleteFrom('accounts').where('id', '=', id).execute());
    },
  };
}

/** By which a name is looked up; compared by its bytes, so that its order is the same in all databases. */
function nameKey(name: string): string {
  return name.normalize('NFC').toLowerCase().slice(0, nameKeyMaxLength).toWellFormed();
}

const nameKeyMaxLength = 60;

function identityKey({ issuer, subject }: Identity): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex');
}
