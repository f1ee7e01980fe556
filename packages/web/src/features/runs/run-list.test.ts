import type { Run } from '@coderoom/protocol';
import { expect, it } from 'vitest';
import { withRun } from './run-list.ts';

const run = (id: string, state: Run['state'] = 'finished') => ({ id, state }) as Run;
const shown = (runs: readonly Run[]) => runs.map(({ id, state }) => `${id} ${state}`);

it('WEB-144 puts a run in its place by time, and each once, as it is now', () => {
  const runs = [run('3'), run('1')];
  expect(shown(withRun(runs, run('4', 'running')))).toEqual(['4 running', '3 finished', '1 finished']);
  expect(shown(withRun(runs, run('2')))).toEqual(['3 finished', '2 finished', '1 finished']);
  expect(shown(withRun([run('4', 'running'), ...runs], run('4')))).toEqual(['4 finished', '3 finished', '1 finished']);
  expect(shown(withRun([], run('1')))).toEqual(['1 finished']);
});
