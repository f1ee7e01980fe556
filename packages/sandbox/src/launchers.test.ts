import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@coderoom/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { sandboxForSuite, type TestSandbox } from '../test/test-sandbox.ts';
import { openCells } from './cells.ts';
import { openPlatform } from './platform.ts';
import { descendantsOf } from './process-tree.ts';
import { openSandboxOn } from './sandbox.ts';

const cells = await sandboxForSuite();
const shells = await sandboxForSuite({ useCells: false });
const alone = await sandboxForSuite({ groups: false });
afterAll(async () => {
  for (const { test } of [cells, shells, alone]) await test?.[Symbol.asyncDispose]();
});

const python = (test: TestSandbox, ...lines: string[]) => test.run({ language: 'python' }, lines.join('\n'));

/** What either launcher does, the image's own and the shell that stands in where there is no image. */
describe.each([
  { name: 'a cell', ...cells },
  { name: 'a shell in bwrap', ...shells },
])('what launches a program: $name$missing', ({ test }) => {
  it.skipIf(test === null).each([
    ['exit 0', 'pass', { status: 'ok', exitCode: 0, signal: null }],
    ['exit 7', 'os._exit(7)', { status: 'error', exitCode: 7, signal: null }],
    ['exit 137', 'os._exit(137)', { status: 'error', exitCode: 137, signal: null }],
    ['SIGKILL', 'os.kill(os.getpid(), 9)', { status: 'error', exitCode: null, signal: 'SIGKILL' }],
    ['SIGINT', 'signal.signal(2, signal.SIG_DFL); os.kill(os.getpid(), 2)', { exitCode: null, signal: 'SIGINT' }],
    ['SIGUSR2', 'os.kill(os.getpid(), 12)', { status: 'error', exitCode: null, signal: 'SIGUSR2' }],
  ])('EXEC-23 tells %s', async (_, code, expected) => {
    if (test === null) return;
    expect(await python(test, 'import os, signal', code)).toMatchObject(expected);
  });

  it.skipIf(test === null)('EXEC-25 gives a program an input that it can open again, to its end', async () => {
    if (test === null) return;
    const text = 'line\n'.repeat(50_000);
    const program = 'import sys\nprint(sys.stdin.readline(), end="")\nprint(sum(1 for _ in open("/dev/stdin")))';
    const { stdout } = await test.run({ language: 'python', stdin: text }, program);
    const [first, rest] = stdout.split('\n');
    expect(first).toBe('line');
    // What the first reader has taken ahead, the second one misses.
    expect(Number(rest)).toBeGreaterThan(40_000);
  });

  it.skipIf(test === null)('EXEC-16 takes in orphans, and takes them along', async () => {
    if (test === null) return;
    const result = await python(
      test,
      'import os, time',
      'for _ in range(20):',
      '    if os.fork() == 0:',
      '        if os.fork() == 0: time.sleep(0.05 if _ % 2 else 60)',
      '        os._exit(0)',
      '    os.wait()',
      'time.sleep(0.3)',
      'states = [open(f"/proc/{p}/stat").read().split(") ")[1][0] for p in os.listdir("/proc") if p.isdigit()]',
      'print("Z" in states)',
    );
    expect(result).toMatchObject({ status: 'ok', stdout: 'False\n' });
    await test.expectNothingLeft();
  });

  it.skipIf(test === null)('EXEC-7 leaves a program its three streams, whatever else it closes', async () => {
    if (test === null) return;
    const result = await python(
      test,
      'import os',
      'print(sorted(os.listdir("/proc/self/fd"), key=int)[:3], len(os.listdir("/proc/self/fd")))',
      'os.closerange(3, 1_000); os.close(0)',
      'print("on", flush=True); os.close(1); os._exit(3)',
    );
    // The fourth is that by which the folder is read.
    expect(result).toMatchObject({ exitCode: 3, stdout: "['0', '1', '2'] 4\non\n" });
  });
});

describe.skipIf(cells.test === null || cells.test.platform.cells === null)(`a cell${cells.missing}`, () => {
  const { test } = cells;
  if (test === null) return;

  it('EXEC-14 ends rather than go on outside of a control group', async () => {
    const { platform } = test;
    const user = platform.slots.take() as number;
    const cell = await platform.cells?.start(user, ['/sys/fs/cgroup/none/tasks']);
    let said = '';
    cell?.control.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    expect(await cell?.ended).toBe(1);
    await until('its reason', () => said.includes('/sys/fs/cgroup/none/tasks: No such file'));
    for (const stream of [cell?.stdin, cell?.stdout, cell?.stderr, cell?.control, cell?.agent]) stream?.destroy();
    platform.slots.give(user);
  });

  it.each([
    ['exit 130', 'os._exit(130)', { exitCode: 130, signal: null }],
    ['exit 141', 'os._exit(141)', { exitCode: 141, signal: null }],
    ['a real-time signal', 'os.kill(os.getpid(), 40)', { exitCode: null, signal: 'SIGRTMIN+6' }],
  ])('EXEC-23 tells %s exactly', async (_, code, expected) => {
    expect(await python(test, 'import os', code)).toMatchObject(expected);
  });

  it('EXEC-24 is out of reach: its memory, its descriptors, its life', async () => {
    const result = await python(
      test,
      'import ctypes, os',
      'libc = ctypes.CDLL(None, use_errno=True)',
      'def tried(what):',
      '    try: what()',
      '    except OSError as error: return error.errno',
      '    return 0',
      'print([tried(lambda: open(f"/proc/1/{name}", "rb+" if name == "mem" else "rb").read(1))',
      '       for name in ("mem", "maps", "environ", "stack", "auxv")])',
      'print(tried(lambda: os.listdir("/proc/1/fd")), tried(lambda: os.readlink("/proc/1/exe")))',
      'print(open("/proc/1/cmdline").read().strip("\\0"))',
      'print(libc.ptrace(16, 1, 0, 0), ctypes.get_errno())',
      'for number in range(1, 65):',
      '    if number not in (32, 33): tried(lambda: os.kill(os.getppid(), number))',
      'tried(lambda: os.kill(-1, 9))',
      'print(os.getppid(), os.getpid(), flush=True)',
      'os._exit(5)',
    );
    expect(result).toMatchObject({
      exitCode: 5,
      stdout: '[13, 13, 13, 13, 13]\n13 13\n\n-1 1\n1 2\n',
      stderr: '',
    });
  });

  it('EXEC-2 is nobody’s but the slot’s, without capabilities, and its filter holds', async () => {
    const { stdout } = await python(
      test,
      'for who in ("1", "self"):',
      '    for line in open(f"/proc/{who}/status"):',
      '        if line.split(":")[0] in ("Uid", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Groups"):',
      '            print(*line.split())',
      'print(open("/proc/sys/user/max_user_namespaces").read(), end="")',
    );
    const none = ['CapInh:', 'CapPrm:', 'CapEff:', 'CapBnd:', 'CapAmb:'].map((name) => `${name} 0000000000000000`);
    const one = ['Uid: 1000 1000 1000 1000', 'Groups:', ...none, 'NoNewPrivs: 1', 'Seccomp: 2'];
    const limit = test.platform.disableUserNamespaces ? ['0'] : [];
    expect(
      stdout
        .replaceAll(/^(Groups:)( 65534)*$/gm, '$1')
        .trim()
        .split('\n'),
    ).toEqual([...one, ...one, ...limit]);
  });

  it('EXEC-1 is done without where it cannot make sandboxes', async () => {
    const opened = await openPlatform({ stateDir: '/tmp' });
    if (typeof opened === 'string') throw new Error(opened);
    opened.cells?.close();
    opened.cells = await openCells('/usr/bin/false', join(opened.workFolder, 'none'));
    const sandbox = await openSandboxOn(opened, {
      stateDir: '/tmp',
      concurrency: 1,
      warmBytes: 0,
      logger: { info: () => {}, warn: () => {}, error: () => {} },
    });
    expect([sandbox.report.tier, opened.useCells]).toEqual([test.sandbox.report.tier, false]);
    await sandbox.close();
  });

  it('EXEC-24 goes on with another starter when that was ended, which takes its sandboxes along', async () => {
    const run = test.sandbox.start({
      id: 'starter',
      owner: 'test',
      language: 'python',
      files: [{ path: 'main.py', text: 'print("here", flush=True)\nimport time\ntime.sleep(60)' }],
      stdin: '',
      onFrames: () => {
        for (const pid of starters()) process.kill(pid, 'SIGKILL');
      },
    });
    expect(await run.result).toMatchObject({ status: 'internal' });
    await test.expectNothingLeft();
    expect(await python(test, 'print(1)')).toMatchObject({ status: 'ok', stdout: '1\n' });
    test.errors.splice(0);
  });

  /** Those of all three sandboxes of this file: each is started again when it is asked for. */
  function starters(): number[] {
    return descendantsOf(process.pid).filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'cell\n');
  }
});

describe.skipIf(alone.test === null || alone.test.platform.cells === null)(
  `a cell without groups${alone.missing}`,
  () => {
    it('EXEC-19 tells the processor time of a program and its children', async () => {
      const { test } = alone;
      if (test === null) return;
      const busy =
        'import os, time\nif os.fork() == 0:\n    while time.process_time() < 0.2: pass\n    os._exit(0)\nos.wait()';
      const { cpuMs } = await test.run({ language: 'python' }, `${busy}\nwhile time.process_time() < 0.2: pass`);
      expect(cpuMs).toBeGreaterThan(390);
      await until('nothing to be left', async () => {
        await test.expectNothingLeft();
        return true;
      });
    });
  },
);
