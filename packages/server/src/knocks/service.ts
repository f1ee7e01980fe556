import {
  type GivenRole,
  type Knock,
  type KnockEntry,
  type KnockState,
  type KnockStatus,
  limits,
  ProblemError,
  randomName,
} from '@coderoom/protocol';
import type { AuditService } from '../audit/service.ts';
import type { BanService } from '../bans/service.ts';
import { assertMay, type Caller } from '../caller.ts';
import type { RoomEvents } from '../gateway/room-events.ts';
import { isId } from '../identifiers.ts';
import type { MemberService, Newcomer } from '../members/service.ts';
import { cleanLine } from '../people-text.ts';
import type { Entries } from '../rooms/entries.ts';
import type { RoomRow } from '../rooms/store.ts';
import type { KnockTokens } from './knock-tokens.ts';
import type { KnockRow, KnockStore } from './store.ts';

/** Asking to join: whoever meets a lobby, or a room that has not started, waits here until they are let in, or go. */
export interface KnockService {
  /** An account that asks already goes on asking. Fails with `lobby_full`. */
  ask(room: RoomRow, door: { role: GivenRole; reason: Knock['reason'] }, who: Asking): Promise<KnockEntry>;
  /** What `ask` answered, for a repeated request. */
  askedAgain(knock: Knock): KnockEntry;
  /** How it stands, at once or when it is settled or the time is over; with the way in once they are let in. */
  status(knock: NamedKnock, options: { waitMs: number; signal: AbortSignal }): Promise<KnockStatus>;
  /** The asker has changed their mind. */
  withdraw(knock: NamedKnock): Promise<void>;
  list(caller: Caller): Promise<Knock[]>;
  admit(caller: Caller, knockId: string, role?: GivenRole): Promise<Knock>;
  refuse(caller: Caller, knockId: string, options?: { ban?: boolean }): Promise<Knock>;
  /** Those who waited for what has happened now are let in, as far as there are seats; `isFree` says who waits no longer. */
  letIn(room: RoomRow, isFree: (knock: KnockRow) => Promise<boolean>): Promise<void>;
  /** Whoever waits in a room waits for its owner's word from now on. */
  holdForOwner(roomId: string): Promise<void>;
  /** Nobody is let in any more. */
  refuseAll(room: RoomRow): Promise<void>;
  /** Rooms that somebody waits for. */
  roomsAskedFor(): string[];
  /** The room is deleted. */
  forgetRoom(roomId: string): void;
  /** After a start: whoever waited then has some time to be heard of. */
  resume(): Promise<void>;
  /** Withdraws for those who have gone, and forgets old ones. */
  sweep(): Promise<void>;
  /** Answers those whose answer is held back. */
  close(): void;
}

type Asking = Newcomer & { sessionId?: string | undefined };

/** A knock as its asker names it. */
interface NamedKnock {
  room: RoomRow | undefined;
  knockId: string;
  token: string | undefined;
}

export interface KnockServiceOptions {
  store: KnockStore;
  tokens: KnockTokens;
  members: Pick<MemberService, 'admit' | 'find'>;
  bans: Pick<BanService, 'add'>;
  entries: Entries;
  events: RoomEvents;
  audit: Pick<AuditService, 'record'>;
  /** An account has come in: its invitation is used. */
  onAdmitted(roomId: string, accountId: string): Promise<void>;
  createId(): string;
  random(): number;
  now(): number;
}

/** Somebody who waits, as long as they are heard of. */
interface Waiting {
  roomId: string;
  lastHeardAt: number;
  /** Called when the knock is settled. */
  listeners: Set<() => void>;
}

const retryLobbyAfterS = 30;

export function createKnockService(options: KnockServiceOptions): KnockService {
  const { store, tokens, members, bans, entries, events, audit, onAdmitted, createId, random, now } = options;
  const waiting = new Map<string, Waiting>();
  /** Being answered right now: of two answers at once, the first counts. */
  const settling = new Set<string>();

  function noteHeard({ id, roomId }: KnockRow): Waiting {
    const present = waiting.get(id) ?? { roomId, lastHeardAt: 0, listeners: new Set() };
    present.lastHeardAt = now();
    waiting.set(id, present);
    return present;
  }

  function wake(knockId: string): void {
    const { listeners = new Set<() => void>() } = waiting.get(knockId) ?? {};
    waiting.delete(knockId);
    for (const listener of listeners) listener();
  }

  /** The only way in which a knock changes. */
  async function settle(
    knock: KnockRow,
    state: Exclude<KnockState, 'waiting'>,
    change: { role?: GivenRole; memberId?: string } = {},
  ): Promise<KnockRow> {
    const isSettled = await store.settle(knock.id, 'waiting', { ...change, state });
    if (!isSettled) throw new ProblemError('knock_settled');
    wake(knock.id);
    const settled = { ...knock, ...change, state };
    if (state === 'withdrawn') events.tellOwner(knock.roomId, 'knock:withdrawn', { knockId: knock.id });
    else events.tellOwner(knock.roomId, 'knock:settled', { knock: describe(settled) });
    return settled;
  }

  async function once<Result>(knock: KnockRow, work: () => Promise<Result>): Promise<Result> {
    if (knock.state !== 'waiting' || settling.has(knock.id)) throw new ProblemError('knock_settled');
    settling.add(knock.id);
    try {
      return await work();
    } finally {
      settling.delete(knock.id);
    }
  }

  async function findIn(room: RoomRow | undefined, knockId: string): Promise<KnockRow> {
    const knock = room === undefined || !isId(knockId) ? undefined : await store.find(room.id, knockId);
    if (knock === undefined) throw new ProblemError('knock_not_found');
    return knock;
  }

  /** Who has no right token learns nothing, not even whether there is such a knock. */
  async function findOwn({ room, knockId, token }: NamedKnock): Promise<KnockRow> {
    if (token === undefined || token === '') throw new ProblemError('token_missing');
    if (!tokens.isOf(knockId, token)) throw new ProblemError('token_invalid');
    return findIn(room, knockId);
  }

  /** Somebody whose account was deleted meanwhile has gone. */
  async function admitStill<Result>(knock: KnockRow, admit: () => Promise<Result>): Promise<Result> {
    try {
      return await admit();
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'session_ended') throw error;
      await settle(knock, 'withdrawn');
      throw new ProblemError('knock_settled');
    }
  }

  /** `chosen`: the owner's word for what they are. */
  const letOneIn = (room: RoomRow, knock: KnockRow, chosen?: GivenRole) =>
    once(knock, async () => {
      const { name, accountId, address } = knock;
      const account = accountId === null ? undefined : { id: accountId, name };
      const given = room.status === 'ended' ? 'viewer' : (chosen ?? knock.role);
      const isOwnersWord = chosen !== undefined;
      const newcomer = { name, account, address };
      const { id, role } = await admitStill(knock, () => members.admit(room, given, newcomer, { isOwnersWord }));
      if (accountId !== null) await onAdmitted(room.id, accountId);
      return settle(knock, 'admitted', { role: role === 'owner' ? given : role, memberId: id });
    });

  const refuseOne = (knock: KnockRow) => once(knock, () => settle(knock, 'refused'));

  async function statusOf(room: RoomRow, knock: KnockRow): Promise<KnockStatus> {
    const told = describe(knock);
    if (knock.state !== 'admitted' || knock.memberId === null) return { knock: told };
    const member = await members.find(knock.memberId);
    if (member === undefined || member.removedAt !== null) throw new ProblemError('membership_ended');
    return { knock: told, entry: await entries.enter(room, member, knock.sessionId ?? undefined) };
  }

  return {
    async ask(room, { role, reason }, who) {
      const all = await store.listWaiting(room.id);
      const accountId = who.account?.id ?? null;
      const same = accountId === null ? undefined : all.find((knock) => knock.accountId === accountId);
      if (same !== undefined) {
        noteHeard(same);
        return { knock: describe(same), token: tokens.issue(same.id) };
      }
      if (all.length >= limits.knocksPerRoom) {
        throw new ProblemError('lobby_full', { retryAfterSeconds: retryLobbyAfterS });
      }
      const asked = who.name ?? who.account?.name;
      const knock: KnockRow = {
        id: createId(),
        roomId: room.id,
        accountId,
        sessionId: who.sessionId ?? null,
        name: asked === undefined ? randomName(random) : cleanLine(asked, limits.memberNameMaxLength),
        role,
        reason,
        address: who.address ?? '',
        state: 'waiting',
        memberId: null,
        createdAt: now(),
      };
      await store.insert(knock);
      noteHeard(knock);
      events.tellOwner(room.id, 'knock:created', { knock: describe(knock) });
      return { knock: describe(knock), token: tokens.issue(knock.id) };
    },

    askedAgain: (knock) => ({ knock, token: tokens.issue(knock.id) }),

    async status(named, { waitMs, signal }) {
      const knock = await findOwn(named);
      const { room } = named;
      if (room === undefined) throw new ProblemError('room_not_found');
      if (knock.state !== 'waiting') return statusOf(room, knock);
      const present = noteHeard(knock);
      if (waitMs > 0) {
        await nextOf(present.listeners, waitMs, signal);
        // Heard of until now: whoever hung up is given the same time as whoever asks again.
        present.lastHeardAt = now();
      }
      return statusOf(room, await findIn(room, knock.id));
    },

    async withdraw(named) {
      const knock = await findOwn(named);
      await once(knock, () => settle(knock, 'withdrawn'));
    },

    async list(caller) {
      assertMay('settle', caller);
      return (await store.listWaiting(caller.room.id)).map(describe);
    },

    async admit(caller, knockId, role) {
      assertMay('settle', caller);
      const { room, member } = caller;
      const knock = await findIn(room, knockId);
      const settled = await letOneIn(room, knock, role);
      const details = { name: knock.name, role: settled.role };
      await audit.record({ kind: 'knock:admitted', roomId: room.id, actor: member.name, details });
      return describe(settled);
    },

    async refuse(caller, knockId, { ban = false } = {}) {
      assertMay('settle', caller);
      const { room, member } = caller;
      const knock = await findIn(room, knockId);
      const settled = await refuseOne(knock);
      if (ban) await bans.add(room.id, knock.name, { accountId: knock.accountId, address: knock.address || null });
      const details = { name: knock.name, ban };
      await audit.record({ kind: 'knock:refused', roomId: room.id, actor: member.name, details });
      return describe(settled);
    },

    async letIn(room, isFree) {
      for (const knock of await store.listWaiting(room.id)) {
        if (!(await isFree(knock))) continue;
        try {
          await letOneIn(room, knock);
        } catch (error) {
          if (!(error instanceof ProblemError)) throw error;
          // Whoever finds no seat goes on waiting; a guest may come later to whom another one is given back.
          if (error.code === 'room_full') return;
        }
      }
    },

    holdForOwner: store.holdForOwner,

    async refuseAll(room) {
      for (const knock of await store.listWaiting(room.id)) {
        await refuseOne(knock).catch((error: unknown) => {
          if (!(error instanceof ProblemError)) throw error;
        });
      }
    },

    roomsAskedFor: () => [...new Set(waiting.values().map(({ roomId }) => roomId))],

    forgetRoom(roomId) {
      for (const [knockId, present] of waiting) if (present.roomId === roomId) wake(knockId);
    },

    async resume() {
      for (const knock of await store.listAllWaiting()) noteHeard(knock);
    },

    async sweep() {
      const gone = waiting
        .entries()
        .filter(([, { listeners, lastHeardAt }]) => listeners.size === 0 && lastHeardAt < now() - limits.knockAbsentMs)
        .toArray();
      for (const [knockId, { roomId }] of gone) {
        const knock = await store.find(roomId, knockId);
        if (knock?.state !== 'waiting') waiting.delete(knockId);
        else if (!settling.has(knockId)) await once(knock, () => settle(knock, 'withdrawn'));
      }
      await store.sweep(now() - limits.knockKeepMs);
    },

    close() {
      for (const { listeners } of waiting.values()) for (const listener of listeners) listener();
    },
  };
}

function describe({ id, name, accountId, state, reason, role, createdAt }: KnockRow): Knock {
  return { id, name, accountId, state, reason, role, createdAt: new Date(createdAt).toISOString() };
}

/** Waits for the next call of the listener, for a time, or for the asker to hang up. */
function nextOf(listeners: Set<() => void>, waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      listeners.delete(finish);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, waitMs);
    listeners.add(finish);
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
  });
}
