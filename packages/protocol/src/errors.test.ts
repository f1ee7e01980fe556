import { expect, it } from 'vitest';
import { errorRow, errorRows, ProblemError } from './errors.ts';

it('gives each expected failure a status that HTTP knows and a sentence', () => {
  for (const row of errorRows) {
    expect(row.status).toBeGreaterThanOrEqual(400);
    expect(row.status).toBeLessThan(600);
    expect(row.message).toMatch(/^[A-Z].*\.$/);
    expect(row.code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  }
});

it('carries its row, and a detail when there is one', () => {
  expect(new ProblemError('room_full').message).toBe(errorRow('room_full').message);
  const error = new ProblemError('run_queue_full', { detail: 'Position 7.', retryAfterSeconds: 3 });
  expect(error).toMatchObject({ code: 'run_queue_full', status: 429, message: 'Position 7.', retryAfterSeconds: 3 });
});
