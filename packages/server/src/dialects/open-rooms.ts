import { randomUUID } from 'node:crypto';
import { limits, ProblemError } from '@coderoom/protocol';
import type { BanService } from '../bans/service.ts';
import type { Caller } from '../caller.ts';
import type { DialectName } from '../config.ts';
import type { RoomEvents } from '../gateway/room-events.ts';
import { normalizeRoomKey } from '../identifiers.ts';
import type { MemberService } from '../members/service.ts';
import type { RoomService } from '../rooms/service.ts';
import type { RoomRow } from '../rooms/store.ts';
import type { AliasStore } from './alias-store.ts';
import { createShortCode, fromV4 } from './ids.ts';

/**
 * Rooms for clients of systems where nobody has to say who they are: whoever knows the address of a room is in it. So they
 * find only rooms whose door is open; and what a room's owner alone may do, they may do where nobody else owns it.
 */
export interface OpenRooms {
  /** A room that belongs to whoever knows it; under an alias of its dialect. */
  create(request: OpenRoomCreate): Promise<OpenRoom>;
  /** By the dialect's own code, or by our id or code; undefined when there is none, or it is not for everybody. */
  find(dialect: DialectName, key: string, address: string): Promise<OpenRoom | undefined>;
  /** Calls `onShut` as soon as a room is found by who found it so no more. Returns how to stop that. */
  watch(roomId: string, found: Found, onShut: () => void): () => void;
}

/** By which dialect, under which name and from where a room was found. */
interface Found {
  dialect: DialectName;
  key: string;
  address: string;
}

interface OpenRoomCreate {
  dialect: DialectName;
  /** Of the dialect's clients, for people who come by other doors. */
  title: string;
  language: string;
  /** What its main file says. */
  text: string;
  capacity: number;
  /** Who makes it, by network address. */
  address: string;
  /** The name of the member that the room's owner is, who is nobody in particular. */
  ownerName: string;
}

export interface OpenRoom {
  room: RoomRow;
  /** What the dialect's clients call it. */
  alias: string;
  /** What they said its state is, where ours has no word for it. */
  state: string | null;
  /** The members that dialects made so that the room has an owner. */
  caretakers: string[];
  /** Who the dialect's clients are in it, as long as it is not known which member: its owner where there is none. */
  caller: Caller;
}

export interface OpenRoomsOptions {
  aliases: AliasStore;
  rooms: Pick<RoomService, 'create' | 'find'>;
  members: Pick<MemberService, 'find' | 'prepare' | 'roleOf'>;
  bans: Pick<BanService, 'isBanned' | 'watch'>;
  events: Pick<RoomEvents, 'listen'>;
  logger: { warn(details: object, message: string): void };
  /** Somebody does something in a room. */
  onUsed(room: RoomRow): void;
}

const aliasAttemptsMax = 5;

/** What the clients of each call a room: where there is no rule, a UUIDv4. */
const aliasMakers: Partial<Record<DialectName, () => string>> = {
  codecast: () => createShortCode(8, '0123456789abcdef'),
  'code-interview': () => createShortCode(10, '0123456789abcdefghijklmnopqrstuvwxyz'),
};
const createAlias = (dialect: DialectName) => aliasMakers[dialect]?.() ?? randomUUID();

/** What is told when a room's door may have been shut. */
const ofDoors = new Set<string>(['room:updated', 'room:deleted']);

export function createOpenRooms(options: OpenRoomsOptions): OpenRooms {
  const { aliases, rooms, members, bans, events, logger, onUsed } = options;

  async function findRow(dialect: DialectName, key: string): Promise<RoomRow | undefined> {
    const typed = normalizeRoomKey(fromV4(key));
    if (typed === undefined) return undefined;
    const alias = await aliases.findRoom(dialect, key.toLowerCase());
    if (alias !== undefined) return rooms.find(alias.roomId);
    const room = await rooms.find(typed);
    // An id that was once told along with a view-only link opens nothing here, and neither does that link.
    const isOpen = typed === room?.code || (typed === room?.id && !room.isIdKnown);
    return isOpen ? room : undefined;
  }

  /** The room under the name that it has in this dialect; it gets one if it has none. */
  async function open(dialect: DialectName, room: RoomRow, address: string): Promise<OpenRoom> {
    for (let attempt = 0; attempt < aliasAttemptsMax; attempt++) {
      const known = await aliases.listOfRoom(room.id);
      const own = known.find((alias) => alias.dialect === dialect);
      if (own !== undefined) {
        const caretakers = known.map(({ memberId }) => memberId).filter((id) => id !== null);
        const { alias, state } = own;
        return { room, alias, state, caretakers, caller: await callerOf(dialect, room, caretakers, address) };
      }
      await name(dialect, room.id, null);
    }
    if ((await rooms.find(room.id)) === undefined) throw new ProblemError('room_not_found');
    throw new Error(`No free alias in ${aliasAttemptsMax} attempts`);
  }

  const name = (dialect: DialectName, roomId: string, memberId: string | null) =>
    aliases.addRoom({ roomId, dialect, alias: createAlias(dialect), memberId, state: null });

  async function callerOf(dialect: DialectName, room: RoomRow, caretakers: string[], address: string): Promise<Caller> {
    for (const id of caretakers) {
      const member = await members.find(id);
      if (member?.role === 'owner' && member.removedAt === null && member.accountId === null) return { room, member };
    }
    // As anybody who came by the link; not stored, since nobody in particular came.
    const newcomer = { name: dialect, address };
    const member = members.prepare(room.id, await members.roleOf(room.id, 'editor', newcomer), newcomer, '', 0);
    return { room, member };
  }

  async function findOpen({ dialect, key, address }: Found): Promise<RoomRow | undefined> {
    const room = await findRow(dialect, key);
    if (room === undefined) return undefined;
    const isOpen =
      room.passwordHash === null && !room.lobby && room.visibility !== 'private' && room.status === 'active';
    return isOpen && !(await bans.isBanned(room.id, { accountId: null, address })) ? room : undefined;
  }

  return {
    async create({ dialect, title, language, text, capacity, address, ownerName }) {
      if (Buffer.byteLength(text) > limits.fileTextMaxBytes) throw new ProblemError('too_large');
      const visitor = { asker: { kind: 'nobody' }, address } as const;
      const made = await rooms.create({ title, language, capacity, name: ownerName }, visitor, { text });
      const room = await rooms.find(made.room.id);
      if (room === undefined) throw new ProblemError('room_not_found');
      for (let attempt = 0; attempt < aliasAttemptsMax; attempt++) {
        if (await name(dialect, room.id, made.member.id)) break;
      }
      return open(dialect, room, address);
    },

    async find(dialect, key, address) {
      const room = await findOpen({ dialect, key, address });
      if (room === undefined) return undefined;
      onUsed(room);
      return open(dialect, room, address);
    },

    watch(roomId, found, onShut) {
      const look = () =>
        findOpen(found).then(
          (room) => room === undefined && onShut(),
          (error) => logger.warn({ err: error }, 'whether a room is still open could not be read'),
        );
      const stops = [
        bans.watch(roomId, look),
        events.listen(
          roomId,
          () => 'editor',
          ({ name }) => ofDoors.has(name) && void look(),
        ),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}
