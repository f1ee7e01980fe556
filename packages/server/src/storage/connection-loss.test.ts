import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { freshSeed, pause, randomness, until } from '@coderoom/testkit';
import { Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addRoom,
  isLeftOut,
  loggedUpdate,
  makePlace,
  openDocuments,
  openPlace,
  silent,
  storageKinds,
  type TestPlace,
} from '../../test/storage-fixtures.ts';
import type { Storage } from './database.ts';
import { hardenDialect } from './hardened-dialect.ts';
import { createMysqlDialect } from './mysql-dialect.ts';
import { createPostgresqlDialect } from './postgresql-dialect.ts';
import type { Database } from './schema.ts';

/** Stands between a pool and its database, and cuts. */
interface Wire {
  port: number;
  /** Resets every connection. */
  cut(): void;
  /** Again and again, resets every connection in place of the nth answer of the database; the n is asked for each time. */
  cutAfter(drawAnswers: (() => number) | undefined): void;
  /** While down, every connection is refused. */
  setDown(down: boolean): void;
  /** While frozen, nothing passes and nothing is refused. */
  setFrozen(frozen: boolean): void;
  close(): Promise<void>;
}

for (const kind of storageKinds.filter((kind) => kind !== 'sqlite')) {
  describe.skipIf(isLeftOut(kind))(`when the connection to ${kind} is lost`, () => {
    let place: TestPlace;
    let wire: Wire;
    let storage: Storage;

    beforeAll(async () => {
      place = await makePlace(kind);
      const url = new URL(place.databaseUrl ?? '');
      wire = await layWire(Number(url.port));
      url.port = String(wire.port);
      storage = await openPlace({ ...place, databaseUrl: url.href });
    });
    afterAll(async () => {
      await storage?.close();
      await wire?.close();
      await place?.remove();
    });

    it('STORE-19 an append tried again until it resolves is stored once, wherever it was cut', async () => {
      const random = randomness(freshSeed());
      const documents = openDocuments(storage.db);
      const rooms = [await addRoom(storage), await addRoom(storage)];
      let failures = 0;
      const last = 100;
      try {
        wire.cutAfter(() => 10 + random.below(20));
        for (let seq = 2; seq <= last; seq++) {
          const group = rooms.map(({ id }) => loggedUpdate(id, seq));
          await until('the append', async () => {
            try {
              await documents.append(group);
              return true;
            } catch (error) {
              failures++;
              throw error;
            }
          });
        }
      } finally {
        wire.cutAfter(undefined);
      }

      expect(failures, 'no append was cut').toBeGreaterThan(0);
      for (const { id } of rooms) {
        const loaded = await until('the room', () => documents.load(id));
        expect(
          loaded.updates.map(({ seq }) => seq),
          `seed ${random.seed}`,
        ).toEqual(Array.from({ length: last }, (_, index) => index + 1));
      }
    });

    it('STORE-19 works again by itself within five seconds after the database comes back', async () => {
      const documents = openDocuments(storage.db);
      const room = await addRoom(storage);
      wire.setDown(true);
      const attempts = Array.from({ length: 20 }, () => documents.append([loggedUpdate(room.id, 2)]));
      for (const attempt of await Promise.allSettled(attempts)) expect(attempt.status).toBe('rejected');
      wire.setDown(false);
      await until('the append', () => documents.append([loggedUpdate(room.id, 2)]).then(() => true), {
        timeoutMs: 5_000,
      });
      expect((await documents.load(room.id))?.updates).toHaveLength(2);
    });

    it('STORE-19 gives up a connection that has fallen silent, tells why, and opens another', async () => {
      const url = new URL(place.databaseUrl ?? '');
      url.port = String(wire.port);
      const options = { url: url.href, answerTimeoutMs: 300, logger: silent };
      const dialect = kind === 'mysql' ? createMysqlDialect(options) : createPostgresqlDialect(options);
      const db = new Kysely<Database>({ dialect: hardenDialect(dialect) });
      const ask = () => db.transaction().execute((tx) => tx.selectFrom('rooms').select('id').limit(1).execute());
      await ask();
      wire.setFrozen(true);
      await expect(ask()).rejects.toThrow('The database has not answered for 300 ms');
      wire.setFrozen(false);
      await until('an answer', ask, { timeoutMs: 5_000 });
      await db.destroy();
    });

    it('STORE-19 tells what broke a transaction, not that it could not be rolled back', async () => {
      const broken = storage.db.transaction().execute(async (tx) => {
        await tx.selectFrom('rooms').select('id').limit(1).execute();
        wire.cut();
        await pause(50);
        throw new Error('what broke it');
      });
      await expect(broken).rejects.toThrow('what broke it');
      await until('the pool', () => addRoom(storage));
    });
  });
}

async function layWire(databasePort: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let isDown = false;
  let isFrozen = false;
  let drawAnswers: (() => number) | undefined;
  let answersLeft = 0;
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const server = createServer((client) => {
    if (isDown) {
      client.resetAndDestroy();
      return;
    }
    const database = connect(databasePort, '127.0.0.1');
    for (const [from, to] of [
      [client, database],
      [database, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true).on('data', (bytes) => {
        if (from === database && drawAnswers !== undefined && --answersLeft === 0) {
          answersLeft = drawAnswers();
          cut();
        } else if (!isFrozen) {
          to.write(bytes);
        }
      });
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    cutAfter(draw) {
      drawAnswers = draw;
      answersLeft = draw?.() ?? 0;
    },
    setDown(down) {
      isDown = down;
      if (down) cut();
    },
    setFrozen(frozen) {
      isFrozen = frozen;
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
