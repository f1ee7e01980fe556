import { ProblemError } from '@coderoom/protocol';
import type { Passwords } from '../accounts/passwords.ts';
import type { AuditService } from '../audit/service.ts';
import type { RateLimits } from '../gateway/rate-limits.ts';
import type { RoomRow } from './store.ts';

/** The passwords of rooms: stored as hashes, and guessed at only so often, by whichever door somebody comes. */
export interface RoomPasswords {
  hash(password: string): Promise<string>;
  /** Fails with `password_required`, `password_wrong`, or `rate_limited`, then also when the password is right. */
  check(room: RoomRow, password: string | undefined, address: string): Promise<void>;
}

export interface RoomPasswordsOptions {
  passwords: Passwords;
  rateLimits: RateLimits;
  audit: Pick<AuditService, 'record'>;
}

export function createRoomPasswords({ passwords, rateLimits, audit }: RoomPasswordsOptions): RoomPasswords {
  return {
    hash: passwords.hash,

    async check({ id, passwordHash }, password, address) {
      if (password === undefined) throw new ProblemError('password_required');
      // Counted before they are tried, so that many at once are counted, too.
      await rateLimits.count('roomPasswords', id, address);
      await rateLimits.count('roomPasswordsOfAll', id);
      if (!(await passwords.verify(passwordHash, password))) {
        await audit.record({ kind: 'room:password-refused', roomId: id, actor: 'somebody', address });
        throw new ProblemError('password_wrong');
      }
      await rateLimits.forgive('roomPasswords', id, address);
      await rateLimits.forgive('roomPasswordsOfAll', id);
    },
  };
}
