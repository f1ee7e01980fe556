import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addRoom, isLeftOut, makePlace, openPlace, storageKinds, type TestPlace } from '../../test/storage-fixtures.ts';
import type { Storage } from './database.ts';
import { transact } from './transaction.ts';

for (const kind of storageKinds) {
  describe.skipIf(isLeftOut(kind))(`a transaction on ${kind}`, () => {
    let place: TestPlace;
    let storage: Storage;
    beforeAll(async () => {
      place = await makePlace(kind);
      storage = await openPlace(place);
    });
    afterAll(async () => {
      await storage?.close();
      await place?.remove();
    });

    const titleOf = async (id: string) =>
      (await storage.db.selectFrom('rooms').select('title').where('id', '=', id).executeTakeFirst())?.title;

    it('STORE-6 leaves nothing behind when it fails', async () => {
      const room = await addRoom(storage);
      const failing = transact(storage.db, async (tx) => {
        await tx.updateTable('rooms').set({ title: 'changed' }).where('id', '=', room.id).execute();
        throw new Error('on purpose');
      });
      await expect(failing).rejects.toThrow('on purpose');
      expect(await titleOf(room.id)).toBe(room.title);
    });

    // SQLite runs one transaction after the other, so none can stand in another's way.
    if (kind === 'sqlite') return;
    it('STORE-6 is run again when it and another one waited for each other', async () => {
      const [first, second] = [await addRoom(storage), await addRoom(storage)];
      const bothHoldOne = Promise.withResolvers<void>();
      let holding = 0;
      let runs = 0;
      const rename = (title: string, ids: string[]) =>
        transact(storage.db, async (tx) => {
          runs++;
          for (const id of ids) {
            await tx.updateTable('rooms').set({ title }).where('id', '=', id).execute();
            if (++holding === 2) bothHoldOne.resolve();
            await bothHoldOne.promise;
          }
        });
      await Promise.all([rename('up', [first.id, second.id]), rename('down', [second.id, first.id])]);
      expect(runs).toBe(3);
      const titles = [await titleOf(first.id), await titleOf(second.id)];
      expect(titles[0]).toBe(titles[1]);
      expect(['up', 'down']).toContain(titles[0]);
    });
  });
}
