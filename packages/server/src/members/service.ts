import type { Collab, CollabMember } from '@coderoom/collab';
import {
  collabClose,
  colourOf,
  limits,
  type Member,
  type MemberPatch,
  type MemberRole,
  ProblemError,
  pickColour,
  randomName,
} from '@coderoom/protocol';
import { assertOwner, type Caller } from '../caller.ts';
import type { Presence } from '../gateway/presence.ts';
import type { RoomEvents } from '../gateway/room-events.ts';
import { isId } from '../identifiers.ts';
import { cleanLine } from '../people-text.ts';
import type { MemberRow, MemberStore } from './store.ts';

/** Rules of membership: who may be let in, renamed, given another role, removed. */
export interface MemberService {
  /** By id, removed members too. */
  find(id: string): Promise<MemberRow | undefined>;
  /** Somebody's place in a room, also a former one. */
  findByAccount(roomId: string, accountId: string): Promise<MemberRow | undefined>;
  /** A guest's membership becomes an account's. */
  claim(guest: Caller, accountId: string): Promise<void>;
  forgetAccount(accountId: string): Promise<void>;
  /** A member not yet stored, with the name it asked for or an automatic one. */
  prepare(member: {
    roomId: string;
    role: MemberRole;
    name: string | undefined;
    colour: string;
    at: number;
  }): MemberRow;
  /** Lets somebody new into a room; fails with `room_full`. */
  admit(room: { id: string; capacity: number }, role: MemberRole, name: string | undefined): Promise<MemberRow>;
  /** Those in the room, whether or not they are there right now. */
  list(roomId: string): Promise<Member[]>;
  update(caller: Caller, memberId: string, patch: MemberPatch): Promise<Member>;
  /** The owner removes somebody; their connections end at once. */
  remove(caller: Caller, memberId: string): Promise<void>;
  /** A member goes for good. */
  leave(caller: Caller): Promise<void>;
  /** A member as others see it. */
  describe(row: MemberRow): Member;
  /** The seat of a member who is let in again. */
  takeSeat(room: { id: string; capacity: number }, member: MemberRow): void;
}

export interface MemberServiceOptions {
  store: MemberStore;
  collab: Pick<Collab, 'updateMember' | 'removeMember'>;
  events: RoomEvents;
  presence: Presence;
  /** Ends a member's event connections, after what was already sent to them. */
  disconnect(memberId: string): void;
  createId(): string;
  random(): number;
  now(): number;
}

export function createMemberService(options: MemberServiceOptions): MemberService {
  const { store, collab, events, presence, disconnect, createId, random, now } = options;

  const describe = (row: MemberRow): Member => ({
    id: row.id,
    name: row.name,
    color: row.color,
    role: row.role,
    online: presence.isOnline(row.roomId, row.id),
    joinedAt: new Date(row.joinedAt).toISOString(),
  });

  function prepare({ roomId, role, name, colour, at }: Parameters<MemberService['prepare']>[0]): MemberRow {
    const clean = name === undefined ? randomName(random) : cleanLine(name, limits.memberNameMaxLength);
    return { id: createId(), roomId, accountId: null, name: clean, color: colour, role, joinedAt: at, removedAt: null };
  }

  async function findIn(roomId: string, memberId: string): Promise<MemberRow> {
    const row = isId(memberId) ? await store.find(memberId) : undefined;
    if (row === undefined || row.roomId !== roomId || row.removedAt !== null)
      throw new ProblemError('member_not_found');
    return row;
  }

  async function end(row: MemberRow): Promise<void> {
    await store.update(row.id, { removedAt: now() });
    presence.forget(row.roomId, row.id);
    collab.removeMember(row.roomId, row.id, collabClose.unauthorized, 'membership_ended');
    events.publish(row.roomId, 'member:left', { memberId: row.id });
    disconnect(row.id);
  }

  function takeSeat(room: { id: string; capacity: number }, { id, role }: MemberRow): void {
    const isSeated = presence.takeSeat({ id, roomId: room.id, isOwner: role === 'owner' }, room.capacity);
    if (!isSeated) throw new ProblemError('room_full');
  }

  return {
    find: async (id) => (isId(id) ? store.find(id) : undefined),
    findByAccount: (roomId, accountId) => store.findByAccount(roomId, accountId),
    forgetAccount: (accountId) => store.forgetAccount(accountId),
    claim: (guest, accountId) => store.update(guest.member.id, { accountId }),
    prepare,
    describe,
    takeSeat,

    async admit(room, role, name) {
      const present = (await store.list(room.id)).filter((row) => presence.isSeated(row.roomId, row.id));
      const colour = pickColour(present.map((row) => row.color)).color;
      const row = prepare({ roomId: room.id, role, name, colour, at: now() });
      takeSeat(room, row);
      try {
        await store.insert(row);
      } catch (error) {
        presence.forget(room.id, row.id);
        throw error;
      }
      return row;
    },

    list: async (roomId) => (await store.list(roomId)).map(describe),

    async update(caller, memberId, patch) {
      const row = await findIn(caller.room.id, memberId);
      const isSelf = row.id === caller.member.id;
      if (patch.name !== undefined && !isSelf) throw new ProblemError('forbidden');
      if (patch.role !== undefined) {
        assertOwner(caller);
        if (row.role === 'owner') throw new ProblemError('owner_required');
      }
      const change = {
        ...patch,
        ...(patch.name === undefined ? {} : { name: cleanLine(patch.name, limits.memberNameMaxLength) }),
      };
      await store.update(row.id, change);
      // Read again: what others changed meanwhile, a role above all, must not be undone by what is told of this.
      const changed = await findIn(row.roomId, row.id);
      collab.updateMember(row.roomId, toCollabMember(changed, caller.room.status === 'ended'));
      const member = describe(changed);
      events.publish(row.roomId, 'member:updated', { member });
      return member;
    },

    async remove(caller, memberId) {
      const row = await findIn(caller.room.id, memberId);
      if (row.id !== caller.member.id) assertOwner(caller);
      if (row.role === 'owner') throw new ProblemError('owner_required');
      await end(row);
    },

    async leave(caller) {
      if (caller.member.role === 'owner') throw new ProblemError('owner_required');
      await end(caller.member);
    },
  };
}

/** A member as the sync engine knows it; in a room that has ended nobody writes. */
export function toCollabMember(row: MemberRow, isRoomEnded: boolean): CollabMember {
  const { color, light } = colourOf(row.color);
  return { id: row.id, name: row.name, color, light, role: isRoomEnded ? 'viewer' : row.role };
}
