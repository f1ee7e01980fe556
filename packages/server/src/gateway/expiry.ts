/** Calls back at a time that may be further away than a timer reaches (2³¹ ms, about 25 days). */
export interface Expiry {
  /** Another time instead. */
  set(atMs: number): void;
  cancel(): void;
}

const timerMaxMs = 2 ** 31 - 1;

/** `atMs` is in milliseconds since the epoch. */
export function createExpiry(atMs: number, onExpired: () => void, now: () => number = Date.now): Expiry {
  let timer: NodeJS.Timeout | undefined;
  const set = (at: number) => {
    clearTimeout(timer);
    const waitMs = Math.max(0, at - now());
    timer = setTimeout(() => (waitMs > timerMaxMs ? set(at) : onExpired()), Math.min(waitMs, timerMaxMs));
    timer.unref();
  };
  set(atMs);
  return { set, cancel: () => clearTimeout(timer) };
}
