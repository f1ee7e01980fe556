/**
 * When rooms tell what they have to tell: at the end of this turn of the event loop, all of them together. Under
 * pressure they wait longer, so that telling takes at most a part of the time: the rest is for listening.
 */

/** Telling may take one part in so many. */
const shareOfTime = 4;
/** Timers are no finer than this. */
const timerMs = 1;

export interface Turns {
  /** `turn` is taken once, soon. */
  schedule(turn: Turn): void;
}

interface Turn {
  /** It waits for its turn; not its own business. */
  isScheduled: boolean;
  takeTurn(): void;
}

export function createTurns(windowMaxMs: number): Turns {
  let waiting: Turn[] = [];
  let lastMs = 0;
  /** 0: as soon as there is something to tell. */
  let notBefore = 0;

  function run(): void {
    const turns = waiting;
    waiting = [];
    const startedAt = performance.now();
    for (const turn of turns) {
      turn.isScheduled = false;
      turn.takeTurn();
    }
    const endedAt = performance.now();
    const tookMs = endedAt - startedAt;
    // One long turn may have been interrupted: by a collection of garbage, or by another process. Two are pressure.
    const pauseMs = Math.min(windowMaxMs, Math.min(tookMs, lastMs) * (shareOfTime - 1));
    lastMs = tookMs;
    notBefore = pauseMs < timerMs ? 0 : endedAt + pauseMs;
  }

  return {
    schedule(turn) {
      if (turn.isScheduled) return;
      turn.isScheduled = true;
      waiting.push(turn);
      if (waiting.length > 1) return;
      const waitMs = notBefore === 0 ? 0 : notBefore - performance.now();
      if (waitMs < timerMs) setImmediate(run);
      else setTimeout(run, waitMs);
    },
  };
}
