import type { ErrorCode, GivenRole } from '@coderoom/protocol';
import type { RoomRow } from './store.ts';

/** What a newcomer meets at a room's door; who is a member already does not come by here. */
export type Entrance =
  | { kind: 'open'; role: GivenRole }
  | { kind: 'knock'; role: GivenRole; reason: 'lobby' | 'waiting' }
  | { kind: 'password' }
  | { kind: 'closed'; code: ErrorCode };

export interface Newcomer {
  /** What they typed: the room's code, its id, or the code of its view-only link. */
  by: 'code' | 'id' | 'view-link';
  isBanned: boolean;
  isInvited: boolean;
  /** They gave the room's password. */
  knowsPassword: boolean;
}

type Door = Pick<RoomRow, 'visibility' | 'passwordHash' | 'lobby' | 'viewCode' | 'isIdKnown' | 'status'>;

/**
 * Bans come before everything. An invitation stands for password and lobby. Of a private room somebody has to say yes:
 * who gave the password away, who opens the lobby, or who sent the invitation. Before a room has started, all wait.
 */
export function findEntrance(room: Door, { by, isBanned, isInvited, knowsPassword }: Newcomer): Entrance {
  const isId = by === 'id' && !isInvited && room.visibility !== 'public';
  // Whoever came by the view-only link knows the id, too: it opens no more than that link does.
  if (isId && room.isIdKnown && room.viewCode === null) return { kind: 'closed', code: 'room_not_found' };
  if (isBanned) return { kind: 'closed', code: 'banned' };
  const isOnlyLooking = by === 'view-link' || (isId && room.isIdKnown) || room.status === 'ended';
  const role = isOnlyLooking && !(isInvited && room.status !== 'ended') ? 'viewer' : 'editor';
  if (!isInvited) {
    if (room.passwordHash !== null && !knowsPassword) return { kind: 'password' };
    if (room.visibility === 'private' && room.passwordHash === null && !room.lobby) {
      return { kind: 'closed', code: 'room_private' };
    }
    if (room.lobby) return { kind: 'knock', role, reason: 'lobby' };
  }
  if (room.status === 'waiting') return { kind: 'knock', role, reason: 'waiting' };
  return { kind: 'open', role };
}
