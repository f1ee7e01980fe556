import { packUpdates } from '@coderoom/collab';
import { limits } from '@coderoom/protocol';
import { freshSeed, randomness } from '@coderoom/testkit';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  addAccount,
  addRoom,
  describeOnEachDatabase,
  loggedUpdate,
  memberRow,
  messageRow,
  nextId,
  openDocuments,
  roomRow,
  runResult,
  runRow,
  snippetRow,
} from '../../test/storage-fixtures.ts';
import { createMessageStore } from '../chat/store.ts';
import { createDocumentStore } from '../files/store.ts';
import { createIdempotencyStore } from '../gateway/idempotency-store.ts';
import { createMemberStore } from '../members/store.ts';
import { createRoomStore } from '../rooms/store.ts';
import { createRunStore } from '../runs/store.ts';
import { createSnippetStore } from '../snippets/store.ts';
import type { Storage } from './database.ts';

/** All of Unicode's planes, both directions, combining marks, line ends; no U+0000. */
const anyText = 'naïve ✓ 日本語 עברית e\u0301 👩🏽‍💻 \u{10ffff} \u0001\u001f \r\n\t \\ \' " ` % _ ; -- $1 ? :x';
const tablesOfRoom = [
  'members',
  'documents',
  'document_snapshots',
  'document_updates',
  'messages',
  'runs',
  'snippets',
] as const;

describeOnEachDatabase('the stores', (open, kind) => {
  let storage: Storage;
  let stores: ReturnType<typeof openStores>;

  beforeAll(async () => {
    storage = await open();
    stores = openStores(storage);
  });

  async function countRows(table: (typeof tablesOfRoom)[number], roomId: string): Promise<number> {
    const rows = await storage.db.selectFrom(table).select('room_id').where('room_id', '=', roomId).execute();
    return rows.length;
  }

  describe('rooms', () => {
    it('STORE-1 stores a room, its owner and the first update of its document together', async () => {
      const room = roomRow({ title: anyText, capacity: 50, endedAt: Number.MAX_SAFE_INTEGER });
      const owner = memberRow(room.id, { role: 'owner', name: '👩🏽‍💻', accountId: await addAccount(storage) });
      const seed = loggedUpdate(room.id, 1, { memberId: owner.id });

      expect(await stores.rooms.create(room, owner, seed)).toBe('created');

      expect(await stores.rooms.find(room.id)).toEqual(room);
      expect(await stores.rooms.find(room.code)).toEqual(room);
      expect(await stores.members.list(room.id)).toEqual([owner]);
      expect(plain(await stores.documents.load(room.id))).toEqual({
        snapshot: null,
        snapshotSeq: 0,
        updates: [plain(seed)],
      });
    });

    it('STORE-1 stores nothing of a room whose second half fails', async () => {
      const taken = await addRoom(storage);
      const owner = memberRow(taken.id);
      await stores.members.insert(owner);
      const room = roomRow();

      await expect(
        stores.rooms.create(room, { ...owner, roomId: room.id }, loggedUpdate(room.id, 1)),
      ).rejects.toThrow();

      expect(await stores.rooms.find(room.id)).toBeUndefined();
      for (const table of tablesOfRoom) expect(await countRows(table, room.id), table).toBe(0);
    });

    it('STORE-2 gives a code to one room only, however many ask for it at once', async () => {
      const code = `one-${nextId()}`;
      const rooms = Array.from({ length: 8 }, () => roomRow({ code }));
      const outcomes = await Promise.all(
        rooms.map((room) => stores.rooms.create(room, memberRow(room.id), loggedUpdate(room.id, 1))),
      );

      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'code-taken')).toHaveLength(7);
      const winner = rooms[outcomes.indexOf('created')];
      expect((await stores.rooms.find(code))?.id).toBe(winner?.id);
      const loser = rooms[outcomes.indexOf('code-taken')];
      expect(await countRows('members', loser?.id ?? '')).toBe(0);
    });

    it('does not take an id that exists for a code that is taken', async () => {
      const room = await addRoom(storage);
      const again = roomRow({ id: room.id });
      await expect(stores.rooms.create(again, memberRow(room.id), loggedUpdate(room.id, 1))).rejects.toThrow();
    });

    it('tells ids and codes apart by case and accents', async () => {
      const room = await addRoom(storage, { code: `cafe-${nextId()}` });
      expect(await stores.rooms.find(room.code.toUpperCase())).toBeUndefined();
      expect(await stores.rooms.find(room.code.replace('e', 'é'))).toBeUndefined();
      expect(await stores.rooms.find(`${room.code}x`)).toBeUndefined();
    });

    it('finds nothing for what cannot be an id', async () => {
      for (const text of ['', '\0', `${'x'.repeat(10_000)}`, '\ud800', "' or 1=1 --"]) {
        expect(await stores.rooms.find(text)).toBeUndefined();
      }
    });

    it('changes what a patch names, and nothing else', async () => {
      const room = await addRoom(storage);
      const other = await addRoom(storage);
      await stores.rooms.update(room.id, { title: anyText, status: 'ended', endedAt: 5 });
      await stores.rooms.update(room.id, { capacity: 3, language: 'go' });
      await stores.rooms.update(room.id, {});
      const changed = { ...room, title: anyText, status: 'ended', endedAt: 5, capacity: 3, language: 'go' };
      expect(await stores.rooms.find(room.id)).toEqual(changed);
      await stores.rooms.update(room.id, { status: 'active', endedAt: null });
      expect(await stores.rooms.find(room.id)).toEqual({ ...changed, status: 'active', endedAt: null });
      expect(await stores.rooms.find(other.id)).toEqual(other);
    });

    it('STORE-5 deletes a room with all that belongs to it, and nothing of another', async () => {
      const rooms = [await addRoom(storage), await addRoom(storage)];
      for (const { id: room_id } of rooms) {
        await stores.documents.saveSnapshot(room_id, { seq: 1, state: Uint8Array.of(1) });
        await stores.runs.insert(runRow(room_id));
        await createMessageStore(storage.db).insert(messageRow(room_id));
        await createSnippetStore(storage.db).insert(snippetRow(room_id));
      }
      const [gone, kept] = rooms as [(typeof rooms)[0], (typeof rooms)[0]];

      await stores.rooms.delete(gone.id);

      expect(await stores.rooms.find(gone.code)).toBeUndefined();
      for (const table of tablesOfRoom) {
        expect(await countRows(table, gone.id), table).toBe(0);
        expect(await countRows(table, kept.id), table).toBe(1);
      }
      expect(await stores.documents.load(gone.id)).toBeNull();
      await stores.rooms.delete(gone.id);
    });
  });

  describe('members', () => {
    it('lists those not removed in the order in which they joined', async () => {
      const room = await addRoom(storage);
      const [owner] = await stores.members.list(room.id);
      const second = memberRow(room.id, { joinedAt: (owner?.joinedAt ?? 0) + 20 });
      const first = memberRow(room.id, {
        joinedAt: (owner?.joinedAt ?? 0) + 10,
        accountId: await addAccount(storage),
      });
      const removed = memberRow(room.id, { removedAt: 7 });
      for (const member of [second, first, removed]) await stores.members.insert(member);

      expect(await stores.members.list(room.id)).toEqual([owner, first, second]);
      expect(await stores.members.find(removed.id)).toEqual(removed);
      expect(await stores.members.find(nextId())).toBeUndefined();
    });

    it('changes name, role and removal', async () => {
      const room = await addRoom(storage);
      const member = memberRow(room.id);
      await stores.members.insert(member);
      await stores.members.update(member.id, { name: anyText, role: 'viewer' });
      expect(await stores.members.find(member.id)).toEqual({ ...member, name: anyText, role: 'viewer' });
      expect(await stores.members.end(member.id, { removedAt: 9 })).toBe(true);
      expect(await stores.members.end(member.id, { removedAt: 10 })).toBe(false);
      await stores.members.update(member.id, {});
      expect((await stores.members.find(member.id))?.removedAt).toBe(9);
      expect((await stores.members.list(room.id)).map(({ id }) => id)).not.toContain(member.id);
    });

    it('refuses a member of a room that is gone', async () => {
      await expect(stores.members.insert(memberRow(nextId()))).rejects.toMatchObject({ code: 'room_not_found' });
    });
  });

  describe('text', () => {
    it('STORE-3 keeps any Unicode; U+0000 and half characters become U+FFFD', async () => {
      const room = await addRoom(storage, { title: `a\0b\ud800c${anyText}` });
      expect((await stores.rooms.find(room.id))?.title).toBe(`a\ufffdb\ufffdc${anyText}`);
    });

    it('STORE-3 keeps the output of a run to the last character, U+0000 and half characters too', async () => {
      const room = await addRoom(storage);
      const everyUnit = Array.from({ length: 0x300 }, (_, unit) => String.fromCharCode(unit)).join('');
      const run = runRow(room.id);
      await stores.runs.insert(run);
      const result = runResult(run.id, { stdout: everyUnit, stderr: `\0${anyText}\udfff`, cpuMs: 0.1 + 0.2 });
      await stores.runs.finish(run.id, result);
      expect((await stores.runs.find(room.id, run.id))?.result).toEqual(result);
    });
  });

  describe('documents', () => {
    it('knows nothing of a room that does not exist', async () => {
      expect(await stores.documents.load(nextId())).toBeNull();
    });

    it('STORE-4 keeps bytes exactly, from none to megabytes', async () => {
      const room = await addRoom(storage);
      const random = randomness(freshSeed());
      const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const large = Uint8Array.from({ length: limits.collabFrameMaxBytes }, () => random.below(256));
      const window = new Uint8Array(everyByte.buffer, 10, 20);
      const contents = [Uint8Array.of(), everyByte, window, large, Buffer.from('\\x00\\\'"')];
      await stores.documents.append(contents.map((update, index) => loggedUpdate(room.id, index + 2, { update })));

      const loaded = await stores.documents.load(room.id);
      const [, ...updates] = loaded?.updates ?? [];
      for (const [index, content] of contents.entries()) {
        expect(Buffer.compare(updates[index]?.update ?? Buffer.from('-'), content), `${index}`).toBe(0);
      }
    });

    it('gives the log in order, whole numbers up to 2^53 - 1 included', async () => {
      const room = await addRoom(storage);
      const updates = [
        ...Array.from({ length: 1_200 }, (_, index) => loggedUpdate(room.id, index + 2, { memberId: 'm' })),
        loggedUpdate(room.id, Number.MAX_SAFE_INTEGER, { at: Number.MAX_SAFE_INTEGER }),
      ];
      await stores.documents.append(updates.toReversed());
      const loaded = await stores.documents.load(room.id);
      expect(loaded?.updates.map(plain)).toEqual([loggedUpdate(room.id, 1), ...updates].map(plain));
    });

    it('STORE-6 appends more at once than one statement can carry', async () => {
      const room = await addRoom(storage);
      const parametersMax = 65_535; // PostgreSQL's; SQLite takes half of that
      const updates = Array.from({ length: parametersMax / 5 + 1 }, (_, index) => loggedUpdate(room.id, index + 2));
      await stores.documents.append(updates);
      expect(await countRows('document_updates', room.id)).toBe(1 + updates.length);
    });

    it('STORE-6 appends to many rooms as one transaction: what cannot be stored takes all with it', async () => {
      const [first, second] = [await addRoom(storage), await addRoom(storage)];
      const group = [
        loggedUpdate(first.id, 2),
        loggedUpdate(second.id, 2),
        loggedUpdate(second.id, null as unknown as number),
      ];
      await expect(stores.documents.append(group)).rejects.toThrow();
      expect((await stores.documents.load(first.id))?.updates).toHaveLength(1);
      expect((await stores.documents.load(second.id))?.updates).toHaveLength(1);

      await stores.documents.append(group.slice(0, 2));
      expect((await stores.documents.load(first.id))?.updates).toHaveLength(2);
      expect((await stores.documents.load(second.id))?.updates).toHaveLength(2);
    });

    it('STORE-21 packs the updates of a commit into one row, and gives each back with its time and author', async () => {
      const room = await addRoom(storage);
      const documents = createDocumentStore(storage.db);
      const updates = ['ann', null, 'ben', 'ann', 'ann'].map((memberId, index) =>
        // The clock may be set back.
        loggedUpdate(room.id, index + 2, { memberId, at: 1_764_000_000_000 - index * 1_000 }),
      );
      const batch = packUpdates(updates);
      await documents.append([batch]);
      expect(await countRows('document_updates', room.id)).toBe(2);
      expect(plain((await stores.documents.load(room.id))?.updates.slice(1))).toEqual(plain(updates));

      // Again, as after a lost answer; and together with more.
      await documents.append([batch]);
      const more = packUpdates([7, 8].map((seq) => loggedUpdate(room.id, seq)));
      await documents.append([batch, more]);
      const seqs = async () => (await stores.documents.load(room.id))?.updates.map(({ seq }) => seq);
      expect(await seqs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      const another = packUpdates(updates.map((update) => ({ ...update, at: 5 })));
      await expect(documents.append([another])).rejects.toThrow(/already stored/);

      // A snapshot in the middle of a row: the rest of it is still needed.
      await documents.saveSnapshot(room.id, { seq: 4, state: Uint8Array.of(1) });
      expect(await seqs()).toEqual([5, 6, 7, 8]);
      await documents.saveSnapshot(room.id, { seq: 6, state: Uint8Array.of(1) });
      expect(await seqs()).toEqual([7, 8]);
      await documents.saveSnapshot(room.id, { seq: 8, state: Uint8Array.of(1) });
      expect(await seqs()).toEqual([]);
    });

    it('appends nothing when there is nothing', async () => {
      await stores.documents.append([]);
    });

    it('STORE-7 never overwrites an update: another one under its number is refused with all its company', async () => {
      const [room, other] = [await addRoom(storage), await addRoom(storage)];
      const stored = loggedUpdate(room.id, 2);
      await stores.documents.append([stored]);
      for (const change of [{ update: Uint8Array.of(9) }, { at: 1 }, { memberId: 'else' }]) {
        const group = [loggedUpdate(other.id, 2), { ...stored, ...change }, loggedUpdate(room.id, 3)];
        await expect(stores.documents.append(group)).rejects.toThrow(/already stored/);
      }
      expect((await stores.documents.load(room.id))?.updates.map(plain)).toEqual(
        [loggedUpdate(room.id, 1), stored].map(plain),
      );
      expect((await stores.documents.load(other.id))?.updates).toHaveLength(1);
    });

    it('STORE-7 takes the same updates again as stored, and adds those that are missing', async () => {
      const [room, other] = [await addRoom(storage), await addRoom(storage)];
      const group = [2, 3, 4].map((seq) => loggedUpdate(room.id, seq, { memberId: 'm' }));
      await stores.documents.append(group);
      await stores.documents.append(group);
      const more = [...group, loggedUpdate(room.id, 5), loggedUpdate(other.id, 2)];
      await stores.documents.append(more);
      expect((await stores.documents.load(room.id))?.updates.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
      expect((await stores.documents.load(other.id))?.updates.map(({ seq }) => seq)).toEqual([1, 2]);
    });

    it('refuses two updates under one number in one group', async () => {
      const room = await addRoom(storage);
      const twice = [loggedUpdate(room.id, 2), loggedUpdate(room.id, 2, { update: Uint8Array.of(1) })];
      await expect(stores.documents.append(twice)).rejects.toThrow();
      expect((await stores.documents.load(room.id))?.updates).toHaveLength(1);
    });

    it('STORE-8 drops the updates of a deleted room, says so, and stores those of the others', async () => {
      const [kept, gone, neverThere] = [await addRoom(storage), await addRoom(storage), nextId()];
      await stores.rooms.delete(gone.id);
      const dropped: [string, number][] = [];
      const documents = openDocuments(storage.db, { onRoomGone: (...room) => dropped.push(room) });
      await documents.append([
        loggedUpdate(gone.id, 2),
        loggedUpdate(kept.id, 2),
        loggedUpdate(gone.id, 3),
        loggedUpdate(neverThere, 1),
      ]);
      expect((await documents.load(kept.id))?.updates.map(({ seq }) => seq)).toEqual([1, 2]);
      expect(dropped.toSorted()).toEqual([[gone.id, 2] as const, [neverThere, 1] as const].toSorted());
      expect(await documents.load(gone.id)).toBeNull();
    });

    it('STORE-9 loads the latest snapshot and the updates after it', async () => {
      const room = await addRoom(storage);
      await stores.documents.append([2, 3, 4, 5].map((seq) => loggedUpdate(room.id, seq)));
      await stores.documents.saveSnapshot(room.id, { seq: 3, state: Uint8Array.of(3) });
      const loaded = await stores.documents.load(room.id);
      expect(loaded?.snapshotSeq).toBe(3);
      expect([...(loaded?.snapshot ?? [])]).toEqual([3]);
      expect(loaded?.updates.map(({ seq }) => seq)).toEqual([4, 5]);
    });

    it('STORE-9 never replaces a snapshot by an older one or by one of the same age', async () => {
      const room = await addRoom(storage);
      await stores.documents.saveSnapshot(room.id, { seq: 5, state: Uint8Array.of(5) });
      await stores.documents.saveSnapshot(room.id, { seq: 4, state: Uint8Array.of(4) });
      await stores.documents.saveSnapshot(room.id, { seq: 5, state: Uint8Array.of(55) });
      expect([...((await stores.documents.load(room.id))?.snapshot ?? [])]).toEqual([5]);
      const seqs = [6, 9, 7, 8];
      await Promise.all(seqs.map((seq) => stores.documents.saveSnapshot(room.id, { seq, state: Uint8Array.of(seq) })));
      const loaded = await stores.documents.load(room.id);
      expect([...(loaded?.snapshot ?? [])]).toEqual([9]);
      expect(loaded?.snapshotSeq).toBe(9);
      expect(await countRows('document_snapshots', room.id)).toBe(1);
    });

    it('STORE-9 keeps a snapshot as large as a document may be, and an empty one', async () => {
      const room = await addRoom(storage);
      await stores.documents.saveSnapshot(room.id, { seq: 1, state: Uint8Array.of() });
      expect((await stores.documents.load(room.id))?.snapshot).toHaveLength(0);
      const state = Buffer.alloc(limits.documentMaxBytes, 'a piece of text that shows where it stands ');
      await stores.documents.saveSnapshot(room.id, { seq: 2, state });
      expect(state.equals((await stores.documents.load(room.id))?.snapshot ?? Buffer.of())).toBe(true);
    });

    it('saves no snapshot for a room that is gone', async () => {
      const id = nextId();
      await stores.documents.saveSnapshot(id, { seq: 1, state: Uint8Array.of(1) });
      expect(await stores.documents.load(id)).toBeNull();
    });

    it('STORE-6 loses nothing when many write and others are deleted at the same time', async () => {
      const random = randomness(freshSeed());
      const kept = await Promise.all(Array.from({ length: 4 }, () => addRoom(storage)));
      const doomed = await Promise.all(Array.from({ length: 4 }, () => addRoom(storage)));
      const writer = async (lane: number) => {
        for (let round = 0; round < 20; round++) {
          const seq = 2 + lane * 100 + round;
          const rooms = [...kept, ...doomed].sort(() => random.next() - 0.5);
          await stores.documents.append(rooms.map(({ id }) => loggedUpdate(id, seq)));
        }
      };
      const deleter = async () => {
        for (const { id } of doomed) await stores.rooms.delete(id);
      };
      const snapshooter = async () => {
        for (let seq = 1; seq < 20; seq++) {
          for (const { id } of kept) await stores.documents.saveSnapshot(id, { seq, state: Uint8Array.of(seq) });
        }
      };
      await Promise.all([writer(0), writer(1), writer(2), deleter(), snapshooter()]);
      for (const { id } of kept) expect(await countRows('document_updates', id), `seed ${random.seed}`).toBe(61);
      for (const { id } of doomed) expect(await countRows('document_updates', id)).toBe(0);
    });
  });

  describe('runs', () => {
    it('goes from queued to running to finished', async () => {
      const room = await addRoom(storage);
      const run = runRow(room.id, { memberName: anyText, entry: 'übung/main.py' });
      await stores.runs.insert(run);
      expect(await stores.runs.find(room.id, run.id)).toEqual(run);
      await stores.runs.setState(run.id, 'running');
      expect(await stores.runs.find(room.id, run.id)).toEqual({ ...run, state: 'running' });
      const result = runResult(run.id, { stdout: 'x'.repeat(limits.runOutputMaxBytes) });
      await stores.runs.finish(run.id, result);
      expect(await stores.runs.find(room.id, run.id)).toEqual({ ...run, state: 'finished', result });
    });

    it('finds a run only in its own room', async () => {
      const [room, other] = [await addRoom(storage), await addRoom(storage)];
      const run = runRow(room.id);
      await stores.runs.insert(run);
      expect(await stores.runs.find(other.id, run.id)).toBeUndefined();
    });

    it('refuses a run of a room that is gone', async () => {
      await expect(stores.runs.insert(runRow(nextId()))).rejects.toMatchObject({ code: 'room_not_found' });
    });

    it('STORE-11 lists runs newest first, page by page, and keeps only the newest', async () => {
      const room = await addRoom(storage);
      const runs = Array.from({ length: 7 }, () => runRow(room.id));
      for (const run of runs) await stores.runs.insert(run);
      const newestFirst = runs.toReversed();

      const first = await stores.runs.list(room.id, { limit: 3 });
      expect(first).toEqual(newestFirst.slice(0, 3));
      const second = await stores.runs.list(room.id, { limit: 3, before: first.at(-1)?.id ?? '' });
      expect(second).toEqual(newestFirst.slice(3, 6));
      const third = await stores.runs.list(room.id, { limit: 3, before: second.at(-1)?.id ?? '' });
      expect(third).toEqual(newestFirst.slice(6));

      await stores.runs.prune(room.id, 5);
      expect(await stores.runs.list(room.id, { limit: 100 })).toEqual(newestFirst.slice(0, 5));
      await stores.runs.prune(room.id, 5);
      await stores.runs.prune(nextId(), 0);
      expect(await stores.runs.list(room.id, { limit: 100 })).toHaveLength(5);
    });

    it('RUN-8 lists how runs ended apart from what they printed, also those from before that was stored apart', async () => {
      const room = await addRoom(storage);
      const [old, fresh] = [runRow(room.id), runRow(room.id)];
      for (const run of [old, fresh]) {
        await stores.runs.insert(run);
        await stores.runs.finish(run.id, runResult(run.id));
      }
      await storage.db.updateTable('runs').set({ outcome: null }).where('id', '=', old.id).execute();
      const whole = (await stores.runs.listWhole(room.id, 2)).map(({ result }) => result);
      expect(whole).toEqual([runResult(fresh.id), runResult(old.id)]);
      const listed = (await stores.runs.list(room.id, { limit: 2 })).map(({ result }) => result);
      expect(listed).toEqual(
        [fresh, old].map(({ id }) => {
          const { stdout, stderr, compileOutput, ...outcome } = runResult(id);
          expect([stdout, stderr, compileOutput].join('')).not.toBe('');
          return outcome;
        }),
      );
    });

    it('STORE-12 finishes what a dead process left queued or running, as our failure', async () => {
      await stores.runs.closeInterrupted();
      const room = await addRoom(storage);
      const [queued, running, finished] = [
        runRow(room.id),
        runRow(room.id, { state: 'running', language: 'go' }),
        runRow(room.id),
      ];
      for (const run of [queued, running, finished]) await stores.runs.insert(run);
      await stores.runs.finish(finished.id, runResult(finished.id));

      expect(await stores.runs.closeInterrupted()).toBe(2);
      expect(await stores.runs.closeInterrupted()).toBe(0);

      expect(await stores.runs.find(room.id, running.id)).toMatchObject({
        state: 'finished',
        result: { id: running.id, language: 'go', status: 'internal', exitCode: null },
      });
      expect((await stores.runs.find(room.id, queued.id))?.result?.status).toBe('internal');
      expect((await stores.runs.find(room.id, finished.id))?.result?.status).toBe('ok');
    });
  });

  describe('Idempotency-Keys', () => {
    const at = 1_764_000_000_000;

    it('STORE-13 lets one of many claimants through and gives the others its answer', async () => {
      const key = `${nextId()} ${anyText}`;
      const claims = await Promise.all(Array.from({ length: 8 }, () => stores.keys.claim(key, 'print', at)));
      expect(claims.filter(({ state }) => state === 'new')).toHaveLength(1);
      expect(claims.filter(({ state }) => state === 'running')).toHaveLength(7);

      const body = JSON.stringify({ text: `\0${anyText}` });
      await stores.keys.finish(key, 201, body);
      expect(await stores.keys.claim(key, 'print', at)).toEqual({ state: 'done', status: 201, body });
      expect(await stores.keys.claim(key, 'another', at)).toEqual({ state: 'conflict' });
    });

    it('STORE-13 tells keys apart by every character', async () => {
      const key = nextId();
      for (const other of [key, `${key} `, `${key}\0`, `${key}A`, `${key}a`, `${key}á`, 'k'.repeat(5_000) + key]) {
        expect(await stores.keys.claim(other, 'print', at), JSON.stringify(other)).toEqual({ state: 'new' });
      }
    });

    it('lets a forgotten key be claimed again', async () => {
      const key = nextId();
      await stores.keys.claim(key, 'print', at);
      await stores.keys.forget(key);
      expect(await stores.keys.claim(key, 'print', at)).toEqual({ state: 'new' });
    });

    it('STORE-13 gives a claim that a dead process left to one of those who ask later', async () => {
      const key = nextId();
      await stores.keys.claim(key, 'print', at);
      const later = at + limits.httpHandlerTimeoutMs;
      expect(await stores.keys.claim(key, 'print', later - 1)).toEqual({ state: 'running' });
      const claims = await Promise.all(
        Array.from({ length: 5 }, (_, wait) => stores.keys.claim(key, 'print', later + wait)),
      );
      expect(claims.filter(({ state }) => state === 'new')).toHaveLength(1);
    });

    it('sweeps what is older than a time', async () => {
      const [old, young] = [nextId(), nextId()];
      await stores.keys.claim(old, 'print', 100);
      await stores.keys.claim(young, 'print', 200);
      await stores.keys.sweep(200);
      expect(await stores.keys.claim(old, 'print', 200)).toEqual({ state: 'new' });
      expect(await stores.keys.claim(young, 'print', 200)).toEqual({ state: 'running' });
    });
  });

  describe('the database', () => {
    it('STORE-14 describes itself without its password', () => {
      const name = { sqlite: 'SQLite', postgresql: 'PostgreSQL', mysql: 'MySQL' }[kind];
      expect(storage.describe()).toMatch(new RegExp(`^${name} \\(.+\\)$`));
      expect(storage.describe()).not.toContain('known-to-tests-only');
    });

    it('makes a commit durable before it returns', async () => {
      const settings = {
        sqlite: [sql`pragma synchronous`, { synchronous: 2 }],
        postgresql: [sql`show synchronous_commit`, { synchronous_commit: 'on' }],
        mysql: [sql`select @@innodb_flush_log_at_trx_commit as flush`, { flush: 1 }],
      } as const;
      const [query, expected] = settings[kind];
      expect((await query.execute(storage.db)).rows).toEqual([expected]);
    });

    if (kind === 'sqlite') return; // whose columns have no length
    it('refuses what does not fit rather than cut it', async () => {
      await expect(addRoom(storage, { title: 'x'.repeat(300) })).rejects.toThrow();
    });
  });
});

function openStores({ db }: Storage) {
  return {
    rooms: createRoomStore(db),
    members: createMemberStore(db),
    documents: openDocuments(db),
    runs: createRunStore(db),
    keys: createIdempotencyStore(db),
  };
}

/** Bytes as plain numbers, so that a Buffer equals a Uint8Array. */
function plain<T>(value: T): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}
