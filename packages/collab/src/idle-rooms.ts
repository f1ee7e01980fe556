/** Rooms that nobody needs, on their way to being unloaded; one timer for all of them. */
import type { Room } from './room.ts';

export class IdleRooms {
  readonly #afterMs: number;
  /** Since when, by performance.now(); oldest first. */
  readonly #since = new Map<Room, number>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  /** The room is idle, from now on. */
  add(room: Room): void {
    this.#since.delete(room);
    this.#since.set(room, performance.now());
    this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#since.clear();
  }

  #schedule(): void {
    const oldest = this.#since.values().next();
    if (this.#timer !== undefined || this.#isClosed || oldest.done) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#unload();
        this.#schedule();
      },
      Math.max(0, oldest.value + this.#afterMs - performance.now()),
    );
    this.#timer.unref();
  }

  #unload(): void {
    const now = performance.now();
    for (const [room, since] of this.#since) {
      if (now - since < this.#afterMs) return;
      this.#since.delete(room);
      // It may have come to be needed meanwhile; then it knows.
      void room.unload();
    }
  }
}
