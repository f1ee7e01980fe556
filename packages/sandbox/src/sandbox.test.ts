import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { limits, type RunResult } from '@coderoom/protocol';
import { pause, temporaryFolder, until } from '@coderoom/testkit';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  groupsOfThisProcess,
  openTestSandbox,
  processesOf,
  sandboxForSuite,
  type TestSandbox,
} from '../test/test-sandbox.ts';
import { inheritedFiles } from './inherited-files.ts';
import type { Platform } from './platform.ts';
import { openSandbox, openSandboxOn, type SandboxJob, type SandboxRun } from './sandbox.ts';

const { test, missing } = await sandboxForSuite();
afterAll(async () => await test?.[Symbol.asyncDispose]());

describe.skipIf(test === null)(`a sandbox${missing}`, () => {
  if (test === null) return;
  const { sandbox, platform } = test;

  /** A run that one can talk with. */
  function start(program: string, job: Partial<SandboxJob> = {}): { run: SandboxRun; printed(): string } {
    let text = '';
    const run = sandbox.start({
      id: 'talk',
      owner: 'test',
      language: 'python',
      files: [{ path: 'main.py', text: program }],
      ...job,
      onFrames(frames) {
        text += frames.map(({ data }) => data).join('');
        job.onFrames?.(frames);
      },
    });
    return { run, printed: () => text };
  }

  afterEach(async () => {
    await test.expectNothingLeft();
    expect(test.errors.splice(0)).toEqual([]);
    await until('its slot to be free', () => sandbox.stats().running === 0);
    expect(sandbox.stats().queued).toBe(0);
  });

  it('EXEC-28 runs the hello world of each language, which need no input', { timeout: 120_000 }, async () => {
    for (const language of sandbox.languages()) {
      expect(language, language.hint ?? '').toMatchObject({
        installed: true,
        version: expect.stringMatching(/^\d+\.\d+/),
      });
      const result = await test.run({ language: language.id }, language.helloWorld);
      expect(result).toMatchObject({
        status: 'ok',
        exitCode: 0,
        stdout: 'Hello, world!\nHello, Coderoom!\n',
        stderr: '',
      });
      expect(result.wallMs).toBeGreaterThan(0);
      expect(result.cpuMs).toBeGreaterThan(0);
    }
  });

  it('EXEC-28 runs JavaScript on the Node that runs Coderoom', async () => {
    const result = await test.run({ language: 'javascript' }, 'console.log(process.version)');
    expect(result.stdout).toBe(`${process.version}\n`);
  });

  it('EXEC-2 runs as the slot’s own user on the host, never as root', async () => {
    const { run, printed } = start('print("here")\ninput()');
    await until('the program to run', () => printed() === 'here\n');
    const found = processesOf(platform);
    expect(found.length).toBeGreaterThan(2);
    for (const line of found) {
      const status = readFileSync(`/proc/${line.split(' ')[0]}/status`, 'utf8');
      const uids = /^Uid:\s*(.*)$/m.exec(status)?.[1]?.split('\t').map(Number) ?? [];
      expect(uids).not.toContain(0);
      expect(new Set(uids).size).toBe(1);
      expect(/^Groups:[ \t]*(.*)$/m.exec(status)?.[1]?.trim()).toMatch(platform.slotUsers === null ? /.*/ : /^(\d+)?$/);
    }
    run.end();
    await run.result;
  });

  it('EXEC-59 lets what goes on give way to what has only just begun', async (context) => {
    if (platform.groups === null) return context.skip();
    const low = new Set(['128\n', '12\n']);
    const weights = () =>
      groupsOfThisProcess()
        .flatMap((folder) => [join(folder, 'cpu.shares'), join(folder, 'cpu.weight')])
        .filter((file) => existsSync(file))
        .map((file) => readFileSync(file, 'utf8'));
    const { run, printed } = start('print("begun")\ninput()\nwhile True: pass');
    await until('the program to run', () => printed() === 'begun\n');
    expect(weights().length).toBeGreaterThan(0);
    expect(weights().some((weight) => low.has(weight))).toBe(false);
    run.write('on\n');
    await until('it to weigh less', () => weights().some((weight) => low.has(weight)));
    run.cancel();
    expect((await run.result).cpuMs).toBeGreaterThanOrEqual(limits.runShortCpuMs);
  });

  it('EXEC-7 lets nothing through of what this process was started with open', async () => {
    const script = `
      import { openSandbox } from ${JSON.stringify(fileURLToPath(new URL('./index.ts', import.meta.url)))};
      const logger = { info() {}, warn() {}, error: console.error };
      const sandbox = await openSandbox({ stateDir: '/tmp', concurrency: 1, logger });
      const files = [{ path: 'main.py', text: process.argv[1] }];
      const run = sandbox.start({ id: '1', owner: 'o', language: 'python', files, stdin: '' });
      console.log(sandbox.report.tier, (await run.result).stdout.trim());
      await sandbox.close();`;
    const program = [
      'import os',
      'listed = os.listdir("/proc/self/fd")',
      'print([fd for fd in listed if os.path.exists("/proc/self/fd/" + fd)])',
    ].join('\n');
    const secret = openSync(fileURLToPath(import.meta.url), 'r');
    const stdio: ('ignore' | 'pipe' | 'inherit' | number)[] = ['ignore', 'pipe', 'inherit'];
    while (stdio.length < 57) stdio.push('ignore');
    stdio.push(secret);
    stdio[8] = secret;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, program], { stdio });
    closeSync(secret);
    let printed = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    await once(child, 'close');
    expect(printed.trim()).toBe(`${sandbox.report.tier} ['0', '1', '2']`);
  });

  it('EXEC-7 knows which descriptors a child would inherit', () => {
    const own = openSync('/dev/null', 'r');
    expect(inheritedFiles()).not.toContain(own);
    closeSync(own);
  });

  it('EXEC-25 takes input while the program runs, and its end', async () => {
    const { run, printed } = start('name = input("Name? ")\nprint("Hi", name)\nprint(len(open(0).read()))');
    await until('the question', () => printed() === 'Name? ');
    run.write('Ada\n');
    await until('the answer', () => printed().includes('Hi Ada\n'));
    run.write('abc');
    run.end();
    run.write('too late');
    expect(await run.result).toMatchObject({ status: 'ok', stdout: 'Name? Hi Ada\n3\n' });
  });

  it('EXEC-25 gives input that came before the program did', async () => {
    const { run } = start('print(input())');
    run.write('early\n');
    expect(await run.result).toMatchObject({ status: 'ok', stdout: 'early\n' });
  });

  it('EXEC-25 ends given input, and lets /dev/stdin be opened', async () => {
    const program = 'console.log(JSON.stringify(require("node:fs").readFileSync("/dev/stdin", "utf8")))';
    const given = await test.run({ language: 'javascript', stdin: 'é\n2' }, program);
    expect(given).toMatchObject({ status: 'ok', stdout: '"é\\n2"\n' });
  });

  it('EXEC-25 does not mind a program that leaves its input unread', async () => {
    const result = await test.run({ language: 'python', stdin: 'x'.repeat(limits.runStdinMaxBytes) }, 'print("done")');
    expect(result).toMatchObject({ status: 'ok', stdout: 'done\n' });
  });

  it('EXEC-25 bounds what waits unread', async () => {
    const { run } = start('import time\ntime.sleep(1e6)');
    const block = 'x'.repeat(100_000);
    expect(() => {
      for (let index = 0; index < 30; index += 1) run.write(block);
    }).toThrow(expect.objectContaining({ code: 'too_large' }));
    run.cancel();
    expect(await run.result).toMatchObject({ status: 'cancelled' });
  });

  it('EXEC-26 cancels a running program at once, however often it is asked', async () => {
    const { run, printed } = start('print("before")\nwhile True: pass');
    await until('the program to run', () => printed() === 'before\n');
    const askedAt = performance.now();
    run.cancel();
    run.cancel();
    const result = await run.result;
    expect(performance.now() - askedAt).toBeLessThan(1_000);
    expect(result).toMatchObject({ status: 'cancelled', stdout: 'before\n', exitCode: null, signal: 'SIGKILL' });
    run.cancel();
    run.end();
    expect(await run.result).toBe(result);
  });

  it('EXEC-26 cancels a program at any moment of its start', async () => {
    for (const afterMs of [0, 1, 2, 4, 8, 16, 24]) {
      const { run } = start('while True: pass');
      if (afterMs > 0) await pause(afterMs);
      run.cancel();
      expect(await run.result).toMatchObject({ status: 'cancelled' });
      await test.expectNothingLeft();
    }
  });

  it('EXEC-26 cancels in the midst of a flood', async () => {
    const { run, printed } = start('import os\nwhile True: os.write(1, b"x" * 100)');
    await until('output', () => printed() !== '');
    run.cancel();
    expect(['cancelled', 'output']).toContain((await run.result).status);
  });

  it('EXEC-26 cancels a run that waits, without starting it', async () => {
    const busy = [start('input()'), start('input()')];
    await until('both to run', () => sandbox.stats().running === 2);
    let hasStarted = false;
    const { run } = start('print(1)', {
      onStart() {
        hasStarted = true;
      },
    });
    expect(sandbox.stats().queued).toBe(1);
    run.cancel();
    run.cancel();
    expect(await run.result).toMatchObject({ status: 'cancelled', signal: null, stdout: '' });
    for (const { run: other } of busy) other.cancel();
    await Promise.all(busy.map(({ run: other }) => other.result));
    expect(hasStarted).toBe(false);
  });

  it.each<[what: string, code: string, expected: Partial<RunResult>]>([
    ['exit 0', 'sys.exit(0)', { status: 'ok', exitCode: 0, signal: null }],
    ['exit 42', 'sys.exit(42)', { status: 'error', exitCode: 42, signal: null }],
    ['exit 137', 'sys.exit(137)', { status: 'error', exitCode: 137, signal: null }],
    ['exit 255', 'sys.exit(255)', { status: 'error', exitCode: 255, signal: null }],
    ['an exception', 'raise ValueError', { status: 'error', exitCode: 1, signal: null }],
    ['a crash', 'os.kill(os.getpid(), signal.SIGSEGV)', { status: 'error', exitCode: null, signal: 'SIGSEGV' }],
    ['an abort', 'os.abort()', { status: 'error', exitCode: null, signal: 'SIGABRT' }],
    ['SIGTERM to itself', 'os.kill(os.getpid(), 15)', { status: 'error', exitCode: null, signal: 'SIGTERM' }],
    ['SIGKILL to itself', 'os.kill(os.getpid(), 9)', { status: 'error', exitCode: null, signal: 'SIGKILL' }],
  ])('EXEC-23 tells the end as it was: %s', async (_, code, expected) => {
    const result = await test.run({ language: 'python' }, `import os, signal, sys\nprint("last words")\n${code}`);
    expect(result).toMatchObject({ ...expected, stdout: 'last words\n' });
  });

  it('EXEC-24 gives a verdict of its own failure, with the reason in the log alone', async () => {
    const { bwrap } = platform;
    platform.useCells = false;
    platform.bwrap = '/nonexistent/bwrap';
    const missingProgram = await test.run({ language: 'python' }, 'print(1)');
    platform.bwrap = '/usr/bin/false';
    const failing = await test.run({ language: 'python' }, 'print(1)');
    Object.assign(platform, { bwrap, useCells: true });
    for (const result of [missingProgram, failing]) {
      expect(result).toMatchObject({ status: 'internal', exitCode: null, stdout: '' });
      expect(result.stderr).toContain('log');
      expect(result.stderr).not.toContain('/nonexistent');
    }
    expect(JSON.stringify(test.errors.splice(0))).toContain('/nonexistent/bwrap');
  });

  it('EXEC-27 gives a program all its files, wherever they lie, and starts at the entry', async () => {
    const result = await test.run(
      {
        language: 'python',
        entry: 'app/main.py',
        files: [
          { path: 'app/greeting.py', text: 'word = "übung"' },
          { path: 'app/main.py', text: 'import greeting\nprint(greeting.word, open("data/a b.txt").read())' },
          { path: 'data/a b.txt', text: 'text\n' },
        ],
      },
      '',
    );
    expect(result).toMatchObject({ status: 'ok', stdout: 'übung text\n\n' });
  });

  it('EXEC-27 takes as many files as it may', async () => {
    const more = Array.from({ length: limits.runFilesMax - 1 }, (_, index) => ({
      path: `m${index}.py`,
      text: 'one = 1',
    }));
    const sum = `${more.map((_, index) => `import m${index}`).join('\n')}\nprint(${more.map((_, index) => `m${index}.one`).join('+')})`;
    const result = await test.run({ language: 'python', files: [{ path: 'main.py', text: sum }, ...more] }, '');
    expect(result).toMatchObject({ status: 'ok', stdout: `${more.length}\n` });
  });

  it('EXEC-27 passes arguments on as they are, and takes neither them nor a file name for commands', async () => {
    const args = ['; echo x', '$(id)', 'a\nb', '-c', '--', '"\'', '', '*'];
    const python = await test.run({ language: 'python', args }, 'import json, sys\nprint(json.dumps(sys.argv[1:]))');
    expect(JSON.parse(python.stdout)).toEqual(args);
    const odd = { files: [{ path: '--version', text: 'print("ran")' }] };
    expect(await test.run({ language: 'python', ...odd }, '')).toMatchObject({ status: 'ok', stdout: 'ran\n' });
    const javascript = await test.run(
      { language: 'javascript', args },
      'console.log(JSON.stringify(process.argv.slice(2)))',
    );
    expect(JSON.parse(javascript.stdout)).toEqual(args);
    const command = { files: [{ path: 'inspect', text: 'console.log("ran")' }] };
    expect(await test.run({ language: 'javascript', ...command }, '')).toMatchObject({ status: 'ok', stdout: 'ran\n' });
  });

  it('EXEC-27 runs ECMAScript modules of several files', async () => {
    const files = [
      { path: 'main.js', text: "import { word } from './word.mjs';\nconsole.log(word);" },
      { path: 'word.mjs', text: "export const word = 'module';" },
    ];
    expect(await test.run({ language: 'javascript', files }, '')).toMatchObject({ status: 'ok', stdout: 'module\n' });
  });

  it('EXEC-31 refuses what cannot be run before it is queued', () => {
    expect(() => start('', { language: 'cobol' })).toThrow(expect.objectContaining({ code: 'language_not_found' }));
    expect(sandbox.stats()).toMatchObject({ running: 0, queued: 0 });
  });

  it('EXEC-24 is not disturbed by a listener that fails', async () => {
    const { run } = start('print(1)', {
      onStart() {
        throw new Error('a listener’s failure');
      },
    });
    expect(await run.result).toMatchObject({ status: 'ok', stdout: '1\n' });
    expect(JSON.stringify(test.errors.splice(0))).toContain('a listener of a run failed');
  });

  it('EXEC-24 ends a run whose memory does not even suffice to start', async () => {
    const result = await test.run({ language: 'python', limits: { memoryBytes: 4_096 } }, 'print(1)');
    expect(['memory', 'error', 'internal']).toContain(result.status);
    if (sandbox.report.tier === 'standard') expect(result.status).toBe('memory');
    test.errors.splice(0);
  });
});

describe.skipIf(test === null)(`opening and closing${missing}`, () => {
  it('EXEC-18 says which tier it reached', async () => {
    await using opened = (await openTestSandbox()) as TestSandbox;
    const { tier, summary, advice } = opened.sandbox.report;
    expect(['standard', 'degraded']).toContain(tier);
    expect(summary).toMatch(/^Each run has its own sandbox/);
    expect(advice.length === 0).toBe(tier === 'standard');
  });

  it('EXEC-33 ends what runs and what waits when it closes, leaves nothing, and takes nothing more', async () => {
    const opened = (await openTestSandbox({ concurrency: 1 })) as TestSandbox;
    const runs = ['a', 'b', 'c'].map((id) =>
      opened.sandbox.start({
        id,
        owner: 'o',
        language: 'python',
        files: [{ path: 'main.py', text: 'import os\nos.fork()\nwhile True: pass' }],
      }),
    );
    await until('one to run', () => processesOf(opened.platform).length > 0);
    await opened.sandbox.close();
    await opened.expectNothingLeft();
    for (const { result } of runs) expect(await result).toMatchObject({ status: 'cancelled' });
    expect(() =>
      opened.sandbox.start({ id: 'd', owner: 'o', language: 'python', files: [{ path: 'main.py', text: '' }] }),
    ).toThrow(expect.objectContaining({ code: 'shutting_down' }));
    await opened[Symbol.asyncDispose]();
  });

  it('EXEC-2 gives sandboxes that are open at the same time users of their own', async () => {
    await using one = (await openTestSandbox()) as TestSandbox;
    await using two = (await openTestSandbox()) as TestSandbox;
    if (one.platform.slotUsers === null) return expect(process.getuid?.()).not.toBe(0);
    expect(one.platform.slotUsers.first).not.toBe(two.platform.slotUsers?.first);
  });

  it('EXEC-17 a killed server takes its programs along, and the next start clears what it left', async () => {
    using folder = temporaryFolder();
    const from = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));
    const script = `
      import { openPlatform } from ${from('./platform.ts')};
      import { openSandboxOn } from ${from('./sandbox.ts')};
      const logger = { info() {}, warn() {}, error: console.error };
      const options = { stateDir: ${JSON.stringify(folder.path)}, concurrency: 1, logger };
      const platform = await openPlatform(options);
      const sandbox = await openSandboxOn(platform, options);
      const files = [{ path: 'main.py', text: 'import os\\nos.fork()\\nprint(1)\\nwhile True: pass' }];
      const onFrames = () => console.log(JSON.stringify(platform.slotUsers));
      sandbox.start({ id: '1', owner: 'o', language: 'python', files, onFrames });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = (await once(child.stdout, 'data')) as [Buffer];
    const slotUsers = JSON.parse(printed.toString().split('\n')[0] as string);
    const theirs = () => (slotUsers === null ? [] : processesOf({ slotUsers }));
    if (slotUsers !== null) expect(theirs().length).toBeGreaterThan(2);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await until('its programs to be gone', () => theirs().length === 0);
    await using next = (await openTestSandbox()) as TestSandbox;
    expect(groupsOfThisProcess(child.pid)).toEqual([]);
    expect(next.sandbox.report.tier).toBe(test?.sandbox.report.tier);
  });
});

describe('EXEC-1 without isolation', () => {
  const logger = { info: () => {}, warn: () => {}, error: () => {} };
  const options = { stateDir: '/tmp', concurrency: 1, logger };
  /** The platform with something broken; what it would give back when closed stays the original’s. */
  const without = (platform: Platform, change: Partial<Platform>): Platform => ({
    ...platform,
    groups: null,
    cells: null,
    nullFile: openSync('/dev/null', 'r'),
    ...change,
  });

  it('nothing is run, and the report says what to do', async () => {
    const opened = await openTestSandbox();
    if (typeof opened === 'string') return expect((await openSandbox(options)).report.tier).toBe('off');
    const { platform } = opened;
    const sandbox = await openSandboxOn(without(platform, { bwrap: '/usr/bin/false' }), options);
    expect(sandbox.report.tier).toBe('off');
    expect(sandbox.report.advice.join('\n')).toMatch(
      /apt-get install -y bubblewrap tini[\s\S]*sysctl[\s\S]*docker run/,
    );
    expect(sandbox.languages().every(({ installed, hint }) => !installed && hint !== undefined)).toBe(true);
    expect(() =>
      sandbox.start({ id: '1', owner: 'o', language: 'python', files: [{ path: 'main.py', text: '' }] }),
    ).toThrow(expect.objectContaining({ code: 'execution_off', status: 503 }));
    await sandbox.close();
    await opened[Symbol.asyncDispose]();
  });

  it('a wall that does not hold counts as none', async () => {
    const opened = await openTestSandbox();
    if (typeof opened === 'string') return expect(opened).not.toBe('');
    // A filter that allows everything: bwrap starts happily, the self-test does not agree.
    const allowAll = Buffer.from([6, 0, 0, 0, 0, 0, 0xff, 0x7f]);
    const sandbox = await openSandboxOn(without(opened.platform, { seccompFilter: allowAll }), options);
    expect(sandbox.report).toMatchObject({ tier: 'off', summary: expect.stringContaining('refuses nothing') });
    await opened[Symbol.asyncDispose]();
  });
});
