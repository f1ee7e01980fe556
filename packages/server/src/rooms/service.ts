import { type Collab, encodeSeed } from '@coderoom/collab';
import {
  collabClose,
  type Language,
  limits,
  type MemberRole,
  ProblemError,
  pickColour,
  type Room,
  type RoomCreate,
  type RoomEntry,
  type RoomPatch,
} from '@coderoom/protocol';
import type { AuditService } from '../audit/service.ts';
import type { BanService } from '../bans/service.ts';
import { assertMay, type Caller } from '../caller.ts';
import type { Presence } from '../gateway/presence.ts';
import { network } from '../gateway/rate-limits.ts';
import type { RoomEvents } from '../gateway/room-events.ts';
import { createRoomCode, createViewCode, normalizeRoomKey } from '../identifiers.ts';
import type { InvitationService } from '../invitations/service.ts';
import type { KnockService } from '../knocks/service.ts';
import type { LanguageService } from '../languages/service.ts';
import type { MemberService, Newcomer } from '../members/service.ts';
import { cleanLine, cleanText } from '../people-text.ts';
import type { RunService } from '../runs/service.ts';
import { refusalOf } from './acts.ts';
import type { Entries } from './entries.ts';
import type { RoomPasswords } from './room-passwords.ts';
import type { RoomRow, RoomStore } from './store.ts';
import { accountOf, type Entered, type Visitor, type Visits } from './visits.ts';

/** Rules of rooms: making, entering, changing, starting, ending and deleting them. */
export interface RoomService extends Pick<Visits, 'join' | 'answer'> {
  find(idOrCode: string): Promise<RoomRow | undefined>;
  /** As somebody of this role sees it. */
  describe(row: RoomRow, role: MemberRole): Room;
  /** `text`: what its main file says, instead of the language's hello world. */
  create(request: RoomCreate, who: Visitor, content?: { text: string }): Promise<Entered>;
  update(caller: Caller, patch: RoomPatch): Promise<Room>;
  start(caller: Caller): Promise<Room>;
  end(caller: Caller): Promise<Room>;
  delete(caller: Caller): Promise<void>;
  /** Deletes a room of guests unless it was used since; whether it did. */
  removeUnused(room: RoomRow, since: number): Promise<boolean>;
  renewToken(caller: Caller): Promise<Pick<RoomEntry, 'token' | 'tokenExpiresAt'>>;
  /** Somebody's role has changed: tells how the room is now, if that looks different for another role. */
  tellAfterRoleChange(id: string): Promise<void>;
  /** Lets in who waits for a seat where one has become free. */
  fillSeats(): Promise<void>;
  /** An account is deleted: what it owns goes to who is longest in the room, or is deleted with it. */
  forgetAccount(accountId: string): Promise<void>;
}

export interface RoomServiceOptions {
  store: RoomStore;
  visits: Visits;
  members: MemberService;
  bans: Pick<BanService, 'isBanned'>;
  knocks: KnockService;
  invitations: Pick<InvitationService, 'isInvited'>;
  passwords: Pick<RoomPasswords, 'hash'>;
  entries: Entries;
  audit: Pick<AuditService, 'record'>;
  languages: LanguageService;
  runs: Pick<RunService, 'cancelActive' | 'forget' | 'assertOffered'>;
  collab: Pick<Collab, 'configure' | 'readFiles' | 'setReadOnly' | 'closeRoom'>;
  events: RoomEvents;
  presence: Presence;
  /** How many rooms that have not ended an account, or everybody without one from one address, may have made; 0: any. */
  roomsPerAccount: number;
  roomsPerAddress: number;
  /** Ends all event connections of a room, after what was already sent to them. */
  disconnectRoom(roomId: string): void;
  endCall(roomId: string): void;
  createId(): string;
  now(): number;
}

const codeAttemptsMax = 5;
const releaseAttemptsMax = 5;
const defaultTitle = 'Untitled room';

export function createRoomService(options: RoomServiceOptions): RoomService {
  const { store, visits, members, bans, knocks, invitations, passwords, entries, audit } = options;
  const { languages, runs, collab, events, presence, disconnectRoom, createId, now } = options;

  async function find(idOrCode: string): Promise<RoomRow | undefined> {
    const key = normalizeRoomKey(idOrCode);
    return key === undefined ? undefined : store.find(key);
  }

  async function changeLanguage(room: RoomRow, memberId: string, id: string): Promise<void> {
    const language = await languages.get(id);
    const { files, entry } = await collab.readFiles(room.id);
    const ending = endingOf(language.fileName);
    const paths = files.map(({ path }) => path);
    const present =
      [entry, language.fileName].find((path) => paths.includes(path) && endingOf(path) === ending) ??
      paths.find((path) => endingOf(path) === ending);
    const change =
      present === undefined
        ? { entry: language.fileName, addFile: { path: language.fileName, text: language.helloWorld } }
        : { entry: present };
    await collab.configure(room.id, { ...change, language: language.id }, { memberId });
  }

  /** Tells the room as it is now, with what others changed meanwhile. */
  async function publishUpdated(id: string): Promise<RoomRow> {
    const row = await store.find(id);
    if (row === undefined) throw new ProblemError('room_not_found');
    const room = entries.describe(row, 'editor');
    events.publish(id, 'room:updated', { room }, { room: entries.describe(row, 'viewer') });
    return row;
  }

  /** Whoever waits for something that has come is let in. */
  async function letIn(room: RoomRow): Promise<void> {
    if (room.status === 'waiting') return;
    await knocks.letIn(room, async ({ accountId, address, reason }) => {
      if (await bans.isBanned(room.id, { accountId, address: address || null })) return false;
      const isInvited = accountId !== null && (await invitations.isInvited(room.id, accountId));
      if (isInvited || room.lobby) return isInvited;
      // Who met a lobby may have been asked for no password, or for another one.
      return room.passwordHash === null ? room.visibility !== 'private' : reason === 'waiting';
    });
  }

  async function remove(room: RoomRow, condition?: { unusedSince: number }): Promise<boolean> {
    const { id } = room;
    // First from the database, so that nobody opens it again while the rest of it is put away.
    if (!(await store.delete(id, condition))) return false;
    runs.forget(id);
    await collab.closeRoom(id, collabClose.roomGone, 'room_not_found');
    events.publish(id, 'room:deleted', {});
    disconnectRoom(id);
    presence.forgetRoom(id);
    knocks.forgetRoom(id);
    return true;
  }

  /** False when others came or went meanwhile. */
  async function release(roomId: string, memberId: string): Promise<boolean> {
    const room = await store.find(roomId);
    const rows = room === undefined ? [] : await members.listRows(roomId);
    const member = rows.find(({ id }) => id === memberId);
    if (room === undefined || member === undefined) return true;
    if (member.role !== 'owner') return members.release(room, member, undefined);
    const others = rows.filter(({ id }) => id !== memberId);
    const heir = others.find(({ role }) => role === 'editor') ?? others[0];
    return heir === undefined ? remove(room) : members.release(room, member, heir);
  }

  /** A step of the room's status; of two at once, the second is judged by what the first has made of it. */
  async function step(caller: Caller, act: 'start' | 'end'): Promise<void> {
    assertMay(act, caller);
    const { id, status } = caller.room;
    const change = act === 'start' ? { status: 'active' as const } : { status: 'ended' as const, endedAt: now() };
    if ((await store.update(id, change, status)) !== undefined) return;
    const room = await store.find(id);
    if (room === undefined) throw new ProblemError('room_not_found');
    const code = refusalOf(act, caller.member.role, room.status);
    if (code !== undefined) throw new ProblemError(code);
    await step({ ...caller, room }, act);
  }

  return {
    find,
    describe: entries.describe,
    join: visits.join,
    answer: visits.answer,

    async tellAfterRoleChange(id) {
      const room = await store.find(id);
      if (room?.isIdKnown === true) await publishUpdated(id);
    },

    async create(request, { asker, address }, content) {
      const language =
        request.language === undefined ? await languages.preferred() : await languages.get(request.language);
      const at = now();
      const id = createId();
      const account = accountOf(asker);
      const who: Newcomer = { name: request.name, account, address };
      const owner = members.prepare(id, 'owner', who, pickColour([]).color, at);
      const update = encodeSeed(seedOf(language, content?.text ?? language.helloWorld));
      const fresh: RoomRow = {
        id,
        code: '',
        title: request.title === undefined ? defaultTitle : cleanLine(request.title, limits.roomTitleMaxLength),
        description: cleanText(request.description ?? '', limits.roomDescriptionMaxLength),
        language: language.id,
        execution: 'on',
        visibility: request.visibility ?? 'unlisted',
        passwordHash: request.password === undefined ? null : await passwords.hash(request.password),
        lobby: request.lobby ?? false,
        viewCode: null,
        isIdKnown: false,
        capacity: request.capacity ?? limits.roomCapacityDefault,
        status: request.status ?? 'active',
        createdAt: at,
        endedAt: null,
        lastActiveAt: at,
        guestsOnly: account === undefined,
      };
      const maker =
        account === undefined
          ? { id: network(address), openMax: options.roomsPerAddress }
          : { id: account.id, openMax: options.roomsPerAccount };
      for (let attempt = 0; attempt < codeAttemptsMax; attempt++) {
        const room = { ...fresh, code: createRoomCode() };
        const created = await store.create(room, owner, { roomId: id, seq: 1, at, memberId: owner.id, update }, maker);
        if (created === 'code-taken') continue;
        members.takeSeat(room, owner);
        return visits.entered(room, owner, asker, at);
      }
      throw new Error(`No free room code in ${codeAttemptsMax} attempts`);
    },

    async update(caller, patch) {
      assertMay('write', caller);
      const { title, description, language, password, viewLink, ...settings } = patch;
      const isOwners = password !== undefined || viewLink !== undefined || Object.keys(settings).length > 0;
      if (isOwners) assertMay('set', caller);
      const { room, member } = caller;
      if (settings.execution !== undefined) runs.assertOffered(settings.execution);
      const change: Parameters<RoomStore['update']>[1] = { ...settings };
      if (title !== undefined) change.title = cleanLine(title, limits.roomTitleMaxLength);
      if (description !== undefined) change.description = cleanText(description, limits.roomDescriptionMaxLength);
      if (password !== undefined) change.passwordHash = password === null ? null : await passwords.hash(password);
      if (viewLink === false) change.viewCode = null;
      if (viewLink === true && room.viewCode === null) {
        change.viewCode = createViewCode();
        change.isIdKnown = true;
      }
      if (settings.capacity !== undefined && !presence.resize(room.id, settings.capacity)) {
        throw new ProblemError('capacity_too_small');
      }
      if (language !== undefined) {
        await changeLanguage(room, member.id, language);
        change.language = language;
      }
      await store.update(room.id, change);
      // Before any of them is let in: of this password they were not asked.
      if (typeof password === 'string') await knocks.holdForOwner(room.id);
      if (settings.execution === 'off') runs.cancelActive(room.id);
      const changed = await publishUpdated(room.id);
      if (isOwners) {
        const fields = Object.keys(patch).toSorted().join(' ');
        await audit.record({ kind: 'room:settings-changed', roomId: room.id, actor: member.name, details: { fields } });
        await letIn(changed);
      }
      return entries.describe(changed, member.role);
    },

    async start(caller) {
      const { room, member } = caller;
      await step(caller, 'start');
      const started = await publishUpdated(room.id);
      events.publish(room.id, 'room:started', {});
      await audit.record({ kind: 'room:started', roomId: room.id, actor: member.name });
      await letIn(started);
      return entries.describe(started, member.role);
    },

    async end(caller) {
      const { room, member } = caller;
      await step(caller, 'end');
      collab.setReadOnly(room.id, true);
      runs.cancelActive(room.id);
      const ended = await publishUpdated(room.id);
      options.endCall(room.id);
      await knocks.refuseAll(ended);
      await audit.record({ kind: 'room:ended', roomId: room.id, actor: member.name });
      return entries.describe(ended, member.role);
    },

    async delete(caller) {
      assertMay('delete', caller);
      const { room, member } = caller;
      await remove(room);
      await audit.record({
        kind: 'room:deleted',
        roomId: room.id,
        accountId: member.accountId,
        actor: member.name,
        details: { title: room.title },
      });
    },

    removeUnused: async (room, unusedSince) =>
      !presence.occupied().includes(room.id) && (await remove(room, { unusedSince })),

    async renewToken({ room, member, sessionId }) {
      return entries.issueToken({ roomId: room.id, memberId: member.id, sessionId });
    },

    async fillSeats() {
      for (const roomId of knocks.roomsAskedFor()) {
        const room = await store.find(roomId);
        if (room !== undefined) await letIn(room);
      }
    },

    async forgetAccount(accountId) {
      for (const { id, roomId } of await members.listByAccount(accountId)) {
        for (let attempt = 0; attempt < releaseAttemptsMax; attempt++) if (await release(roomId, id)) break;
      }
      await store.forgetMaker(accountId);
    },
  };
}

function seedOf({ id, fileName }: Language, text: string) {
  return { files: [{ path: fileName, text }], entry: fileName, language: id };
}

/** `.py` of `main.py`: by which a file is known to be of a language. */
function endingOf(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot <= path.lastIndexOf('/') + 1 ? path.slice(path.lastIndexOf('/') + 1) : path.slice(dot);
}
