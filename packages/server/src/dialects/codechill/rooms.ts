import { ProblemError } from '@coderoom/protocol';
import type { BanService } from '../../bans/service.ts';
import type { Caller } from '../../caller.ts';
import type { SignedIn } from '../../gateway/authorize.ts';
import { normalizeRoomKey } from '../../identifiers.ts';
import type { MemberService } from '../../members/service.ts';
import type { MemberRow } from '../../members/store.ts';
import type { RoomService } from '../../rooms/service.ts';
import type { RoomRow } from '../../rooms/store.ts';
import { fromV4 } from '../ids.ts';
import { fault } from './fault.ts';
import { isPrivate } from './room-views.ts';

/** Which rooms somebody finds, sees and enters by CodeChill's doors; the rules are those of our own. */
export interface CodeChillRooms {
  /** By its id, or as people know it, by its code. One that has ended is no more here. Fails with `room_not_found`. */
  find(key: string): Promise<RoomRow>;
  /** Undefined: they are none. */
  findMember(room: RoomRow, accountId: string): Promise<MemberRow | undefined>;
  /** Fails with `forbidden` when they are no member. */
  callerIn(key: string, signedIn: SignedIn): Promise<Caller>;
  /** A member, or anybody where the door is open. Fails with `forbidden`. */
  assertMayLook(room: RoomRow, key: string, signedIn: SignedIn, address: string): Promise<MemberRow | undefined>;
  /** As a member from now on; fails as `rooms.join`. Who has to be let in by the owner has asked for it. */
  enter(
    key: string,
    signedIn: SignedIn,
    door: { password?: string | undefined; address: string },
  ): Promise<{ caller: Caller; wasMember: boolean }>;
}

export interface CodeChillRoomsOptions {
  rooms: Pick<RoomService, 'find' | 'join'>;
  members: Pick<MemberService, 'find' | 'findByAccount'>;
  bans: Pick<BanService, 'isBanned'>;
}

export function createCodeChillRooms({ rooms, members, bans }: CodeChillRoomsOptions): CodeChillRooms {
  async function find(key: string): Promise<RoomRow> {
    const typed = fromV4(key);
    const room = await rooms.find(typed);
    // The code of a view-only link is none of CodeChill's: nobody there only looks on.
    if (room === undefined || room.status === 'ended' || normalizeRoomKey(typed) === room.viewCode) {
      throw new ProblemError('room_not_found');
    }
    return room;
  }

  async function findMember(room: RoomRow, accountId: string): Promise<MemberRow | undefined> {
    const member = await members.findByAccount(room.id, accountId);
    return member?.removedAt === null ? member : undefined;
  }

  async function callerIn(key: string, { account, sessionId }: SignedIn): Promise<Caller> {
    const room = await find(key);
    const member = await findMember(room, account.id);
    if (member === undefined) throw new ProblemError('forbidden');
    return { room, member, sessionId };
  }

  return {
    find,
    findMember,
    callerIn,

    async assertMayLook(room, key, { account }, address) {
      const member = await findMember(room, account.id);
      if (member !== undefined) return member;
      const isBanned = await bans.isBanned(room.id, { accountId: account.id, address });
      // Who had a view-only link knows the id as well.
      const isKnownByRight = room.visibility === 'public' || !room.isIdKnown || fromV4(key) !== room.id;
      if (isBanned || isPrivate(room) || room.status !== 'active' || !isKnownByRight)
        throw new ProblemError('forbidden');
      return undefined;
    },

    async enter(key, signedIn, { password, address }) {
      const room = await find(key);
      const wasMember = (await findMember(room, signedIn.account.id)) !== undefined;
      const asker = { kind: 'account', ...signedIn } as const;
      const request = password === undefined ? {} : { password };
      // By what they typed: a code opens more than an id that others may know.
      const outcome = await rooms.join(fromV4(key), request, { asker, address });
      if (outcome.kind === 'asked') throw fault(403, 'The room’s owner has been asked to let you in');
      const member = await members.find(outcome.member.id);
      if (member === undefined) throw new ProblemError('membership_ended');
      return { caller: { room, member, sessionId: signedIn.sessionId }, wasMember };
    },
  };
}
