import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pause, startFaultProxy, until } from '@coderoom/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLeftOut, makePlace, silent, storageKinds, type TestPlace } from '../../test/storage-fixtures.ts';
import type { DataInUse } from './data-in-use.ts';
import { type DatabaseLock, lockDatabase } from './database-lock.ts';
import { type DatabaseAddress, readDatabaseUrl } from './database-url.ts';

const answerTimeoutMs = 600;

for (const kind of storageKinds.filter((kind) => kind !== 'sqlite')) {
  describe.skipIf(isLeftOut(kind))(`the lock on a database of ${kind}`, () => {
    let place: TestPlace;
    let held: DatabaseLock[];
    beforeEach(async () => {
      place = await makePlace(kind);
      held = [];
    });
    afterEach(async () => {
      for (const lock of held) await lock.release();
      await place.remove();
    });

    /** As the process of that number. */
    async function take(pid: number, url = place.databaseUrl, onTaken = (error: DataInUse): void => void error) {
      const address = readDatabaseUrl(url, place.dataDir) as Exclude<DatabaseAddress, { kind: 'sqlite' }>;
      const holder = { pid, host: 'somewhere', startedAt: 0 };
      const lock = await lockDatabase({
        address,
        name: 'The database',
        holder,
        logger: silent,
        onTaken,
        answerTimeoutMs,
      });
      held.push(lock);
      return lock;
    }

    async function through() {
      const url = new URL(place.databaseUrl ?? '');
      const proxy = await startFaultProxy(`http://127.0.0.1:${url.port}`);
      url.port = new URL(proxy.url).port;
      return { proxy, url: url.href };
    }

    const unexpected = (error: DataInUse) => {
      throw error;
    };

    const isRefused = () =>
      take(2).then(
        async (lock) => {
          await lock.release();
          return false;
        },
        () => true,
      );

    it('STORE-22 is one server’s, whoever asks is told whose, and free when that has ended', async () => {
      const first = await take(1);
      const whose = kind === 'postgresql' ? 'process 1 on somewhere' : 'another process, at ';
      await expect(take(2)).rejects.toThrow(`The database is in use by ${whose}`);
      const other = await makePlace(kind);
      try {
        await take(3, other.databaseUrl);
      } finally {
        await held.pop()?.release();
        await other.remove();
      }
      await first.release();
      await take(2);
    });

    it('STORE-22 is taken by one of many who start at once', async () => {
      const attempts = await Promise.allSettled([1, 2, 3, 4, 5].map((pid) => take(pid)));
      expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('STORE-22 comes back after the connection was cut', async () => {
      const { proxy, url } = await through();
      await using _ = proxy;
      await take(1, url, unexpected);
      proxy.cut();
      await until('the lock', isRefused, { timeoutMs: 5_000 });
      await held.pop()?.release();
    });

    it('STORE-22 comes back though the database has not yet missed the connection that is gone', async () => {
      const cable = await layCable(new URL(place.databaseUrl ?? ''));
      await using _ = cable;
      await take(1, cable.url, unexpected);
      cable.pull();
      await until('the old connection to be ended', () => cable.endedByDatabase() === 1, { timeoutMs: 5_000 });
      await pause(200);
      expect(await isRefused()).toBe(true);
      await held.pop()?.release();
      expect(await isRefused()).toBe(false);
    });

    it('STORE-22 tells a server whose lock another one took while it was away', async () => {
      const { proxy, url } = await through();
      await using _ = proxy;
      let taken: DataInUse | undefined;
      await take(1, url, (error) => {
        taken = error;
      });
      proxy.stall();
      proxy.cut();
      const second = await until('the lock', () => take(2), { timeoutMs: 5_000 });
      proxy.resume();
      await until('the news', () => taken !== undefined, { timeoutMs: 5_000 });
      expect(taken?.message).toContain('The database is in use by');
      await second.release();
    });
  });
}

/** A proxy whose clients vanish without the database being told. */
async function layCable(target: URL) {
  const clients = new Set<Socket>();
  const ends = new Set<Socket>();
  let endedByDatabase = 0;
  let isPulled = false;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    clients.add(near);
    ends.add(near).add(far);
    near.on('data', (data) => far.write(data));
    far.on('data', (data) => near.write(data));
    far.on('error', () => {}).on('end', () => endedByDatabase++);
    near
      .on('error', () => {})
      .on('close', () => {
        if (!isPulled) far.destroy();
        isPulled = false;
      });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    endedByDatabase: () => endedByDatabase,
    /** The one client's end. */
    pull() {
      expect(clients.size).toBe(1);
      isPulled = true;
      for (const client of clients) client.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const end of ends) end.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
