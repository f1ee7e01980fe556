import { until } from '@coderoom/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sandboxForSuite } from '../test/test-sandbox.ts';

const { test, missing } = await sandboxForSuite({ warmBytes: 2 ** 30 });
afterAll(async () => await test?.[Symbol.asyncDispose]());
const isInstalled = test?.sandbox.languages().some(({ id, installed }) => id === 'csharp' && installed);

describe.skipIf(test === null || !isInstalled)(`C# by a compiler that waits${missing}`, { timeout: 60_000 }, () => {
  if (test === null) return;
  const { sandbox, platform } = test;
  const run = async (text: string, job = {}) => {
    if (platform.groups !== null) {
      await until('one that waits', () => (sandbox.stats().warm.mono ?? 0) > 0, { timeoutMs: 50_000 });
    }
    return await test.run({ language: 'csharp', ...job }, text);
  };
  // It waits once it was asked for.
  beforeAll(async () => void (await test.run({ language: 'csharp' }, 'class P { static void Main() { } }')));
  afterEach(() => test.expectNothingLeft());

  it('EXEC-60 compiles what has the name of something in a library, as mcs does', async () => {
    const text = [
      'using System.Linq;',
      'namespace System { public static class Math { public static int Pow(int a, int b) { return a + b; } } }',
      'namespace System.Linq { static class Enumerable { public static int Sum(this int[] all) { return 42; } } }',
      'class Console { public static void WriteLine(object o) { System.Console.WriteLine("<" + o + ">"); } }',
      'class P { static void Main() { Console.WriteLine(System.Math.Pow(2, 3)); Console.WriteLine(P.All.Sum()); }',
      '  static int[] All = { 1 }; }',
    ].join('\n');
    const result = await run(text);
    expect(result).toMatchObject({ status: 'ok', stdout: '<5>\n<42>\n' });
    expect(result.compileOutput).toContain('warning CS0436');
  });

  it('EXEC-60 takes an assembly’s attributes', async () => {
    const text =
      '[assembly: System.Reflection.AssemblyVersion("1.2.3.4")]\nclass P { static void Main() { System.Console.Write(typeof(P).Assembly.GetName().Version); } }';
    expect(await run(text)).toMatchObject({ status: 'ok', stdout: '1.2.3.4', compileOutput: '' });
  });

  it('EXEC-60 warns, and runs all the same', async () => {
    const result = await run(
      'class P {\n  static void Main() {\n    int unused;\n    System.Console.Write(1);\n  }\n}',
    );
    expect(result).toMatchObject({ status: 'ok', stdout: '1' });
    expect(result.compileOutput).toMatch(/^Main\.cs\(3,9\): warning CS0168: /);
  });

  it('EXEC-60 names every mistake of every file, and nothing else', async () => {
    const files = [
      { path: 'Main.cs', text: 'class P {\n  static void Main() {\n    Missing();\n    int x = "text";\n  }\n}' },
      { path: 'part/Other.cs', text: 'class Other {\n  int y = "text";\n}' },
    ];
    const { status, phase, compileOutput } = await run('', { files, entry: 'Main.cs' });
    expect({ status, phase }).toEqual({ status: 'error', phase: 'compile' });
    expect(compileOutput.trim().split('\n').sort()).toEqual([
      expect.stringMatching(/^Main\.cs\(3,5\): error CS0103: /),
      expect.stringMatching(/^Main\.cs\(4,13\): error CS0029: /),
      expect.stringMatching(/^part\/Other\.cs\(2,11\): error CS0029: /),
    ]);
  });

  it('EXEC-60 says so when the compiler itself fails', async () => {
    const text =
      'class P { static string F(object o) { switch (o) { case int i: return "i"; default: return ""; } } static void Main() { } }';
    const result = await run(text);
    expect(result).toMatchObject({ status: 'error', phase: 'compile', stderr: '' });
    expect(result.compileOutput).toContain('error CS');
  });

  it('EXEC-60 takes any name of a file for a name', async () => {
    const files = [{ path: '@x -out:y *.cs', text: 'class P { static void Main() { System.Console.Write("x"); } }' }];
    expect(await run('', { files, entry: files[0]?.path })).toMatchObject({ status: 'ok', stdout: 'x' });
  });

  it('EXEC-60 tells a program its own arguments, and nothing of what compiled it', async () => {
    const text = [
      'using System; using System.IO; using System.Linq;',
      'class P { static void Main() {',
      '  Console.WriteLine(string.Join("|", Environment.GetCommandLineArgs().Skip(1)));',
      '  Console.WriteLine(string.Join("|", Directory.GetFiles("/tmp").Where(path => path.Contains("practice"))));',
      '  Console.WriteLine(Directory.GetFiles("/proc/self/fd").Count(path => File.Exists(path)));',
      '} }',
    ].join('\n');
    expect(await run(text, { args: ['a b', 'ü'] })).toMatchObject({ status: 'ok', stdout: 'a b|ü\n\n3\n' });
  });

  it('EXEC-61 tells in which line it failed', async () => {
    const text =
      'class P {\n  static void F() {\n    System.Console.Write(1);\n    throw new System.Exception("oh");\n  }\n  static void Main() {\n    F();\n  }\n}';
    const result = await run(text);
    expect(result).toMatchObject({ status: 'error', phase: 'run', exitCode: 1 });
    expect(result.stderr).toMatch(
      /System\.Exception: oh\s+at P\.F \(\) \S+ in \/box\/Main\.cs:4\s+at P\.Main \(\) \S+ in \/box\/Main\.cs:7\s/,
    );
  });

  it('EXEC-61 fails by a thread of its own, and ends by one', async () => {
    const start = (body: string) =>
      `using System; using System.Threading; class P { static void Main() { new Thread(() => { ${body} }).Start(); Thread.Sleep(20000); } }`;
    const failed = await run(start('throw new Exception("there");'));
    expect(failed).toMatchObject({ status: 'error', exitCode: 1, stderr: expect.stringContaining('Exception: there') });
    expect(await run(start('Environment.Exit(3);'))).toMatchObject({ status: 'error', exitCode: 3, stderr: '' });
  });

  it('EXEC-61 goes on while a thread in the foreground does', async () => {
    const text =
      'using System; using System.Threading; class P { static void Main() { new Thread(() => { Thread.Sleep(50); Console.Write("late"); }).Start(); Environment.ExitCode = 5; } }';
    expect(await run(text)).toMatchObject({ stdout: 'late', exitCode: 5 });
  });

  it('EXEC-61 begins in a Main that is asynchronous', async () => {
    const main = (body: string) =>
      `using System; using System.Threading.Tasks;\nnamespace N { class P {\n  static async Task${body}\n} }`;
    const text = main('<int> Main(string[] args) { await Task.Delay(1); Console.Write(args[0]); return 6; }');
    expect(await run(text, { args: ['word'] })).toMatchObject({ exitCode: 6, stdout: 'word', compileOutput: '' });
    const failing = await run(main(' Main() {\n    await Task.Yield();\n    throw new Exception("oh");\n  }'));
    expect(failing).toMatchObject({ exitCode: 1, phase: 'run' });
    expect(failing.stderr).toMatch(/System\.Exception: oh\s+at N\.P\.Main \(\) \S+ in \/box\/Main\.cs:5/);
    const mistaken = await run(main(' Main() { int x = "text"; await Task.Yield(); }'));
    expect(mistaken).toMatchObject({ status: 'error', phase: 'compile' });
    expect(mistaken.compileOutput).toMatch(/^Main\.cs\(3,\d+\): error CS0029: [^\n]*\n$/);
    const two =
      'using System.Threading.Tasks; class P { static Task Main() { return null; } } class Q { static Task Main() { return null; } }';
    expect(await run(two)).toMatchObject({ phase: 'compile', compileOutput: expect.stringContaining('CS5001') });
  });

  it('EXEC-25 answers line by line', async () => {
    const text =
      'using System; class P { static void Main() { string line; while ((line = Console.ReadLine()) != null) Console.WriteLine(line + "!"); Console.WriteLine(Console.Read()); } }';
    if (platform.groups !== null) await until('one that waits', () => (sandbox.stats().warm.mono ?? 0) > 0);
    let printed = '';
    const live = sandbox.start({
      id: 'live',
      owner: 'test',
      language: 'csharp',
      files: [{ path: 'Main.cs', text }],
      onFrames: (frames) => {
        printed += frames.map(({ data }) => data).join('');
      },
    });
    for (const line of ['Zoë', '日本']) {
      live.write(`${line}\n`);
      await until('the answer', () => printed.endsWith(`${line}!\n`));
    }
    live.end();
    expect(await live.result).toMatchObject({ status: 'ok', stdout: 'Zoë!\n日本!\n-1\n' });
  });
});
