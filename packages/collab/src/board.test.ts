import { limits } from '@coderoom/protocol';
import { until } from '@coderoom/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Client, MemoryStore, member, silent } from '../test/fakes.ts';
import { editBoard, readBoard } from './board.ts';
import { createCollab } from './index.ts';

const openClients: Client[] = [];
afterEach(() => {
  for (const client of openClients.splice(0)) client.destroy();
});

function start() {
  const store = new MemoryStore();
  store.create('room', {});
  const collab = createCollab({ store, logger: silent, limits: { logCommitWindowMs: 1, collabAckDelayMs: 1 } });
  const join = async (id: string) => {
    const client = new Client({ member: member(id) });
    openClients.push(client);
    client.connect(collab);
    await until('the first sync', () => client.synced);
    return client;
  };
  return { store, collab, join };
}

const by = { memberId: 'writer' };
const all = { limit: 100, maxBytes: 1_000_000 };
const line = (id: string) => ({
  id,
  fields: { kind: 'line', by: 'writer', color: '#000000', size: 2, x: 0, y: 0, w: 1, h: 1 },
});
const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id);

describe('a board within the document', () => {
  it('BOARD-1 what the server draws is told to others, lies on top, and is durable and logged under its member', async () => {
    const { store, collab, join } = start();
    const other = await join('a');
    await collab.editBoard('room', [{ kind: 'add', element: line('one') }], by);
    expect(store.rooms.get('room')?.log.at(-1)?.memberId).toBe('writer');
    await until('the line', () => other.doc.getMap('board').has('one'));
    other.doc.transact(() => {
      const map = new Y.Map<unknown>(Object.entries({ ...line('').fields, z: 7, points: new Uint8Array([1, 2]) }));
      other.doc.getMap('board').set('two', map);
    });
    await until('the other’s', async () => (await collab.readBoard('room', all)).items.length === 2);
    await collab.editBoard('room', [{ kind: 'add', element: line('three') }], by);
    const { items, next } = await collab.readBoard('room', all);
    expect(items.map(({ id, fields }) => [id, fields.z])).toEqual([
      ['one', 1],
      ['two', 7],
      ['three', 8],
    ]);
    expect(items[1]?.fields.points).toEqual(new Uint8Array([1, 2]));
    expect(next).toBeNull();
    await collab.editBoard('room', [{ kind: 'clear' }], by);
    expect((await collab.readBoard('room', all)).items).toEqual([]);
    await until('the clearing', () => other.doc.getMap('board').size === 0);
    await collab.close();
  });

  it('BOARD-2 is read in pages, and not at all while it is what it was; text does not count', async () => {
    const { collab } = start();
    const edits = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ kind: 'add', element: line(id) }) as const);
    await collab.editBoard('room', edits, by);
    const first = await collab.readBoard('room', { ...all, limit: 2 });
    expect([idsOf(first), first.next]).toEqual([['a', 'b'], { z: 2, id: 'b' }]);
    const second = await collab.readBoard('room', { ...all, limit: 3, after: { z: 2, id: 'b' } });
    expect([idsOf(second), second.next]).toEqual([['c', 'd', 'e'], null]);
    expect(idsOf(await collab.readBoard('room', { ...all, maxBytes: 1 }))).toEqual(['a']);
    // One that is gone had a place all the same.
    expect(idsOf(await collab.readBoard('room', { ...all, after: { z: 3.5, id: 'gone' } }))).toEqual(['d', 'e']);

    const { version } = first;
    await collab.writeFile('room', 'main.py', 'text', by);
    expect(await collab.readBoard('room', { ...all, unless: version })).toEqual({ version, items: [], next: null });
    await collab.editBoard('room', [{ kind: 'add', element: line('f') }], by);
    const changed = await collab.readBoard('room', { ...all, unless: version });
    expect(changed.items).toHaveLength(6);
    expect(changed.version).not.toBe(version);
    await collab.close();
  });

  it('BOARD-3 foreign strokes are appended to their element, which is made again when somebody has erased it', async () => {
    const { collab } = start();
    const foreign = { ...line('f'), fields: { ...line('f').fields, kind: 'foreign' } };
    const append = (strokes: unknown[]) =>
      collab.editBoard('room', [{ kind: 'append', element: foreign, strokes }], by);
    await append([{ x0: 1, any: ['thing', null] }]);
    const { version } = await collab.readBoard('room', all);
    await append(['two', 3]);
    const read = await collab.readBoard('room', all);
    expect(read.items[0]?.fields.strokes).toEqual([{ x0: 1, any: ['thing', null] }, 'two', 3]);
    expect(read.version).not.toBe(version);
    await collab.editBoard('room', [{ kind: 'clear' }], by);
    await append(['after']);
    expect((await collab.readBoard('room', all)).items[0]?.fields.strokes).toEqual(['after']);
    await collab.close();
  });

  it('BOARD-4 holds no more elements than it may, and reads past what is none', () => {
    const doc = new Y.Doc();
    doc.getMap('board').set('junk', 'no element');
    doc.getMap('board').set('text', new Y.Text('neither'));
    doc.transact(() => {
      for (let i = 0; i < limits.boardElementsMax; i++) doc.getMap('board').set(`${i}`, new Y.Map());
    });
    expect(() => editBoard(doc, [{ kind: 'add', element: line('more') }])).toThrow('as many drawings as it may');
    expect(readBoard(doc, all).items).toHaveLength(100);
  });
});
