import {
  type Knock,
  type KnockEntry,
  type Member,
  ProblemError,
  type Room,
  type RoomEntry,
  type RoomJoin,
} from '@coderoom/protocol';
import type { BanService } from '../bans/service.ts';
import type { Asker } from '../gateway/authorize.ts';
import { normalizeRoomKey } from '../identifiers.ts';
import type { InvitationService } from '../invitations/service.ts';
import type { KnockService } from '../knocks/service.ts';
import type { MemberService, Newcomer } from '../members/service.ts';
import type { MemberRow } from '../members/store.ts';
import type { Activity } from './activity.ts';
import { type Entrance, findEntrance } from './entrance.ts';
import type { Entries } from './entries.ts';
import type { RoomPasswords } from './room-passwords.ts';
import type { RoomRow, RoomStore } from './store.ts';

/** Coming to rooms: who is a member already, and what everybody else meets at the door. */
export interface Visits {
  /**
   * By id, code, or the code of the view-only link. Who is a member already stays that member; others come in, or ask
   * to join. Fails with `password_required`, `password_wrong`, `room_private`, `banned`, `room_full`, `lobby_full`.
   */
  join(idOrCode: string, request: RoomJoin, who: Visitor): Promise<Entered | Asked>;
  /** What is answered to who came in, or asked; for a repeated request the same again. */
  answer(outcome: Entered): Promise<RoomEntry>;
  answer(outcome: Entered | Asked): Promise<RoomEntry | KnockEntry>;
  /** Somebody is in, at that time or now. */
  entered(room: RoomRow, member: MemberRow, asker: Asker, issuedAt?: number): Entered;
}

/** Who comes to a room. */
export interface Visitor {
  asker: Asker;
  /** Their network address. */
  address: string;
}

/** Somebody is in. Holds no token, so that it may be kept for a repeated request. */
export interface Entered {
  kind: 'entered';
  room: Room;
  member: Member;
  sessionId?: string | undefined;
  /** Of the token, in milliseconds since the epoch: made for the same time it is the same token. */
  issuedAt: number;
}

/** Somebody has asked to join. */
interface Asked {
  kind: 'asked';
  knock: Knock;
}

export interface VisitsOptions {
  store: Pick<RoomStore, 'find'>;
  members: MemberService;
  bans: Pick<BanService, 'isBanned'>;
  knocks: Pick<KnockService, 'ask' | 'askedAgain'>;
  invitations: Pick<InvitationService, 'isInvited' | 'use'>;
  passwords: Pick<RoomPasswords, 'check'>;
  entries: Entries;
  activity: Pick<Activity, 'noteNow'>;
  now(): number;
}

export function createVisits(options: VisitsOptions): Visits {
  const { store, members, bans, knocks, invitations, passwords, entries, activity, now } = options;

  const entered = (room: RoomRow, member: MemberRow, asker: Asker, issuedAt = now()): Entered => ({
    kind: 'entered',
    room: entries.describe(room, member.role),
    member: members.describe(member),
    sessionId: sessionOf(asker),
    issuedAt,
  });

  async function meetDoor(
    room: RoomRow,
    key: string,
    request: RoomJoin,
    who: Visitor,
  ): Promise<Exclude<Entrance, { kind: 'password' | 'closed' }>> {
    const account = accountOf(who.asker);
    const [isBanned, isInvited] = await Promise.all([
      bans.isBanned(room.id, { accountId: account?.id ?? null, address: who.address }),
      account === undefined ? false : invitations.isInvited(room.id, account.id),
    ]);
    const by = key === room.viewCode ? 'view-link' : key === room.id ? 'id' : 'code';
    const newcomer = { by, isBanned, isInvited, knowsPassword: false } as const;
    let entrance = findEntrance(room, newcomer);
    if (entrance.kind === 'password') {
      await passwords.check(room, request.password, who.address);
      entrance = findEntrance(room, { ...newcomer, knowsPassword: true });
    }
    if (entrance.kind === 'closed') throw new ProblemError(entrance.code);
    if (entrance.kind === 'password') throw new ProblemError('password_required');
    return entrance;
  }

  /** Who comes as a member they are already; undefined for anybody else. */
  async function findPresent(room: RoomRow, asker: Asker): Promise<MemberRow | undefined> {
    if (asker.kind === 'member' && asker.room.id === room.id) return asker.member;
    const account = accountOf(asker);
    const member = account === undefined ? undefined : await members.findByAccount(room.id, account.id);
    return member?.removedAt === null ? member : undefined;
  }

  return {
    entered,

    async join(idOrCode, request, who) {
      const key = normalizeRoomKey(idOrCode);
      const room = key === undefined ? undefined : await store.find(key);
      if (room === undefined || key === undefined) throw new ProblemError('room_not_found');
      const { asker, address } = who;
      const present = await findPresent(room, asker);
      if (present !== undefined) {
        members.takeSeat(room, present);
        await activity.noteNow(room);
        await members.noteAddress(present, address);
        return entered(room, present, asker);
      }
      const entrance = await meetDoor(room, key, request, who);
      const account = accountOf(asker);
      const newcomer: Newcomer = { name: request.name, account, address };
      await activity.noteNow(room);
      if (entrance.kind === 'knock') {
        const role = await members.roleOf(room.id, entrance.role, newcomer);
        const { knock } = await knocks.ask(room, { ...entrance, role }, { ...newcomer, sessionId: sessionOf(asker) });
        return { kind: 'asked', knock };
      }
      const member = await members.admit(room, entrance.role, newcomer);
      if (account !== undefined) await invitations.use(room.id, account.id);
      return entered(room, member, asker);
    },

    answer: (async (outcome: Entered | Asked) => {
      if (outcome.kind === 'asked') return knocks.askedAgain(outcome.knock);
      const { room, member, sessionId, issuedAt } = outcome;
      const token = await entries.issueToken({ roomId: room.id, memberId: member.id, sessionId }, issuedAt);
      return { room, member, ...token };
    }) as Visits['answer'],
  };
}

/** The account of who asks, also when they come with the token of a room that they are in with it. */
export function accountOf(asker: Asker): { id: string; name: string } | undefined {
  if (asker.kind === 'account') return asker.account;
  if (asker.kind === 'member' && asker.member.accountId !== null) {
    return { id: asker.member.accountId, name: asker.member.name };
  }
  return undefined;
}

function sessionOf(asker: Asker): string | undefined {
  return asker.kind === 'nobody' ? undefined : asker.sessionId;
}
