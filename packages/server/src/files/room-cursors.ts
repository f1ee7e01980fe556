/**
 * Where people are in a room's main file, for clients that tell it in lines and columns and are told so. What moves
 * meanwhile is gathered; nothing is looked at where nobody listens.
 */
import type { Collab, CursorSpeaker, MemberCursor } from '@coderoom/collab';
import { limits } from '@coderoom/protocol';
import type { Caller } from '../caller.ts';
import { toCollabMember } from '../members/service.ts';

export interface RoomCursors {
  /** Tells cursors that have moved, somewhere else or with the text around them. Returns how to stop it. */
  watch(roomId: string, listener: (moved: MemberCursor[]) => void): () => void;
  /** Shows a member's own cursor to editors, until it is closed. */
  open(caller: Caller): CursorSpeaker;
}

interface Watched {
  listeners: Set<(moved: MemberCursor[]) => void>;
  /** As told last, by client. */
  told: Map<number, string>;
  timer: NodeJS.Timeout | undefined;
  stop(): void;
}

export function createRoomCursors(options: {
  collab: Pick<Collab, 'watch' | 'readCursors' | 'openCursor'>;
  logger: { warn(details: object, message: string): void };
}): RoomCursors {
  const { collab, logger } = options;
  const rooms = new Map<string, Watched>();

  function begin(roomId: string): Watched {
    const room: Watched = {
      listeners: new Set(),
      told: new Map(),
      timer: undefined,
      stop: collab.watch(roomId, (what) => {
        if (what === 'moved') room.timer ??= setTimeout(() => look(roomId, room), limits.roomCursorsMs);
      }),
    };
    rooms.set(roomId, room);
    return room;
  }

  async function look(roomId: string, room: Watched): Promise<void> {
    try {
      const cursors = await collab.readCursors(roomId);
      const moved = cursors.filter((cursor) => room.told.get(cursor.client) !== JSON.stringify(cursor));
      room.told = new Map(cursors.map((cursor) => [cursor.client, JSON.stringify(cursor)]));
      if (moved.length > 0) for (const listener of room.listeners) listener(moved);
    } catch (error) {
      logger.warn({ err: error, roomId }, 'cursors could not be told');
    } finally {
      room.timer = undefined;
    }
  }

  return {
    open: ({ room, member }) => collab.openCursor(room.id, toCollabMember(member, room.status === 'ended')),

    watch(roomId, listener) {
      const room = rooms.get(roomId) ?? begin(roomId);
      room.listeners.add(listener);
      return () => {
        room.listeners.delete(listener);
        if (room.listeners.size > 0 || rooms.get(roomId) !== room) return;
        rooms.delete(roomId);
        clearTimeout(room.timer);
        room.stop();
      };
    },
  };
}
