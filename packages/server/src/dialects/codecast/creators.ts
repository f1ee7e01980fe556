import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { RateLimits } from '../../gateway/rate-limits.ts';
import type { CreatorStore } from './creator-store.ts';

/** Those who made rooms by CodeCast, known by a token of their own choice, of which only a hash is kept. */
export interface Creators {
  keep(of: { roomId: string; memberId: string }, token: string): Promise<void>;
  /**
   * Which member of a room a token stands for, as it came in a header; undefined: for none. Fails with `rate_limited`
   * after too many wrong ones, then also for the right one.
   */
  findMember(roomId: string, token: string, address: string): Promise<string | undefined>;
}

export interface CreatorsOptions {
  store: CreatorStore;
  rateLimits: Pick<RateLimits, 'count' | 'forgive'>;
  secretKey: string;
}

const keyBytes = 32;

export function createCreators({ store, rateLimits, secretKey }: CreatorsOptions): Creators {
  // With a key, since people choose tokens that can be guessed from a plain hash.
  const key = new Uint8Array(hkdfSync('sha256', secretKey, '', 'coderoom codecast creators', keyBytes));
  const hashOf = (roomId: string, token: Buffer) => createHmac('sha256', key).update(roomId).update(token).digest();

  return {
    keep: ({ roomId, memberId }, token) =>
      store.insert({ roomId, memberId, tokenHash: hashOf(roomId, Buffer.from(token)).toString('base64url') }),

    async findMember(roomId, token, address) {
      // Counted before it is tried, so that many at once are counted, too.
      await rateLimits.count('creatorTokens', roomId, address);
      const creator = await store.find(roomId);
      if (creator === undefined) return undefined;
      // A header's characters stand for its bytes, which are a token's in UTF-8.
      const hash = hashOf(roomId, Buffer.from(token, 'latin1'));
      if (!timingSafeEqual(hash, Buffer.from(creator.tokenHash, 'base64url'))) return undefined;
      await rateLimits.forgive('creatorTokens', roomId, address);
      return creator.memberId;
    },
  };
}
