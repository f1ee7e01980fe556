import { ProblemError } from '@coderoom/protocol';
import type { Transaction } from 'kysely';
import type { Database } from './schema.ts';

/**
 * Keeps an account from being deleted until the transaction is over, as a foreign key would: what is stored for it is
 * there for whoever deletes it to find. Fails with `session_ended` when it is gone already.
 */
export async function holdAccount(tx: Transaction<Database>, accountId: string): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('accounts')
    .set((is) => ({ updated_at: is.ref('updated_at') }))
    .where('id', '=', accountId)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new ProblemError('session_ended');
}
