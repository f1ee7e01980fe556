import type { MemberRole, Room } from '@coderoom/protocol';
import type { RoomRow } from './store.ts';

/** Rooms expire at midnight (UTC): what is told of it does not change with every minute in which somebody is there. */
const dayMs = 24 * 60 * 60_000;

/** Rooms of guests that were not used since then have expired. */
export function unusedSince(at: number, guestRoomKeepMs: number): number {
  return Math.floor(at / dayMs) * dayMs - guestRoomKeepMs;
}

/**
 * A room as its members see it. Viewers of a room with a view-only link may have come by it: they see that link's code
 * in place of the real one, or, when there is no link any more, the id, which then lets in only who is a member.
 */
export function viewRoom(row: RoomRow, role: MemberRole, guestRoomKeepMs: number): Room {
  const mayShare = role !== 'viewer';
  const isKept = !row.guestsOnly || guestRoomKeepMs === 0;
  const expiresAt = isKept ? null : Math.ceil((row.lastActiveAt + guestRoomKeepMs) / dayMs) * dayMs;
  return {
    id: row.id,
    code: mayShare || !row.isIdKnown ? row.code : (row.viewCode ?? row.id),
    title: row.title,
    description: row.description,
    language: row.language,
    execution: row.execution,
    visibility: row.visibility,
    hasPassword: row.passwordHash !== null,
    lobby: row.lobby,
    viewCode: mayShare ? row.viewCode : null,
    capacity: row.capacity,
    status: row.status,
    createdAt: new Date(row.createdAt).toISOString(),
    endedAt: row.endedAt === null ? null : new Date(row.endedAt).toISOString(),
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  };
}
