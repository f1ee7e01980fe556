import { limits, ProblemError } from '@coderoom/protocol';

/** Decides which run starts next: at most `concurrency` at once, owners in turn, each owner's own in order. */
export interface Scheduler {
  /** Queues work, or throws run_queue_full. `work` gets a free slot and holds it until its promise settles. */
  enqueue(owner: string, work: (slot: number) => Promise<void>): Ticket;
  stats(): { running: number; queued: number };
}

interface Ticket {
  /** Leaves the queue; false when the work has begun already. */
  leave(): boolean;
}

type Work = (slot: number) => Promise<void>;

export function createScheduler(options: {
  concurrency: number;
  queueMax?: number;
  queuePerOwnerMax?: number;
}): Scheduler {
  const { concurrency, queueMax = limits.runQueueMax, queuePerOwnerMax = limits.runQueuePerOwnerMax } = options;
  /** A Map keeps the order of insertion: the first owner is the one whose turn it is. */
  const waiting = new Map<string, Work[]>();
  const freeSlots = Array.from({ length: concurrency }, (_, index) => index);
  let queued = 0;

  const startNext = () => {
    const next = waiting.entries().next();
    const slot = freeSlots[0];
    if (next.done || slot === undefined) return;
    freeSlots.shift();
    const [owner, works] = next.value;
    const work = works.shift() as Work;
    waiting.delete(owner);
    if (works.length > 0) waiting.set(owner, works);
    queued -= 1;
    // Begins a moment later, so that whoever enqueued has its ticket before the work speaks.
    void Promise.resolve(slot)
      .then(work)
      .finally(() => {
        freeSlots.push(slot);
        startNext();
      });
  };

  return {
    enqueue(owner, work) {
      const own = waiting.get(owner) ?? [];
      const retryAfterSeconds = Math.max(1, Math.ceil(queued / concurrency));
      if (own.length >= queuePerOwnerMax) {
        const detail = `${own.length} of your runs are waiting already; try again later.`;
        throw new ProblemError('run_queue_full', { detail, retryAfterSeconds });
      }
      if (queued >= queueMax) throw new ProblemError('run_queue_full', { retryAfterSeconds });
      own.push(work);
      waiting.set(owner, own);
      queued += 1;
      startNext();
      return {
        leave() {
          const works = waiting.get(owner);
          const index = works?.indexOf(work) ?? -1;
          if (works === undefined || index === -1) return false;
          works.splice(index, 1);
          if (works.length === 0) waiting.delete(owner);
          queued -= 1;
          return true;
        },
      };
    },
    stats: () => ({ running: concurrency - freeSlots.length, queued }),
  };
}
