import { type ErrorCode, limits, ProblemError } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import { checkJob, type JobRequest } from './check-job.ts';

const good: JobRequest = { language: 'python', files: [{ path: 'main.py', text: '' }] };
const check = (change: Partial<JobRequest>) =>
  checkJob({ ...good, ...change }, ({ id }) => (id === 'python' ? undefined : 'a reason'));
const file = (path: string, text = '') => ({ path, text });

describe('EXEC-31 a job is refused', () => {
  const refusals: [why: string, code: ErrorCode, change: Partial<JobRequest>][] = [
    ['in an unknown language', 'language_not_found', { language: 'cobol' }],
    ['in a language that only JavaScript’s objects know', 'language_not_found', { language: 'constructor' }],
    ['in a language that is not installed', 'language_not_installed', { language: 'javascript' }],
    ['without files', 'invalid_request', { files: [] }],
    ['with 1000 files', 'too_large', { files: Array.from({ length: 1_000 }, (_, index) => file(`${index}.py`)) }],
    ['with 5 MB of source', 'too_large', { files: [file('main.py', 'x'.repeat(5_000_000))] }],
    [
      'with files too large together',
      'too_large',
      { files: [file('a', 'é'.repeat(300_000)), file('b', 'x'.repeat(500_000))] },
    ],
    ['with a path upwards', 'invalid_path', { files: [file('../x')] }],
    ['with an absolute path', 'invalid_path', { files: [file('/abs')] }],
    ['with a NUL in a path', 'invalid_path', { files: [file('a\0b')] }],
    ['with a line break in a path', 'invalid_path', { files: [file('main.py\n')] }],
    ['with a path of 300 characters', 'invalid_path', { files: [file('x'.repeat(300))] }],
    ['with a name longer than Linux has', 'invalid_path', { files: [file('é'.repeat(150))] }],
    ['with the path of a folder', 'invalid_path', { files: [file('.')] }],
    ['with a file in a file', 'invalid_path', { files: [file('a/b/c'), file('a')] }],
    ['with one path twice', 'invalid_request', { files: [file('a'), file('a')] }],
    ['with an entry that is not there', 'entry_not_found', { entry: 'other.py' }],
    ['with too many arguments', 'too_large', { args: Array.from({ length: 51 }, () => '') }],
    ['with too long an argument', 'too_large', { args: ['x'.repeat(1_001)] }],
    ['with a NUL in an argument', 'invalid_request', { args: ['a\0b'] }],
    ['with too much input', 'too_large', { stdin: 'x'.repeat(limits.runStdinMaxBytes + 1) }],
    ['with limits that are no numbers', 'invalid_limits', { limits: { cpuMs: Number.NaN } }],
    ['with a negative limit', 'invalid_limits', { limits: { memoryBytes: -1 } }],
    ['with a limit of zero', 'invalid_limits', { limits: { wallMs: 0 } }],
    ['with a limit in words', 'invalid_limits', { limits: { wallMs: '5' as unknown as number } }],
  ];
  it.each(refusals)('%s: %s', (_, code, change) => {
    expect(() => check(change)).toThrow(expect.objectContaining({ code }));
  });

  it('saying why the language cannot be run', () => {
    expect(() => check({ language: 'javascript' })).toThrow('JavaScript cannot be run on this server: a reason.');
  });

  it('naming the languages that are known', () => {
    expect(() => check({ language: 'cobol' })).toThrow(/python, javascript/);
    expect(() => check({ language: 'cobol' })).toThrow(ProblemError);
  });
});

describe('EXEC-32 a job’s limits', () => {
  it('are the server’s own unless it asks for others', () => {
    expect(check({}).limits).toEqual({
      cpuMs: limits.runCpuMs,
      wallMs: limits.runWallMs,
      memoryBytes: limits.runMemoryBytes,
    });
    expect(check({ limits: { cpuMs: 500 } }).limits.cpuMs).toBe(500);
  });

  it('are brought down to what the server allows', () => {
    const asked = { cpuMs: 1e9, wallMs: Number.POSITIVE_INFINITY, memoryBytes: 1e300 };
    expect(check({ limits: asked }).limits).toEqual({
      cpuMs: limits.runCpuMaxMs,
      wallMs: limits.runWallMaxMs,
      memoryBytes: limits.runMemoryMaxBytes,
    });
  });
});

it('EXEC-31 starts at the first file unless told otherwise', () => {
  const files = [file('one.py'), file('two.py')];
  expect(check({ files }).entry).toBe('one.py');
  expect(check({ files, entry: 'two.py' }).entry).toBe('two.py');
});
