/**
 * The log of all rooms' updates on its way to the store: gathers them for a short window, writes them in one append,
 * and tells who waits once they are durable. Nothing accepted is dropped while the store fails: it is tried again.
 */
import { ProblemError } from '@coderoom/protocol';
import type { CollabLimits, CollabLogger, DocumentStore, LoggedUpdate } from './contract.ts';

interface Waiter {
  seq: number;
  resolve(): void;
  reject(error: Error): void;
}

/** One room's updates that are not known to be durable, oldest first. */
interface Queue {
  roomId: string;
  updates: LoggedUpdate[];
  waiters: Waiter[];
  /** Attempts in a row that failed. */
  failures: number;
  /** By performance.now(); a room whose updates fail while others' succeed waits alone. */
  retryAt: number;
}

/** The head of a queue that goes into one append. */
interface Part {
  queue: Queue;
  count: number;
}

export interface UpdateLogOptions {
  store: DocumentStore;
  limits: CollabLimits;
  logger: CollabLogger;
  /** In [0, 1). */
  random: () => number;
  /** All of the room's updates up to `seq` are durable. */
  onCommit: (roomId: string, seq: number) => void;
}

/** What keeping an update costs beside its bytes; roughly. */
const entryOverheadBytes = 100;
/** When single rooms are tried after a group failed: so many failures without a success mean that the store is down. */
const failuresThatMeanDown = 3;

export class UpdateLog {
  readonly #options: UpdateLogOptions;
  readonly #queues = new Map<string, Queue>();
  readonly #idleWaiters: (() => void)[] = [];
  #pendingBytes = 0;
  #failures = 0;
  #pausedUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #stopped = false;

  constructor(options: UpdateLogOptions) {
    this.#options = options;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** The store took nothing at the last attempt. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** The store fails, be it for one room only. */
  get failingSomewhere(): boolean {
    return this.failing || this.#queues.values().some((queue) => queue.failures > 0);
  }

  hasSpaceFor(bytes: number): boolean {
    return this.#pendingBytes + bytes + entryOverheadBytes <= this.#options.limits.logPendingMaxBytes;
  }

  /** Takes a room's next update; its durability is told by `onCommit`. */
  append(update: LoggedUpdate): void {
    let queue = this.#queues.get(update.roomId);
    if (queue === undefined) {
      queue = { roomId: update.roomId, updates: [], waiters: [], failures: 0, retryAt: 0 };
      this.#queues.set(update.roomId, queue);
    }
    queue.updates.push(update);
    this.#pendingBytes += sizeOf(update);
    this.#schedule();
  }

  /** A room's updates that the store may not have yet, oldest first. */
  unsaved(roomId: string): LoggedUpdate[] {
    return this.#queues.get(roomId)?.updates.slice() ?? [];
  }

  /** Resolves once a room's updates up to `seq` are durable; rejects when the room is forgotten before. */
  durable(roomId: string, seq: number): Promise<void> {
    const queue = this.#queues.get(roomId);
    const oldest = queue?.updates[0];
    if (queue === undefined || oldest === undefined || oldest.seq > seq) return Promise.resolve();
    return new Promise((resolve, reject) => queue.waiters.push({ seq, resolve, reject }));
  }

  /** Drops what a deleted room has pending. */
  forget(roomId: string): void {
    const queue = this.#queues.get(roomId);
    if (queue === undefined) return;
    this.#queues.delete(roomId);
    for (const update of queue.updates) this.#pendingBytes -= sizeOf(update);
    for (const waiter of queue.waiters) waiter.reject(new ProblemError('room_not_found'));
    this.#tellIfIdle();
  }

  /** Resolves when no append is on its way. */
  async settled(): Promise<void> {
    await this.#round;
  }

  /** Writes all that is pending, for at most `timeoutMs`; then writes no more. Gives what was not saved. */
  async drain(timeoutMs: number): Promise<LoggedUpdate[]> {
    this.#pausedUntil = 0;
    for (const queue of this.#queues.values()) queue.retryAt = 0;
    this.#schedule();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#idleWaiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
      this.#tellIfIdle();
    });
    this.#stopped = true;
    clearTimeout(this.#timer);
    const unsaved = Array.from(this.#queues.values(), (queue) => queue.updates).flat();
    for (const queue of this.#queues.values()) {
      for (const waiter of queue.waiters) waiter.reject(new ProblemError('storage_unavailable'));
      queue.waiters = [];
    }
    return unsaved;
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#round !== undefined || this.#stopped || this.#queues.size === 0) return;
    const now = performance.now();
    const dueAt = Math.min(...this.#queues.values().map((queue) => queue.retryAt));
    const waitMs = Math.max(this.#options.limits.logCommitWindowMs, this.#pausedUntil - now, dueAt - now);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#round = this.#commit().finally(() => {
        this.#round = undefined;
        this.#tellIfIdle();
        this.#schedule();
      });
    }, waitMs);
  }

  /** One round: all rooms together; if that fails, one by one, so that one room's trouble is not everybody's. */
  async #commit(): Promise<void> {
    const parts = this.#take();
    if (parts.length === 0) return;
    const groupError = await this.#write(parts);
    if (groupError === undefined) {
      this.#failures = 0;
      return;
    }
    const failed = new Map<Queue, unknown>();
    let succeeded = 0;
    const alone = parts.length === 1 ? [] : shuffle(parts, this.#options.random);
    if (parts.length === 1) failed.set((parts[0] as Part).queue, groupError);
    for (const part of alone) {
      if (succeeded === 0 && failed.size >= failuresThatMeanDown) break;
      const error = await this.#write([part]);
      if (error === undefined) succeeded++;
      else failed.set(part.queue, error);
    }
    // Rooms that were in trouble before, and are again, say nothing about the store.
    if (succeeded === 0 && parts.some(({ queue }) => queue.failures === 0)) {
      this.#failures++;
      this.#pausedUntil = performance.now() + this.#backOffMs(this.#failures);
      const { pendingBytes } = this;
      this.#options.logger.error(
        { error: groupError, pendingBytes, attempt: this.#failures },
        'updates are not stored',
      );
      return;
    }
    this.#failures = 0;
    for (const [queue, error] of failed) {
      queue.failures++;
      queue.retryAt = performance.now() + this.#backOffMs(queue.failures);
      const { roomId, failures } = queue;
      this.#options.logger.error({ error, roomId, attempt: failures }, 'one room’s updates are not stored');
    }
  }

  /** The heads of the queues that are due, within the bounds of one append; at least one update. */
  #take(): Part[] {
    const { logCommitMaxBytes, logCommitMaxUpdates } = this.#options.limits;
    const now = performance.now();
    const parts: Part[] = [];
    let bytes = 0;
    let updates = 0;
    for (const queue of this.#queues.values()) {
      if (queue.retryAt > now) continue;
      let count = 0;
      for (const update of queue.updates) {
        if (updates > 0 && (updates >= logCommitMaxUpdates || bytes + sizeOf(update) > logCommitMaxBytes)) break;
        bytes += sizeOf(update);
        updates++;
        count++;
      }
      if (count > 0) parts.push({ queue, count });
      if (count < queue.updates.length) break;
    }
    return parts;
  }

  /** Appends; undefined when it is done, otherwise why it is not. */
  async #write(parts: readonly Part[]): Promise<unknown> {
    const present = parts.filter(({ queue }) => this.#queues.get(queue.roomId) === queue);
    if (present.length === 0) return undefined;
    try {
      await this.#options.store.append(present.flatMap(({ queue, count }) => queue.updates.slice(0, count)));
    } catch (error) {
      return error ?? new Error('the store gave no reason');
    }
    for (const { queue, count } of present) this.#committed(queue, count);
    return undefined;
  }

  #committed(queue: Queue, count: number): void {
    // Forgotten while it was being written.
    if (this.#queues.get(queue.roomId) !== queue) return;
    const done = queue.updates.splice(0, count);
    for (const update of done) this.#pendingBytes -= sizeOf(update);
    queue.failures = 0;
    queue.retryAt = 0;
    // Whoever has more goes to the end of the line.
    this.#queues.delete(queue.roomId);
    if (queue.updates.length > 0) this.#queues.set(queue.roomId, queue);
    const seq = (done.at(-1) as LoggedUpdate).seq;
    const waiters = queue.waiters;
    queue.waiters = waiters.filter((waiter) => waiter.seq > seq);
    this.#options.onCommit(queue.roomId, seq);
    for (const waiter of waiters) if (waiter.seq <= seq) waiter.resolve();
  }

  #backOffMs(failures: number): number {
    const { storageRetryMinMs, storageRetryMaxMs } = this.#options.limits;
    const fullMs = Math.min(storageRetryMaxMs, storageRetryMinMs * 2 ** Math.min(failures - 1, 30));
    return fullMs * (0.5 + this.#options.random() / 2);
  }

  #tellIfIdle(): void {
    if (this.#queues.size > 0 || this.#round !== undefined) return;
    for (const tell of this.#idleWaiters.splice(0)) tell();
  }
}

function sizeOf(update: LoggedUpdate): number {
  return update.update.length + entryOverheadBytes;
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = items.slice();
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}
