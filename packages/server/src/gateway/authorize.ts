import { ProblemError } from '@coderoom/protocol';
import type { AccountRow } from '../accounts/store.ts';
import type { Caller } from '../caller.ts';
import { normalizeRoomKey } from '../identifiers.ts';
import type { MemberRow } from '../members/store.ts';
import type { RoomRow } from '../rooms/store.ts';
import type { ForeignTokenKind, TokenClaims, Tokens } from './tokens.ts';

/** A caller with the time at which the token that proved it expires, in milliseconds since the epoch. */
export type Authorized = Caller & { expiresAt: number };

/** Somebody who is signed in: the account as it is now, and the sign-in that the token belongs to. */
export interface SignedIn {
  account: AccountRow;
  sessionId: string;
  /** Of the token, in milliseconds since the epoch. */
  expiresAt: number;
}

/** Who asks where that may be anybody. */
export type Asker = { kind: 'nobody' } | ({ kind: 'member' } & Authorized) | ({ kind: 'account' } & SignedIn);

/** From a token to who its holder is now; the same for HTTP, events and documents. */
export interface Access {
  /**
   * By a room token, or by the account token of somebody who is a member of that room. Fails with a `token_…` code,
   * `membership_ended`, `session_ended`, `sign_in_required` (a member who has an account is not spoken for without it),
   * or `room_not_found` when the token is for another room than asked for.
   */
  byToken(token: string | undefined, roomKey?: string): Promise<Authorized>;
  /** The same from an Authorization header. */
  byHeader(authorization: string | undefined, roomKey?: string): Promise<Authorized>;
  /** Where both tokens are taken and none is needed; a token that is bad is still refused. */
  asker(authorization: string | undefined): Promise<Asker>;
  /** The rows as they are now, for a caller who was let in before. */
  again(caller: Caller): Promise<Caller>;
}

/** From an account token to who is signed in. */
export interface SignedInAccess {
  /** Fails with `sign_in_required`, `token_invalid`, `token_expired` or `session_ended`. */
  byToken(token: string | undefined): Promise<SignedIn>;
  byHeader(authorization: string | undefined): Promise<SignedIn>;
  /** By a token of another system's form. Fails with `token_invalid`, `token_expired` or `session_ended`. */
  byForeignToken(kind: ForeignTokenKind, token: string): Promise<SignedIn>;
}

/** A session that goes on, and whose it is. */
export type FindSession = (id: string) => Promise<{ account: AccountRow } | undefined>;

export function createSignedInAccess(options: { tokens: Tokens; findSession: FindSession }): SignedInAccess {
  const { tokens, findSession } = options;

  async function byToken(token: string | undefined): Promise<SignedIn> {
    if (token === undefined || token === '') throw new ProblemError('sign_in_required');
    const claims = await tokens.verify(token);
    if (claims.kind !== 'account') throw new ProblemError('sign_in_required');
    return readSignedIn(claims, findSession);
  }

  return {
    byToken,
    byHeader: async (authorization) => byToken(readBearer(authorization)),

    async byForeignToken(kind, token) {
      const { sessionId, expiresAt } = await tokens.verifyForeign(kind, token);
      const session = await findSession(sessionId);
      if (session === undefined) throw new ProblemError('session_ended');
      return { account: session.account, sessionId, expiresAt };
    },
  };
}

export interface AccessOptions {
  tokens: Tokens;
  findRoom(idOrCode: string): Promise<RoomRow | undefined>;
  findMember(id: string): Promise<MemberRow | undefined>;
  findMembership(roomId: string, accountId: string): Promise<MemberRow | undefined>;
  findSession: FindSession;
  /** A member does something in a room. */
  onUsed(room: RoomRow): void;
}

export function createAccess(options: AccessOptions): Access {
  const { tokens, findRoom, findMember, findMembership, findSession, onUsed } = options;

  async function readCaller(roomId: string, memberId: string, sessionId: string | undefined): Promise<Caller> {
    const [room, member, session] = await Promise.all([
      findRoom(roomId),
      findMember(memberId),
      sessionId === undefined ? undefined : findSession(sessionId),
    ]);
    if (sessionId !== undefined && session === undefined) throw new ProblemError('session_ended');
    if (room === undefined) throw new ProblemError('room_not_found');
    if (member === undefined || member.roomId !== room.id || member.removedAt !== null) {
      throw new ProblemError('membership_ended');
    }
    if (member.accountId !== null && member.accountId !== session?.account.id) {
      throw new ProblemError('sign_in_required');
    }
    return { room, member, ...(sessionId === undefined ? {} : { sessionId }) };
  }

  /** The same answer for a room of others as for none: ids do not leak. */
  function assertIsRoom({ room }: Caller, roomKey: string | undefined): void {
    const key = roomKey === undefined ? room.id : normalizeRoomKey(roomKey);
    if (key !== room.id && key !== room.code && key !== room.viewCode) throw new ProblemError('room_not_found');
  }

  async function byClaims(claims: TokenClaims, roomKey: string | undefined): Promise<Authorized> {
    const { expiresAt } = claims;
    if (claims.kind === 'room') {
      const caller = await readCaller(claims.roomId, claims.memberId, claims.sessionId);
      assertIsRoom(caller, roomKey);
      return { ...caller, expiresAt };
    }
    const { account, sessionId } = await readSignedIn(claims, findSession);
    const room = roomKey === undefined ? undefined : await findRoom(roomKey);
    const member = room === undefined ? undefined : await findMembership(room.id, account.id);
    if (room === undefined || member === undefined) throw new ProblemError('room_not_found');
    if (member.removedAt !== null) throw new ProblemError('membership_ended');
    return { room, member, sessionId, expiresAt };
  }

  async function byToken(token: string | undefined, roomKey?: string): Promise<Authorized> {
    if (token === undefined || token === '') throw new ProblemError('token_missing');
    const found = await byClaims(await tokens.verify(token), roomKey);
    onUsed(found.room);
    return found;
  }

  return {
    byToken,
    byHeader: async (authorization, roomKey) => byToken(readBearer(authorization), roomKey),

    async asker(authorization) {
      const token = readBearer(authorization);
      if (token === undefined || token === '') return { kind: 'nobody' };
      const claims = await tokens.verify(token);
      if (claims.kind === 'account') return { kind: 'account', ...(await readSignedIn(claims, findSession)) };
      try {
        return { kind: 'member', ...(await byClaims(claims, undefined)) };
      } catch (error) {
        // A token for a room that is gone says nothing about this one.
        if (error instanceof ProblemError && error.code === 'room_not_found') return { kind: 'nobody' };
        throw error;
      }
    },

    again: ({ room, member, sessionId }) => readCaller(room.id, member.id, sessionId),
  };
}

async function readSignedIn(
  { accountId, sessionId, expiresAt }: TokenClaims & { kind: 'account' },
  findSession: FindSession,
): Promise<SignedIn> {
  const session = await findSession(sessionId);
  if (session?.account.id !== accountId) throw new ProblemError('session_ended');
  return { account: session.account, sessionId, expiresAt };
}

/** The token of an Authorization header; fails with `token_invalid` when that is of another kind. */
export function readBearer(authorization: string | undefined): string | undefined {
  const [scheme, token, ...more] = authorization?.trim().split(/ +/) ?? [];
  const isBearer = scheme?.toLowerCase() === 'bearer' && more.length === 0;
  if (authorization !== undefined && !isBearer) throw new ProblemError('token_invalid');
  return token;
}
