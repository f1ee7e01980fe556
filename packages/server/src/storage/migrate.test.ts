import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freshSeed, pause, randomness } from '@coderoom/testkit';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addRoom, isLeftOut, makePlace, openPlace, storageKinds, type TestPlace } from '../../test/storage-fixtures.ts';
import { createRoomStore } from '../rooms/store.ts';
import { type MigrationFor, migrate, released } from './migrate.ts';

const tables = [
  'accounts',
  'audit_entries',
  'blocks',
  'codecast_creators',
  'document_snapshots',
  'document_updates',
  'documents',
  'friendships',
  'idempotency_keys',
  'identities',
  'invitations',
  'knocks',
  'member_aliases',
  'members',
  'messages',
  'profile_stats',
  'refresh_tokens',
  'room_aliases',
  'room_bans',
  'room_words',
  'rooms',
  'runs',
  'sessions',
  'snippets',
  'whole_texts',
];

for (const kind of storageKinds) {
  describe.skipIf(isLeftOut(kind))(`migrating ${kind}`, () => {
    let place: TestPlace;
    beforeAll(async () => {
      place = await makePlace(kind);
    });
    afterAll(() => place?.remove());

    it('STORE-18 makes an empty database whole, and leaves a whole one with its data as it is', async () => {
      const first = await openPlace(place);
      const names = (await first.db.introspection.getTables()).map(({ name }) => name);
      expect(names.toSorted()).toEqual(tables);
      const room = await addRoom(first);
      await first.close();

      const second = await openPlace(place);
      expect(await createRoomStore(second.db).find(room.id)).toEqual(room);
      await migrate(second.db, kind);
      expect(await createRoomStore(second.db).find(room.id)).toEqual(room);
      await second.close();
    });

    it('STORE-18 is done once when several servers start together', async () => {
      const shared = await makePlace(kind);
      const storages = await Promise.all(Array.from({ length: 3 }, () => openPlace(shared)));
      await addRoom(storages[2] as (typeof storages)[0]);
      for (const storage of storages) await storage.close();
      await shared.remove();
    });

    it('STORE-18 finishes at the next start what failed in the middle', async () => {
      const storage = await openPlace(place);
      const room = await addRoom(storage);
      const later = (work: (db: Kysely<unknown>) => Promise<void>): Record<string, MigrationFor> => ({
        ...released,
        '9999-later': () => ({ up: work }),
      });
      const half = later(async (db) => {
        await db.schema.createTable('later').ifNotExists().addColumn('mark', 'integer').execute();
        throw new Error('power cut');
      });
      await expect(migrate(storage.db, kind, half)).rejects.toMatchObject({ cause: { message: 'power cut' } });
      const names = (await storage.db.introspection.getTables()).map(({ name }) => name);
      if (kind !== 'mysql') expect(names).not.toContain('later');

      const whole = later(async (db) => {
        await db.schema.createTable('later').ifNotExists().addColumn('mark', 'integer').execute();
        await sql`insert into later (mark) values (1)`.execute(db);
      });
      await migrate(storage.db, kind, whole);
      expect((await sql`select mark from later`.execute(storage.db)).rows).toEqual([{ mark: 1 }]);
      expect(await createRoomStore(storage.db).find(room.id)).toEqual(room);
      await storage.close();
    });

    it('STORE-18 finishes at the next start what kill -9 interrupted at any moment', async () => {
      const random = randomness(freshSeed());
      for (let round = 0; round < 4; round++) {
        const fresh = await makePlace(kind);
        const source = `
          import { openStorage } from ${JSON.stringify(new URL('./database.ts', import.meta.url).href)};
          process.stdout.write('starting');
          await openStorage(${JSON.stringify({ databaseUrl: fresh.databaseUrl, dataDir: fresh.dataDir })});
        `;
        const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const exit = once(child, 'exit');
        await once(child.stdout, 'data');
        await pause(random.below(120));
        child.kill('SIGKILL');
        await exit;

        const storage = await openPlace(fresh);
        const room = await addRoom(storage);
        expect(await createRoomStore(storage.db).find(room.id), `seed ${random.seed}`).toEqual(room);
        const names = (await storage.db.introspection.getTables()).map(({ name }) => name);
        expect(names.toSorted(), `seed ${random.seed}`).toEqual(tables);
        await storage.close();
        await fresh.remove();
      }
    }, 240_000);
  });
}
