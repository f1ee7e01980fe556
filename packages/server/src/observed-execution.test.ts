import type { RunResult } from '@coderoom/protocol';
import { expect, it } from 'vitest';
import type { Execution } from './execution.ts';
import { observeExecution } from './observed-execution.ts';

it('METRIC-1 tells how many runs wait and go on, and how each ended', async () => {
  const started: (() => void)[] = [];
  const results: PromiseWithResolvers<RunResult>[] = [];
  const execution = {
    async start(job: Parameters<Execution['start']>[0]) {
      const result = Promise.withResolvers<RunResult>();
      results.push(result);
      started.push(() => job.onStart?.());
      return { id: job.id, result: result.promise, write() {}, end() {}, cancel() {} };
    },
  } as unknown as Execution;
  const ended: string[] = [];
  const observed = observeExecution(execution, (language, status) => ended.push(`${language} ${status}`));
  const told: string[] = [];
  const job = { owner: 'somebody', language: 'python', files: [] };
  await observed.start({ ...job, id: 'one', onStart: () => told.push('one') });
  await observed.start({ ...job, id: 'two' });
  expect(observed.runs()).toEqual({ running: 0, waiting: 2 });
  started[0]?.();
  expect(observed.runs()).toEqual({ running: 1, waiting: 1 });
  expect(told).toEqual(['one']);
  // One ends, the other is cancelled before its turn.
  results[0]?.resolve({ status: 'ok' } as RunResult);
  results[1]?.resolve({ status: 'cancelled' } as RunResult);
  await Promise.all(results.map(({ promise }) => promise));
  expect(observed.runs()).toEqual({ running: 0, waiting: 0 });
  expect(ended).toEqual(['python ok', 'python cancelled']);
});
