import { hkdfSync } from 'node:crypto';
import { limits, ProblemError } from '@coderoom/protocol';
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';

/** Whose room token it is. The role is not in it: it is read from the database at every use. */
interface RoomClaims {
  memberId: string;
  roomId: string;
  /** The sign-in it was made under and ends with; guests have none. */
  sessionId?: string;
}

/** Whose account token it is. */
interface AccountClaims {
  accountId: string;
  sessionId: string;
}

/** A token that was checked. */
export type TokenClaims = Expiring & (({ kind: 'room' } & RoomClaims) | ({ kind: 'account' } & AccountClaims));

interface Expiring {
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface IssuedToken extends Expiring {
  token: string;
}

export interface Tokens {
  /** The same arguments give the same token, to the byte. `issuedAt` is now unless given. */
  issue(subject: RoomClaims, issuedAt?: number): Promise<IssuedToken>;
  issueForAccount(subject: AccountClaims): Promise<IssuedToken>;
  /** Fails with `token_expired` or `token_invalid`. */
  verify(token: string): Promise<TokenClaims>;
}

export interface TokensOptions {
  secretKey: string;
  now?: () => number;
  ttlMs?: number;
  accountTtlMs?: number;
}

const issuer = 'coderoom';
const algorithm = 'HS256';
const keyBytes = 32;

/** Each kind has a type, an audience and a key of its own, so that none passes for the other (RFC 8725, 3.11 and 3.12). */
interface Kind {
  type: string;
  audience: string;
  key: Uint8Array;
}

/** Our own tokens, all JWTs: a room token makes its holder a member of one room, an account token somebody signed in. */
export function createTokens(options: TokensOptions): Tokens {
  const { secretKey, now = Date.now, ttlMs = limits.roomTokenTtlMs, accountTtlMs = limits.accessTokenTtlMs } = options;
  const derive = (purpose: string) => new Uint8Array(hkdfSync('sha256', secretKey, '', purpose, keyBytes));
  const ofRoom: Kind = { type: 'room+jwt', audience: 'coderoom:room', key: derive('coderoom room tokens') };
  const ofAccount: Kind = { type: 'access+jwt', audience: 'coderoom', key: derive('coderoom account tokens') };

  async function sign(
    { type, audience, key }: Kind,
    subject: string,
    claims: JWTPayload,
    { issuedAt, ttl }: { issuedAt: number; ttl: number },
  ): Promise<IssuedToken> {
    // NumericDate counts whole seconds (RFC 7519, 2).
    const issuedAtS = Math.floor(issuedAt / 1000);
    const expiresAtS = issuedAtS + Math.floor(ttl / 1000);
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: algorithm, typ: type })
      .setSubject(subject)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(issuedAtS)
      .setExpirationTime(expiresAtS)
      .sign(key);
    return { token, expiresAt: expiresAtS * 1000 };
  }

  async function check(
    token: string,
    { type, audience, key }: Kind,
  ): Promise<JWTPayload & { sub: string; exp: number }> {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      typ: type,
      issuer,
      audience,
      requiredClaims: ['sub', 'exp'],
      currentDate: new Date(now()),
    });
    const { sub, exp } = payload;
    if (typeof sub !== 'string' || typeof exp !== 'number') throw new ProblemError('token_invalid');
    return { ...payload, sub, exp };
  }

  return {
    issue: ({ memberId, roomId, sessionId }, issuedAt = now()) =>
      sign(
        ofRoom,
        memberId,
        { room: roomId, ...(sessionId === undefined ? {} : { sid: sessionId }) },
        { issuedAt, ttl: ttlMs },
      ),

    issueForAccount: ({ accountId, sessionId }) =>
      sign(ofAccount, accountId, { sid: sessionId }, { issuedAt: now(), ttl: accountTtlMs }),

    async verify(token) {
      if (token.length > limits.roomTokenMaxLength) throw new ProblemError('token_invalid');
      try {
        // Only says which checks to make; each kind then has to pass its own.
        if (decodeProtectedHeader(token).typ === ofAccount.type) {
          const { sub, sid, exp } = await check(token, ofAccount);
          if (typeof sid !== 'string') throw new ProblemError('token_invalid');
          return { kind: 'account', accountId: sub, sessionId: sid, expiresAt: exp * 1000 };
        }
        const { sub, room, sid, exp } = await check(token, ofRoom);
        if (typeof room !== 'string' || (sid !== undefined && typeof sid !== 'string')) {
          throw new ProblemError('token_invalid');
        }
        return {
          kind: 'room',
          memberId: sub,
          roomId: room,
          expiresAt: exp * 1000,
          ...(sid === undefined ? {} : { sessionId: sid }),
        };
      } catch (error) {
        if (error instanceof errors.JWTExpired) throw new ProblemError('token_expired');
        if (error instanceof errors.JOSEError || error instanceof TypeError) throw new ProblemError('token_invalid');
        throw error;
      }
    },
  };
}
