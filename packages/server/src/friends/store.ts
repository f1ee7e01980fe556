import { limits } from '@coderoom/protocol';
import type { Kysely, Transaction } from 'kysely';
import { isForeignKeyViolation, isUniqueViolation } from '../storage/errors.ts';
import type { Database } from '../storage/schema.ts';
import { transact } from '../storage/transaction.ts';

/** What is between two accounts, as one of them has it; times are milliseconds since the epoch. */
export interface FriendshipRow {
  /** The other one. */
  accountId: string;
  state: 'accepted' | 'incoming' | 'outgoing';
  /** Which of the two has asked. */
  askedBy: string;
  since: number;
}

export interface FriendStore {
  find(accountId: string, otherId: string): Promise<FriendshipRow | undefined>;
  /**
   * Asks, or, when the other one has asked already, accepts. `none`: nothing has changed, since they are friends, or this
   * was asked before; `gone`: the other account does not exist.
   */
  ask(accountId: string, otherId: string, at: number): Promise<'asked' | 'accepted' | 'none' | 'gone'>;
  /** Whether the other one had asked. */
  accept(accountId: string, otherId: string, at: number): Promise<boolean>;
  /** Whatever there was; undefined: nothing. */
  remove(accountId: string, otherId: string): Promise<FriendshipRow | undefined>;
  list(accountId: string): Promise<FriendshipRow[]>;
  count(accountId: string): Promise<number>;
  /** Also ends what was between them. False: the other account does not exist. */
  block(accountId: string, otherId: string, at: number): Promise<boolean>;
  unblock(accountId: string, otherId: string): Promise<boolean>;
  /** Whom an account has blocked, the last one first. */
  listBlocked(accountId: string): Promise<{ accountId: string; since: number }[]>;
  /** By whom it is blocked. */
  listBlockers(accountId: string): Promise<string[]>;
  isBlocked(blockerId: string, blockedId: string): Promise<boolean>;
}

type StoredFriendship = { low_id: string; high_id: string; state: string; asked_by: string; since: number };

/** The SQL of friendships and blocks. Two accounts share one row, so that there is never one in each direction. */
export function createFriendStore(db: Kysely<Database>): FriendStore {
  const ofPair = (on: Kysely<Database>, accountId: string, otherId: string) => {
    const [low, high] = pairOf(accountId, otherId);
    return on.selectFrom('friendships').selectAll().where('low_id', '=', low).where('high_id', '=', high);
  };

  async function deletePair(tx: Transaction<Database>, accountId: string, otherId: string): Promise<void> {
    const [low, high] = pairOf(accountId, otherId);
    await tx.deleteFrom('friendships').where('low_id', '=', low).where('high_id', '=', high).execute();
  }

  async function accept(accountId: string, otherId: string, at: number): Promise<boolean> {
    const [low, high] = pairOf(accountId, otherId);
    const { numUpdatedRows } = await db
      .updateTable('friendships')
      .set({ state: 'accepted', since: at })
      .where('low_id', '=', low)
      .where('high_id', '=', high)
      .where('state', '=', 'asked')
      .where('asked_by', '=', otherId)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  return {
    accept,

    async find(accountId, otherId) {
      const row = await ofPair(db, accountId, otherId).executeTakeFirst();
      return row === undefined ? undefined : seenBy(accountId, row);
    },

    async ask(accountId, otherId, at) {
      const [low, high] = pairOf(accountId, otherId);
      try {
        await db
          .insertInto('friendships')
          .values({ low_id: low, high_id: high, state: 'asked', asked_by: accountId, since: at })
          .execute();
        return 'asked';
      } catch (error) {
        if (isForeignKeyViolation(error)) return 'gone';
        if (!isUniqueViolation(error)) throw error;
      }
      return (await accept(accountId, otherId, at)) ? 'accepted' : 'none';
    },

    remove: (accountId, otherId) =>
      transact(db, async (tx) => {
        const row = await ofPair(tx, accountId, otherId).executeTakeFirst();
        if (row === undefined) return undefined;
        await deletePair(tx, accountId, otherId);
        return seenBy(accountId, row);
      }),

    async list(accountId) {
      const rows = await db
        .selectFrom('friendships')
        .selectAll()
        .where((is) => is.or([is('low_id', '=', accountId), is('high_id', '=', accountId)]))
        // 'accepted' comes before 'asked': whatever strangers ask, one's friends are in the list.
        .orderBy('state')
        .orderBy('since', 'desc')
        .limit(limits.friendsListMax)
        .execute();
      return rows.map((row) => seenBy(accountId, row));
    },

    async count(accountId) {
      const { count } = await db
        .selectFrom('friendships')
        .select((is) => is.fn.countAll<number>().as('count'))
        .where((is) => is.or([is('low_id', '=', accountId), is('high_id', '=', accountId)]))
        .where((is) => is.or([is('state', '=', 'accepted'), is('asked_by', '=', accountId)]))
        .executeTakeFirstOrThrow();
      return Number(count);
    },

    async block(accountId, otherId, at) {
      try {
        await transact(db, async (tx) => {
          await deletePair(tx, accountId, otherId);
          const present = await tx
            .selectFrom('blocks')
            .select('created_at')
            .where('blocker_id', '=', accountId)
            .where('blocked_id', '=', otherId)
            .executeTakeFirst();
          if (present !== undefined) return;
          await tx
            .insertInto('blocks')
            .values({ blocker_id: accountId, blocked_id: otherId, created_at: at })
            .execute();
        });
        return true;
      } catch (error) {
        if (isForeignKeyViolation(error)) return false;
        // Blocked twice in the same moment.
        if (isUniqueViolation(error)) return true;
        throw error;
      }
    },

    async unblock(accountId, otherId) {
      const { numDeletedRows } = await db
        .deleteFrom('blocks')
        .where('blocker_id', '=', accountId)
        .where('blocked_id', '=', otherId)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },

    listBlocked: (accountId) =>
      db
        .selectFrom('blocks')
        .select(['blocked_id as accountId', 'created_at as since'])
        .where('blocker_id', '=', accountId)
        .orderBy('created_at', 'desc')
        .execute(),

    async listBlockers(accountId) {
      const rows = await db.selectFrom('blocks').select('blocker_id').where('blocked_id', '=', accountId).execute();
      return rows.map((row) => row.blocker_id);
    },

    async isBlocked(blockerId, blockedId) {
      const row = await db
        .selectFrom('blocks')
        .select('created_at')
        .where('blocker_id', '=', blockerId)
        .where('blocked_id', '=', blockedId)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}

function pairOf(accountId: string, otherId: string): [low: string, high: string] {
  return accountId < otherId ? [accountId, otherId] : [otherId, accountId];
}

function seenBy(accountId: string, row: StoredFriendship): FriendshipRow {
  const other = row.low_id === accountId ? row.high_id : row.low_id;
  const state = row.state === 'accepted' ? 'accepted' : row.asked_by === accountId ? 'outgoing' : 'incoming';
  return { accountId: other, state, askedBy: row.asked_by, since: row.since };
}
