/**
 * The log of all rooms' updates on its way to the store: gathers them for a short window, writes them in one append,
 * and tells who waits once they are durable. Nothing accepted is dropped while the store fails: it is tried again.
 */
import { type ErrorCode, ProblemError } from '@coderoom/protocol';
import { type CollabLimits, type CollabLogger, type DocumentStore, ForeignUpdates } from './contract.ts';
import { BatchWriter } from './log-entries.ts';

interface Waiter {
  seq: number;
  resolve(): void;
  reject(error: Error): void;
}

/** One room's updates that are not known to be durable. */
interface Queue {
  roomId: string;
  /** Oldest first; only the last may be added to, and only while it is not on its way. */
  batches: BatchWriter[];
  /** How many of them are on their way, or were: what is tried again must be the same again. */
  sealed: number;
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

/** What could not be stored of a room. */
export interface Unsaved {
  roomId: string;
  updates: number;
  bytes: number;
}

export interface UpdateLogOptions {
  store: DocumentStore;
  limits: CollabLimits;
  logger: CollabLogger;
  /** In [0, 1). */
  random: () => number;
  /** All of the room's updates up to `seq` are durable. */
  onCommit: (roomId: string, seq: number) => void;
  /** The store has other updates in the place of the room's: what was pending of it is dropped. */
  onForeign: (roomId: string) => void;
}

/** What keeping an update costs beside its bytes; roughly. */
const entryOverheadBytes = 16;
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
  /** The next commit does not wait for company. */
  #isUrgent = false;
  #round: Promise<void> | undefined;
  /** When the oldest of what is pending came, by performance.now(); 0: nothing is. */
  #pendingSince = 0;
  #stopped = false;

  constructor(options: UpdateLogOptions) {
    this.#options = options;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** For how long the oldest of what is pending has waited, about. */
  get lagMs(): number {
    return this.#pendingSince === 0 ? 0 : performance.now() - this.#pendingSince;
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

  /** Takes (and copies) a room's next update, `bytes` from `from` on; its durability is told by `onCommit`. */
  append(roomId: string, seq: number, at: number, memberId: string | null, bytes: Uint8Array, from = 0): void {
    let queue = this.#queues.get(roomId);
    if (queue === undefined) {
      queue = { roomId, batches: [], sealed: 0, waiters: [], failures: 0, retryAt: 0 };
      this.#queues.set(roomId, queue);
    }
    let batch = queue.batches.at(-1);
    if (batch === undefined || queue.batches.length <= queue.sealed || this.#isFull(batch, bytes.length - from)) {
      batch = new BatchWriter(roomId, seq);
      queue.batches.push(batch);
    }
    const before = batch.bytes;
    batch.add(at, memberId, bytes, from);
    this.#pendingBytes += batch.bytes - before + entryOverheadBytes;
    if (this.#timer === undefined) this.#schedule();
    if (this.#pendingBytes > this.#options.limits.logCommitMaxBytes / 2) this.hurry();
  }

  #isFull(batch: BatchWriter, more: number): boolean {
    const { logBatchMaxBytes, logCommitMaxUpdates } = this.#options.limits;
    return batch.bytes + more > logBatchMaxBytes || batch.count >= logCommitMaxUpdates;
  }

  /** Resolves once a room's updates up to `seq` are durable; rejects when the room is forgotten before. */
  durable(roomId: string, seq: number): Promise<void> {
    const queue = this.#queues.get(roomId);
    const oldest = queue?.batches[0];
    if (queue === undefined || oldest === undefined || oldest.firstSeq > seq) return Promise.resolve();
    return new Promise((resolve, reject) => {
      queue.waiters.push({ seq, resolve, reject });
      this.hurry();
    });
  }

  /** A commit waits for company; not for long if somebody waits for it, or if there is company enough. */
  hurry(): void {
    if (this.#isUrgent) return;
    this.#isUrgent = true;
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#schedule();
  }

  /** Drops what a room has pending that is deleted, or goes on without it; `problem` is for who waits. */
  forget(roomId: string, problem: ErrorCode = 'room_not_found'): void {
    const queue = this.#queues.get(roomId);
    if (queue === undefined) return;
    this.#queues.delete(roomId);
    for (const batch of queue.batches) this.#pendingBytes -= sizeOf(batch);
    for (const waiter of queue.waiters) waiter.reject(new ProblemError(problem));
    if (this.#queues.size === 0) this.#pendingSince = 0;
    this.#tellIfIdle();
  }

  /** Resolves when no append is on its way. */
  async settled(): Promise<void> {
    await this.#round;
  }

  /** Writes all that is pending, for at most `timeoutMs`; then writes no more. Gives what was not saved. */
  async drain(timeoutMs: number): Promise<Unsaved[]> {
    this.#pausedUntil = 0;
    for (const queue of this.#queues.values()) queue.retryAt = 0;
    this.hurry();
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
    for (const queue of this.#queues.values()) {
      for (const waiter of queue.waiters) waiter.reject(new ProblemError('storage_unavailable'));
      queue.waiters = [];
    }
    return Array.from(this.#queues.values(), ({ roomId, batches }) => ({
      roomId,
      updates: batches.reduce((sum, { count }) => sum + count, 0),
      bytes: batches.reduce((sum, { bytes }) => sum + bytes, 0),
    }));
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#round !== undefined || this.#stopped || this.#queues.size === 0) return;
    const now = performance.now();
    if (this.#pendingSince === 0) this.#pendingSince = now;
    const { logCommitWindowMs, logUrgentWindowMs } = this.#options.limits;
    const windowMs = this.#isUrgent ? Math.min(logUrgentWindowMs, logCommitWindowMs) : logCommitWindowMs;
    const retryAt = Math.min(...this.#queues.values().map((queue) => queue.retryAt));
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#isUrgent = false;
        const startedAt = performance.now();
        this.#round = this.#commit().finally(() => {
          this.#round = undefined;
          if (this.#queues.size === 0) this.#pendingSince = 0;
          else if (!this.failingSomewhere) this.#pendingSince = startedAt;
          this.#tellIfIdle();
          this.#schedule();
        });
      },
      Math.max(windowMs, this.#pausedUntil - now, retryAt - now),
    );
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
    for (const part of shuffle(parts, this.#options.random)) {
      if (succeeded === 0 && failed.size >= failuresThatMeanDown) break;
      const error = parts.length === 1 ? groupError : await this.#write([part]);
      if (error === undefined || this.#giveUpIfForeign(part.queue, error)) succeeded++;
      else failed.set(part.queue, error);
    }
    // Rooms that were in trouble before, and are again, say nothing about the store.
    if (succeeded === 0 && parts.some(({ queue }) => queue.failures === 0)) {
      this.#failures++;
      this.#pausedUntil = performance.now() + this.#backOffMs(this.#failures);
      const { pendingBytes } = this;
      this.#options.logger.error({ err: groupError, pendingBytes, attempt: this.#failures }, 'updates are not stored');
      return;
    }
    this.#failures = 0;
    for (const [queue, error] of failed) {
      queue.failures++;
      queue.retryAt = performance.now() + this.#backOffMs(queue.failures);
      const { roomId, failures } = queue;
      this.#options.logger.error({ err: error, roomId, attempt: failures }, 'one room’s updates are not stored');
    }
  }

  /** What somebody else has written stays; to try ours again would be in vain. */
  #giveUpIfForeign({ roomId }: Queue, error: unknown): boolean {
    if (!(error instanceof ForeignUpdates)) return false;
    this.forget(roomId, 'storage_unavailable');
    this.#options.onForeign(roomId);
    return true;
  }

  /** The heads of the queues that are due, within the bounds of one append; at least one batch. */
  #take(): Part[] {
    const { logCommitMaxBytes, logCommitMaxUpdates } = this.#options.limits;
    const now = performance.now();
    const parts: Part[] = [];
    let [bytes, updates] = [0, 0];
    for (const queue of this.#queues.values()) {
      if (queue.retryAt > now) continue;
      let count = 0;
      for (const batch of queue.batches) {
        const isTooMuch = updates + batch.count > logCommitMaxUpdates || bytes + batch.bytes > logCommitMaxBytes;
        if (updates > 0 && isTooMuch) break;
        bytes += batch.bytes;
        updates += batch.count;
        count++;
      }
      if (count > 0) parts.push({ queue, count });
      queue.sealed = Math.max(queue.sealed, count);
      if (count < queue.batches.length) break;
    }
    return parts;
  }

  /** Appends; undefined when it is done, otherwise why it is not. */
  async #write(parts: readonly Part[]): Promise<unknown> {
    const present = parts.filter(({ queue }) => this.#queues.get(queue.roomId) === queue);
    if (present.length === 0) return undefined;
    try {
      const batches = present.flatMap(({ queue, count }) => queue.batches.slice(0, count));
      await this.#options.store.append(batches.map((batch) => batch.batch()));
    } catch (error) {
      return error ?? new Error('the store gave no reason');
    }
    for (const { queue, count } of present) this.#committed(queue, count);
    return undefined;
  }

  #committed(queue: Queue, count: number): void {
    // Forgotten while it was being written.
    if (this.#queues.get(queue.roomId) !== queue) return;
    const done = queue.batches.splice(0, count);
    queue.sealed -= count;
    for (const batch of done) this.#pendingBytes -= sizeOf(batch);
    queue.failures = 0;
    queue.retryAt = 0;
    // Whoever has more goes to the end of the line.
    this.#queues.delete(queue.roomId);
    if (queue.batches.length > 0) this.#queues.set(queue.roomId, queue);
    const seq = (done.at(-1) as BatchWriter).lastSeq;
    const isAll = queue.batches.length === 0;
    const [served, waiting] = [[], []] as [Waiter[], Waiter[]];
    for (const waiter of queue.waiters) (isAll || waiter.seq <= seq ? served : waiting).push(waiter);
    queue.waiters = waiting;
    this.#options.onCommit(queue.roomId, seq);
    for (const waiter of served) waiter.resolve();
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

function sizeOf(batch: BatchWriter): number {
  return batch.bytes + batch.count * entryOverheadBytes;
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = items.slice();
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}
