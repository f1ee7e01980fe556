import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ContainerOptions, containerCommand, pathInContainer, whyNoContainer } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import { sandboxForSuite } from '../test/test-sandbox.ts';
import { refusedCalls } from './system-calls.ts';

const { test, missing } = await sandboxForSuite();
await test?.[Symbol.asyncDispose]();
const noContainer = whyNoContainer();
if (noContainer !== undefined && process.env.CODEROOM_REQUIRE_ALL === '1') throw new Error(noContainer);
const why = missing || (noContainer === undefined ? '' : ` (skipped: ${noContainer})`);

const bin = pathInContainer(fileURLToPath(new URL('../bin/sandbox.mjs', import.meta.url)));

/** What deploy/runner-seccomp.json refuses. */
const shipped = (() => {
  const profile = JSON.parse(readFileSync(new URL('../../../deploy/runner-seccomp.json', import.meta.url), 'utf8'));
  const names = profile.syscalls.flatMap((rule: { names: string[] }) => rule.names) as (keyof typeof refusedCalls)[];
  return names.flatMap((name) => refusedCalls[name][process.arch as 'x64' | 'arm64'] ?? []);
})();

/** Runs the `sandbox` command in a container; with the text of files to be made first. */
async function sandboxIn(container: ContainerOptions, args: string[], files: Record<string, string> = {}) {
  const make = Object.entries(files).map(
    ([name, text]) => `echo ${Buffer.from(text).toString('base64')} | base64 -d >/tmp/${name}`,
  );
  const script = [...make, 'cd /tmp', 'exec "$@"'].join('\n');
  const node = pathInContainer(process.execPath);
  const [command = '', ...rest] = containerCommand(container, ['/bin/sh', '-ec', script, 'sh', node, bin, ...args]);
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      printed[stream] += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...printed };
}

const masked = { seccomp: shipped, isProcMasked: true } as const;
const whole = { seccomp: shipped, isProcMasked: false } as const;

/** The rows of deploy/README.md. */
const rows: [flags: string, container: ContainerOptions, says: RegExp][] = [
  ['no flags', { user: 'root', seccomp: 'default', isProcMasked: true }, /^off: .*namespace/],
  ['--user', { user: 'coder', seccomp: 'default', isProcMasked: true }, /^off: .*namespace/],
  ['--user, systempaths alone', { user: 'coder', seccomp: 'default', isProcMasked: false }, /^off: .*namespace/],
  ['--user, seccomp', { user: 'coder', ...masked }, /^degraded: .*own user, .*no \/proc/],
  ['seccomp, as root', { user: 'root', ...masked }, /^degraded: .*a user of its own, .*no \/proc/],
  ['--user, no profile at all', { user: 'coder', seccomp: 'none', isProcMasked: true }, /^degraded: .*no \/proc/],
  ['--user, seccomp and systempaths', { user: 'coder', ...whole }, /^degraded: (?!.*no \/proc)/],
  ['seccomp and systempaths, as root', { user: 'root', ...whole }, /^degraded: .*a user of its own(?!.*no \/proc)/],
  [
    '--privileged, as root',
    { user: 'root', seccomp: 'none', isProcMasked: false, isPrivileged: true },
    new RegExp(`^${test?.sandbox.report.tier}: .*a user of its own`),
  ],
];

describe.skipIf(why !== '')(`EXEC-52 in a container${why}`, { timeout: 120_000 }, () => {
  it.each(rows)('says how far it came, and with which flags it would come further: %s', async (_, container, says) => {
    const { code, stdout, stderr } = await sandboxIn(container, ['check']);
    expect(stdout + stderr).toMatch(says);
    expect(stderr).toBe('');
    const isOff = stdout.startsWith('off: ');
    expect(code).toBe(isOff ? 1 : 0);
    expect(/docker run .*seccomp=deploy\/runner-seccomp\.json.*systempaths=unconfined/.test(stdout)).toBe(isOff);
    if (stdout.includes('no /proc')) expect(stdout).toMatch(/For all languages: add --security-opt systempaths=unconf/);
  });

  it('without a /proc for sandboxes, says of each language whether it does without', async () => {
    const listed = (await sandboxIn({ user: 'coder', ...masked }, ['languages'])).stdout;
    for (const id of ['python', 'javascript', 'typescript', 'c', 'cpp', 'php', 'ruby', 'rust']) {
      if (test?.sandbox.languages().find((language) => language.id === id)?.installed) {
        expect(listed).toMatch(new RegExp(`^${id} +\\S+ \\d+\\.\\d+`, 'm'));
      }
    }
    for (const id of ['java', 'csharp', 'kotlin']) {
      expect(listed).toMatch(new RegExp(`^${id} +\\S+ cannot be run: it does not run without /proc`, 'm'));
    }
  });

  it.each(['root', 'coder'] as const)('without a /proc for sandboxes, every other wall stands (%s)', async (user) => {
    const program = [
      'import os, socket, sys, time',
      'def refused(act):',
      '    try: act()',
      '    except OSError: return True',
      'print(os.listdir("/proc"), os.path.exists("/etc/shadow"), os.getpid() < 10, sys.argv[1:],',
      '      refused(lambda: open("/usr/x", "w")), refused(lambda: os.mkdir("/proc/x")),',
      '      refused(lambda: socket.create_connection(("127.0.0.1", 22), 1)), refused(lambda: os.kill(-1, 0)))',
      'if os.fork() == 0:',
      '    os.setsid()',
      '    time.sleep(1e6)',
      'hoard = []',
      'try:',
      '    while True: hoard.append(bytearray(1_000_000))',
      'except MemoryError: hoard = []',
      'while True: pass',
    ].join('\n');
    const result = await sandboxIn({ user, ...masked }, ['run', '--cpu', '3000', 'main.py', 'a b'], {
      'main.py': program,
    });
    expect(result).toEqual({
      code: 124,
      stdout: "[] False True ['a b'] True True True True\n",
      stderr: 'sandbox: ended because its time was up\n',
    });
  });

  it('a language that needs /proc is refused with the reason, and all where nothing is run', async () => {
    const files = { 'Main.java': 'class Main {}' };
    const java = await sandboxIn({ user: 'coder', ...masked }, ['run', 'Main.java'], files);
    expect(java).toMatchObject({ code: 125, stdout: '' });
    expect(java.stderr).toMatch(/^sandbox: Java cannot be run on this server: it does not run without \/proc.*\n$/);
    const off = await sandboxIn({ user: 'coder', seccomp: 'default', isProcMasked: true }, ['run', 'Main.java'], files);
    expect(off).toMatchObject({ code: 125, stdout: '', stderr: expect.stringMatching(/not run here: .*docker run/s) });
  });
});
