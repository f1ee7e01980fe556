/**
 * Where people are in a room's main file, for clients that are told so in lines and columns: those who type in an editor.
 * What moves meanwhile is gathered; nothing is looked at where nobody listens.
 */
import type { Collab, MemberCursor } from '@coderoom/collab';
import { limits } from '@coderoom/protocol';

export interface RoomCursors {
  /** Tells cursors that have moved, somewhere else or with the text around them. Returns how to stop it. */
  watch(roomId: string, listener: (moved: MemberCursor[]) => void): () => void;
}

interface Watched {
  listeners: Set<(moved: MemberCursor[]) => void>;
  /** As told last, by client. */
  told: Map<number, string>;
  timer: NodeJS.Timeout | undefined;
  stop(): void;
}

export function createRoomCursors(options: {
  collab: Pick<Collab, 'watch' | 'readCursors'>;
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
