import { limits } from '@coderoom/protocol';

/** When rooms were last used, written down now and then: often enough to list and keep them by, seldom enough to cost nothing. */
export interface Activity {
  /** Somebody came, went, or is there; stored soon. */
  note(roomId: string): void;
  /** The same of a room as it was just read, unless that is stored already. */
  noteUse(room: { id: string; lastActiveAt: number }): void;
  /** The same, stored when it resolves: before this room may not be deleted for being unused. */
  noteNow(room: { id: string; lastActiveAt: number }): Promise<void>;
  /** Stores what was noted. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface ActivityOptions {
  touch(roomIds: string[], at: number): Promise<void>;
  /** Rooms in which somebody is. */
  occupied(): string[];
  now(): number;
  onError(error: unknown): void;
}

export function createActivity({ touch, occupied, now, onError }: ActivityOptions): Activity {
  const noted = new Set<string>();
  /** When what was stored last, as long as it is not to be stored again. */
  const storedAt = new Map<string, number>();

  async function store(roomIds: string[]): Promise<void> {
    const at = now();
    for (const id of roomIds) storedAt.set(id, at);
    await touch(roomIds, at);
  }

  async function flush(): Promise<void> {
    const at = now();
    for (const [id, stored] of storedAt) if (stored <= at - limits.activityStoreMs) storedAt.delete(id);
    for (const id of occupied()) noted.add(id);
    const due = [...noted].filter((id) => !storedAt.has(id)).slice(0, limits.activityRoomsPerStore);
    if (due.length === 0) return;
    for (const id of due) noted.delete(id);
    try {
      await store(due);
    } catch (error) {
      // What is not stored is noted again: with the next flush it will be.
      for (const id of due) {
        noted.add(id);
        storedAt.delete(id);
      }
      throw error;
    }
  }

  const timer = setInterval(() => flush().catch(onError), limits.activityFlushMs).unref();

  return {
    note: (roomId) => void noted.add(roomId),
    noteUse({ id, lastActiveAt }) {
      if (lastActiveAt <= now() - limits.activityStoreMs) noted.add(id);
    },
    async noteNow({ id, lastActiveAt }) {
      if (lastActiveAt > now() - limits.activityStoreMs) return;
      await store([id]);
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush().catch(onError);
    },
  };
}
