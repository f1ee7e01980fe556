import { createHmac, hkdfSync } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { limits, ProblemError } from '@coderoom/protocol';
import type { IdempotencyStore } from './idempotency-store.ts';

/** Requests that may be repeated without being done twice. */
export interface Idempotency {
  /**
   * Does the work once per key and answers every repetition with what is kept of it, also while the first is still
   * going on. Without a key the work is simply done. `scope` is whose key it is. Fails with `idempotency_conflict`
   * when the key came with another request; a failure is not kept.
   */
  once<Kept>(request: IdempotentRequest, work: () => Promise<Kept>): Promise<Kept>;
  /** Forgets keys after their time. */
  sweep(): Promise<void>;
}

interface IdempotentRequest {
  /** The Idempotency-Key header. */
  key: string | string[] | undefined;
  scope: string;
  /** What is asked for: everything that the answer depends on. */
  content: unknown;
}

const pollMs = 25;
const keptStatus = 200;
const keyBytes = 32;

export function createIdempotency(
  store: IdempotencyStore,
  { now, secretKey }: { now: () => number; secretKey: string },
): Idempotency {
  // With a key: requests hold passwords, which a plain hash would let a reader of the database try out.
  const key = new Uint8Array(hkdfSync('sha256', secretKey, '', 'coderoom idempotency', keyBytes));
  return {
    async once<Kept>({ key: given, scope, content }: IdempotentRequest, work: () => Promise<Kept>): Promise<Kept> {
      if (given === undefined) return work();
      if (typeof given !== 'string' || given === '' || given.length > limits.idempotencyKeyMaxLength) {
        throw new ProblemError('invalid_request', {
          detail: `Idempotency-Key must have 1 to ${limits.idempotencyKeyMaxLength} characters`,
        });
      }
      const scopedKey = `${scope}\n${given}`;
      const fingerprint = createHmac('sha256', key).update(JSON.stringify(content)).digest('base64url');
      const deadline = now() + limits.httpHandlerTimeoutMs;
      for (;;) {
        const claim = await store.claim(scopedKey, fingerprint, now());
        switch (claim.state) {
          case 'conflict':
            throw new ProblemError('idempotency_conflict');
          case 'done':
            return JSON.parse(claim.body) as Kept;
          case 'running':
            if (now() > deadline) throw new ProblemError('timed_out');
            await pause(pollMs);
            continue;
          case 'new':
            return await doAndKeep(store, scopedKey, work);
        }
      }
    },

    sweep: () => store.sweep(now() - limits.idempotencyKeepMs),
  };
}

async function doAndKeep<Kept>(store: IdempotencyStore, key: string, work: () => Promise<Kept>): Promise<Kept> {
  let kept: Kept;
  try {
    kept = await work();
  } catch (error) {
    await store.forget(key);
    throw error;
  }
  await store.finish(key, keptStatus, JSON.stringify(kept));
  return kept;
}
