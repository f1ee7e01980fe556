import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '@coderoom/protocol';
import { unusedSince } from './room-view.ts';
import type { RoomRow, RoomStore } from './store.ts';

/** Deletes rooms of guests that nobody has used for long, a few at a time, by the same way as their owners would. */
export interface Retention {
  /** How many were deleted. */
  sweep(): Promise<number>;
}

export interface RetentionOptions {
  store: Pick<RoomStore, 'listUnused'>;
  /** Deletes a room unless somebody has used it since; whether it did. */
  removeUnused(room: RoomRow, since: number): Promise<boolean>;
  /** 0: they are kept for ever. */
  keepMs: number;
  now(): number;
}

const pauseBetweenBatchesMs = 100;

export function createRetention({ store, removeUnused, keepMs, now }: RetentionOptions): Retention {
  return {
    async sweep() {
      if (keepMs === 0) return 0;
      const since = unusedSince(now(), keepMs);
      let removed = 0;
      for (;;) {
        const batch = await store.listUnused(since, limits.retentionBatch);
        let removedOfBatch = 0;
        for (const room of batch) if (await removeUnused(room, since)) removedOfBatch++;
        removed += removedOfBatch;
        // A batch of which nothing could be removed would come again and again.
        if (batch.length < limits.retentionBatch || removedOfBatch === 0) return removed;
        await pause(pauseBetweenBatchesMs);
      }
    },
  };
}
