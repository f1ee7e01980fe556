import type { ErrorCode, MemberRole, RoomStatus } from '@coderoom/protocol';

/**
 * Who may do what in a room, by its status: `waiting → active → ended`, and `waiting → ended`. Nothing leads back.
 * - read: see what is in it;
 * - talk: write messages, be in the call; viewers, too: their role is about the document;
 * - write: change files, run, change title, description and language;
 * - set: change who may come in and how many;
 * - settle: roles, removals, bans, knocks, invitations;
 * - start, end, delete.
 */
export type RoomAct = 'read' | 'talk' | 'write' | 'set' | 'settle' | 'start' | 'end' | 'delete';

/** Undefined: they may. Otherwise why not. */
export function refusalOf(act: RoomAct, role: MemberRole, status: RoomStatus): ErrorCode | undefined {
  switch (act) {
    case 'read':
      return undefined;
    case 'talk':
      return unlessEnded(status);
    case 'write':
      return role === 'viewer' ? 'forbidden' : unlessEnded(status);
    case 'set':
      return role === 'owner' ? unlessEnded(status) : 'forbidden';
    case 'settle':
    case 'delete':
      return role === 'owner' ? undefined : 'forbidden';
    case 'start':
    case 'end':
      return role === 'owner' ? refusalOfStep(act, status) : 'forbidden';
    default:
      return act satisfies never;
  }
}

function unlessEnded(status: RoomStatus): ErrorCode | undefined {
  return status === 'ended' ? 'room_ended' : undefined;
}

function refusalOfStep(step: 'start' | 'end', status: RoomStatus): ErrorCode | undefined {
  switch (status) {
    case 'waiting':
      return undefined;
    case 'active':
      return step === 'start' ? 'room_started' : undefined;
    case 'ended':
      return 'room_ended';
    default:
      return status satisfies never;
  }
}
