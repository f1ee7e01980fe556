import { limits, ProblemError } from '@coderoom/protocol';

/**
 * Decides which run starts next: at most `concurrency` at once and so many of one owner, owners in turn, each owner's
 * own in order, and those of low priority only when no other can start.
 */
export interface Scheduler {
  /** Queues work, or throws run_queue_full. `work` holds its place until its promise settles. */
  enqueue(owner: string, work: Work, priority?: RunPriority): Ticket;
  stats(): { running: number; queued: number };
}

export type RunPriority = 'normal' | 'low';

interface Ticket {
  /** Leaves the queue; false when the work has begun already. */
  leave(): boolean;
  /** How many are to start until it has, itself among them; 0 when it has begun or left. */
  position(): number;
}

type Work = () => Promise<void>;

/** How much the last run counts in what runs take on average. */
const averageWeight = 0.2;

export function createScheduler(options: {
  concurrency: number;
  queueMax?: number;
  queuePerOwnerMax?: number;
  runningPerOwnerMax?: number;
  now?(): number;
}): Scheduler {
  const { concurrency, queueMax = limits.runQueueMax, queuePerOwnerMax = limits.runQueuePerOwnerMax } = options;
  const { runningPerOwnerMax = limits.runsAtOncePerOwner, now = () => performance.now() } = options;
  /** A Map keeps the order of insertion: the first owner is the one whose turn it is. */
  const queues: Record<RunPriority, Map<string, Work[]>> = { normal: new Map(), low: new Map() };
  const runningOf = new Map<string, number>();
  let running = 0;
  let queued = 0;
  let averageMs = 1_000;

  const takeNext = (): { owner: string; work: Work } | undefined => {
    for (const waiting of [queues.normal, queues.low]) {
      for (const [owner, works] of waiting) {
        if ((runningOf.get(owner) ?? 0) >= runningPerOwnerMax) continue;
        const work = works.shift() as Work;
        waiting.delete(owner);
        if (works.length > 0) waiting.set(owner, works);
        return { owner, work };
      }
    }
    return undefined;
  };

  const count = (owner: string, change: 1 | -1) => {
    const own = (runningOf.get(owner) ?? 0) + change;
    if (own === 0) runningOf.delete(owner);
    else runningOf.set(owner, own);
    running += change;
  };

  const startNext = () => {
    if (running >= concurrency) return;
    const next = takeNext();
    if (next === undefined) return;
    queued -= 1;
    count(next.owner, 1);
    let startedAt = 0;
    // Begins a moment later, so that whoever enqueued has its ticket before the work speaks.
    void Promise.resolve()
      .then(() => {
        startedAt = now();
        return next.work();
      })
      .finally(() => {
        averageMs += (now() - startedAt - averageMs) * averageWeight;
        count(next.owner, -1);
        startNext();
      });
    startNext();
  };

  /** As if no more came, and no owner were held up by what it has running. */
  const positionOf = (work: Work, owner: string, priority: RunPriority): number => {
    const own = queues[priority].get(owner)?.indexOf(work) ?? -1;
    if (own === -1) return 0;
    let before = priority === 'low' ? lengthOf(queues.normal) : 0;
    let isBeforeOwn = true;
    for (const [other, works] of queues[priority]) {
      if (other === owner) isBeforeOwn = false;
      else before += Math.min(works.length, own + (isBeforeOwn ? 1 : 0));
    }
    return before + own + 1;
  };

  const secondsUntil = (position: number) => Math.max(1, Math.ceil((position * averageMs) / concurrency / 1_000));

  return {
    enqueue(owner, work, priority = 'normal') {
      const waiting = queues[priority];
      const own = waiting.get(owner) ?? [];
      const ownCount = own.length + (queues[priority === 'low' ? 'normal' : 'low'].get(owner)?.length ?? 0);
      if (ownCount >= queuePerOwnerMax) {
        const detail = `${ownCount} of your runs are waiting already; try again later.`;
        throw new ProblemError('run_queue_full', { detail, retryAfterSeconds: secondsUntil(ownCount) });
      }
      if (queued >= queueMax) {
        const detail = `${queued} runs are waiting already; try again later.`;
        throw new ProblemError('run_queue_full', { detail, retryAfterSeconds: secondsUntil(queued) });
      }
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
        position: () => positionOf(work, owner, priority),
      };
    },
    stats: () => ({ running, queued }),
  };
}

function lengthOf(waiting: Map<string, Work[]>): number {
  let sum = 0;
  for (const works of waiting.values()) sum += works.length;
  return sum;
}
