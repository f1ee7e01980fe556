import { ProblemError } from '@coderoom/protocol';
import type { RateKind, RateLimits } from '../gateway/rate-limits.ts';

/**
 * How often passwords may be tried. An address has so many wrong ones on all accounts, fewer on one. When an account had
 * too many from all over the world, strangers get one try each; its owner, who knows the password, needs only that one.
 * Nothing locks an account.
 */
export interface Attempts {
  /**
   * Lets a try through and gives back what is to be called when the password was right. Counts before it is known
   * whether it is, so that tries at the same time cannot slip through together. Fails with `rate_limited`.
   */
  begin(account: string, address: string): Promise<{ wasRight(): Promise<void> }>;
}

export function createAttempts(rateLimits: RateLimits): Attempts {
  return {
    async begin(account, address) {
      const counted: [RateKind, ...string[]][] = [];
      const count = async (kind: RateKind, ...key: string[]) => {
        await rateLimits.count(kind, ...key);
        counted.push([kind, ...key]);
      };
      await count('wrongPasswords', address);
      await count('wrongPasswordsHere', account, address);
      try {
        await count('wrongPasswordsAnywhere', account);
      } catch (error) {
        if (!(error instanceof ProblemError) || error.code !== 'rate_limited') throw error;
        await count('wrongPasswordsUnderAttack', account, address);
      }
      return {
        async wasRight() {
          for (const [kind, ...key] of counted) await rateLimits.forgive(kind, ...key);
        },
      };
    },
  };
}
