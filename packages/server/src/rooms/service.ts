import { type Collab, encodeSeed } from '@coderoom/collab';
import {
  collabClose,
  type Language,
  limits,
  ProblemError,
  pickColour,
  type Room,
  type RoomCreate,
  type RoomEntry,
  type RoomPatch,
} from '@coderoom/protocol';
import { assertMayChange, assertOwner, type Caller } from '../caller.ts';
import type { Presence } from '../gateway/presence.ts';
import type { RoomEvents } from '../gateway/room-events.ts';
import type { Tokens } from '../gateway/tokens.ts';
import { createRoomCode, normalizeRoomKey } from '../identifiers.ts';
import type { LanguageService } from '../languages/service.ts';
import type { MemberService } from '../members/service.ts';
import type { MemberRow } from '../members/store.ts';
import { cleanLine } from '../people-text.ts';
import type { RoomRow, RoomStore } from './store.ts';

/** Rules of rooms: making, entering, changing, ending and deleting them. */
export interface RoomService {
  find(idOrCode: string): Promise<RoomRow | undefined>;
  describe(row: RoomRow): Room;
  create(request: RoomCreate): Promise<RoomEntry>;
  /** `present` is who the asker was in some room so far, if anybody: in this room they stay that member. */
  join(idOrCode: string, name: string | undefined, present: Caller | undefined): Promise<RoomEntry>;
  /** What creating or joining answered, with its token as it was: for a repeated request. */
  entryAgain(entry: Omit<RoomEntry, 'token' | 'tokenExpiresAt'>): Promise<RoomEntry>;
  update(caller: Caller, patch: RoomPatch): Promise<Room>;
  end(caller: Caller): Promise<Room>;
  delete(caller: Caller): Promise<void>;
  /** Somebody has no account any more. */
  forgetAccount(accountId: string): Promise<void>;
  renewToken(caller: Caller): Promise<Pick<RoomEntry, 'token' | 'tokenExpiresAt'>>;
}

export interface RoomServiceOptions {
  store: RoomStore;
  members: MemberService;
  languages: LanguageService;
  runs: { cancelActive(roomId: string): void; forget(roomId: string): void };
  collab: Pick<Collab, 'configure' | 'readFiles' | 'setReadOnly' | 'closeRoom'>;
  tokens: Tokens;
  events: RoomEvents;
  presence: Presence;
  /** Ends all event connections of a room, after what was already sent to them. */
  disconnectRoom(roomId: string): void;
  createId(): string;
  now(): number;
}

const codeAttemptsMax = 5;
const defaultTitle = 'Untitled room';

export function createRoomService(options: RoomServiceOptions): RoomService {
  const { store, members, languages, runs, collab, tokens, events, presence, disconnectRoom, createId, now } = options;

  async function find(idOrCode: string): Promise<RoomRow | undefined> {
    const key = normalizeRoomKey(idOrCode);
    return key === undefined ? undefined : store.find(key);
  }

  async function enter(room: RoomRow, member: MemberRow, issuedAt?: number, sessionId?: string): Promise<RoomEntry> {
    const { token, expiresAt } = await tokens.issue(
      { roomId: room.id, memberId: member.id, ...(sessionId === undefined ? {} : { sessionId }) },
      issuedAt,
    );
    return {
      room: describe(room),
      member: members.describe(member),
      token,
      tokenExpiresAt: new Date(expiresAt).toISOString(),
    };
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
  async function publishUpdated(id: string): Promise<Room> {
    const row = await store.find(id);
    if (row === undefined) throw new ProblemError('room_not_found');
    const room = describe(row);
    events.publish(id, 'room:updated', { room });
    return room;
  }

  return {
    find,
    describe,

    async create(request) {
      const language =
        request.language === undefined ? await languages.preferred() : await languages.get(request.language);
      const at = now();
      const id = createId();
      const owner = members.prepare({
        roomId: id,
        role: 'owner',
        name: request.name,
        colour: pickColour([]).color,
        at,
      });
      const update = encodeSeed(seedOf(language));
      for (let attempt = 0; attempt < codeAttemptsMax; attempt++) {
        const room: RoomRow = {
          id,
          code: createRoomCode(),
          title: request.title === undefined ? defaultTitle : cleanLine(request.title, limits.roomTitleMaxLength),
          language: language.id,
          visibility: 'unlisted',
          capacity: request.capacity ?? limits.roomCapacityDefault,
          status: 'active',
          createdAt: at,
          endedAt: null,
        };
        const created = await store.create(room, owner, { roomId: id, seq: 1, at, memberId: owner.id, update });
        if (created === 'code-taken') continue;
        members.takeSeat(room, owner);
        return enter(room, owner, at);
      }
      throw new Error(`No free room code in ${codeAttemptsMax} attempts`);
    },

    async join(idOrCode, name, present) {
      const room = await find(idOrCode);
      if (room === undefined) throw new ProblemError('room_not_found');
      if (present?.room.id === room.id) {
        members.takeSeat(room, present.member);
        return enter(room, present.member);
      }
      const role = room.status === 'ended' ? 'viewer' : 'editor';
      return enter(room, await members.admit(room, role, name));
    },

    async entryAgain({ room, member }) {
      // Tokens are not stored; made for the same time, it is the same one.
      const { token, expiresAt } = await tokens.issue(
        { roomId: room.id, memberId: member.id },
        Date.parse(member.joinedAt),
      );
      return { room, member, token, tokenExpiresAt: new Date(expiresAt).toISOString() };
    },

    async update(caller, patch) {
      assertMayChange(caller);
      if (patch.capacity !== undefined) assertOwner(caller);
      const { room, member } = caller;
      const change = {
        ...patch,
        ...(patch.title === undefined ? {} : { title: cleanLine(patch.title, limits.roomTitleMaxLength) }),
      };
      if (patch.language !== undefined) await changeLanguage(room, member.id, patch.language);
      await store.update(room.id, change);
      return publishUpdated(room.id);
    },

    async end(caller) {
      assertOwner(caller);
      const { room } = caller;
      if (room.status === 'ended') throw new ProblemError('room_ended');
      await store.update(room.id, { status: 'ended', endedAt: now() });
      collab.setReadOnly(room.id, true);
      runs.cancelActive(room.id);
      return publishUpdated(room.id);
    },

    async delete(caller) {
      assertOwner(caller);
      const { id } = caller.room;
      // First from the database, so that nobody opens it again while the rest of it is put away.
      await store.delete(id);
      runs.forget(id);
      await collab.closeRoom(id, collabClose.roomGone, 'room_not_found');
      events.publish(id, 'room:deleted', {});
      disconnectRoom(id);
      presence.forgetRoom(id);
    },

    forgetAccount: (accountId) => members.forgetAccount(accountId),

    async renewToken({ room, member, sessionId }) {
      const { token, tokenExpiresAt } = await enter(room, member, undefined, sessionId);
      return { token, tokenExpiresAt };
    },
  };
}

function describe(row: RoomRow): Room {
  const { createdAt, endedAt, ...same } = row;
  return {
    ...same,
    createdAt: new Date(createdAt).toISOString(),
    endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
  };
}

function seedOf({ id, fileName, helloWorld }: Language) {
  return { files: [{ path: fileName, text: helloWorld }], entry: fileName, language: id };
}

/** `.py` of `main.py`: by which a file is known to be of a language. */
function endingOf(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot <= path.lastIndexOf('/') + 1 ? path.slice(path.lastIndexOf('/') + 1) : path.slice(dot);
}
