import { afterAll, describe, expect, it } from 'vitest';
import { sandboxForSuite } from '../test/test-sandbox.ts';

const { test, missing } = await sandboxForSuite({ warmBytes: 2 ** 30 });
afterAll(async () => await test?.[Symbol.asyncDispose]());
const noPool = test?.platform.groups === null;

describe.skipIf(test === null)(`a warm sandbox${missing}`, () => {
  if (test === null) return;
  const { sandbox } = test;
  const warm = () => Object.values(sandbox.stats().warm).reduce((sum, count) => sum + count, 0);

  it('EXEC-37 is there for what can be run', async () => {
    await sandbox.warmedUp();
    if (noPool) return expect(warm()).toBe(0);
    expect(sandbox.stats().warm).toMatchObject({ python: 1, node: 1 });
  });

  it('EXEC-37 is used once only: what one run leaves, no other finds (case 53)', async () => {
    const program = [
      'import builtins, os, sys, json',
      'found = [hasattr(builtins, "mark"), "MARK" in os.environ, os.path.exists("/tmp/mark"), os.path.exists("/box/mark"),',
      '         os.getcwd(), json.dumps({}), len(os.listdir("/box"))]',
      'print(found)',
      'builtins.mark = 1; os.environ["MARK"] = "1"; open("/tmp/mark", "w"); open("/box/mark", "w"); os.chdir("/tmp")',
      'json.dumps = None',
    ].join('\n');
    for (let round = 0; round < 4; round += 1) {
      await sandbox.warmedUp();
      const result = await test.run({ language: 'python' }, program);
      expect(result).toMatchObject({ status: 'ok', stdout: "[False, False, False, False, '/box', '{}', 1]\n" });
    }
  });

  it('EXEC-37 gives limits their due, and counts nothing that came before', async () => {
    await sandbox.warmedUp();
    const small = { memoryBytes: 48 * 2 ** 20 };
    const hog = await test.run(
      { language: 'python', limits: small },
      'a = []\nwhile True: a.append(bytearray(1000000))',
    );
    if (!noPool) {
      expect(hog.status).toBe('memory');
      expect(hog.peakBytes).toBeLessThanOrEqual(small.memoryBytes);
    }
    await sandbox.warmedUp();
    const large = { memoryBytes: 700 * 2 ** 20 };
    expect(await test.run({ language: 'python', limits: large }, 'print(len(bytearray(400_000_000)))')).toMatchObject({
      status: 'ok',
      stdout: '400000000\n',
    });
    await sandbox.warmedUp();
    const { cpuMs } = await test.run({ language: 'javascript' }, 'console.log(1)');
    expect(cpuMs).toBeLessThan(1_000);
  });

  it('EXEC-7 has only the fixed descriptors and environment', async () => {
    await sandbox.warmedUp();
    const python = await test.run(
      { language: 'python' },
      'import os\nall = os.listdir("/proc/self/fd")\nprint([fd for fd in all if os.path.exists(f"/proc/self/fd/{fd}")], sorted(os.environ))',
    );
    expect(python.stdout).toBe(
      "['0', '1', '2'] ['HOME', 'LANG', 'PATH', 'PWD', 'PYTHONDONTWRITEBYTECODE', 'PYTHONUNBUFFERED']\n",
    );
  });

  it('EXEC-26 can be cancelled as soon as it is given its job', async () => {
    for (let round = 0; round < 3; round += 1) {
      await sandbox.warmedUp();
      const files = [{ path: 'main.py', text: 'while True: pass' }];
      const run = sandbox.start({ id: 'c', owner: 'o', language: 'python', files });
      run.cancel();
      expect(await run.result).toMatchObject({ status: 'cancelled' });
    }
    await test.expectNothingLeft();
  });

  it('EXEC-25 waits for live input as any other', async () => {
    await sandbox.warmedUp();
    const files = [{ path: 'main.rb', text: 'print "Name? "\nputs "Hi #{gets}"' }];
    const language = sandbox.languages().some(({ id, installed }) => id === 'ruby' && installed) ? 'ruby' : undefined;
    if (language === undefined) return;
    const run = sandbox.start({ id: 'i', owner: 'o', language, files });
    run.write('Ada\n');
    expect(await run.result).toMatchObject({ status: 'ok', stdout: 'Name? Hi Ada\n' });
  });
});
