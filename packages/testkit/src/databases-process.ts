import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

const setpriv = '/usr/bin/setpriv';
const startTimeoutMs = 30_000;
const stopTimeoutMs = 5_000;

/** What runs a database server: a folder and, when we are root, a user of its own. */
export interface DatabaseHome {
  path: string;
  /** Runs a program to its end as the home's user. */
  run(program: string, args: string[]): Promise<void>;
  /** Starts a program as the home's user; it dies with this process. */
  start(program: string, args: string[]): DatabaseProcess;
  remove(): void;
}

interface DatabaseProcess {
  /** Resolves when `ask` does; fails, with what the process printed, when it ends before, or takes too long. */
  ready(ask: () => Promise<void>): Promise<void>;
  /** Ends it with the given signal, or, when that takes too long, with SIGKILL. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** Sends a signal that does not end it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
}

/** Makes a temporary home; database servers refuse to run as root, so as root it is given to `user`. */
export async function makeDatabaseHome(name: string, user: string): Promise<DatabaseHome> {
  removeLeftovers(name);
  const path = mkdtempSync(join(tmpdir(), `coderoom-${name}-${process.pid}-`));
  const asUser: string[] = [];
  if (process.getuid?.() === 0) {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => idOf(user, flag)));
    chownSync(path, Number(uid), Number(gid));
    asUser.push(`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups');
  }
  // setpriv sets the death signal last: a change of user would clear it.
  const command = (program: string, args: string[]): [string, string[]] =>
    existsSync(setpriv) ? [setpriv, [...asUser, '--pdeathsig=KILL', program, ...args]] : [program, args];
  const options = { cwd: path, env: { PATH: process.env.PATH ?? '', HOME: path, LC_ALL: 'C' } };

  return {
    path,
    async run(program, args) {
      const [file, all] = command(program, args);
      await promisify(execFile)(file, all, options);
    },
    start(program, args) {
      return watch(program, spawn(...command(program, args), { ...options, stdio: ['ignore', 'pipe', 'pipe'] }));
    },
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** A port of 127.0.0.1 on which nobody listens. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

function watch(program: string, child: ChildProcess): DatabaseProcess {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-10_000);
    });
  }
  let ended = false;
  const exit = new Promise<void>((resolve) => {
    const end = () => {
      ended = true;
      resolve();
    };
    child.once('exit', end).once('error', end);
  });
  return {
    async ready(ask) {
      const answered = () => ask().then(() => true);
      try {
        await until(`${program} to answer`, async () => ended || (await answered()), { timeoutMs: startTimeoutMs });
        if (ended) throw new Error(`${program} has ended`);
      } catch (error) {
        child.kill('SIGKILL');
        throw new Error(`${program} did not start:\n${output}`, { cause: error });
      }
    },
    async stop(signal) {
      if (ended) return;
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      await exit;
      clearTimeout(timer);
    },
    signal: (signal) => child.kill(signal),
  };
}

async function idOf(user: string, flag: string): Promise<string> {
  return (await promisify(execFile)('id', [flag, user])).stdout.trim();
}

/** Folders of processes that were killed before they could remove them. */
function removeLeftovers(name: string): void {
  for (const entry of readdirSync(tmpdir())) {
    const pid = new RegExp(`^coderoom-${name}-(\\d+)-`).exec(entry)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    rmSync(join(tmpdir(), entry), { recursive: true, force: true });
  }
}
