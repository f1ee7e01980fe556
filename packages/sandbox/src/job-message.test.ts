import { expect, it } from 'vitest';
import { encodeJob } from './job-message.ts';

it('EXEC-27 a job is told in records with lengths in bytes', () => {
  const files = [{ path: 'ü.py', text: 'a\narg 3\nb' }];
  const message = encodeJob({ files, args: ['é', ''], entry: 'ü.py' });
  expect(message.toString()).toBe('path 5\nü.pytext 9\na\narg 3\nbarg 2\néarg 0\nentry 5\nü.py');
});
