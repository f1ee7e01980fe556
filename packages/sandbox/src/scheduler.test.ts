import { ProblemError } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import { createScheduler } from './scheduler.ts';

/** Work that goes on until it is told to end. */
function workbench() {
  const begun: string[] = [];
  const slots: number[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => (slot: number) => {
    begun.push(name);
    slots.push(slot);
    return new Promise<void>((resolve) => ends.set(name, resolve));
  };
  const finish = async (name: string) => {
    await until(`${name} to begin`, () => ends.has(name));
    const before = begun.length;
    ends.get(name)?.();
    return before;
  };
  return { begun, slots, work, finish };
}

describe('EXEC-30 the queue', () => {
  it('lets no more run at once than it may, each in a slot of its own', async () => {
    const scheduler = createScheduler({ concurrency: 2 });
    const { begun, slots, work, finish } = workbench();
    for (const name of ['a1', 'a2', 'a3']) scheduler.enqueue('a', work(name));
    await until('two to begin', () => begun.length === 2);
    expect(scheduler.stats()).toEqual({ running: 2, queued: 1 });
    expect(new Set(slots)).toEqual(new Set([0, 1]));
    await finish('a2');
    await until('the third', () => begun.includes('a3'));
    expect(slots[2]).toBe(slots[1]);
  });

  it('takes owners in turn, and each owner’s runs in order', async () => {
    const scheduler = createScheduler({ concurrency: 1 });
    const { begun, work, finish } = workbench();
    for (const name of ['a1', 'a2', 'a3', 'a4']) scheduler.enqueue('a', work(name));
    for (const name of ['b1', 'b2']) scheduler.enqueue('b', work(name));
    scheduler.enqueue('c', work('c1'));
    for (let done = 0; done < 6; done += 1) {
      await until('the next', () => begun.length === done + 1);
      await finish(begun[done] as string);
    }
    await until('the last', () => begun.length === 7);
    expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('refuses an owner’s run beyond its share and says when to come back', () => {
    const scheduler = createScheduler({ concurrency: 1, queuePerOwnerMax: 2 });
    const { work } = workbench();
    for (const name of ['1', '2', '3']) scheduler.enqueue('a', work(name));
    const refusal = catchProblem(() => scheduler.enqueue('a', work('4')));
    expect(refusal).toMatchObject({ code: 'run_queue_full', status: 429 });
    expect(refusal.retryAfterSeconds).toBeGreaterThan(0);
    scheduler.enqueue('b', work('5'));
  });

  it('is bounded as a whole', () => {
    const scheduler = createScheduler({ concurrency: 1, queueMax: 3 });
    const { work } = workbench();
    for (const owner of ['a', 'b', 'c', 'd']) scheduler.enqueue(owner, work(owner));
    expect(catchProblem(() => scheduler.enqueue('e', work('e'))).code).toBe('run_queue_full');
  });

  it('lets waiting work leave, once', async () => {
    const scheduler = createScheduler({ concurrency: 1 });
    const { begun, work, finish } = workbench();
    const first = scheduler.enqueue('a', work('1'));
    const second = scheduler.enqueue('a', work('2'));
    scheduler.enqueue('b', work('3'));
    expect(second.leave()).toBe(true);
    expect(second.leave()).toBe(false);
    expect(first.leave()).toBe(false);
    expect(scheduler.stats()).toEqual({ running: 1, queued: 1 });
    await finish('1');
    await until('the third', () => begun.includes('3'));
    expect(begun).toEqual(['1', '3']);
  });
});

function catchProblem(action: () => unknown): ProblemError {
  try {
    action();
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
