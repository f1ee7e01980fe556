import type { Kysely, Transaction } from 'kysely';
import { isConflict } from './errors.ts';
import type { Database } from './schema.ts';

const attemptsMax = 5;

/**
 * Runs `work` as one transaction: all of it is stored, or nothing. When the database gave it up in favour of another
 * transaction (a deadlock), it is run again from its beginning, so `work` must do nothing but talk to the database.
 */
export function transact<T>(db: Kysely<Database>, work: (tx: Transaction<Database>) => Promise<T>): Promise<T> {
  return untilNoConflict(() => db.transaction().execute(work));
}

/** The same for a single statement, which is all or nothing by itself. */
export async function untilNoConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attemptsMax || !isConflict(error)) throw error;
    }
  }
}
