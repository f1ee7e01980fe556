import { readdirSync, readFileSync } from 'node:fs';
import { limits } from '@coderoom/protocol';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { sandboxForSuite } from '../test/test-sandbox.ts';
import { encodeJob } from './job-message.ts';
import { prepareSandbox } from './prepared-sandbox.ts';
import { runStage } from './run-stage.ts';
import { runtimes } from './runtimes.ts';

const { test, missing } = await sandboxForSuite();
afterAll(async () => await test?.[Symbol.asyncDispose]());

const logger = { info() {}, warn() {}, error() {} };

describe.skipIf(test === null)(`what hostile code leaves behind to be picked up${missing}`, () => {
  if (test === null) return;
  afterEach(async () => {
    await test.expectNothingLeft();
    expect(await test.run({ language: 'python' }, 'print("hello")')).toMatchObject({ status: 'ok', stdout: 'hello\n' });
  });

  const { platform } = test;

  /** What is handed out after a compiler that did this. */
  async function artifactOf(script: string): Promise<Buffer> {
    const memoryBytes = limits.runMemoryBytes;
    const sandbox = await prepareSandbox({
      platform,
      runtime: runtimes.make,
      groupLimits: { memoryBytes, processes: 64, cpuCores: 1, priority: 'normal' },
      processLimits: {},
      logger,
    });
    const handed: Buffer[] = [];
    const stage = runStage({
      sandbox,
      message: encodeJob({ files: [], args: ['/bin/sh', '-c', script] }),
      limits: { cpuMs: 5_000, wallMs: 10_000 },
      listener: { onOutput() {}, onReport: (chunk) => handed.push(chunk) },
    });
    sandbox.process.stdin.end();
    await stage.ended;
    await sandbox.release();
    return Buffer.concat(handed);
  }

  it('EXEC-39 case 37: only a plain file is handed out as a program: no link, pipe, folder or device', async () => {
    expect((await artifactOf('echo plain >/tmp/program')).toString()).toBe('plain\n');
    for (const script of [
      'ln -s /etc/passwd /tmp/program',
      'ln -s /proc/self/root/etc/shadow /tmp/program',
      'ln -s /dev/zero /tmp/program',
      'mkfifo /tmp/program',
      'mkdir /tmp/program',
      'mknod /tmp/program c 1 5; true',
      'echo x >/tmp/other && ln -s other /tmp/program',
    ]) {
      expect((await artifactOf(script)).length, script).toBe(0);
    }
  });

  it('EXEC-39 case 36: paths that change all the time lead nobody outside anywhere', async () => {
    const passwords = readFileSync('/etc/passwd', 'utf8');
    const folders = readdirSync(platform.workFolder).toSorted();
    const text = [
      'import os, time',
      'places = ["/box", "/tmp", "/dev/shm"]',
      'targets = ["/etc/passwd", "/proc/self/root", "/proc/1/root/etc", "/opt/program", "../../../../etc/passwd"]',
      'end = time.time() + 1.5',
      'turns = 0',
      'while time.time() < end:',
      '    for place in places:',
      '        for name in ["out", "program", "main.py", "stdout", "result"]:',
      '            path = f"{place}/{name}"',
      '            try:',
      '                os.symlink(targets[turns % len(targets)], path + ".new")',
      '                os.rename(path + ".new", path)',
      '                os.unlink(path)',
      '                os.mkdir(path)',
      '                os.rmdir(path)',
      '            except OSError:',
      '                for left in [path, path + ".new"]:',
      '                    try: os.unlink(left)',
      '                    except OSError: pass',
      '    turns += 1',
      'print("turned" if turns > 10 else "slow")',
    ].join('\n');
    const result = await test.run({ language: 'python' }, text);
    expect(result).toMatchObject({ status: 'ok', stdout: 'turned\n', stderr: '' });
    expect(readFileSync('/etc/passwd', 'utf8')).toBe(passwords);
    await test.expectNothingLeft();
    expect(readdirSync(platform.workFolder).toSorted()).toEqual(folders);
  });
});
