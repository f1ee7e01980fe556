import type { Kysely } from 'kysely';
import { isUniqueViolation } from '../storage/errors.ts';
import type { Database } from '../storage/schema.ts';

/** What another service said of one of its users; times are milliseconds since the epoch. */
export interface ProfileStatsRow {
  service: string;
  /** In small letters. */
  username: string;
  state: 'ready' | 'failed' | 'unknown-user';
  /** What was last known; null: nothing. */
  stats: object | null;
  fetchedAt: number | null;
  attemptedAt: number;
  /** In a row. */
  failures: number;
}

export interface ProfileStatsStore {
  find(service: string, username: string): Promise<ProfileStatsRow | undefined>;
  save(row: ProfileStatsRow): Promise<void>;
  /** Forgets whom nobody has asked about since then. */
  forgetBefore(attemptedAt: number): Promise<void>;
}

export function createProfileStatsStore(db: Kysely<Database>): ProfileStatsStore {
  async function update({ service, username, ...row }: ProfileStatsRow): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('profile_stats')
      .set(columns(row))
      .where('service', '=', service)
      .where('username', '=', username)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  return {
    async find(service, username) {
      const row = await db
        .selectFrom('profile_stats')
        .selectAll()
        .where('service', '=', service)
        .where('username', '=', username)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return {
        service,
        username,
        state: row.state as ProfileStatsRow['state'],
        stats: row.stats === null ? null : (JSON.parse(row.stats) as object),
        fetchedAt: row.fetched_at,
        attemptedAt: row.attempted_at,
        failures: row.failures,
      };
    },

    async save(row) {
      if (await update(row)) return;
      const { service, username } = row;
      try {
        await db
          .insertInto('profile_stats')
          .values({ service, username, ...columns(row) })
          .execute();
      } catch (error) {
        // Another process was a moment earlier.
        if (!isUniqueViolation(error)) throw error;
        await update(row);
      }
    },

    async forgetBefore(attemptedAt) {
      await db.deleteFrom('profile_stats').where('attempted_at', '<', attemptedAt).execute();
    },
  };
}

function columns({ state, stats, fetchedAt, attemptedAt, failures }: Omit<ProfileStatsRow, 'service' | 'username'>) {
  return {
    state,
    stats: stats === null ? null : JSON.stringify(stats),
    fetched_at: fetchedAt,
    attempted_at: attemptedAt,
    failures,
  };
}
