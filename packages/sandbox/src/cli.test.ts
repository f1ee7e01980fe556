import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
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
async function sandbox(args: string[], input: string | null = '') {
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder.path });
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
  ])('explains itself when given %s', async (_, args) => {
    const { code, stdout, stderr } = await sandbox(args);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toMatch(/\bat .*\.ts/);
    expect(stdout + stderr).not.toBe('');
  });
});
