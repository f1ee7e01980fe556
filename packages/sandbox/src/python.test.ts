import { afterAll, describe, expect, it } from 'vitest';
import { sandboxForSuite } from '../test/test-sandbox.ts';

const { test, missing } = await sandboxForSuite();
afterAll(async () => await test?.[Symbol.asyncDispose]());

describe.skipIf(test === null)(`a program of Python${missing}`, () => {
  if (test === null) return;

  it('EXEC-57 finds the names and paths that it finds where nobody started it so', async () => {
    const look = [
      'import builtins, sys',
      'names = [(name, repr(getattr(builtins, name))) for name in ("exit", "quit", "help", "copyright", "credits", "license")]',
      'print(sorted(set(dir(builtins)) - {"_"}), names, sys.path[1:], sys.prefix, sys.exec_prefix, sys.executable)',
    ].join('\n');
    const { stdout, status } = await test.run(
      {
        language: 'python',
        entry: 'main.py',
        files: [
          { path: 'look.py', text: look },
          { path: 'main.py', text: `${look}\nimport subprocess\nsubprocess.run([sys.executable, "look.py"])` },
        ],
      },
      '',
    );
    const [ours, theirs] = stdout.trim().split('\n');
    expect(status).toBe('ok');
    expect(ours).toBe(theirs);
    expect(ours).toContain('Use exit() or Ctrl-D');
  });

  it.each([
    ['exit(3)', 3],
    ['quit("no")', 1],
  ])('EXEC-57 ends by %s', async (program, exitCode) => {
    expect(await test.run({ language: 'python' }, program)).toMatchObject({ exitCode });
  });
});
