import { expect, it } from 'vitest';
import { runProgress } from './run-progress.ts';

it.each([
  [{ state: 'queued' }, 'Waiting for a free place …'],
  [{ state: 'queued', position: 1 }, 'Waiting, next in line …'],
  [{ state: 'queued', position: 2 }, 'Waiting, 2nd in line …'],
  [{ state: 'queued', position: 3 }, 'Waiting, 3rd in line …'],
  [{ state: 'queued', position: 4 }, 'Waiting, 4th in line …'],
  [{ state: 'queued', position: 12 }, 'Waiting, 12th in line …'],
  [{ state: 'queued', position: 21 }, 'Waiting, 21st in line …'],
  [{ state: 'running' }, 'Running …'],
] as const)('WEB-174 %o reads “%s”', (run, text) => {
  expect(runProgress(run)).toBe(text);
});
