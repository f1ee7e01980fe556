import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { DataInUse, type Holder } from './data-in-use.ts';

export interface FileLock {
  /** Tells those who are refused where this server listens. */
  describe(address: string): void;
  release(): void;
}

/** What is locked, for those who are refused. */
interface Locked {
  /** Such as "The data directory data". */
  name: string;
  variable: 'DATA_DIR' | 'DATABASE_URL';
}

const sqliteBusy = 5;
/** A holder writes down who it is right after it got the lock; so long is it waited for. */
const holderWaitMs = 500;
const holderPollMs = 20;

/** Makes this process the only one on the data directory. */
export function lockDataDir(dataDir: string, holder: Holder): Promise<FileLock> {
  return lockFile(join(dataDir, 'instance'), holder, { name: `The data directory ${dataDir}`, variable: 'DATA_DIR' });
}

/** Makes this process the only server on an SQLite file, wherever that is. */
export function lockSqliteFile(file: string, holder: Holder): Promise<FileLock> {
  return lockFile(`${file}-instance`, holder, { name: `The database ${file}`, variable: 'DATABASE_URL' });
}

/**
 * The lock is the operating system's lock on an open file, held through an SQLite transaction: it ends with the process,
 * however that ends, and with nothing else. `path` is that of both files without their endings.
 */
async function lockFile(path: string, holder: Holder, locked: Locked): Promise<FileLock> {
  const details = `${path}.json`;
  const lock = openLockFile(path, locked);
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive');
  } catch (error) {
    lock.close();
    if (((error as { errcode?: number }).errcode ?? 0) % 256 !== sqliteBusy) throw unusable(locked, error);
    throw new DataInUse(locked.name, describeHolder(await readHolder(details, holder.host)), locked.variable);
  }
  const write = (known: Holder) => {
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
function openLockFile(path: string, locked: Locked): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return new DatabaseSync(`${path}.lock`, { timeout: 0 });
  } catch (error) {
    throw unusable(locked, error);
  }
}

function unusable({ name, variable }: Locked, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${name} (${variable}) cannot be used: ${why}`, { cause });
}

/** Who holds the lock; what a dead process left behind is not taken for it. */
async function readHolder(details: string, ownHost: string): Promise<Holder | undefined> {
  const deadline = performance.now() + holderWaitMs;
  for (;;) {
    try {
      const holder = JSON.parse(readFileSync(details, 'utf8')) as Holder;
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

function describeHolder(holder: Holder | undefined): string {
  if (holder === undefined) return 'another process';
  const { pid, host, startedAt, address } = holder;
  const where = address === undefined ? '' : `, ${address}`;
  return `process ${pid} on ${host} since ${new Date(startedAt).toISOString()}${where}`;
}
