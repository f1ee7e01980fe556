import { startDatabases } from '@coderoom/testkit';
import { afterAll, describe, it } from 'vitest';
import { killAgainAndAgain } from './durability-play.ts';
import { isLeftOut } from './storage-fixtures.ts';

const rounds = 100;

const databases = startDatabases();
afterAll(() => databases.stop());

describe.each(['sqlite', 'postgresql', 'mysql'] as const)('with %s', (kind) => {
  it.skipIf(isLeftOut(kind))(`STORE-10 after ${rounds} kills`, { timeout: 3_600_000 }, async () => {
    const database = kind === 'sqlite' ? undefined : await databases.createDatabase(kind);
    await killAgainAndAgain(rounds, database === undefined ? {} : { DATABASE_URL: database.url });
    await database?.drop();
  });
});
