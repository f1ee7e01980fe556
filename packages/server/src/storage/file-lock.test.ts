import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder, until } from '@coderoom/testkit';
import { expect, it } from 'vitest';
import { DataInUse } from './data-in-use.ts';
import { lockDataDir } from './file-lock.ts';

const lockModule = new URL('./file-lock.ts', import.meta.url).href;
const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5);
const ourselves = { pid: process.pid, host: hostname(), startedAt };

/** Another process that locks the folder, tells its address and stays. */
async function startHolder(dataDir: string): Promise<ChildProcess> {
  const source = `
    import { lockDataDir } from ${JSON.stringify(lockModule)};
    const holder = { pid: process.pid, host: ${JSON.stringify(hostname())}, startedAt: ${startedAt} };
    const lock = await lockDataDir(${JSON.stringify(dataDir)}, holder);
    lock.describe('http://127.0.0.1:4321');
    console.log('locked');
    setInterval(() => {}, 1_000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

it('STORE-15 refuses a second process within two seconds and names the first, until kill -9 ends that', async () => {
  using folder = temporaryFolder();
  const holder = await startHolder(folder.path);
  try {
    const asked = performance.now();
    const refusal = await lockDataDir(folder.path, ourselves).catch((error) => error);
    expect(performance.now() - asked).toBeLessThan(2_000);
    expect(refusal).toBeInstanceOf(DataInUse);
    expect(refusal.message).toBe(
      `The data directory ${folder.path} is in use by process ${holder.pid} on ${hostname()} ` +
        'since 2026-01-02T03:04:05.000Z, http://127.0.0.1:4321',
    );
  } finally {
    await kill(holder);
  }
  const lock = await lockDataDir(folder.path, ourselves);
  lock.release();
});

it('STORE-15 is held in one process as between two', async () => {
  using folder = temporaryFolder();
  const first = await lockDataDir(folder.path, ourselves);
  await expect(lockDataDir(folder.path, ourselves)).rejects.toThrow(`process ${process.pid} on`);
  first.release();
  first.release();
  const second = await lockDataDir(folder.path, ourselves);
  second.release();
  expect(existsSync(join(folder.path, 'instance.json'))).toBe(false);
});

it('STORE-15 does not blame a dead process, nor fail for what it left', async () => {
  using folder = temporaryFolder();
  const dead = await startHolder(folder.path);
  await kill(dead);
  expect(existsSync(join(folder.path, 'instance.json'))).toBe(true);

  const lock = await lockDataDir(folder.path, ourselves);
  writeFileSync(join(folder.path, 'instance.json'), JSON.stringify({ ...ourselves, pid: dead.pid }));
  await expect(lockDataDir(folder.path, ourselves)).rejects.toThrow('in use by another process');
  lock.release();
});

it('STORE-15 gives the folder to one of many that start at once', async () => {
  using folder = temporaryFolder();
  const source = `
    import { lockDataDir } from ${JSON.stringify(lockModule)};
    const holder = { pid: process.pid, host: ${JSON.stringify(hostname())}, startedAt: ${startedAt} };
    try {
      await lockDataDir(${JSON.stringify(folder.path)}, holder);
      console.log('locked');
      setInterval(() => {}, 1_000);
    } catch (error) {
      console.log(error.message);
    }
  `;
  let output = '';
  const children = Array.from({ length: 5 }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    return child;
  });
  try {
    await until('all to have answered', () => output.trim().split('\n').length === children.length);
    const answers = output.trim().split('\n');
    expect(answers.filter((answer) => answer === 'locked')).toHaveLength(1);
    const running = children.filter(({ exitCode }) => exitCode === null);
    const pids = running.map(({ pid }) => `process ${pid} `);
    for (const answer of answers) {
      if (answer !== 'locked')
        expect(
          pids.some((pid) => answer.includes(pid)),
          answer,
        ).toBe(true);
    }
  } finally {
    await Promise.all(children.filter(({ exitCode }) => exitCode === null).map(kill));
  }
});

it('STORE-15 names DATA_DIR when the folder cannot be used', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'file');
  writeFileSync(file, '');
  await expect(lockDataDir(join(file, 'data'), ourselves)).rejects.toThrow(/DATA_DIR\) cannot be used: ENOTDIR/);
  const taken = join(folder.path, 'taken');
  mkdirSync(join(taken, 'instance.lock'), { recursive: true });
  await expect(lockDataDir(taken, ourselves)).rejects.toThrow(/DATA_DIR\) cannot be used: unable to open/);
});
