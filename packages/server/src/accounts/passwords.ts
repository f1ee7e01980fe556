import { limits, ProblemError } from '@coderoom/protocol';
import { hash, verify } from '@node-rs/argon2';

/**
 * Hashing of passwords by argon2id (RFC 9106) with the parameters that OWASP recommends. It happens in threads, a few
 * at a time: neither the event loop nor the memory suffers from many who sign in at once.
 */
export interface Passwords {
  /** In PHC form, with parameters and salt. Fails with `rate_limited` when too many are waiting. */
  hash(password: string): Promise<string>;
  /** False without a hash, after the same time as with one: who asks does not learn whether there is one. */
  verify(passwordHash: string | null, password: string): Promise<boolean>;
}

/** argon2id is the package's default; its enum is one that only a TypeScript compiler could read. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const retryAfterS = 2;

export function createPasswords(): Passwords {
  const waiting: (() => void)[] = [];
  let going = 0;
  let hashOfNobody: Promise<string> | undefined;

  async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (going >= limits.passwordHashesAtOnce) {
      if (waiting.length >= limits.passwordHashesWaiting) {
        throw new ProblemError('rate_limited', { retryAfterSeconds: retryAfterS });
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      going++;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) going--;
      else next();
    }
  }

  const hashInTurn = (password: string) => inTurn(() => hash(bytesOf(password), parameters));

  return {
    hash: hashInTurn,
    async verify(passwordHash, password) {
      if (passwordHash !== null) return inTurn(() => verify(passwordHash, bytesOf(password)));
      hashOfNobody ??= hashInTurn('nobody’s password').catch((error) => {
        // Too many were waiting: the next one tries again.
        hashOfNobody = undefined;
        throw error;
      });
      const anyHash = await hashOfNobody;
      await inTurn(() => verify(anyHash, bytesOf(password)));
      return false;
    },
  };
}

/** Composed, since keyboards write the same letter in different ways; every character counts, also U+0000. */
function bytesOf(password: string): Buffer {
  return Buffer.from(password.normalize('NFC'), 'utf8');
}
