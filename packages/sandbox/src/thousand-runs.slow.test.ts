import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openTestSandbox } from '../test/test-sandbox.ts';

const runs = 1_000;
/** What Node keeps for itself once it is warm differs from time to time by less than this. */
const slackBytes = 48 * 2 ** 20;

const programs: [language: string, text: string, status: string][] = [
  ['python', 'print("hello")', 'ok'],
  ['python', 'import sys; sys.exit(3)', 'error'],
  ['python', 'x = []\nwhile True: x.append(bytearray(10_000_000))', 'memory'],
  ['python', 'while True: print("x" * 1000)', 'output'],
  ['python', 'import subprocess, time\nsubprocess.Popen(["sleep", "100"], start_new_session=True)', 'ok'],
  ['javascript', 'console.log("hello")', 'ok'],
  ['javascript', 'throw new Error("oh")', 'error'],
  ['typescript', 'enum A { x = 1 }\nconsole.log(A.x)', 'ok'],
  ['ruby', 'puts "hello"', 'ok'],
  ['php', '<?php echo "hello";', 'ok'],
  ['c', '#include <stdio.h>\nint main(void) { puts("hello"); }', 'ok'],
  ['c', 'int main(void) { return nothing; }', 'error'],
];

it(
  'EXEC-16 a thousand mixed runs leave nothing behind, and no memory taken',
  async () => {
    const opened = await openTestSandbox({ concurrency: 4, warmBytes: 64 * 2 ** 20 });
    if (typeof opened === 'string') throw new Error(opened);
    await using test = opened;
    const known = new Set(test.sandbox.languages().flatMap(({ id, installed }) => (installed ? [id] : [])));
    const mixed = programs.filter(([language]) => known.has(language));
    const one = async (index: number) => {
      const [language, text, status] = mixed[index % mixed.length] as (typeof programs)[number];
      // Each of an owner of its own, so that none waits for another's two.
      const result = await test.run({ language, owner: `owner-${index % 16}`, limits: { wallMs: 20_000 } }, text);
      expect(result.status, `${index}: ${language} ${text}: ${result.stderr}`).toBe(status);
    };
    const rss = async () => {
      globalThis.gc?.();
      await pause(500);
      return process.memoryUsage().rss;
    };
    const batch = async (from: number, to: number) => {
      let next = from;
      const work = async () => {
        while (next < to) await one(next++);
      };
      await Promise.all(Array.from({ length: 4 }, work));
    };

    const startedAt = performance.now();
    await batch(0, runs / 5);
    await test.expectNothingLeft();
    const before = await rss();
    await batch(runs / 5, runs);
    await test.expectNothingLeft();
    const after = await rss();
    const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    console.log(
      `${runs} runs in ${seconds} s; ${mebibytes(before)} MiB after ${runs / 5}, ${mebibytes(after)} MiB after all`,
    );
    expect(after - before).toBeLessThan(slackBytes);
    expect(test.errors).toEqual([]);
  },
  30 * 60_000,
);
