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

/**
 * Tokens in the form of other systems, whose clients are served here. `holderClaim` names the account, in their
 * words; `fixed` are claims by which their clients and we tell the kinds apart.
 */
const foreignKinds = {
  'codecall-access': { holderClaim: 'userId', fixed: {}, ttlMs: limits.accessTokenTtlMs },
  'codechill-access': { holderClaim: 'sub', fixed: { type: 'access' }, ttlMs: limits.codechillAccessTtlMs },
  'codechill-refresh': { holderClaim: 'sub', fixed: { type: 'refresh' }, ttlMs: limits.codechillRefreshTtlMs },
} as const satisfies Record<string, { holderClaim: string; fixed: JWTPayload; ttlMs: number }>;

/** Whose token of another system's form it is. */
interface ForeignClaims {
  /** The account's id as that system's clients know it. */
  holder: string;
  sessionId: string;
}

export type ForeignTokenKind = keyof typeof foreignKinds;

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
  /** A token of another system's form for one of our sessions; `claims` are what its clients look for besides. */
  issueForeign(kind: ForeignTokenKind, subject: ForeignClaims, claims?: JWTPayload): Promise<IssuedToken>;
  /** Only of this kind: each has a key of its own, by which none passes for another, nor for one of ours. */
  verifyForeign(kind: ForeignTokenKind, token: string): Promise<ForeignClaims & Expiring>;
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

  const foreignKeys = new Map<ForeignTokenKind, Uint8Array>();
  function foreignKey(kind: ForeignTokenKind): Uint8Array {
    const key = foreignKeys.get(kind) ?? derive(`coderoom ${kind} tokens`);
    foreignKeys.set(kind, key);
    return key;
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

    async issueForeign(kind, { holder, sessionId }, claims = {}) {
      const { holderClaim, fixed, ttlMs } = foreignKinds[kind];
      const issuedAtS = Math.floor(now() / 1000);
      const expiresAtS = issuedAtS + Math.floor(ttlMs / 1000);
      const token = await new SignJWT({ ...claims, ...fixed, [holderClaim]: holder, sid: sessionId })
        .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
        .setIssuedAt(issuedAtS)
        .setExpirationTime(expiresAtS)
        .sign(foreignKey(kind));
      return { token, expiresAt: expiresAtS * 1000 };
    },

    verifyForeign: (kind, token) =>
      orFail(token, async () => {
        const { holderClaim, fixed } = foreignKinds[kind];
        const { payload } = await jwtVerify(token, foreignKey(kind), {
          algorithms: [algorithm],
          typ: 'JWT',
          requiredClaims: [holderClaim, 'sid', 'exp'],
          currentDate: new Date(now()),
        });
        const { [holderClaim]: holder, sid: sessionId, exp } = payload;
        const isOfKind = Object.entries(fixed).every(([name, value]) => payload[name] === value);
        if (!isOfKind || typeof holder !== 'string' || typeof sessionId !== 'string' || exp === undefined) {
          throw new ProblemError('token_invalid');
        }
        return { holder, sessionId, expiresAt: exp * 1000 };
      }),

    verify: (token) =>
      orFail(token, async () => {
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
      }),
  };
}

/** What a check of a token comes to, its failures in our words. */
async function orFail<Claims>(token: string, check: () => Promise<Claims>): Promise<Claims> {
  if (token.length > limits.roomTokenMaxLength) throw new ProblemError('token_invalid');
  try {
    return await check();
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new ProblemError('token_expired');
    if (error instanceof errors.JOSEError || error instanceof TypeError) throw new ProblemError('token_invalid');
    throw error;
  }
}
