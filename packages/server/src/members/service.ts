import type { Collab, CollabMember } from '@coderoom/collab';
import {
  collabClose,
  colourOf,
  type GivenRole,
  limits,
  type Member,
  type MemberPatch,
  type MemberRole,
  ProblemError,
  pickColour,
  type RoomStatus,
  randomName,
} from '@coderoom/protocol';
import type { AuditService } from '../audit/service.ts';
import type { BanService } from '../bans/service.ts';
import { assertMay, type Caller } from '../caller.ts';
import type { Presence } from '../gateway/presence.ts';
import { network } from '../gateway/rate-limits.ts';
import type { RoomEvents } from '../gateway/room-events.ts';
import { isId } from '../identifiers.ts';
import { cleanLine } from '../people-text.ts';
import type { MemberRow, MemberStore } from './store.ts';

/** Rules of membership: who may be let in, renamed, given another role, removed. */
export interface MemberService {
  /** By id, removed members too. */
  find(id: string): Promise<MemberRow | undefined>;
  /** The one place that an account has in a room, also a former one. */
  findByAccount(roomId: string, accountId: string): Promise<MemberRow | undefined>;
  /** The rooms that an account is in. */
  listByAccount(accountId: string): Promise<MemberRow[]>;
  /** A member not yet stored, with the name it asked for or an automatic one. */
  prepare(roomId: string, role: MemberRole, who: Newcomer, colour: string, at: number): MemberRow;
  /**
   * Lets somebody in; an account that was a member before is the same one again. Whoever was made a viewer by the owner is
   * one still, unless the owner says otherwise: `isOwnersWord`. Fails with `room_full`.
   */
  admit(room: RoomSeats, role: GivenRole, who: Newcomer, options?: { isOwnersWord?: boolean }): Promise<MemberRow>;
  /** As what somebody comes in who would be let in as this. */
  roleOf(roomId: string, role: GivenRole, who: Newcomer): Promise<GivenRole>;
  /** Those in the room, whether or not they are there right now. */
  list(roomId: string): Promise<Member[]>;
  /** The same as they are stored. */
  listRows(roomId: string): Promise<MemberRow[]>;
  update(caller: Caller, memberId: string, patch: MemberPatch): Promise<Member>;
  /** The owner becomes an editor, and the other one the owner. */
  handOver(caller: Caller, memberId: string): Promise<Member>;
  /** The owner removes somebody, with `ban` for good; their connections end at once. */
  remove(caller: Caller, memberId: string, options?: { ban?: boolean }): Promise<void>;
  /** A member goes for good. */
  leave(caller: Caller): Promise<void>;
  /** A guest's membership becomes that of an account, with the higher role where it has one already. */
  claim(guest: Caller, accountId: string): Promise<void>;
  /**
   * The account is deleted: its membership ends, and its name stays with what it did. `heir`: to whom an owner's room
   * goes. False when one of both has gone, or become the owner, meanwhile.
   */
  release(room: { status: RoomStatus }, member: MemberRow, heir: MemberRow | undefined): Promise<boolean>;
  /** A member as others see it. */
  describe(row: MemberRow): Member;
  /** The seat of a member who is let in again. */
  takeSeat(room: RoomSeats, member: MemberRow): void;
  /** A member came back, perhaps from elsewhere. */
  noteAddress(member: MemberRow, address: string): Promise<void>;
}

/** Who comes, as far as is known. */
export interface Newcomer {
  name?: string | undefined;
  account?: { id: string; name: string } | undefined;
  address: string | null;
}

interface RoomSeats {
  id: string;
  capacity: number;
}

export interface MemberServiceOptions {
  store: MemberStore;
  bans: Pick<BanService, 'add' | 'isBanned'>;
  audit: Pick<AuditService, 'record'>;
  collab: Pick<Collab, 'updateMember' | 'removeMember'>;
  events: RoomEvents;
  presence: Presence;
  /** Ends a member's event connections, after what was already sent to them. */
  disconnect(memberId: string): void;
  /** From now on a member's event connections get what this role gets. */
  setRole(memberId: string, role: MemberRole): void;
  /** A member's role has changed; what they see of the room may be something else now. */
  onRoleChanged(roomId: string): Promise<void>;
  /** The owner has removed somebody. */
  onRemoved(roomId: string, member: MemberRow): Promise<void>;
  createId(): string;
  random(): number;
  now(): number;
}

export function createMemberService(options: MemberServiceOptions): MemberService {
  const { store, bans, audit, collab, events, presence, disconnect, setRole, createId, random, now } = options;

  const describe = (row: MemberRow): Member => ({
    id: row.id,
    name: row.name,
    color: row.color,
    role: row.role,
    online: presence.isOnline(row.roomId, row.id),
    joinedAt: new Date(row.joinedAt).toISOString(),
    accountId: row.accountId,
  });

  function prepare(roomId: string, role: MemberRole, who: Newcomer, color: string, joinedAt: number): MemberRow {
    const asked = who.name ?? who.account?.name;
    const name = asked === undefined ? randomName(random) : cleanLine(asked, limits.memberNameMaxLength);
    const accountId = who.account?.id ?? null;
    const { address } = who;
    const id = createId();
    return { id, roomId, accountId, name, color, role, joinedAt, removedAt: null, address, isLowered: false };
  }

  /** Former members, too. */
  async function findEver(roomId: string, memberId: string): Promise<MemberRow> {
    const row = isId(memberId) ? await store.find(memberId) : undefined;
    if (row?.roomId !== roomId) throw new ProblemError('member_not_found');
    return row;
  }

  async function findIn(roomId: string, memberId: string): Promise<MemberRow> {
    const row = await findEver(roomId, memberId);
    if (row.removedAt !== null) throw new ProblemError('member_not_found');
    return row;
  }

  /** False when they were removed meanwhile. Whoever was made the owner meanwhile stays: a room keeps its owner. */
  async function end(row: MemberRow): Promise<boolean> {
    if (!(await store.end(row.id, { removedAt: now() }))) {
      if ((await store.find(row.id))?.removedAt === null) throw new ProblemError('owner_required');
      return false;
    }
    announceEnd(row, 'membership_ended');
    return true;
  }

  function announceEnd(row: MemberRow, reason: 'membership_ended' | 'sign_in_required'): void {
    presence.forget(row.roomId, row.id);
    collab.removeMember(row.roomId, row.id, collabClose.unauthorized, reason);
    events.publish(row.roomId, 'member:left', { memberId: row.id });
    disconnect(row.id);
  }

  /** Tells a member as they are now, with what others changed meanwhile: a role above all must not be undone by it. */
  async function publishUpdated(row: MemberRow, isRoomEnded: boolean): Promise<Member> {
    const changed = await findIn(row.roomId, row.id);
    setRole(changed.id, changed.role);
    collab.updateMember(row.roomId, toCollabMember(changed, isRoomEnded));
    const member = describe(changed);
    events.publish(row.roomId, 'member:updated', { member });
    return member;
  }

  function takeSeat(room: RoomSeats, { id, role }: MemberRow): void {
    const isSeated = presence.takeSeat({ id, roomId: room.id, isOwner: role === 'owner' }, room.capacity);
    if (!isSeated) throw new ProblemError('room_full');
  }

  /** Takes a seat for as long as it takes to store who sits there. */
  async function seat<Result>(room: RoomSeats, row: MemberRow, work: () => Promise<Result>): Promise<Result> {
    takeSeat(room, row);
    try {
      return await work();
    } catch (error) {
      presence.forget(room.id, row.id);
      throw error;
    }
  }

  /**
   * A guest has no name by which they are known: as of bans, it is their address that counts, also of who has an account
   * and comes without it.
   */
  async function isLowered(roomId: string, { account, address }: Newcomer): Promise<boolean> {
    if (account !== undefined) return (await store.findByAccount(roomId, account.id))?.isLowered ?? false;
    if (address === null) return false;
    return (await store.listLoweredAddresses(roomId)).some((other) => network(other) === network(address));
  }

  async function roleOf(roomId: string, role: GivenRole, who: Newcomer): Promise<GivenRole> {
    return role === 'editor' && (await isLowered(roomId, who)) ? 'viewer' : role;
  }

  /** Undefined: by another door, in the same moment, they became what they do not come back as. */
  async function comeBack(
    room: RoomSeats,
    former: MemberRow,
    given: GivenRole,
    who: Newcomer,
    isOwnersWord: boolean,
  ): Promise<MemberRow | undefined> {
    if (former.removedAt === null) {
      takeSeat(room, former);
      return former;
    }
    const isLowered = former.isLowered && !(isOwnersWord && given === 'editor');
    const role = isLowered ? 'viewer' : given;
    const { name, joinedAt } = prepare(room.id, role, who, former.color, now());
    const change = { name, role, joinedAt, removedAt: null, address: who.address, isLowered } as const;
    return seat(room, former, async () => {
      const unless = { unlessOwner: true, unlessLowered: role === 'editor' && !isOwnersWord };
      return (await store.update(former.id, change, unless)) ? { ...former, ...change } : undefined;
    });
  }

  /** Whoever joins over and over fills the room with guests who are never there: those who are there stay. */
  async function forgetAbsent(all: MemberRow[]): Promise<void> {
    const surplus = all.length + 1 - limits.membersPerRoom;
    if (surplus <= 0) return;
    const absent = all.filter(
      ({ accountId, role, roomId, id }) => accountId === null && role !== 'owner' && !presence.isSeated(roomId, id),
    );
    if (absent.length < surplus) throw new ProblemError('room_full');
    for (const guest of absent.slice(0, surplus)) await end(guest);
  }

  async function admit(
    room: RoomSeats,
    given: GivenRole,
    who: Newcomer,
    { isOwnersWord = false }: { isOwnersWord?: boolean } = {},
  ): Promise<MemberRow> {
    const former = who.account === undefined ? undefined : await store.findByAccount(room.id, who.account.id);
    if (former !== undefined) {
      const back = await comeBack(room, former, given, who, isOwnersWord);
      return back ?? admit(room, given, who, { isOwnersWord });
    }
    const role = isOwnersWord ? given : await roleOf(room.id, given, who);
    const all = await store.list(room.id);
    await forgetAbsent(all);
    const present = all.filter((row) => presence.isSeated(row.roomId, row.id));
    const colour = pickColour(present.map((row) => row.color)).color;
    const row = prepare(room.id, role, who, colour, now());
    const isNew = await seat(room, row, () => store.insert(row));
    if (isNew) return row;
    // The same account came in by another door in the same moment.
    presence.forget(room.id, row.id);
    return admit(room, given, who, { isOwnersWord });
  }

  async function give(from: MemberRow, to: MemberRow, room: RoomSeats & { status: RoomStatus }): Promise<void> {
    if (!presence.handOver(room.id, from.id, to.id, room.capacity)) throw new ProblemError('room_full');
    if (!(await store.handOver(from, to))) {
      presence.handOver(room.id, to.id, from.id, room.capacity);
      throw new ProblemError('member_not_found');
    }
    for (const row of [from, to]) await publishUpdated(row, room.status === 'ended');
    await options.onRoleChanged(room.id);
  }

  return {
    find: async (id) => (isId(id) ? store.find(id) : undefined),
    findByAccount: store.findByAccount,
    listByAccount: store.listOfAccount,
    prepare,
    describe,
    takeSeat,
    admit,
    roleOf,
    list: async (roomId) => (await store.list(roomId)).map(describe),
    listRows: store.list,

    async update(caller, memberId, patch) {
      const { room } = caller;
      const row = await findIn(room.id, memberId);
      const isSelf = row.id === caller.member.id;
      if (patch.name !== undefined && !isSelf) throw new ProblemError('forbidden');
      if (patch.role !== undefined) {
        assertMay('settle', caller);
        if (row.role === 'owner') throw new ProblemError('owner_required');
      }
      const change = {
        ...patch,
        ...(patch.name === undefined ? {} : { name: cleanLine(patch.name, limits.memberNameMaxLength) }),
        ...(patch.role === undefined || patch.role === row.role ? {} : { isLowered: patch.role === 'viewer' }),
      };
      const isChanged = await store.update(row.id, change, { unlessOwner: patch.role !== undefined });
      if (!isChanged) throw new ProblemError(patch.role === undefined ? 'member_not_found' : 'owner_required');
      const member = await publishUpdated(row, room.status === 'ended');
      if (patch.role !== undefined && patch.role !== row.role) {
        await options.onRoleChanged(room.id);
        await audit.record({
          kind: 'member:role-changed',
          roomId: room.id,
          actor: caller.member.name,
          details: { name: row.name, from: row.role, to: patch.role },
        });
      }
      return member;
    },

    async handOver(caller, memberId) {
      assertMay('settle', caller);
      const { room, member: owner } = caller;
      const heir = await findIn(room.id, memberId);
      if (heir.id === owner.id) throw new ProblemError('owner_required');
      await give(owner, heir, room);
      await audit.record({
        kind: 'room:handed-over',
        roomId: room.id,
        accountId: heir.accountId,
        actor: owner.name,
        details: { to: heir.name },
      });
      return describe(await findIn(room.id, heir.id));
    },

    async remove(caller, memberId, { ban = false } = {}) {
      const { room } = caller;
      // Who left before they could be banned is banned all the same.
      const row = await (ban ? findEver(room.id, memberId) : findIn(room.id, memberId));
      if (row.id !== caller.member.id || ban) assertMay('settle', caller);
      if (row.role === 'owner') throw new ProblemError('owner_required');
      if (ban) await bans.add(room.id, row.name, row);
      if (!(await end(row)) && !ban) throw new ProblemError('member_not_found');
      if (row.id === caller.member.id) return;
      await options.onRemoved(room.id, row);
      await audit.record({
        kind: ban ? 'member:banned' : 'member:removed',
        roomId: room.id,
        actor: caller.member.name,
        details: { name: row.name },
      });
    },

    async leave(caller) {
      if (caller.member.role === 'owner') throw new ProblemError('owner_required');
      await end(caller.member);
    },

    async claim({ room, member: guest }, accountId) {
      if (await bans.isBanned(room.id, { accountId, address: null })) throw new ProblemError('banned');
      let former = await store.findByAccount(room.id, accountId);
      if (former === undefined) {
        const outcome = await store.claim(guest.id, accountId);
        if (outcome === 'gone') throw new ProblemError('membership_ended');
        if (outcome === 'claimed') {
          await publishUpdated(guest, room.status === 'ended');
          // The guest's token is worth nothing from now on: they come in again by their account.
          collab.removeMember(room.id, guest.id, collabClose.unauthorized, 'sign_in_required');
          disconnect(guest.id);
          return;
        }
        // The same account came in by another door in the same moment.
        former = await store.findByAccount(room.id, accountId);
        if (former === undefined) throw new ProblemError('membership_ended');
      }
      // First of all: who was removed in the same moment brings nothing along.
      if (guest.role !== 'owner' && !(await end(guest))) throw new ProblemError('membership_ended');
      const isLowered = former.isLowered || guest.isLowered;
      const role = guest.role === 'viewer' || former.isLowered ? 'viewer' : 'editor';
      const unlessOwner = { unlessOwner: true };
      if (former.removedAt !== null) {
        await store.update(former.id, { role, removedAt: null, joinedAt: now(), isLowered }, unlessOwner);
      } else if (former.role === 'viewer' && role === 'editor') {
        await store.update(former.id, { role }, { unlessOwner: true, unlessLowered: true });
        await publishUpdated(former, room.status === 'ended');
        await options.onRoleChanged(room.id);
      }
      if (guest.role !== 'owner') return;
      await give(guest, former, room);
      await end(guest);
    },

    async release(room, member, heir) {
      if (heir !== undefined) {
        if (!(await store.handOver(member, heir))) return false;
        presence.handOver(member.roomId, member.id, heir.id, limits.roomCapacityMax);
        await publishUpdated(heir, room.status === 'ended');
        await options.onRoleChanged(member.roomId);
      }
      if (!(await store.end(member.id, { removedAt: now(), accountId: null }))) return false;
      announceEnd(member, 'sign_in_required');
      return true;
    },

    async noteAddress(member, address) {
      if (member.address !== address) await store.update(member.id, { address });
    },
  };
}

/** A member as the sync engine knows it; in a room that has ended nobody writes. */
export function toCollabMember(row: MemberRow, isRoomEnded: boolean): CollabMember {
  const { color, light } = colourOf(row.color);
  return { id: row.id, name: row.name, color, light, role: isRoomEnded ? 'viewer' : row.role };
}
