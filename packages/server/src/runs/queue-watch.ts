/** Looks after what waits in the queue: each hears of its place when that has changed, however fast, at most so often. */
export interface QueueWatch {
  add(waiting: Waiting): void;
}

interface Waiting {
  /** 0 once it waits no more. */
  position(): number;
  /** What it knows already. */
  told: number;
  tell(position: number): void;
}

export function createQueueWatch(everyMs: number): QueueWatch {
  const all = new Set<Waiting>();
  let timer: NodeJS.Timeout | undefined;

  const look = () => {
    for (const waiting of all) {
      const position = waiting.position();
      if (position === 0) all.delete(waiting);
      else if (position !== waiting.told) {
        waiting.told = position;
        waiting.tell(position);
      }
    }
    if (all.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  return {
    add(waiting) {
      if (waiting.position() === 0) return;
      all.add({ ...waiting });
      timer ??= setInterval(look, everyMs).unref();
    },
  };
}
