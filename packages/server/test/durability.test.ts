import { startDatabases } from '@coderoom/testkit';
import { afterAll, describe, it } from 'vitest';
import { killAgainAndAgain } from './durability-play.ts';
import { isLeftOut } from './storage-fixtures.ts';

const rounds = 30;
const roundsElsewhere = 10;

const databases = startDatabases();
afterAll(() => databases.stop());

it(`STORE-10 after kill -9 ${rounds} times under typing, every edit acknowledged as durable is there, nothing twice`, async () => {
  await killAgainAndAgain(rounds, {});
}, 240_000);

describe.each(['postgresql', 'mysql'] as const)('with %s', (kind) => {
  it.skipIf(isLeftOut(kind))(`STORE-10 the same after ${roundsElsewhere} kills`, { timeout: 240_000 }, async () => {
    const database = await databases.createDatabase(kind);
    await killAgainAndAgain(roundsElsewhere, { DATABASE_URL: database.url });
    await database.drop();
  });
});
