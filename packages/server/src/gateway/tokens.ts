import { hkdfSync } from 'node:crypto';
import { limits, ProblemError } from '@coderoom/protocol';
import { errors, jwtVerify, SignJWT } from 'jose';

/** Whose token it is. The role is not in it: it is read from the database at every use. */
interface TokenClaims {
  memberId: string;
  roomId: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

interface IssuedToken {
  token: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface Tokens {
  /** The same arguments give the same token, to the byte. `issuedAt` is now unless given. */
  issue(subject: { memberId: string; roomId: string }, issuedAt?: number): Promise<IssuedToken>;
  /** Fails with `token_expired` or `token_invalid`. */
  verify(token: string): Promise<TokenClaims>;
}

const issuer = 'coderoom';
const audience = 'coderoom:room';
/** Pinned against tokens of another kind that the same key may sign one day (RFC 8725, 3.11). */
const type = 'room+jwt';
const algorithm = 'HS256';
const keyBytes = 32;
const tokenMaxLength = 2_000;

/** Room tokens: JWTs by which their holder is a member of one room. */
export function createTokens(options: { secretKey: string; now?: () => number; ttlMs?: number }): Tokens {
  const { secretKey, now = Date.now, ttlMs = limits.roomTokenTtlMs } = options;
  const key = new Uint8Array(hkdfSync('sha256', secretKey, '', 'coderoom room tokens', keyBytes));

  return {
    async issue({ memberId, roomId }, issuedAt = now()) {
      // NumericDate counts whole seconds (RFC 7519, 2).
      const issuedAtS = Math.floor(issuedAt / 1000);
      const expiresAtS = issuedAtS + Math.floor(ttlMs / 1000);
      const token = await new SignJWT({ room: roomId })
        .setProtectedHeader({ alg: algorithm, typ: type })
        .setSubject(memberId)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAtS)
        .setExpirationTime(expiresAtS)
        .sign(key);
      return { token, expiresAt: expiresAtS * 1000 };
    },

    async verify(token) {
      if (token.length > tokenMaxLength) throw new ProblemError('token_invalid');
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [algorithm],
          typ: type,
          issuer,
          audience,
          requiredClaims: ['sub', 'exp', 'room'],
          currentDate: new Date(now()),
        });
        const { sub, room, exp } = payload;
        if (typeof sub !== 'string' || typeof room !== 'string' || typeof exp !== 'number') {
          throw new ProblemError('token_invalid');
        }
        return { memberId: sub, roomId: room, expiresAt: exp * 1000 };
      } catch (error) {
        if (error instanceof errors.JWTExpired) throw new ProblemError('token_expired');
        if (error instanceof errors.JOSEError || error instanceof TypeError) throw new ProblemError('token_invalid');
        throw error;
      }
    },
  };
}
