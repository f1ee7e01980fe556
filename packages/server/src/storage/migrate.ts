import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { roomsAndRuns } from './migrations/0001-rooms-and-runs.ts';
import { packedUpdates } from './migrations/0002-packed-updates.ts';
import { accountsAndSessions } from './migrations/0003-accounts-and-sessions.ts';
import { peopleAndDoors } from './migrations/0004-people-and-doors.ts';
import { profileStats } from './migrations/0005-profile-stats.ts';
import { dialects } from './migrations/0006-dialects.ts';
import { chatAndSnippets } from './migrations/0007-chat-and-snippets.ts';
import { roomExecution } from './migrations/0009-room-execution.ts';
import { codecastCreators } from './migrations/0011-codecast-creators.ts';
import { roomMakers } from './migrations/0012-room-makers.ts';
import { loweredMembers } from './migrations/0013-lowered-members.ts';
import { runOutcomes } from './migrations/0014-run-outcomes.ts';
import type { Database, StorageKind } from './schema.ts';

/** What a migration is made from; it writes tables through `db` and takes its column types from `kind`. */
export type MigrationFor = (kind: StorageKind) => Migration;

/** In the order of their names; a released one is never changed. */
export const released: Record<string, MigrationFor> = {
  '0001-rooms-and-runs': roomsAndRuns,
  '0002-packed-updates': packedUpdates,
  '0003-accounts-and-sessions': accountsAndSessions,
  '0004-people-and-doors': peopleAndDoors,
  '0005-profile-stats': profileStats,
  '0006-dialects': dialects,
  '0007-chat-and-snippets': chatAndSnippets,
  '0009-room-execution': roomExecution,
  '0011-codecast-creators': codecastCreators,
  '0012-room-makers': roomMakers,
  '0013-lowered-members': loweredMembers,
  '0014-run-outcomes': runOutcomes,
};

/**
 * Brings the database to the newest schema. Interrupted at any moment, it is rolled back by SQLite and PostgreSQL,
 * which run it as one transaction; MySQL commits each statement, so there every statement of a migration has to be
 * one that can be run again.
 */
export async function migrate(db: Kysely<Database>, kind: StorageKind, migrations = released): Promise<void> {
  const provider = {
    getMigrations: async () =>
      Object.fromEntries(Object.entries(migrations).map(([name, migrationFor]) => [name, migrationFor(kind)])),
  };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw new Error('The database could not be migrated', { cause: error });
}
