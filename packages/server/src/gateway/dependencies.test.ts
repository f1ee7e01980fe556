import { describe, expect, it, vi } from 'vitest';
import { createProbe } from './dependencies.ts';

describe('asking how a dependency is', () => {
  it('HEALTH-2 tells ready and down', async () => {
    expect(await createProbe(async () => {})()).toBe('ready');
    expect(await createProbe(() => Promise.reject(new Error('gone')))()).toBe('down');
  });

  it('HEALTH-2 one that hangs is down after a moment, asked once, and ready when it answers again', async () => {
    const answers: (() => void)[] = [];
    const check = vi.fn(() => new Promise<void>((resolve) => answers.push(resolve)));
    const probe = createProbe(check, 30);
    expect(await Promise.all([probe(), probe()])).toEqual(['down', 'down']);
    // Now it answers without waiting at all.
    const turn = new Promise((resolve) => setImmediate(resolve, 'a turn of the loop'));
    expect(await Promise.race([probe(), turn])).toBe('down');
    expect(check).toHaveBeenCalledTimes(1);
    answers[0]?.();
    await vi.waitFor(async () => {
      const state = probe();
      answers.at(-1)?.();
      expect(await state).toBe('ready');
    });
  });
});
