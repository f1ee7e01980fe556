import { createHash } from 'node:crypto';
import { limits } from '@coderoom/protocol';
import type { Kysely } from 'kysely';
import { isUniqueViolation } from '../storage/errors.ts';
import type { Database } from '../storage/schema.ts';

/** What is known of an Idempotency-Key. */
type IdempotencyClaim =
  | { state: 'new' }
  | { state: 'running' }
  | { state: 'done'; status: number; body: string }
  | { state: 'conflict' };

export interface IdempotencyStore {
  /**
   * Of all who come with the same key, one gets `new` and has to finish or forget it. The others get `running` until
   * then, afterwards the stored answer; `conflict` when their request is a different one (another fingerprint).
   * A claim that outlived the longest request was left by a process that died; it is given to the next who asks.
   */
  claim(key: string, fingerprint: string, at: number): Promise<IdempotencyClaim>;
  finish(key: string, status: number, body: string): Promise<void>;
  /** The request failed and may be tried again under its key. */
  forget(key: string): Promise<void>;
  /** Forgets what was claimed before the given time. */
  sweep(before: number): Promise<void>;
}

/** The SQL of Idempotency-Keys; whose key it is must be part of the key. */
export function createIdempotencyStore(db: Kysely<Database>): IdempotencyStore {
  return {
    async claim(key, fingerprint, at) {
      const key_hash = hashKey(key);
      for (;;) {
        try {
          await db
            .insertInto('idempotency_keys')
            .values({ key_hash, fingerprint, claimed_at: at, status: null, body: null })
            .execute();
          return { state: 'new' };
        } catch (error) {
          if (!isUniqueViolation(error)) throw error;
        }
        const known = await db
          .selectFrom('idempotency_keys')
          .select(['fingerprint', 'claimed_at', 'status', 'body'])
          .where('key_hash', '=', key_hash)
          .executeTakeFirst();
        if (known === undefined) continue; // forgotten in between
        if (known.fingerprint !== fingerprint) return { state: 'conflict' };
        if (known.status !== null) return { state: 'done', status: known.status, body: known.body ?? '' };
        if (known.claimed_at > at - limits.httpHandlerTimeoutMs) return { state: 'running' };
        const takenOver = await db
          .updateTable('idempotency_keys')
          .set({ claimed_at: at })
          .where('key_hash', '=', key_hash)
          .where('status', 'is', null)
          .where('claimed_at', '=', known.claimed_at)
          .executeTakeFirst();
        if (takenOver.numUpdatedRows > 0n) return { state: 'new' };
      }
    },

    async finish(key, status, body) {
      await db.updateTable('idempotency_keys').set({ status, body }).where('key_hash', '=', hashKey(key)).execute();
    },

    async forget(key) {
      await db.deleteFrom('idempotency_keys').where('key_hash', '=', hashKey(key)).execute();
    },

    async sweep(before) {
      await db.deleteFrom('idempotency_keys').where('claimed_at', '<', before).execute();
    },
  };
}

function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
