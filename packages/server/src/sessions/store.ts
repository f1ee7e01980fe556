import type { Kysely } from 'kysely';
import type { AccountRow } from '../accounts/store.ts';
import { readAccount } from '../storage/rows.ts';
import type { Database } from '../storage/schema.ts';
import { transact } from '../storage/transaction.ts';

/** One sign-in on one device; times are milliseconds since the epoch. */
export interface SessionRow {
  id: string;
  accountId: string;
  createdAt: number;
  lastUsedAt: number;
  expiresAt: number;
  endedAt: number | null;
  address: string;
  userAgent: string;
}

export interface RefreshTokenRow {
  /** SHA-256 in hexadecimal. */
  tokenHash: string;
  sessionId: string;
  createdAt: number;
  expiresAt: number;
  usedAt: number | null;
}

export interface SessionStore {
  /** False, and nothing is stored, when the account is gone or has another password by now than the given hash. */
  create(session: SessionRow, token: RefreshTokenRow, passwordHash: string | null): Promise<boolean>;
  /** With whose it is; also when it has ended or expired. */
  find(id: string): Promise<{ session: SessionRow; account: AccountRow } | undefined>;
  findToken(tokenHash: string): Promise<RefreshTokenRow | undefined>;
  /** Marks a token as used and stores its successor: both, or, when somebody else has done so, neither. */
  rotate(
    tokenHash: string,
    successor: RefreshTokenRow,
    use: Pick<SessionRow, 'lastUsedAt' | 'address' | 'userAgent'>,
  ): Promise<boolean>;
  /** Those that go on, the one used last first. */
  list(accountId: string, at: number): Promise<SessionRow[]>;
  /** Which of them were still going on. */
  end(ids: string[], at: number): Promise<string[]>;
  /** Forgets sessions that ended or expired before the given time, and expired tokens. */
  sweep(before: number): Promise<void>;
}

/** The SQL of sessions and refresh tokens. */
export function createSessionStore(db: Kysely<Database>): SessionStore {
  const sessions = () =>
    db
      .selectFrom('sessions')
      .select(['id', 'account_id as accountId', 'created_at as createdAt', 'last_used_at as lastUsedAt'])
      .select(['expires_at as expiresAt', 'ended_at as endedAt', 'address', 'user_agent as userAgent']);
  const tokenValues = (token: RefreshTokenRow) => ({
    token_hash: token.tokenHash,
    session_id: token.sessionId,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
    used_at: token.usedAt,
  });

  return {
    create: (session, token, passwordHash) =>
      transact(db, async (tx) => {
        // Whoever sets a new password waits, and then ends this session, or has set it already.
        const account = await tx
          .updateTable('accounts')
          .set((is) => ({ updated_at: is.ref('updated_at') }))
          .where('id', '=', session.accountId)
          .where('password_hash', passwordHash === null ? 'is' : '=', passwordHash)
          .executeTakeFirst();
        if (account.numUpdatedRows === 0n) return false;
        await tx
          .insertInto('sessions')
          .values({
            id: session.id,
            account_id: session.accountId,
            created_at: session.createdAt,
            last_used_at: session.lastUsedAt,
            expires_at: session.expiresAt,
            ended_at: session.endedAt,
            address: session.address,
            user_agent: session.userAgent,
          })
          .execute();
        await tx.insertInto('refresh_tokens').values(tokenValues(token)).execute();
        return true;
      }),

    async find(id) {
      const session = await sessions().where('id', '=', id).executeTakeFirst();
      if (session === undefined) return undefined;
      const account = await db
        .selectFrom('accounts')
        .selectAll()
        .where('id', '=', session.accountId)
        .executeTakeFirst();
      return account === undefined ? undefined : { session, account: readAccount(account) };
    },

    findToken: (tokenHash) =>
      db
        .selectFrom('refresh_tokens')
        .select(['token_hash as tokenHash', 'session_id as sessionId', 'created_at as createdAt'])
        .select(['expires_at as expiresAt', 'used_at as usedAt'])
        .where('token_hash', '=', tokenHash)
        .executeTakeFirst(),

    rotate: (tokenHash, successor, { lastUsedAt, address, userAgent }) =>
      transact(db, async (tx) => {
        // The session first, and only while it goes on: who ends it meanwhile waits, or has already won.
        const session = await tx
          .updateTable('sessions')
          .set({ last_used_at: lastUsedAt, expires_at: successor.expiresAt, address, user_agent: userAgent })
          .where('id', '=', successor.sessionId)
          .where('ended_at', 'is', null)
          .executeTakeFirst();
        if (session.numUpdatedRows === 0n) return false;
        const used = await tx
          .updateTable('refresh_tokens')
          .set({ used_at: successor.createdAt })
          .where('token_hash', '=', tokenHash)
          .where('used_at', 'is', null)
          .executeTakeFirst();
        if (used.numUpdatedRows === 0n) return false;
        await tx.insertInto('refresh_tokens').values(tokenValues(successor)).execute();
        return true;
      }),

    list: (accountId, at) =>
      sessions()
        .where('account_id', '=', accountId)
        .where('ended_at', 'is', null)
        .where('expires_at', '>', at)
        .orderBy('last_used_at', 'desc')
        .orderBy('id', 'desc')
        .execute(),

    async end(ids, at) {
      const ended: string[] = [];
      for (const id of ids) {
        const { numUpdatedRows } = await db
          .updateTable('sessions')
          .set({ ended_at: at, expires_at: at })
          .where('id', '=', id)
          .where('ended_at', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows > 0n) ended.push(id);
      }
      return ended;
    },

    async sweep(before) {
      await db.deleteFrom('refresh_tokens').where('expires_at', '<', before).execute();
      await db.deleteFrom('sessions').where('expires_at', '<', before).execute();
    },
  };
}
