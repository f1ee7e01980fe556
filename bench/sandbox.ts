import { spawn } from 'node:child_process';
import { openSandbox } from '../packages/sandbox/src/index.ts';
import { temporaryFolder } from '../packages/testkit/src/index.ts';

/** Hello world in the sandbox beside the bare interpreter: from asking until the first byte of output, taking turns. */
const rounds = 41;
const hello = {
  python: { source: 'print("hello")', bare: ['/usr/bin/python3', '-c', 'print("hello")'] },
  javascript: { source: 'console.log("hello")', bare: [process.execPath, '-e', 'console.log("hello")'] },
} as const;

function bareMs([command, ...args]: readonly [string, ...string[]]): Promise<number> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const child = spawn(command, args, { env: {}, stdio: ['ignore', 'pipe', 'ignore'] });
    let firstByteMs = 0;
    child.stdout.once('data', () => {
      firstByteMs = performance.now() - startedAt;
    });
    child.once('exit', () => resolve(firstByteMs));
  });
}

using folder = temporaryFolder();
const logger = { warn: console.warn, error: console.error, info: () => {} };
const sandbox = await openSandbox({ stateDir: folder.path, logger });
const rows: Record<string, object> = {};

for (const [language, { source, bare }] of Object.entries(hello)) {
  const path = language === 'python' ? 'main.py' : 'main.js';
  const sandboxed: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round < rounds; round++) {
    plain.push(await bareMs(bare));
    const startedAt = performance.now();
    let firstByteMs = 0;
    const run = sandbox.start({
      id: `bench-${language}-${round}`,
      owner: 'bench',
      language,
      files: [{ path, text: source }],
      stdin: '',
      onFrames: () => {
        firstByteMs ||= performance.now() - startedAt;
      },
    });
    const result = await run.result;
    if (result.stdout !== 'hello\n') throw new Error(`Not a hello: ${JSON.stringify(result)}`);
    sandboxed.push(firstByteMs);
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
  const [bareMedian, sandboxMedian] = [median(plain), median(sandboxed)];
  rows[language] = {
    'bare ms': round(bareMedian),
    'sandbox ms': round(sandboxMedian),
    'sandbox − bare ms': round(sandboxMedian - bareMedian),
  };
}
console.log(`Isolation: ${sandbox.report.tier}`);
console.table(rows);
await sandbox.close();

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
