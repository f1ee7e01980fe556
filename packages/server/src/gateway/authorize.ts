import { ProblemError } from '@coderoom/protocol';
import type { Caller } from '../caller.ts';
import { normalizeRoomKey } from '../identifiers.ts';
import type { MemberRow } from '../members/store.ts';
import type { RoomRow } from '../rooms/store.ts';
import type { Tokens } from './tokens.ts';

/** A caller with the time at which the token that proved it expires, in milliseconds since the epoch. */
export type Authorized = Caller & { expiresAt: number };

/** From a room token to who its holder is now; the same for HTTP, events and documents. */
export interface Access {
  /** Fails with a `token_…` code, `membership_ended`, or `room_not_found` when the token is for another room than asked for. */
  byToken(token: string | undefined, roomKey?: string): Promise<Authorized>;
  /** The same from an Authorization header. */
  byHeader(authorization: string | undefined, roomKey?: string): Promise<Authorized>;
  /** The rows as they are now, for a caller who was let in before. */
  again(caller: Caller): Promise<Caller>;
}

export function createAccess(options: {
  tokens: Tokens;
  findRoom(idOrCode: string): Promise<RoomRow | undefined>;
  findMember(id: string): Promise<MemberRow | undefined>;
}): Access {
  const { tokens, findRoom, findMember } = options;

  async function readCaller(roomId: string, memberId: string): Promise<Caller> {
    const [room, member] = await Promise.all([findRoom(roomId), findMember(memberId)]);
    if (room === undefined) throw new ProblemError('room_not_found');
    if (member === undefined || member.roomId !== room.id || member.removedAt !== null) {
      throw new ProblemError('membership_ended');
    }
    return { room, member };
  }

  async function byToken(token: string | undefined, roomKey?: string): Promise<Authorized> {
    if (token === undefined || token === '') throw new ProblemError('token_missing');
    const { roomId, memberId, expiresAt } = await tokens.verify(token);
    const caller = await readCaller(roomId, memberId);
    // The same answer for a room of others as for none: ids do not leak.
    const key = roomKey === undefined ? caller.room.id : normalizeRoomKey(roomKey);
    if (key !== caller.room.id && key !== caller.room.code) {
      throw new ProblemError('room_not_found');
    }
    return { ...caller, expiresAt };
  }

  return {
    byToken,
    byHeader(authorization, roomKey) {
      const [scheme, token, ...more] = authorization?.trim().split(/ +/) ?? [];
      const isBearer = scheme?.toLowerCase() === 'bearer' && more.length === 0;
      if (authorization !== undefined && !isBearer) return Promise.reject(new ProblemError('token_invalid'));
      return byToken(token, roomKey);
    },
    again: ({ room, member }) => readCaller(room.id, member.id),
  };
}
