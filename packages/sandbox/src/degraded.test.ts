import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { hostilePrograms, needsGroups } from '../test/hostile-programs.ts';
import { sandboxForSuite } from '../test/test-sandbox.ts';

const { test, missing } = await sandboxForSuite({ groups: false });
afterAll(async () => await test?.[Symbol.asyncDispose]());

describe.skipIf(test === null)(`EXEC-19 a sandbox without control groups${missing}`, () => {
  if (test === null) return;

  afterEach(async () => {
    await test.expectNothingLeft();
    expect(test.errors).toEqual([]);
  });

  it('says that it is one, and what would help', () => {
    const { tier, summary, advice } = test.sandbox.report;
    expect(tier).toBe('degraded');
    expect(summary).toContain('without control groups');
    expect(advice.length).toBeGreaterThan(0);
  });

  it('runs each language, without claiming to know how much memory it took', { timeout: 120_000 }, async () => {
    for (const { id, helloWorld } of test.sandbox.languages()) {
      const result = await test.run({ language: id }, helloWorld);
      expect(result).toMatchObject({ status: 'ok', stdout: 'Hello, world!\nHello, Coderoom!\n', peakBytes: null });
    }
  });

  it('measures processor time, of short programs too', async () => {
    const program = 'import time\nwhile time.process_time() < 0.15: pass';
    const { cpuMs } = await test.run({ language: 'python' }, program);
    expect(cpuMs).toBeGreaterThan(70);
    expect(cpuMs).toBeLessThan(1_000);
  });

  it('ends a program whose processor time is up', async () => {
    const result = await test.run({ language: 'python', limits: { cpuMs: 300 } }, 'print("before")\nwhile True: pass');
    expect(result).toMatchObject({ status: 'timeout', stdout: 'before\n' });
    expect(result.cpuMs).toBeGreaterThanOrEqual(300);
  });

  it('counts the time of all processes of a program together', async () => {
    const program = 'import os\nfor _ in range(3): os.fork()\nwhile True: pass';
    const result = await test.run({ language: 'python', limits: { cpuMs: 400 } }, program);
    expect(result.status).toBe('timeout');
    expect(result.wallMs).toBeLessThan(3_000);
  });

  it('ends a sleeper and a program that ignores signals', async () => {
    const program = 'import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(1e6)';
    expect(await test.run({ language: 'python', limits: { wallMs: 400 } }, program)).toMatchObject({
      status: 'timeout',
    });
  });

  it('holds memory per process, which the program sees as its own failure', async () => {
    const limits = { memoryBytes: 128 * 2 ** 20, wallMs: 10_000 };
    const python = await test.run(
      { language: 'python', limits },
      // In large pieces, so that there is memory left to tell of it.
      'hoard = []\nwhile True: hoard.append(bytearray(8_000_000))',
    );
    expect(python).toMatchObject({ status: 'error', exitCode: 1, stderr: expect.stringContaining('MemoryError') });
    const javascript = await test.run(
      { language: 'javascript', limits },
      'const hoard = []; for (;;) hoard.push(new Array(100_000).fill(Math.random()));',
    );
    expect(javascript.status).toBe('error');
  });

  it.each(
    hostilePrograms.filter(({ rule }) => !needsGroups.includes(rule)).map((row) => ({ language: 'python', ...row })),
  )('$rule is held there, too: $name ($language)', async ({ language, job, program, check, expect: expected }) => {
    const result = await test.run({ language, ...job }, program);
    expect(result).toMatchObject(expected);
    check?.(result);
    expect(await test.run({ language: 'python' }, 'print("hello")')).toMatchObject({ status: 'ok', stdout: 'hello\n' });
  });

  it('bounds the number of processes', async () => {
    const program = [
      'import os, time',
      'made = 0',
      'try:',
      '    while made < 200:',
      '        if os.fork() == 0: time.sleep(1e6)',
      '        made += 1',
      'except OSError: pass',
      'print(made)',
    ].join('\n');
    const result = await test.run({ language: 'python' }, program);
    expect(result.status).toBe('ok');
    expect(Number(result.stdout)).toBeLessThan(65);
  });

  it('leaves nothing of a daemon, and no run can keep the next from starting', async () => {
    const program = 'import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(1e6)\nprint("done")';
    for (let index = 0; index < 3; index += 1) {
      expect(await test.run({ language: 'python' }, program)).toMatchObject({ status: 'ok', stdout: 'done\n' });
    }
  });
});
