import type { Kysely, Transaction } from 'kysely';
import { isConflict } from './errors.ts';
import type { Database } from './schema.ts';

const attemptsMax = 5;

/**
 * Runs `work` as one transaction: all of it is stored, or nothing. When the database gave it up in favour of another
 * transaction (a deadlock), it is run again from its beginning, so `work` must do nothing but talk to the database.
 */
export async function transact<T>(db: Kysely<Database>, work: (tx: Transaction<Database>) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (attempt === attemptsMax || !isConflict(error)) throw error;
    }
  }
}
