import { describe, expect, it } from 'vitest';
import type { PreparedSandbox } from './prepared-sandbox.ts';
import { runtimes } from './runtimes.ts';
import { createWarmPool, type WarmKind } from './warm-pool.ts';

const python: WarmKind = { runtime: runtimes.python, memoryBytes: 100 };
const java: WarmKind = { runtime: runtimes.java, memoryBytes: 200 };

/** A pool over sandboxes that are only counted. */
function poolOf(kinds: WarmKind[], options: { budgetBytes?: number; fails?: boolean } = {}) {
  const state = { time: 0, hasTime: true, made: 0, released: 0, endings: [] as (() => void)[] };
  const pool = createWarmPool({
    kinds,
    budgetBytes: options.budgetBytes ?? 2 ** 30,
    async prepare({ runtime, memoryBytes }) {
      state.made += 1;
      if (options.fails === true) return undefined;
      const ended = new Promise<void>((resolve) => state.endings.push(resolve));
      return {
        runtime,
        memoryBytes,
        process: { ended },
        async release() {
          state.released += 1;
        },
      } as unknown as PreparedSandbox;
    },
    hasTime: () => state.hasTime,
    now: () => state.time,
    logger: { info: () => {}, warn: () => {}, error: () => {} },
  });
  return { pool, state };
}

describe('EXEC-37 a pool of warm sandboxes', () => {
  it('holds one of each small kind, and of a large one when it was asked for', async () => {
    const { pool, state } = poolOf([python, java]);
    await pool.settled();
    expect(pool.stats()).toEqual({ python: 1, java: 0 });
    expect(pool.take(runtimes.java, 200)).toBeUndefined();
    state.time += 61_000;
    await pool.settled();
    expect(pool.stats()).toEqual({ python: 1, java: 1 });
    state.time += 600_000;
    await pool.settled();
    expect(pool.stats()).toEqual({ python: 1, java: 0 });
    await pool.close();
  });

  it('gives each away once', async () => {
    const { pool } = poolOf([python, java]);
    await pool.settled();
    expect(pool.take(runtimes.python, 100)).toBeDefined();
    expect(pool.take(runtimes.python, 100)).toBeUndefined();
    await pool.close();
  });

  it('gives none that was started for another memory limit, where that matters', async () => {
    const { pool } = poolOf([python, java]);
    pool.take(runtimes.java, 200);
    await pool.settled();
    expect(pool.take(runtimes.java, 300)).toBeUndefined();
    expect(pool.take(runtimes.java, 200)).toBeDefined();
    expect(pool.take(runtimes.python, 300)).toBeDefined();
    await pool.close();
  });

  it('holds as many as were asked for in the busiest second, and forgets that after a minute', async () => {
    const { pool, state } = poolOf([python]);
    await pool.settled();
    for (let index = 0; index < 5; index += 1) pool.take(runtimes.python, 100);
    await pool.settled();
    expect(pool.stats()).toEqual({ python: 5 });
    state.time += 61_000;
    await pool.settled();
    expect(pool.stats()).toEqual({ python: 1 });
    expect(state.released).toBe(4);
    await pool.close();
  });

  it('stays within its budget, and prefers what is asked for', async () => {
    const { pool } = poolOf([python, java], { budgetBytes: runtimes.java.idleBytes + runtimes.python.idleBytes });
    await pool.settled();
    expect(pool.stats()).toEqual({ python: 1, java: 0 });
    pool.take(runtimes.java, 200);
    await pool.settled();
    expect(pool.stats()).toEqual({ python: 1, java: 1 });
    await pool.close();
  });

  it('prepares nothing while runs wait', async () => {
    const { pool, state } = poolOf([python]);
    state.hasTime = false;
    await pool.settled();
    expect(state.made).toBe(0);
    state.hasTime = true;
    await pool.settled();
    expect(state.made).toBe(1);
    await pool.close();
  });

  it('replaces those that are old, and those that ended by themselves', async () => {
    const { pool, state } = poolOf([python]);
    await pool.settled();
    state.time += 600_001;
    await pool.settled();
    expect([state.made, state.released]).toEqual([2, 1]);
    state.endings.at(-1)?.();
    await Promise.resolve();
    await pool.settled();
    expect([state.made, state.released]).toEqual([3, 2]);
    await pool.close();
    expect(state.released).toBe(3);
  });

  it('gives up when none comes to be', async () => {
    const { pool, state } = poolOf([python], { fails: true });
    await pool.settled();
    await pool.settled();
    expect(state.made).toBe(5);
    await pool.close();
  });
});
