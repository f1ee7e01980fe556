import { limits, ProblemError } from '@coderoom/protocol';
import type { DialectName } from '../config.ts';
import type { Presence } from '../gateway/presence.ts';
import type { RoomEvents } from '../gateway/room-events.ts';
import { createInOrder } from '../in-order.ts';
import type { MemberService } from '../members/service.ts';
import type { MemberRow } from '../members/store.ts';
import { cleanLine } from '../people-text.ts';
import type { AliasStore } from './alias-store.ts';
import type { OpenRoom } from './open-rooms.ts';

/**
 * The people of a room for clients of systems that know a list of names and no connections: members as all others see
 * them, who are online as long as something is heard of them.
 */
export interface Guests {
  /**
   * Everybody in the room but owners that no person is; those who came by this dialect as its clients know them. Whoever of
   * them came from the address where something is heard from is there.
   */
  list(dialect: DialectName, open: OpenRoom, options?: { heardFrom?: string }): Promise<Guest[]>;
  /** Lets somebody in, online from now on. `describe` sees who is there already, and may refuse by throwing. */
  join(
    dialect: DialectName,
    open: OpenRoom,
    address: string,
    describe: (present: Guest[]) => Pick<Guest, 'name' | 'color'> | Promise<Pick<Guest, 'name' | 'color'>>,
  ): Promise<Guest>;
  /** Fails with `forbidden` for who came by another door. */
  leave(dialect: DialectName, open: OpenRoom, guest: Guest): Promise<void>;
  setOnline(guest: Pick<Guest, 'member'>, isOnline: boolean, address: string): void;
  /** Whether more than one who came by this dialect from there is there. */
  areSeveral(dialect: DialectName, open: OpenRoom, address: string): Promise<boolean>;
  /** Something is heard from there: whoever came into the room from that address is still there. */
  hear(roomId: string, address: string): void;
  close(): void;
}

/** A member as the clients of a dialect see them. */
export interface Guest {
  member: MemberRow;
  name: string;
  color: string;
  isOnline: boolean;
  /** By which door they came; null: by none of the dialects'. */
  dialect: DialectName | null;
  /** When they were last heard of; undefined: not since the server started. */
  heardAt: number | undefined;
}

export interface GuestsOptions {
  aliases: AliasStore;
  members: Pick<MemberService, 'admit' | 'leave' | 'listRows' | 'describe'>;
  presence: Pick<Presence, 'connect' | 'isOnline'>;
  events: Pick<RoomEvents, 'publish'>;
  now(): number;
}

/** Somebody who is online because they said so. */
interface Present {
  roomId: string;
  address: string;
  heardAt: number;
  connection: { closed(): void };
}

export function createGuests({ aliases, members, presence, events, now }: GuestsOptions): Guests {
  const inOrder = createInOrder();
  /** By member. */
  const here = new Map<string, Present>();

  function come(member: MemberRow, address: string): void {
    const present = here.get(member.id);
    if (present !== undefined) {
      present.heardAt = now();
      return;
    }
    const seat = { id: member.id, roomId: member.roomId, isOwner: member.role === 'owner' };
    const connection = presence.connect(seat, 'events');
    here.set(member.id, { roomId: member.roomId, address, heardAt: now(), connection });
    if (connection.cameOnline) events.publish(member.roomId, 'member:joined', { member: members.describe(member) });
  }

  function go(memberId: string): void {
    here.get(memberId)?.connection.closed();
    here.delete(memberId);
  }

  const sweeper = setInterval(() => {
    const silentSince = now() - limits.guestSilenceMs;
    for (const [memberId, { heardAt }] of [...here]) if (heardAt < silentSince) go(memberId);
  }, limits.guestSweepMs).unref();

  async function list(
    dialect: DialectName,
    { room, caretakers }: OpenRoom,
    { heardFrom }: { heardFrom?: string } = {},
  ): Promise<Guest[]> {
    const [rows, foreign] = await Promise.all([members.listRows(room.id), aliases.listMembers(room.id)]);
    const aliasOf = new Map(foreign.map((alias) => [alias.memberId, alias]));
    return rows
      .filter(({ id }) => !caretakers.includes(id))
      .map((member) => {
        const alias = aliasOf.get(member.id);
        if (alias?.dialect === dialect && member.address === heardFrom) come(member, heardFrom);
        const present = here.get(member.id);
        const isOnline = alias === undefined ? presence.isOnline(room.id, member.id) : present !== undefined;
        const known = alias?.dialect === dialect ? alias : member;
        const { name, color } = known;
        return { member, name, color, isOnline, dialect: alias?.dialect ?? null, heardAt: present?.heardAt };
      });
  }

  return {
    list,

    join: (dialect, open, address, describe) =>
      inOrder(open.room.id, async () => {
        const { name, color } = await describe(await list(dialect, open));
        const member = await members.admit(open.room, 'editor', { name: nameAmongUs(name), address });
        await aliases.addMember({ roomId: open.room.id, memberId: member.id, dialect, name, color });
        come(member, address);
        return { member, name, color, isOnline: true, dialect, heardAt: now() };
      }),

    async leave(dialect, { room }, { member, ...guest }) {
      if (guest.dialect !== dialect) throw new ProblemError('forbidden');
      go(member.id);
      await members.leave({ room, member });
    },

    setOnline({ member }, isOnline, address) {
      if (isOnline) come(member, address);
      else go(member.id);
    },

    async areSeveral(dialect, open, address) {
      const guests = await list(dialect, open);
      const there = guests.filter((guest) => guest.dialect === dialect && guest.member.address === address);
      return there.filter(({ isOnline }) => isOnline).length > 1;
    },

    hear(roomId, address) {
      const at = now();
      for (const present of here.values()) {
        if (present.roomId === roomId && present.address === address) present.heardAt = at;
      }
    },

    close() {
      clearInterval(sweeper);
      here.clear();
    },
  };
}

/** A name of any length and kind as our own clients can show it; undefined: nothing of it can be seen. */
export function nameAmongUs(name: string): string | undefined {
  const beginning = name.slice(0, limits.memberNameMaxLength).replace(/[\ud800-\udbff]$/, '');
  try {
    return cleanLine(beginning, limits.memberNameMaxLength);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
