import { DataInUse, type Holder } from './data-in-use.ts';
import { couldNotOpen } from './database.ts';
import { lockDatabase } from './database-lock.ts';
import { describeAddress, readDatabaseUrl } from './database-url.ts';
import { type FileLock, lockDataDir, lockSqliteFile } from './file-lock.ts';

/** This process is the only server on its data. */
export interface InstanceLock {
  /** Tells those who are refused where this server listens. */
  describe(address: string): void;
  release(): Promise<void>;
}

export interface InstanceLockOptions {
  dataDir: string;
  databaseUrl: string | undefined;
  holder: Holder;
  logger: { warn(details: object, message: string): void };
  /** Another server has the database now: this one has to stop. */
  onTaken(error: DataInUse): void;
}

/** Locks the data directory and the database. Throws DataInUse. */
export async function lockInstance(options: InstanceLockOptions): Promise<InstanceLock> {
  const { dataDir, databaseUrl, holder, logger, onTaken } = options;
  const address = readDatabaseUrl(databaseUrl, dataDir);
  const locks = new AsyncDisposableStack();
  const described: FileLock[] = [];
  const keep = (lock: FileLock) => {
    locks.defer(() => lock.release());
    described.push(lock);
  };
  try {
    keep(await lockDataDir(dataDir, holder));
    if (address.kind === 'sqlite') {
      keep(await lockSqliteFile(address.file, holder));
    } else {
      const description = describeAddress(address);
      const lock = await lockDatabase({ address, name: `The database ${description}`, holder, logger, onTaken }).catch(
        (error: unknown) => {
          throw error instanceof DataInUse ? error : couldNotOpen(description, error);
        },
      );
      locks.defer(() => lock.release());
    }
  } catch (error) {
    await locks.disposeAsync();
    throw error;
  }
  return {
    describe(at) {
      for (const lock of described) lock.describe(at);
    },
    release: () => locks.disposeAsync(),
  };
}
