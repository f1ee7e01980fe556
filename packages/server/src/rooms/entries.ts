import type { Member, MemberRole, Room, RoomEntry } from '@coderoom/protocol';
import type { Tokens } from '../gateway/tokens.ts';
import type { MemberRow } from '../members/store.ts';
import { viewRoom } from './room-view.ts';
import type { RoomRow } from './store.ts';

/** What somebody is given who is let into a room: the room as they see it, who they are there, and the token for it. */
export interface Entries {
  describe(room: RoomRow, role: MemberRole): Room;
  /** `sessionId` is the sign-in of a member with an account. */
  enter(room: RoomRow, member: MemberRow, sessionId?: string): Promise<RoomEntry>;
  /** The same arguments give the same token; `issuedAt` is now unless given. */
  issueToken(
    of: { roomId: string; memberId: string; sessionId?: string | undefined },
    issuedAt?: number,
  ): Promise<Pick<RoomEntry, 'token' | 'tokenExpiresAt'>>;
}

export interface EntriesOptions {
  tokens: Pick<Tokens, 'issue'>;
  describeMember(row: MemberRow): Member;
  /** 0: rooms are kept for ever. */
  guestRoomKeepMs: number;
}

export function createEntries({ tokens, describeMember, guestRoomKeepMs }: EntriesOptions): Entries {
  const describe = (room: RoomRow, role: MemberRole) => viewRoom(room, role, guestRoomKeepMs);

  const issueToken: Entries['issueToken'] = async ({ roomId, memberId, sessionId }, issuedAt) => {
    const subject = { roomId, memberId, ...(sessionId === undefined ? {} : { sessionId }) };
    const { token, expiresAt } = await tokens.issue(subject, issuedAt);
    return { token, tokenExpiresAt: new Date(expiresAt).toISOString() };
  };

  return {
    describe,
    issueToken,
    enter: async (room, member, sessionId) => ({
      room: describe(room, member.role),
      member: describeMember(member),
      ...(await issueToken({ roomId: room.id, memberId: member.id, sessionId })),
    }),
  };
}
