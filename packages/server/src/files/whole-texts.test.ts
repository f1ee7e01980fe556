import { type Collab, createCollab, encodeSeed } from '@coderoom/collab';
import { freshSeed, randomness, until } from '@coderoom/testkit';
import { afterEach, expect, it, vi } from 'vitest';
import {
  addRoom,
  describeOnEachDatabase,
  makePlace,
  openPlace,
  silent,
  type TestPlace,
} from '../../test/storage-fixtures.ts';
import { createAliasStore } from '../dialects/alias-store.ts';
import type { Storage } from '../storage/database.ts';
import { createDocumentStore } from './store.ts';
import { createWholeTextStore } from './whole-text-store.ts';
import { createWholeTexts, VersionConflict, type WholeText, type WholeTexts } from './whole-texts.ts';

// Each starts an engine of its own, and waits for commits.
vi.setConfig({ testTimeout: 60_000 });

const logger = { ...silent, error() {} };

/** A server's part that knows texts: started and ended, on a place that stays. */
interface Part {
  storage: Storage;
  collab: Collab;
  texts: WholeTexts;
  end(): Promise<void>;
}

let place: TestPlace | undefined;
const parts: Part[] = [];
afterEach(async () => {
  for (const part of parts.splice(0)) await part.end();
  await place?.remove();
  place = undefined;
});

/** `isKilled`: it does not store what it told. */
async function start({ isKilled = false } = {}): Promise<Part> {
  place ??= await makePlace('sqlite');
  const storage = await openPlace(place);
  const collab = createCollab({ store: createDocumentStore(storage.db), logger });
  const texts = createWholeTexts({ collab, store: createWholeTextStore(storage.db), logger });
  const part = {
    storage,
    collab,
    texts,
    async end() {
      if (parts.includes(part)) parts.splice(parts.indexOf(part), 1);
      if (!isKilled) await texts.close();
      await collab.close();
      await storage.close();
    },
  };
  parts.push(part);
  return part;
}

async function addText({ storage }: Part, text: string): Promise<string> {
  const { id } = await addRoom(storage);
  const update = encodeSeed({ files: [{ path: 'main.py', text }], entry: 'main.py', language: 'python' });
  await storage.db
    .updateTable('document_updates')
    .set({ data: Buffer.from(update) })
    .where('room_id', '=', id)
    .execute();
  return id;
}

/** Somebody types in an editor: puts `what` at the end of the main file. */
async function type({ collab }: Part, roomId: string, what: string): Promise<void> {
  const { files } = await collab.readFiles(roomId);
  await collab.writeFile(roomId, 'main.py', `${files[0]?.text}${what}`, { memberId: 'typist' });
}

const textNow = async ({ collab }: Part, roomId: string) => (await collab.readFiles(roomId)).files[0]?.text;

it('DIA-3 versions begin with 0, and go up by one with each text that is written and with what is typed', async () => {
  const part = await start();
  const room = await addText(part, 'a\n');
  const { texts } = part;
  const first = { text: 'a\n', version: 0, language: 'python', sourceId: null, memberId: null };
  expect(await texts.read(room)).toEqual(first);
  expect(await texts.read(room)).toEqual(first);
  const written = await texts.write(room, { memberId: 'm', sourceId: 's', text: 'b\r\n', base: { version: 0 } });
  expect(written).toEqual({ text: 'b\n', version: 1, language: 'python', sourceId: 's', memberId: 'm' });
  expect(await texts.read(room)).toEqual(written);
  await type(part, room, 'typed\n');
  expect(await texts.read(room)).toEqual({ ...first, text: 'b\ntyped\n', version: 2 });
  expect(await texts.write(room, { memberId: null, text: 'c\n', toVersion: 10 })).toMatchObject({ version: 10 });
  expect(await texts.write(room, { memberId: null, text: 'd\n', toVersion: 4 })).toMatchObject({ version: 11 });
  expect(await textNow(part, room)).toBe('d\n');
  await part.collab.configure(room, { language: 'ruby' }, { memberId: null });
  expect(await texts.read(room)).toMatchObject({ language: 'ruby', version: 12, sourceId: null });
});

it('DIA-4 a text written over another one than the latest is a conflict; what was typed meanwhile is none and stays', async () => {
  const part = await start();
  const room = await addText(part, 'one\ntwo\n');
  const { texts } = part;
  const { version } = await texts.read(room);
  await type(part, room, 'typed\n');
  await texts.read(room);
  await type(part, room, 'and more\n');
  // Told to others, or to nobody yet: the writer knows neither.
  const written = await texts.write(room, { memberId: null, text: 'ONE\ntwo\n', base: { version } });
  expect(written.text).toBe('ONE\ntwo\n');
  expect(await texts.read(room)).toMatchObject({
    text: 'ONE\ntwo\ntyped\nand more\n',
    version: written.version + 1,
    sourceId: null,
  });
  for (const stale of [version, -1, 1000, 0.5]) {
    const write = texts.write(room, { memberId: null, text: 'x', base: { version: stale } });
    const conflict = await write.catch((error: unknown) => error);
    expect(conflict).toBeInstanceOf(VersionConflict);
    expect((conflict as VersionConflict).current).toEqual(await texts.read(room));
  }
  await part.collab.configure(room, { language: 'ruby' }, { memberId: null });
  const write = texts.write(room, { memberId: null, text: 'x', base: { version: written.version + 1 } });
  await expect(write).rejects.toBeInstanceOf(VersionConflict);
  expect(await textNow(part, room)).toBe('ONE\ntwo\ntyped\nand more\n');
});

it('DIA-4 of many who write over the same version at once, one does', async () => {
  const part = await start();
  const room = await addText(part, '');
  await part.texts.read(room);
  const writes = Array.from({ length: 8 }, (_, index) =>
    part.texts.write(room, { memberId: null, text: `${index}`, base: { version: 0 } }),
  );
  const outcomes = await Promise.allSettled(writes);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

it('DIA-4 nobody’s typing is lost, whatever is written over which version', async () => {
  const seed = freshSeed();
  const random = randomness(seed);
  const part = await start();
  const room = await addText(part, 'first line\nlast line\n');
  const { texts } = part;
  const typed: string[] = [];
  let held = await texts.read(room);
  for (let round = 0; round < 60; round++) {
    const token = `«${round}»`;
    if (random.below(2) === 0) {
      const text = (await textNow(part, room)) ?? '';
      const at = random.below(text.length + 1);
      const isInToken = /«\d*$/.test(text.slice(0, at));
      const place = isInToken ? text.length : at;
      await part.collab.writeFile(room, 'main.py', text.slice(0, place) + token + text.slice(place), { memberId: 'm' });
      typed.push(token);
    } else {
      const text = random.below(2) === 0 ? `${token}\n${held.text}` : `${held.text.replace('l', '')}${token}`;
      try {
        held = await texts.write(room, { memberId: null, text, base: { version: held.version } });
        typed.push(token);
      } catch (error) {
        if (!(error instanceof VersionConflict)) throw error;
        held = error.current;
      }
    }
    if (random.below(3) === 0) held = await texts.read(room);
    if (random.below(6) === 0) await texts.write(room, { memberId: null, text: (await texts.read(room)).text });
    const now = (await textNow(part, room)) ?? '';
    expect(
      typed.filter((one) => !now.includes(one)),
      `seed ${seed}, round ${round}`,
    ).toEqual([]);
  }
});

it('DIA-5 a writer who names a text instead of a version changes what differs from that', async () => {
  const part = await start();
  const room = await addText(part, 'a\nb\n');
  const { texts } = part;
  await type(part, room, 'typed\n');
  await texts.write(room, { memberId: null, text: 'A\nb\n', base: { texts: ['a\nb\n'] } });
  expect(await textNow(part, room)).toBe('A\nb\ntyped\n');
  await texts.write(room, { memberId: null, text: 'a\nb\n', base: 'latest' });
  expect(await textNow(part, room)).toBe('a\nb\n');
  await texts.write(room, { memberId: null, text: 'exactly this' });
  expect(await textNow(part, room)).toBe('exactly this');
});

it('DIA-6 after a restart the version is the same as long as the text is, and never smaller than one that was told', async () => {
  let part = await start();
  const room = await addText(part, 'a\n');
  await part.texts.read(room);
  const told = await part.texts.write(room, { memberId: 'm', sourceId: 'me', text: 'b\n' });
  await part.end();

  part = await start();
  expect(await part.texts.read(room)).toEqual(told);
  await part.end();

  part = await start();
  await type(part, room, 'typed\n');
  expect(await part.texts.read(room)).toMatchObject({ version: told.version + 1, sourceId: null });
  await part.end();

  part = await start({ isKilled: true });
  let last = told.version;
  for (let round = 0; round < 5; round++) {
    last = (await part.texts.write(room, { memberId: null, text: `${round}\n` })).version;
  }
  await part.end();
  part = await start();
  const { version, text } = await part.texts.read(room);
  expect(text).toBe('4\n');
  expect(version).toBeGreaterThan(last);
});

it('DIA-7 who watches is told the present text, then the newest after each change, and of the room’s end', async () => {
  const part = await start();
  const room = await addText(part, 'a\n');
  const { texts } = part;
  const told: WholeText[] = [];
  let isGone = false;
  const stop = texts.watch(
    room,
    (now) => told.push(now),
    () => {
      isGone = true;
    },
  );
  await until('the present text', () => told.length > 0);
  expect(told[0]).toMatchObject({ text: 'a\n', version: 0 });
  const others: WholeText[] = [];
  texts.watch(room, (now) => others.push(now));
  for (let round = 0; round < 40; round++) await type(part, room, `${round}\n`);
  const text = await textNow(part, room);
  await until('the last change', () => told.at(-1)?.text === text && others.at(-1)?.text === text);
  expect(told.length).toBeLessThan(40);
  const versions = told.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
  await texts.write(room, { memberId: 'm', sourceId: 's', text: 'b\n' });
  await until('what was written', () => told.at(-1)?.sourceId === 's');
  expect(told.at(-1)?.text).toBe('b\n');
  stop();
  const before = told.length;
  await type(part, room, 'unheard\n');
  await until('the other one', () => others.at(-1)?.text === 'b\nunheard\n');
  expect(told).toHaveLength(before);
  texts.watch(
    room,
    () => {},
    () => {
      isGone = true;
    },
  );
  await part.collab.closeRoom(room, 4404, 'room_not_found');
  expect(isGone).toBe(true);
});

it('DIA-2 the engine tells who watches of each change, and nobody once they stop', async () => {
  const part = await start();
  const room = await addText(part, 'a\n');
  let changes = 0;
  const stop = part.collab.watch(room, () => changes++);
  await type(part, room, 'b\n');
  expect(changes).toBe(1);
  await textNow(part, room);
  expect(changes).toBe(1);
  stop();
  await type(part, room, 'c\n');
  expect(changes).toBe(1);
});

describeOnEachDatabase('what dialects call rooms and members, and their versions', (open) => {
  it('STORE-1 keeps aliases and versions, once each, as long as their room is there', async () => {
    const storage = await open();
    const aliases = createAliasStore(storage.db);
    const versions = createWholeTextStore(storage.db);
    const [room, other] = [await addRoom(storage), await addRoom(storage)];
    const alias = { roomId: room.id, dialect: 'codecast', alias: '0a1b2c3d', memberId: null, state: null } as const;
    expect(await aliases.addRoom(alias)).toBe(true);
    expect(await aliases.addRoom({ ...alias, roomId: other.id })).toBe(false);
    expect(await aliases.addRoom({ ...alias, alias: 'another' })).toBe(false);
    expect(await aliases.addRoom({ ...alias, dialect: 'code-interview' })).toBe(true);
    expect(await aliases.findRoom('codecast', '0a1b2c3d')).toEqual(alias);
    expect(await aliases.findRoom('codecast', '0A1B2C3D')).toBeUndefined();
    await aliases.setState('codecast', room.id, 'completed');
    expect((await aliases.listOfRoom(room.id)).map(({ state }) => state).toSorted()).toEqual(['completed', null]);
    const member = { roomId: room.id, memberId: 'm', dialect: 'codecast', name: 'a\0b 👍', color: '#fff' } as const;
    await aliases.addMember(member);
    expect(await aliases.listMembers(room.id)).toEqual([member]);
    const stored = { version: 3, reserved: 9, fingerprint: null, sourceId: 'a\0b', memberId: 'm' };
    await versions.save(room.id, { ...stored, version: 2 });
    await versions.save(room.id, stored);
    await versions.save(room.id, stored);
    expect(await versions.find(room.id)).toEqual(stored);
    await storage.db.deleteFrom('rooms').where('id', '=', room.id).execute();
    expect(await versions.find(room.id)).toBeUndefined();
    expect(await aliases.findRoom('codecast', '0a1b2c3d')).toBeUndefined();
    expect(await aliases.addRoom(alias)).toBe(false);
    await aliases.addMember(member);
    await versions.save(room.id, stored);
    expect(await versions.find(room.id)).toBeUndefined();
  });
});
