import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { freshSeed, pause, randomness, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDocumentStore } from '../files/store.ts';
import type { Storage } from './database.ts';
import { addRoom, isLeftOut, loggedUpdate, makePlace, openPlace, storageKinds, type TestPlace } from './fixtures.ts';

/** Stands between a pool and its database, and cuts. */
interface Wire {
  port: number;
  /** Resets every connection. */
  cut(): void;
  /** While down, every connection is refused. */
  setDown(down: boolean): void;
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
      const documents = createDocumentStore(storage.db);
      const rooms = [await addRoom(storage), await addRoom(storage)];
      let failures = 0;
      let writing = true;
      const saboteur = (async () => {
        while (writing) {
          await pause(random.below(25));
          wire.cut();
        }
      })();
      const last = 150;
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
      writing = false;
      await saboteur;

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
      const documents = createDocumentStore(storage.db);
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
  });
}

async function layWire(databasePort: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let isDown = false;
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
      from.setNoDelay(true).pipe(to);
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
    setDown(down) {
      isDown = down;
      if (down) cut();
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
