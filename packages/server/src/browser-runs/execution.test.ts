import type { RunOrder } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import { expect, it } from 'vitest';
import { createBrowserExecution } from './execution.ts';

const job = { owner: 'room', language: 'python', files: [{ path: 'main.py', text: '' }] };

it('EXEC-48 keeps nothing of a run that has ended for as long as its page is connected', async () => {
  const execution = createBrowserExecution();
  const listeners = new Set<() => void>();
  const orders: RunOrder[] = [];
  const runner = {
    tell: (order: RunOrder) => orders.push(order),
    onGone(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  for (const id of ['a', 'b', 'c']) {
    const run = await execution.start({ ...job, id, runner });
    await until('the order', () => orders.some(({ runId }) => runId === id));
    expect(listeners.size).toBe(1);
    execution.take({ runId: id, end: { status: 'ok', exitCode: 0, phase: 'run', wallMs: 1 } }, runner);
    expect(await run.result).toMatchObject({ status: 'ok' });
    expect(listeners.size).toBe(0);
  }
  await execution.close();
});

it('EXEC-47 begins nothing for a page that has gone meanwhile', async () => {
  const execution = createBrowserExecution();
  const orders: RunOrder[] = [];
  let starts = 0;
  const runner = {
    tell: (order: RunOrder) => orders.push(order),
    onGone(listener: () => void) {
      listener();
      return () => {};
    },
  };
  const run = await execution.start({ ...job, id: 'a', runner, onStart: () => (starts += 1) });
  expect(await run.result).toMatchObject({ status: 'cancelled' });
  await new Promise((resolve) => setImmediate(resolve));
  expect([orders, starts]).toEqual([[], 0]);
  await execution.close();
});
