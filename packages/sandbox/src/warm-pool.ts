import { limits } from '@coderoom/protocol';
import type { SandboxLogger } from './logger.ts';
import type { PreparedSandbox } from './prepared-sandbox.ts';
import type { Runtime } from './runtimes.ts';

/** Sandboxes that wait for a job, each for one only. How many of which follows what was asked for lately. */
export interface WarmPool {
  /** One that is ready; undefined when there is none, and one has to be made. */
  take(runtime: Runtime, memoryBytes: number): PreparedSandbox | undefined;
  /** Something ended or left the queue: there may be time to prepare now. */
  refill(): void;
  stats(): Record<string, number>;
  /** Resolves when there are as many as are wanted. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** What is prepared: a runtime, for the memory limit that most of its runs have. */
export interface WarmKind {
  runtime: Runtime;
  memoryBytes: number;
}

interface Shelf extends WarmKind {
  /** Oldest first. */
  ready: { sandbox: PreparedSandbox; since: number }[];
  /** Times of the takes of the last minute. */
  takes: number[];
  lastTake: number;
}

const minuteMs = 60_000;
const secondMs = 1_000;

/**
 * Keeps one of each kind that is small or was asked for lately, as far as half of the budget goes, and of those that
 * are asked for as many as were taken in the busiest second of the last minute. Prepares one at a time, and none
 * while runs wait.
 */
export function createWarmPool(options: {
  kinds: readonly WarmKind[];
  /** What all of them together may take while they wait. */
  budgetBytes: number;
  /** Resolves when it is ready; undefined when it will not be. */
  prepare(kind: WarmKind): Promise<PreparedSandbox | undefined>;
  hasTime(): boolean;
  now(): number;
  logger: SandboxLogger;
}): WarmPool {
  const { budgetBytes, prepare, hasTime, now, logger } = options;
  const shelves: Shelf[] = options.kinds.map((kind) => ({
    ...kind,
    ready: [],
    takes: [],
    lastTake: Number.NEGATIVE_INFINITY,
  }));
  let preparing: Promise<void> | undefined;
  let failures = 0;
  let isClosed = false;

  const usedBytes = () => shelves.reduce((sum, { ready, runtime }) => sum + ready.length * runtime.idleBytes, 0);

  /** How many of each are wanted now, those that were taken last before the others. */
  const wanted = () => {
    const time = now();
    const byUse = [...shelves].sort((a, b) => Math.sign(b.lastTake - a.lastTake) || 0);
    let restBytes = budgetBytes;
    let basisBytes = budgetBytes / 2;
    const counts = new Map<Shelf, number>();
    for (const shelf of byUse) {
      shelf.takes = shelf.takes.filter((at) => time - at < minuteMs);
      const { idleBytes } = shelf.runtime;
      const isKept = idleBytes <= limits.warmAlwaysMaxBytes || time - shelf.lastTake < limits.warmSandboxTtlMs;
      const isBasis = isKept && idleBytes <= basisBytes;
      if (isBasis) basisBytes -= idleBytes;
      const asked = Math.max(isBasis ? 1 : 0, Math.min(busiest(shelf.takes), limits.warmSandboxesPerKind));
      const count = Math.min(asked, Math.floor(restBytes / idleBytes));
      restBytes -= count * idleBytes;
      counts.set(shelf, count);
    }
    return counts;
  };

  const discard = (sandbox: PreparedSandbox) => {
    sandbox.release().catch((error: unknown) => logger.error({ err: error }, 'a warm sandbox could not be ended'));
  };

  const next = (): Shelf | undefined => {
    const counts = wanted();
    for (const [shelf, count] of counts) {
      const old = now() - limits.warmSandboxTtlMs;
      while (shelf.ready.length > count || (shelf.ready[0]?.since ?? Number.POSITIVE_INFINITY) < old) {
        const entry = shelf.ready.shift();
        if (entry !== undefined) discard(entry.sandbox);
      }
    }
    return [...counts].find(([shelf, count]) => shelf.ready.length < count)?.[0];
  };

  const work = async () => {
    while (!isClosed && hasTime() && failures < limits.warmFailuresMax) {
      const shelf = next();
      if (shelf === undefined || usedBytes() + shelf.runtime.idleBytes > budgetBytes) return;
      const sandbox = await prepare(shelf).catch((error: unknown) => {
        logger.warn({ err: error, runtime: shelf.runtime.id }, 'a sandbox could not be prepared');
        return undefined;
      });
      if (sandbox === undefined) failures += 1;
      else if (isClosed) await sandbox.release();
      else {
        failures = 0;
        shelf.ready.push({ sandbox, since: now() });
        void sandbox.process.ended.then(() => {
          const index = shelf.ready.findIndex((entry) => entry.sandbox === sandbox);
          if (index === -1) return;
          shelf.ready.splice(index, 1);
          discard(sandbox);
        });
      }
    }
  };

  const refill = () => {
    if (isClosed || preparing !== undefined) return;
    preparing = work().finally(() => {
      preparing = undefined;
    });
  };
  const timer = setInterval(refill, limits.warmRefillMs).unref();

  return {
    take(runtime, memoryBytes) {
      const shelf = shelves.find(
        (candidate) =>
          candidate.runtime === runtime && (!runtime.isBuiltForMemory || candidate.memoryBytes === memoryBytes),
      );
      if (shelf === undefined) return undefined;
      shelf.lastTake = now();
      shelf.takes.push(shelf.lastTake);
      if (shelf.takes.length > limits.warmTakesRemembered) shelf.takes.shift();
      return shelf.ready.shift()?.sandbox;
    },
    refill,
    stats: () => Object.fromEntries(shelves.map(({ runtime, ready }) => [runtime.id, ready.length])),
    async settled() {
      do {
        refill();
        await preparing;
      } while (next() !== undefined && failures < limits.warmFailuresMax && hasTime());
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await preparing;
      await Promise.all(shelves.flatMap(({ ready }) => ready.splice(0).map(({ sandbox }) => sandbox.release())));
    },
  };
}

/** How many of these times lie within one second, at most; they are in order. */
function busiest(times: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [index, time] of times.entries()) {
    while (time - (times[first] as number) > secondMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
