import { once } from 'node:events';
import { createServer } from 'node:net';
import { limits } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { languages } from '../src/languages.ts';
import { type Programs, programs } from './programs.ts';
import { sandboxForSuite } from './test-sandbox.ts';

const compiled = new Set(['java', 'c', 'cpp', 'csharp', 'go', 'rust', 'kotlin', 'swift']);

/**
 * Tests what every language does, the good and the bad; case numbers are those of docs/hostile-programs.md. Cold: every
 * sandbox is made on demand. Warm: every run gets one that waits.
 */
export async function testEveryLanguage(how: 'cold' | 'warm'): Promise<void> {
  const { test, missing } = await sandboxForSuite(how === 'warm' ? { warmBytes: 2 ** 30 } : {});
  const installed = test?.sandbox.languages().filter((language) => language.installed) ?? [];
  const listener = createServer((socket) => socket.end('reached'));
  let port = '';
  beforeAll(async () => {
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    port = String((listener.address() as { port: number }).port);
  });
  afterAll(async () => {
    listener.close();
    await test?.[Symbol.asyncDispose]();
  });

  describe.skipIf(test === null)(`what every language does, ${how}${missing}`, () => {
    if (test === null) return;

    it('EXEC-34 all thirteen are there, with the toolchain image', () => {
      if (!test.platform.toolchains.isPrepared) return expect(process.env.CODEROOM_REQUIRE_ALL).not.toBe('1');
      expect(installed.map(({ id }) => id).sort()).toEqual(Object.keys(programs).sort());
    });

    describe.each(installed)('$id', { timeout: 60_000 }, (language) => {
      const { id, fileName, helloWorld } = language;
      const own = programs[id] as Programs;
      const runtime = languages.find((candidate) => candidate.id === id)?.runtime.id ?? '';
      const isWarm = how === 'warm' && test.platform.groups !== null;
      const run = async (text: string, job = {}) => {
        if (isWarm)
          await until('one that waits', () => (test.sandbox.stats().warm[runtime] ?? 0) > 0, { timeoutMs: 50_000 });
        return await test.run({ language: id, ...job }, text);
      };
      // Large ones wait once they were asked for.
      if (isWarm) beforeAll(async () => void (await test.run({ language: id }, helloWorld)));

      afterEach(async () => {
        await test.expectNothingLeft();
        expect(test.errors.splice(0)).toEqual([]);
      });
      afterAll(async () => {
        expect(await run(helloWorld)).toMatchObject({ status: 'ok', stdout: 'Hello, world!\nHello, Coderoom!\n' });
      });

      it('EXEC-28 says hello', async () => {
        const result = await run(helloWorld);
        expect(result).toMatchObject({ status: 'ok', exitCode: 0, signal: null, phase: 'run', stderr: '' });
        expect(result).toMatchObject({
          stdout: 'Hello, world!\nHello, Coderoom!\n',
          compileOutput: '',
          truncated: false,
        });
      });

      it('EXEC-25 reads input, and its end', async () => {
        const result = await run(own.echo, { stdin: 'Zoë\n12345\n78' });
        expect(result).toMatchObject({ status: 'ok', stdout: 'Zoë!\n8\n' });
      });

      it('EXEC-27 gets its arguments as they are (case 41)', async () => {
        const args = ['a b', '; echo x', '$(id)', '-rf', '--help', '"', 'ü', '*'];
        expect((await run(own.args, { args })).stdout).toBe(args.map((arg) => `[${arg}]\n`).join(''));
      });

      it('EXEC-27 uses several files', async () => {
        const entry = own.several[0]?.path;
        expect(await run('', { files: own.several, entry })).toMatchObject({
          status: 'ok',
          stdout: 'from another file\n',
        });
      });

      it('EXEC-35 tells where a mistake is, apart from what a program prints', async () => {
        const result = await run(own.mistaken);
        expect(result).toMatchObject({ status: 'error', stdout: '', signal: null });
        expect(result.exitCode).not.toBe(0);
        expect(result.compileOutput + result.stderr).toMatch(
          new RegExp(`${fileName}["']?[:(, ]+(line |on line )?3\\b|on line 3\\b`),
        );
        if (compiled.has(id)) expect(result).toMatchObject({ phase: 'compile', stderr: '' });
      });

      it('EXEC-23 fails by itself with its own code (case 46)', async () => {
        const { text, says, exitCode = null, signal = null } = own.failing;
        const result = await run(text);
        expect(result).toMatchObject({ status: 'error', phase: 'run', exitCode, signal, stdout: 'before\n' });
        expect(result.stderr).toMatch(says);
        // Interpreters of these name every frame, and ours is nobody's business.
        if (id === 'python' || id === 'ruby') expect(result.stderr).not.toContain('/opt/agent');
      });

      it('EXEC-23 exits with 42 (case 46)', async () => {
        expect(await run(own.exit42)).toMatchObject({ status: 'error', exitCode: 42, signal: null });
      });

      it('EXEC-23 ends by a signal of its own (case 46)', async () => {
        if (own.abort === null) return expect(['java', 'kotlin']).toContain(id);
        const { text, exitCode = null, signal = null } = own.abort;
        expect(await run(text)).toMatchObject({ status: 'error', exitCode, signal });
      });

      it('EXEC-21 prints any text, and bytes that are none (case 14)', async () => {
        expect((await run(own.unicode)).stdout).toBe('héllo 🌍 日本\n');
        expect((await run(own.bytes)).stdout).toBe('a\ufffd\0b');
      });

      it('EXEC-22 prints 10 MB, of which head and tail are kept (case 11)', async () => {
        const result = await run(own.flood);
        expect(result).toMatchObject({ status: 'output', truncated: true });
        expect(result.stdout.length).toBeLessThan(limits.runOutputMaxBytes + limits.runOutputTailBytes + 100);
      });

      it('EXEC-10 loops for ever (case 1)', async () => {
        const result = await run(own.loop, { limits: { cpuMs: 500 } });
        expect(result).toMatchObject({ status: 'timeout', phase: 'run', stdout: 'before\n' });
      });

      it('EXEC-11 sleeps for ever (case 2)', async () => {
        const result = await run(own.sleep, { limits: { wallMs: 700 } });
        expect(result).toMatchObject({ status: 'timeout', phase: 'run', stdout: 'before\n' });
      });

      it('EXEC-14 takes all memory (case 6)', async () => {
        const memoryBytes = ['java', 'kotlin'].includes(id) ? 256 * 2 ** 20 : 128 * 2 ** 20;
        const result = await run(own.hog, { limits: { memoryBytes } });
        if (test.sandbox.report.tier !== 'standard') return expect(result.status).not.toBe('ok');
        expect(result).toMatchObject({ status: 'memory', phase: 'run' });
        expect(result.peakBytes).toBeLessThanOrEqual(memoryBytes + overchargeBytes);
      });

      it('EXEC-15 starts threads without end (case 5)', async () => {
        if (own.threads === null) return;
        const result = await run(own.threads, { limits: { wallMs: 3_000, cpuMs: 3_000 } });
        // Ruby waits for ever for a thread that it could not start.
        if (id === 'ruby') expect(['ok', 'timeout']).toContain(result.status);
        // Go's own runtime gives up.
        else if (id === 'go') expect(result.stderr).toContain('failed to create new OS thread');
        else expect(result.stdout).toContain('no more');
      });

      it('EXEC-3 looks at the host’s files, and writes where it may not (cases 9 and 21)', async () => {
        expect(await run(own.peek)).toMatchObject({ status: 'ok', stdout: 'done\n' });
      });

      it('EXEC-6 connects to the machine it runs on (case 26)', async () => {
        if (own.connect === null) return;
        expect((await run(own.connect, { args: [port] })).stdout).toBe('refused\n');
      });
    });
  });
}

/** Linux lets a process that it kills for its memory pass the limit by a few pages, so that it can end. */
const overchargeBytes = 2 ** 20;
