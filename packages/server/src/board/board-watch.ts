/** Tells what becomes of rooms' boards, whoever draws: reads a board again after changes, and says what is different. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Collab } from '@coderoom/collab';
import { limits, ProblemError } from '@coderoom/protocol';
import { type BoardNews, type KnownBoard, newsOf } from './board-news.ts';
import { readWholeBoard, type WholeBoard } from './whole-board.ts';

export type BoardListener = (news: BoardNews) => void;

export interface BoardWatch {
  /** From now on; resolves once it is known what is there now. Returns how to stop. */
  watch(roomId: string, listener: BoardListener): Promise<() => void>;
}

/** After reading, so many times as long goes to others. */
const restPerRead = 4;

interface Watched {
  roomId: string;
  listeners: Set<BoardListener>;
  /** Resolves once it is known what there was at first. */
  ready: Promise<void>;
  version: string;
  known: KnownBoard;
  isChanged: boolean;
  isLooking: boolean;
  stop: () => void;
}

export function createBoardWatch(
  collab: Pick<Collab, 'readBoard' | 'watch'>,
  logger: { error(details: object, message: string): void },
): BoardWatch {
  const watched = new Map<string, Watched>();
  const isWatched = (room: Watched) => watched.get(room.roomId) === room;

  function begin(roomId: string): Watched {
    const stop = collab.watch(roomId, (what) => {
      if (what === 'gone') end(room);
      else if (what === 'changed') {
        room.isChanged = true;
        if (!room.isLooking) void look(room);
      }
    });
    const ready = readWholeBoard(collab, roomId).then((board) => board && take(room, board));
    const room: Watched = {
      roomId,
      listeners: new Set(),
      ready: ready.then(() => {}),
      version: '',
      known: new Map(),
      isChanged: false,
      isLooking: false,
      stop,
    };
    watched.set(roomId, room);
    return room;
  }

  function take(room: Watched, { version, items }: WholeBoard): void {
    room.version = version;
    room.known = new Map(items.map((item) => [item.id, item.fields]));
  }

  /** As long as there is something to be looked at. */
  async function look(room: Watched): Promise<void> {
    room.isLooking = true;
    while (room.isChanged && isWatched(room)) {
      await pause(limits.boardWatchMs, undefined, { ref: false });
      room.isChanged = false;
      const startedAt = performance.now();
      await tellNews(room);
      await pause((performance.now() - startedAt) * restPerRead, undefined, { ref: false });
    }
    room.isLooking = false;
  }

  async function tellNews(room: Watched): Promise<void> {
    try {
      await room.ready;
      const board = await readWholeBoard(collab, room.roomId, room.version);
      if (board === undefined || !isWatched(room)) return;
      const news = newsOf(room.known, board.items);
      take(room, board);
      if (news !== undefined) for (const listener of [...room.listeners]) listener(news);
    } catch (error) {
      // The storage is away, or the room: what is not told now is told after the next change.
      if (!(error instanceof ProblemError)) logger.error({ err: error }, 'what is new on a board could not be told');
    }
  }

  function end(room: Watched): void {
    room.stop();
    if (isWatched(room)) watched.delete(room.roomId);
  }

  return {
    async watch(roomId, listener) {
      const room = watched.get(roomId) ?? begin(roomId);
      room.listeners.add(listener);
      const stop = () => {
        room.listeners.delete(listener);
        if (room.listeners.size === 0) end(room);
      };
      try {
        await room.ready;
      } catch (error) {
        stop();
        throw error;
      }
      return stop;
    },
  };
}
