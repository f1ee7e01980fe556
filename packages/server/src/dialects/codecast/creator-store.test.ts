import { beforeAll, expect, it } from 'vitest';
import { addRoom, describeOnEachDatabase, nextId } from '../../../test/storage-fixtures.ts';
import { createRoomStore } from '../../rooms/store.ts';
import type { Storage } from '../../storage/database.ts';
import { createCreatorStore } from './creator-store.ts';

describeOnEachDatabase('creators of CodeCast sessions', (open) => {
  let storage: Storage;
  beforeAll(async () => {
    storage = await open();
  });

  it('DIA-71 are kept one for a room, and go with it', async () => {
    const store = createCreatorStore(storage.db);
    const room = await addRoom(storage);
    const creator = { roomId: room.id, memberId: nextId(), tokenHash: 'a'.repeat(43) };
    await store.insert(creator);
    await expect(store.insert({ ...creator, memberId: nextId() })).rejects.toThrow();
    expect(await store.find(room.id)).toEqual(creator);
    await createRoomStore(storage.db).delete(room.id);
    expect(await store.find(room.id)).toBeUndefined();
  });
});
