import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { degradedPrograms } from '../test/degraded-outcomes.ts';
import { hostilePrograms } from '../test/hostile-programs.ts';
import { sandboxForSuite } from '../test/test-sandbox.ts';

const { test, missing } = await sandboxForSuite({ groups: false });
afterAll(async () => await test?.[Symbol.asyncDispose]());

describe.skipIf(test === null)(`EXEC-19 what control groups hold elsewhere, without them${missing}`, () => {
  if (test === null) return;

  afterEach(async () => {
    await test.expectNothingLeft();
    expect(await test.run({ language: 'python' }, 'print("hello")')).toMatchObject({ status: 'ok', stdout: 'hello\n' });
    expect(test.errors).toEqual([]);
  });

  it.each(degradedPrograms.map((row) => ({ language: 'python', ...row })))(
    'ends within bounds: $name ($language)',
    async ({ language, job, program, expect: expected }) => {
      const result = await test.run({ language, ...job }, program);
      expect(result).toMatchObject({ ...expected, peakBytes: null });
      // A process is counted every now and then, by ticks of the clock.
      if (expected.status === 'timeout') expect(result.cpuMs).toBeLessThan(1_500);
    },
  );

  it('ends within bounds: a million empty files, where the image’s own program makes the sandboxes', async (context) => {
    if (test.platform.cells === null) return context.skip();
    const { program, job } = hostilePrograms.find(({ name }) => name === 'a million empty files') ?? { program: '' };
    expect(await test.run({ language: 'python', ...job }, program)).toMatchObject({ status: 'ok', stdout: 'ENOSPC\n' });
  });
});
