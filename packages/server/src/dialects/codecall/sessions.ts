import { randomUUID } from 'node:crypto';
import { type ErrorCode, ProblemError } from '@coderoom/protocol';
import type { BanService } from '../../bans/service.ts';
import type { Caller } from '../../caller.ts';
import type { SignedIn } from '../../gateway/authorize.ts';
import { createInOrder } from '../../in-order.ts';
import type { InvitationService } from '../../invitations/service.ts';
import type { MemberService } from '../../members/service.ts';
import type { MemberRow } from '../../members/store.ts';
import type { RoomService } from '../../rooms/service.ts';
import type { RoomRow } from '../../rooms/store.ts';
import type { AliasStore } from '../alias-store.ts';
import { fromV4, toV4 } from '../ids.ts';
import { codeCallFault } from './fault.ts';

/**
 * CodeCall's practice sessions: rooms with a host and one guest. WAITING, ACTIVE and ENDED are a room's own statuses; the
 * guest's coming is what starts it.
 */
interface CodeCallSession {
  id: string;
  hostId: string;
  guestId: string | null;
  status: 'WAITING' | 'ACTIVE' | 'ENDED';
  createdAt: string;
  endedAt: string | null;
}

export interface CodeCallSessions {
  create(who: SignedIn, address: string): Promise<CodeCallSession>;
  /** The first to come is the guest; of another room one becomes a member as by our own door. */
  join(who: SignedIn, key: string, address: string): Promise<CodeCallSession>;
  end(who: SignedIn, key: string): Promise<CodeCallSession>;
  /** By a session's id, or by id or code of a room made elsewhere. */
  find(key: string): Promise<RoomRow | undefined>;
}

export interface CodeCallSessionsOptions {
  rooms: RoomService;
  members: MemberService;
  bans: Pick<BanService, 'isBanned'>;
  invitations: Pick<InvitationService, 'use'>;
  aliases: Pick<AliasStore, 'addRoom' | 'listOfRoom'>;
}

export function createCodeCallSessions(options: CodeCallSessionsOptions): CodeCallSessions {
  const { rooms, members, bans, invitations, aliases } = options;
  /** Of two at once one finds the guest's place taken. */
  const inOrder = createInOrder();

  const find = async (key: string) => rooms.find(fromV4(key));

  async function describe(id: string): Promise<CodeCallSession> {
    const room = await rooms.find(id);
    if (room === undefined) throw new ProblemError('room_not_found');
    const rows = await members.listRows(id);
    const host = rows.find(({ role }) => role === 'owner');
    const guest = guestOf(rows);
    return {
      id: toV4(room.id),
      hostId: host === undefined ? '' : personIdOf(host),
      guestId: guest === undefined ? null : personIdOf(guest),
      status: statuses[room.status],
      createdAt: new Date(room.createdAt).toISOString(),
      endedAt: room.endedAt === null ? null : new Date(room.endedAt).toISOString(),
    };
  }

  async function admitGuest(room: RoomRow, rows: MemberRow[], { account }: SignedIn, address: string): Promise<void> {
    if (guestOf(rows) !== undefined) throw codeCallFault(400, 'Session already joined');
    if (await bans.isBanned(room.id, { accountId: account.id, address })) throw new ProblemError('room_not_found');
    const owner = rows.find(({ role }) => role === 'owner');
    // On the host's behalf.
    if (room.status === 'waiting' && owner !== undefined)
      await step(rooms.start, { room, member: owner }, 'room_started');
    await members.admit(room, 'editor', { account, address });
    await invitations.use(room.id, account.id);
  }

  /** A step that somebody else may have taken in the same moment. */
  async function step(act: (host: Caller) => Promise<unknown>, host: Caller, taken: ErrorCode): Promise<void> {
    await act(host).catch((error: unknown) => {
      if (!(error instanceof ProblemError && error.code === taken)) throw error;
    });
  }

  async function join(id: string, who: SignedIn, address: string): Promise<CodeCallSession> {
    const [room, rows] = await Promise.all([rooms.find(id), members.listRows(id)]);
    if (room === undefined) throw new ProblemError('room_not_found');
    const present = rows.find(({ accountId }) => accountId === who.account.id);
    if (present?.role === 'owner') throw codeCallFault(400, 'Host cannot join as guest');
    if (room.status === 'ended') throw new ProblemError('room_ended');
    if (present !== undefined) throw codeCallFault(400, 'Session already joined');
    const names = await aliases.listOfRoom(id);
    // Where people came by a view-only link, they know the id, which then gives no more than that link.
    const isBare = !room.isIdKnown && room.passwordHash === null;
    // Who was sent away is not let in by the id that they know.
    const isNew = (await members.findByAccount(id, who.account.id)) === undefined;
    if (isBare && isNew && names.some((name) => name.dialect === dialect)) {
      await admitGuest(room, rows, who, address);
    } else {
      const { kind } = await rooms.join(id, {}, { asker: { kind: 'account', ...who }, address });
      if (kind === 'asked') throw codeCallFault(403, 'The host has been asked to let you in; join again after that');
    }
    return describe(id);
  }

  return {
    find,

    async create(who, address) {
      const visitor = { asker: { kind: 'account', ...who }, address } as const;
      // Nobody but the one guest comes in, unless the host says yes: the lobby is where they are asked.
      const request = { title, language, visibility: 'private', lobby: true, status: 'waiting' } as const;
      const { room } = await rooms.create(request, visitor, { text: '' });
      // By which it is known as one that was made here, and lets a guest in. Nobody is told it: aliases open rooms.
      await aliases.addRoom({ dialect, roomId: room.id, alias: randomUUID(), memberId: null, state: null });
      return describe(room.id);
    },

    async join(who, key, address) {
      const room = await find(key);
      if (room === undefined) throw new ProblemError('room_not_found');
      return inOrder(room.id, () => join(room.id, who, address));
    },

    async end(who, key) {
      const room = await find(key);
      const member = room === undefined ? undefined : await members.findByAccount(room.id, who.account.id);
      if (room === undefined || member?.role !== 'owner') throw codeCallFault(403, 'Only host can end session');
      await step(rooms.end, { room, member }, 'room_ended');
      return describe(room.id);
    },
  };
}

const dialect = 'codecall';
const title = 'Practice session';
/** The only one that CodeCall knows. */
const language = 'javascript';
const statuses = { waiting: 'WAITING', active: 'ACTIVE', ended: 'ENDED' } as const;

/** Who came first of those with an account; people without one, and who only looks on, come by other doors. */
function guestOf(rows: MemberRow[]): MemberRow | undefined {
  return rows
    .filter(({ role, accountId }) => role === 'editor' && accountId !== null)
    .toSorted((one, other) => one.joinedAt - other.joinedAt)[0];
}

/** People are known by their account in CodeCall; those without one by what they are in the room. */
export function personIdOf(member: Pick<MemberRow, 'id' | 'accountId'>): string {
  return toV4(member.accountId ?? member.id);
}
