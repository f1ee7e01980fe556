import { ProblemError } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import { createScheduler } from './scheduler.ts';

/** Work that goes on until it is told to end. */
function workbench() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<void>((resolve) => ends.set(name, resolve));
  };
  const finish = async (name: string) => {
    await until(`${name} to begin`, () => ends.has(name));
    const before = begun.length;
    ends.get(name)?.();
    return before;
  };
  return { begun, work, finish };
}

describe('EXEC-30 the queue', () => {
  it('lets no more run at once than it may', async () => {
    const scheduler = createScheduler({ concurrency: 2 });
    const { begun, work, finish } = workbench();
    for (const name of ['a1', 'a2', 'a3']) scheduler.enqueue('a', work(name));
    await until('two to begin', () => begun.length === 2);
    expect(scheduler.stats()).toEqual({ running: 2, queued: 1 });
    await finish('a2');
    await until('the third', () => begun.includes('a3'));
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

  it('lets one owner have only so many at once, though places are free', async () => {
    const scheduler = createScheduler({ concurrency: 4, runningPerOwnerMax: 2 });
    const { begun, work, finish } = workbench();
    for (const name of ['a1', 'a2', 'a3']) scheduler.enqueue('a', work(name));
    scheduler.enqueue('b', work('b1'));
    await until('three to begin', () => begun.length === 3);
    expect(begun).toEqual(['a1', 'a2', 'b1']);
    expect(scheduler.stats()).toEqual({ running: 3, queued: 1 });
    await finish('a1');
    await until('the next', () => begun.includes('a3'));
  });

  it('starts what has low priority only when nothing else can', async () => {
    const scheduler = createScheduler({ concurrency: 1 });
    const { begun, work, finish } = workbench();
    scheduler.enqueue('a', work('first'));
    const low = scheduler.enqueue('b', work('low'), 'low');
    expect(low.position()).toBe(1);
    scheduler.enqueue('c', work('normal'));
    expect(low.position()).toBe(2);
    await finish('first');
    await until('the second', () => begun.length === 2);
    await finish('normal');
    await until('the third', () => begun.length === 3);
    expect(begun).toEqual(['first', 'normal', 'low']);
    expect(low.position()).toBe(0);
  });

  it('knows the place of each, which is the order they start in', async () => {
    const scheduler = createScheduler({ concurrency: 1 });
    const { begun, work, finish } = workbench();
    scheduler.enqueue('z', work('z0'));
    const tickets = ['a1', 'a2', 'b1', 'a3', 'c1', 'b2'].map((name) => ({
      name,
      ticket: scheduler.enqueue(name[0] as string, work(name)),
    }));
    const expected = tickets.sort((one, two) => one.ticket.position() - two.ticket.position()).map(({ name }) => name);
    for (let done = 0; done < 6; done += 1) {
      await until('the next', () => begun.length === done + 1);
      await finish(begun[done] as string);
    }
    await until('the last', () => begun.length === 7);
    expect(begun.slice(1)).toEqual(expected);
  });

  it('tells when to come back by how long runs took lately', async () => {
    let time = 0;
    const scheduler = createScheduler({ concurrency: 1, queuePerOwnerMax: 1, now: () => time });
    const { work, finish } = workbench();
    for (let index = 0; index < 20; index += 1) {
      scheduler.enqueue('a', work(`${index}`));
      await until('an empty queue', () => scheduler.stats().queued === 0);
      time += 30_000;
      await finish(`${index}`);
      await until('its end', () => scheduler.stats().running === 0);
    }
    scheduler.enqueue('a', work('on'));
    scheduler.enqueue('a', work('waits'));
    expect(catchProblem(() => scheduler.enqueue('a', work('too many'))).retryAfterSeconds).toBeGreaterThan(25);
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
