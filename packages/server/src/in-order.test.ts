import { describe, expect, it } from 'vitest';
import { createInOrder } from './in-order.ts';

describe('work in order', () => {
  it('is done one after the other for a key, and at the same time for others', async () => {
    const inOrder = createInOrder();
    const done: string[] = [];
    const first = Promise.withResolvers<void>();
    const work = (name: string, until: Promise<void> = Promise.resolve()) =>
      until.then(() => {
        done.push(name);
        return name;
      });
    const all = [
      inOrder('a', () => work('a1', first.promise)),
      inOrder('a', () => work('a2')),
      inOrder('b', () => work('b1')),
    ];
    expect(await all[2]).toBe('b1');
    expect(done).toEqual(['b1']);
    first.resolve();
    expect(await Promise.all(all)).toEqual(['a1', 'a2', 'b1']);
    expect(done).toEqual(['b1', 'a1', 'a2']);
  });

  it('goes on after a failure, which only who asked for it sees', async () => {
    const inOrder = createInOrder();
    const failed = inOrder('a', () => Promise.reject(new Error('of the first')));
    const next = inOrder('a', async () => 'second');
    await expect(failed).rejects.toThrow('of the first');
    expect(await next).toBe('second');
  });
});
