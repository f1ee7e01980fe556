import { mayEdit, ProblemError } from '@coderoom/protocol';
import type { MemberRow } from './members/store.ts';
import type { RoomRow } from './rooms/store.ts';

/** Who asks, in which room: rows as the database has them now, not as a token once said. */
export interface Caller {
  room: RoomRow;
  member: MemberRow;
  /** The sign-in by which they came, where they have an account. */
  sessionId?: string;
}

export function assertOwner({ member }: Caller): void {
  if (member.role !== 'owner') throw new ProblemError('forbidden');
}

/** Refuses viewers and, whatever the role, changes to a room that has ended. */
export function assertMayChange({ room, member }: Caller): void {
  if (!mayEdit(member.role)) throw new ProblemError('forbidden');
  if (room.status === 'ended') throw new ProblemError('room_ended');
}
