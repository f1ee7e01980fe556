import { ProblemError } from '@coderoom/protocol';
import type { MemberRow } from './members/store.ts';
import { type RoomAct, refusalOf } from './rooms/acts.ts';
import type { RoomRow } from './rooms/store.ts';

/** Who asks, in which room: rows as the database has them now, not as a token once said. */
export interface Caller {
  room: RoomRow;
  member: MemberRow;
  /** The sign-in by which they came, where they have an account. */
  sessionId?: string;
}

/** Refuses what the role does not allow, or the room's status. */
export function assertMay(act: RoomAct, { room, member }: Caller): void {
  const code = refusalOf(act, member.role, room.status);
  if (code !== undefined) throw new ProblemError(code);
}

/** Refuses viewers and, whatever the role, changes to a room that has ended. */
export function assertMayChange(caller: Caller): void {
  assertMay('write', caller);
}
