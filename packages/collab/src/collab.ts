/** The sync engine as others see it: opens rooms when they are needed and routes to them. What happens in one is room.ts. */
import { collabClose, ProblemError } from '@coderoom/protocol';
import { type BoardEdit, type BoardPage, type BoardReading, sizeOfEdits } from './board.ts';
import {
  type CollabLimits,
  type CollabLogger,
  type CollabMember,
  type CollabSession,
  type CollabSocket,
  type DocumentStore,
  defaultLimits,
} from './contract.ts';
import { type Counters, createCounters } from './counters.ts';
import { type CursorSpeaker, createCursorSpeaker } from './cursor-speaker.ts';
import { createDocumentThread, type DocumentThread } from './document-thread.ts';
import {
  checkFile,
  checkText,
  cleanText,
  type RoomChange,
  type RoomEntryFile,
  type RoomFile,
  type RoomFiles,
} from './files.ts';
import { IdleRooms } from './idle-rooms.ts';
import { PacedAnswers } from './paced-answers.ts';
import { type MemberCursor, Room, type RoomServices } from './room.ts';
import type { Session } from './session.ts';
import { createTurns } from './turns.ts';
import { UpdateLog } from './update-log.ts';

export interface CollabOptions {
  store: DocumentStore;
  logger: CollabLogger;
  /** Milliseconds since the epoch. */
  now?: () => number;
  /** In [0, 1); spreads retries. */
  random?: () => number;
  limits?: Partial<CollabLimits>;
  /** One of one's own is made, and closed with the engine, unless it is given. */
  thread?: DocumentThread;
}

export interface CollabStats extends Counters {
  roomsOpen: number;
  sockets: number;
  /** Accepted, but not yet durable; and for how long that has waited. */
  pendingBytes: number;
  pendingMs: number;
  storageFailing: boolean;
}

export interface Collab {
  /**
   * Never throws for a bad room: closes the socket with a code of `collabClose` and a reason.
   * Messages that come while the document is loading wait, bounded.
   */
  connect(request: { roomId: string; socket: CollabSocket; member: CollabMember; acks: boolean }): CollabSession;
  readFiles(roomId: string): Promise<RoomFiles>;
  readFile(roomId: string, path: string): Promise<RoomFile & { version: string }>;
  /** The main file, whichever that is. */
  readEntry(roomId: string): Promise<RoomEntryFile>;
  /**
   * Diffs into the shared text; resolves once durable. After `storage_unavailable` it may still become so. Who may not
   * have known the file as it is names texts that they may have started from: what others have written since stays.
   */
  writeFile(
    roomId: string,
    path: string,
    text: string,
    options: { memberId: string | null; ifVersion?: string; bases?: readonly string[] },
  ): Promise<{ created: boolean; version: string }>;
  /**
   * The same with the main file, whichever that is, for who may have started from one of `bases`: what others have
   * written since then stays. Without `bases` the text becomes just that.
   */
  writeEntry(
    roomId: string,
    text: string,
    options: { memberId: string | null; bases?: readonly string[] },
  ): Promise<RoomEntryFile>;
  /** Resolves once durable. Deleting the main file makes the first that remains the main one; the last file stays. */
  deleteFile(roomId: string, path: string, options: { memberId: string | null; ifVersion?: string }): Promise<void>;
  /** Entry and/or language, optionally adding a file if absent, as one durable change. */
  configure(roomId: string, change: RoomChange, options: { memberId: string | null }): Promise<void>;
  /** Where members are in the main file right now, as far as their clients tell it. */
  readCursors(roomId: string): Promise<MemberCursor[]>;
  /** Shows a cursor of a member who has no document, until it is closed. */
  openCursor(roomId: string, member: CollabMember): CursorSpeaker;
  readBoard(roomId: string, reading: BoardReading): Promise<BoardPage>;
  /** As one change; resolves once durable. Elements are the caller's to check. */
  editBoard(roomId: string, edits: readonly BoardEdit[], options: { memberId: string | null }): Promise<void>;
  /** Name, colour, role: at once on open sockets. */
  updateMember(roomId: string, member: CollabMember): void;
  removeMember(roomId: string, memberId: string, code: number, reason: string): void;
  /**
   * Tells each change of a room's document at once, before it is durable; that somebody's cursor has moved; and when the
   * room is deleted. It is to be quick, since editing waits for it, and keeps no room open. Returns how to stop it.
   */
  watch(roomId: string, listener: RoomListener): () => void;
  /** For a room that is deleted: closes its sockets and drops what is not yet stored of it. */
  closeRoom(roomId: string, code: number, reason: string): Promise<void>;
  /** For a room that has ended; also before anybody connects to it. */
  setReadOnly(roomId: string, readOnly: boolean): void;
  stats(): CollabStats;
  /** Stores what is pending, for a bounded time (what is left is logged), then closes the sockets with 1001. */
  close(): Promise<void>;
}

/** What may be told of a room that is watched. */
export type RoomListener = (what: 'changed' | 'moved' | 'gone') => void;

export function createCollab(options: CollabOptions): Collab {
  const { store, logger, now = Date.now, random = Math.random } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const rooms = new Map<string, Room>();
  const readOnlyRooms = new Set<string>();
  const watchers = new Map<string, Set<RoomListener>>();
  let isClosing = false;

  const log = new UpdateLog({
    store,
    limits,
    logger,
    random,
    onCommit(roomId, seq) {
      rooms.get(roomId)?.committed(seq);
      if (paused.size === 0 || log.pendingBytes > limits.logPauseBytes / 2) return;
      for (const session of paused) session.resume();
      paused.clear();
    },
    onForeign(roomId) {
      logger.error({ roomId }, 'somebody else has written to a room’s log: the room is opened anew');
      rooms.get(roomId)?.dispose(collabClose.tryAgainLater, 'storage unavailable', 'storage_unavailable');
    },
  });

  const thread = options.thread ?? createDocumentThread({ limits, random });
  const idle = new IdleRooms(limits.roomUnloadAfterMs);
  const acksDue = new Set<Room>();
  const paused = new Set<Session>();

  const sendAcks = () => {
    const rooms = [...acksDue];
    acksDue.clear();
    for (const room of rooms) room.sendAcks();
  };

  const services: RoomServices = {
    store,
    log,
    thread,
    turns: createTurns(limits.collabWindowMaxMs),
    answers: new PacedAnswers(),
    counters: createCounters(),
    logger,
    limits,
    now,
    onAcksDue(room) {
      if (acksDue.size === 0) setTimeout(sendAcks, limits.collabAckDelayMs);
      acksDue.add(room);
    },
    onPressure(session) {
      paused.add(session);
      session.pause();
    },
    onIdle: (room) => idle.add(room),
    onGone(room) {
      if (rooms.get(room.id) === room) rooms.delete(room.id);
    },
  };

  const open = (roomId: string): Room => {
    const known = rooms.get(roomId);
    if (known !== undefined) return known;
    const room = new Room(roomId, services, { readOnly: readOnlyRooms.has(roomId) });
    room.watchers = watchers.get(roomId);
    rooms.set(roomId, room);
    return room;
  };

  const openToServe = (roomId: string): Room => {
    if (isClosing) throw new ProblemError('shutting_down');
    return open(roomId);
  };

  const connect: Collab['connect'] = ({ roomId, socket, member, acks }) => {
    if (!isClosing) return open(roomId).connect(socket, member, acks);
    socket.close(collabClose.goingAway, 'server shutting down');
    return { receive: () => {}, drained: () => {}, closed: () => {} };
  };

  return {
    connect,

    async readFiles(roomId) {
      return openToServe(roomId).read({ kind: 'readFiles' });
    },

    async readEntry(roomId) {
      return openToServe(roomId).read({ kind: 'readEntry' });
    },

    async readFile(roomId, path) {
      return openToServe(roomId).read({ kind: 'readFile', path });
    },

    async writeFile(roomId, path, text, { memberId, ifVersion, bases = [] }) {
      const clean = cleanText(text);
      checkFile(path, clean, limits);
      const bytes = Buffer.byteLength(clean);
      const operation = { kind: 'writeFile', path, text: clean, ifVersion, bases: bases.map(cleanText) } as const;
      return openToServe(roomId).edit(memberId, bytes, operation);
    },

    async writeEntry(roomId, text, { memberId, bases = [] }) {
      const clean = cleanText(text);
      checkText(clean, limits);
      const operation = { kind: 'writeEntry', text: clean, bases: bases.map(cleanText) } as const;
      return openToServe(roomId).edit(memberId, Buffer.byteLength(clean), operation);
    },

    async deleteFile(roomId, path, { memberId, ifVersion }) {
      await openToServe(roomId).edit(memberId, 0, { kind: 'deleteFile', path, ifVersion });
    },

    async configure(roomId, change, { memberId }) {
      const addFile = change.addFile && { path: change.addFile.path, text: cleanText(change.addFile.text) };
      if (addFile !== undefined) checkFile(addFile.path, addFile.text, limits);
      const clean = addFile === undefined ? change : { ...change, addFile };
      const bytes = Buffer.byteLength(addFile?.text ?? '');
      await openToServe(roomId).edit(memberId, bytes, { kind: 'configure', change: clean });
    },

    async readCursors(roomId) {
      // Where nobody is, there are none, and nothing is loaded for it.
      return rooms.get(roomId)?.readCursors() ?? [];
    },

    openCursor: (roomId, member) =>
      createCursorSpeaker({
        member,
        client: Math.floor(random() * 2 ** 32),
        connect: (request) => connect({ roomId, ...request }),
        tellCursor: async (place) => openToServe(roomId).read({ kind: 'tellCursor', place }),
      }),

    async readBoard(roomId, reading) {
      return openToServe(roomId).read({ kind: 'readBoard', reading });
    },

    async editBoard(roomId, edits, { memberId }) {
      await openToServe(roomId).edit(memberId, sizeOfEdits(edits), { kind: 'editBoard', edits });
    },

    updateMember(roomId, member) {
      rooms.get(roomId)?.updateMember(member);
    },

    removeMember(roomId, memberId, code, reason) {
      rooms.get(roomId)?.closeSessions(code, reason, memberId);
    },

    watch(roomId, listener) {
      const ofRoom = watchers.get(roomId) ?? new Set();
      watchers.set(roomId, ofRoom.add(listener));
      const room = rooms.get(roomId);
      if (room !== undefined) room.watchers = ofRoom;
      return () => {
        ofRoom.delete(listener);
        if (ofRoom.size > 0 || watchers.get(roomId) !== ofRoom) return;
        watchers.delete(roomId);
        const open = rooms.get(roomId);
        if (open !== undefined) open.watchers = undefined;
      };
    },

    async closeRoom(roomId, code, reason) {
      rooms.get(roomId)?.dispose(code, reason, 'room_not_found');
      for (const listener of [...(watchers.get(roomId) ?? [])]) listener('gone');
      readOnlyRooms.delete(roomId);
      log.forget(roomId);
      await log.settled();
    },

    setReadOnly(roomId, readOnly) {
      if (readOnly) readOnlyRooms.add(roomId);
      else readOnlyRooms.delete(roomId);
      rooms.get(roomId)?.setReadOnly(readOnly);
    },

    stats() {
      const sockets = rooms.values().reduce((sum, room) => sum + room.sessionCount, 0);
      return {
        ...services.counters,
        roomsOpen: rooms.size,
        sockets,
        pendingBytes: log.pendingBytes,
        pendingMs: log.lagMs,
        storageFailing: log.failingSomewhere,
      };
    },

    async close() {
      isClosing = true;
      for (const room of rooms.values()) room.freeze();
      const unsaved = await log.drain(limits.logDrainTimeoutMs);
      if (unsaved.length > 0) {
        const updates = unsaved.reduce((sum, room) => sum + room.updates, 0);
        const bytes = unsaved.reduce((sum, room) => sum + room.bytes, 0);
        const roomIds = unsaved.map(({ roomId }) => roomId);
        logger.error({ updates, bytes, roomIds }, 'closed with updates that are not stored');
      }
      for (const room of rooms.values()) room.dispose(collabClose.goingAway, 'server shutting down', 'shutting_down');
      idle.close();
      if (options.thread === undefined) await thread.close();
    },
  };
}
