import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@coderoom/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { sandboxForSuite } from '../test/test-sandbox.ts';

const bin = fileURLToPath(new URL('../bin/sandbox.mjs', import.meta.url));
const { test, missing } = await sandboxForSuite();
const folder = temporaryFolder();
await test?.[Symbol.asyncDispose]();
afterAll(() => folder[Symbol.dispose]());

/** `input: null` leaves standard input open. */
async function sandbox(args: string[], input: string | null = '', started: (child: ChildProcess) => void = () => {}) {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: folder.path,
    env: { ...process.env, TMPDIR: folder.path },
  });
  started(child);
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      printed[stream] += chunk.toString();
    });
  }
  child.stdin.on('error', () => {});
  if (input !== null) child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...printed };
}

function file(name: string, text: string): string {
  writeFileSync(join(folder.path, name), text);
  return name;
}

describe.skipIf(test === null)(`EXEC-29 the sandbox command${missing}`, () => {
  it('runs a file with arguments and input, and ends with its exit code', async () => {
    const name = file('main.py', 'import sys\nprint(input(), sys.argv[1:])\nprint("oh", file=sys.stderr)\nsys.exit(7)');
    expect(await sandbox(['run', name, '--flag', 'b c'], 'hi\n')).toEqual({
      code: 7,
      stdout: "hi ['--flag', 'b c']\n",
      stderr: 'oh\n',
    });
  });

  it('ends when the program does, though input stays open', async () => {
    expect(await sandbox(['run', file('main.js', 'console.log(1)')], null)).toMatchObject({ code: 0, stdout: '1\n' });
  });

  it('passes on more input than a program takes at once', async () => {
    const name = file('count.py', 'import sys, time\ntime.sleep(0.3)\nprint(len(sys.stdin.read()))');
    expect(await sandbox(['run', name], 'x'.repeat(5_000_000))).toMatchObject({ code: 0, stdout: '5000000\n' });
  });

  it('takes other files along', async () => {
    file('other.py', 'word = "other"');
    const name = file('uses.py', 'import other\nprint(other.word)');
    expect(await sandbox(['run', '--with', 'other.py', name])).toMatchObject({ code: 0, stdout: 'other\n' });
  });

  it('leaves them where they lie beside the file', async () => {
    mkdirSync(join(folder.path, 'app/lib'), { recursive: true });
    file('app/lib/words.py', 'word = "inner"');
    file('app/main.py', 'from lib.words import word\nimport other\nprint(word, other.word)');
    file('other.py', 'word = "outer"');
    const args = ['run', '--with', 'app/lib/words.py', '--with=other.py', 'app/main.py'];
    expect(await sandbox(args)).toMatchObject({ code: 0, stdout: 'inner outer\n' });
  });

  it('takes limits, memory in larger units too', async () => {
    const name = file('large.py', 'a = bytearray(200_000_000)\nprint("had")');
    expect(await sandbox(['run', '--memory', '400M', '--cpu=4000', name])).toMatchObject({ code: 0, stdout: 'had\n' });
    expect((await sandbox(['run', '--memory', '64m', name])).code).not.toBe(0);
  });

  it('is cancelled by Ctrl+C', async () => {
    // In one piece: print() writes the end of the line by itself.
    const name = file('busy.py', 'import os\nos.write(1, b"begun\\n")\nwhile True: pass');
    const interrupt = (child: ChildProcess) => void child.stdout?.once('data', () => child.kill('SIGINT'));
    expect(await sandbox(['run', '--cpu', '20000', '--wall', '20000', name], null, interrupt)).toEqual({
      code: 130,
      stdout: 'begun\n',
      stderr: 'sandbox: cancelled\n',
    });
  });

  it('uses no folder that others could have put in its way', async () => {
    using planted = temporaryFolder();
    symlinkSync(folder.path, join(planted.path, `coderoom-sandbox-${process.getuid?.()}`));
    const child = spawn(process.execPath, [bin, 'check'], { env: { ...process.env, TMPDIR: planted.path } });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    expect(await once(child, 'close')).toEqual([125, null]);
    expect(said).toMatch(/is not this user's own/);
  });

  it('says why a program was ended', async () => {
    const result = await sandbox(['run', '--wall', '300', file('sleep.py', 'import time\ntime.sleep(1e6)')]);
    expect(result).toMatchObject({ code: 124, stderr: expect.stringContaining('time was up') });
  });

  it('ends as a shell would when a signal ended the program', async () => {
    const name = file('abort.py', 'import os\nos.abort()');
    expect(await sandbox(['run', name])).toMatchObject({ code: 134 });
  });

  it('lists languages and says how well runs are isolated', async () => {
    expect(await sandbox(['languages'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^python +Python \d/),
    });
    expect(await sandbox(['check'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^(standard|degraded): /),
    });
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['walk']],
    ['no file', ['run']],
    ['a file that is not there', ['run', 'nowhere.py']],
    ['an unknown ending', ['run', 'main.xyz']],
    ['an unknown option', ['run', '--fast', 'yes', 'main.py']],
    ['an option without its value', ['run', '--cpu']],
    ['a limit that is no number', ['run', '--cpu', '2s', 'main.js']],
    ['a limit of nothing', ['run', '--memory', '0', 'main.js']],
    ['a limit past the highest', ['run', '--memory', '900G', 'main.js']],
    ['an unknown language', ['run', '--language', 'cobol', 'main.js']],
    ['one file twice', ['run', '--with', 'main.js', 'main.js']],
    ['a folder', ['run', '--language', 'python', '.']],
  ])('explains itself when given %s', async (_, args) => {
    const { code, stdout, stderr } = await sandbox(args);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toMatch(/\bat .*\.ts/);
    expect(stdout + stderr).not.toBe('');
  });
});
