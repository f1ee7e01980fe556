import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';

/** Who holds a data directory. */
export interface DataDirHolder {
  pid: number;
  host: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  address?: string;
}

export interface DataDirLock {
  /** Tells those who are refused where this server listens. */
  describe(address: string): void;
  release(): void;
}

/** The data directory belongs to another running server. */
export class DataDirInUse extends Error {
  readonly holder: DataDirHolder | undefined;

  constructor(dataDir: string, holder: DataDirHolder | undefined) {
    super(`The data directory ${dataDir} is in use by ${describeHolder(holder)}`);
    this.name = 'DataDirInUse';
    this.holder = holder;
  }
}

const sqliteBusy = 5;
/** A holder writes down who it is right after it got the lock; so long is it waited for. */
const holderWaitMs = 500;
const holderPollMs = 20;

/**
 * Makes this process the only one on the data directory. The lock is the operating system's lock on an open file, held
 * through an SQLite transaction: it ends with the process, however that ends, and with nothing else.
 */
export async function lockDataDir(dataDir: string, holder: DataDirHolder): Promise<DataDirLock> {
  const details = join(dataDir, 'instance.json');
  const lock = openLockFile(dataDir);
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive');
  } catch (error) {
    lock.close();
    if (((error as { errcode?: number }).errcode ?? 0) % 256 !== sqliteBusy) throw unusable(dataDir, error);
    throw new DataDirInUse(dataDir, await readHolder(details, holder.host));
  }
  const write = (known: DataDirHolder) => {
    const draft = `${details}.${holder.pid}`;
    writeFileSync(draft, `${JSON.stringify(known)}\n`);
    renameSync(draft, details);
  };
  write(holder);
  return {
    describe: (address) => write({ ...holder, address }),
    release() {
      if (!lock.isOpen) return;
      rmSync(details, { force: true });
      lock.close();
    },
  };
}

/** Nothing else may open this file: on POSIX a process loses its lock when it closes any descriptor of the file. */
function openLockFile(dataDir: string): DatabaseSync {
  try {
    mkdirSync(dataDir, { recursive: true });
    return new DatabaseSync(join(dataDir, 'instance.lock'), { timeout: 0 });
  } catch (error) {
    throw unusable(dataDir, error);
  }
}

function unusable(dataDir: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Error(`The data directory ${dataDir} (DATA_DIR) cannot be used: ${why}`, { cause });
}

/** Who holds the lock; what a dead process left behind is not taken for it. */
async function readHolder(details: string, ownHost: string): Promise<DataDirHolder | undefined> {
  const deadline = performance.now() + holderWaitMs;
  for (;;) {
    try {
      const holder = JSON.parse(readFileSync(details, 'utf8')) as DataDirHolder;
      if (holder.host !== ownHost || isRunning(holder.pid)) return holder;
    } catch {
      // not written yet
    }
    if (performance.now() > deadline) return undefined;
    await pause(holderPollMs);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function describeHolder(holder: DataDirHolder | undefined): string {
  if (holder === undefined) return 'another process';
  const { pid, host, startedAt, address } = holder;
  const where = address === undefined ? '' : `, ${address}`;
  return `process ${pid} on ${host} since ${new Date(startedAt).toISOString()}${where}`;
}
