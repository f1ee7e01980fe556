import { documentMaps, roomMapKeys } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { placeCursors, readToldCursor, tellCursor } from './cursors.ts';

function makeRoom(text: string) {
  const doc = new Y.Doc();
  const files = doc.getMap(documentMaps.files);
  files.set('main.py', new Y.Text(text));
  files.set('other.py', new Y.Text('elsewhere'));
  doc.getMap(documentMaps.room).set(roomMapKeys.entry, 'main.py');
  const at = (index: number, path = 'main.py') =>
    Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(files.get(path) as Y.Text, index));
  return { doc, file: files.get('main.py') as Y.Text, at };
}

describe('cursors as lines and columns', () => {
  it('SYNC-73 are counted from 1, and move with the text around them', () => {
    const { doc, file, at } = makeRoom('one\ntwo\n');
    const cursors = [0, 3, 4, 6, 8].map((index) => ({ anchor: at(index), head: at(index) }));
    const heads = () => placeCursors(doc, cursors).map((place) => `${place?.head.line}:${place?.head.column}`);
    expect(heads()).toEqual(['1:1', '1:4', '2:1', '2:3', '3:1']);
    file.insert(0, 'zero\n');
    expect(heads().slice(1)).toEqual(['2:4', '3:1', '3:3', '4:1']);
  });

  it('SYNC-73 are null for what is no place in the main file, and nothing is made in the document by asking', () => {
    const { doc, at } = makeRoom('one');
    const before = Y.encodeStateAsUpdate(doc);
    const junk = [
      undefined,
      null,
      7,
      'x',
      {},
      [],
      { tname: 'made up' },
      { item: { client: 1, clock: 2 ** 40 } },
      { type: 'x' },
    ];
    const told = [...junk.map((one) => ({ anchor: one, head: at(1) })), { anchor: at(0, 'other.py'), head: at(1) }];
    expect(placeCursors(doc, told)).toEqual(told.map(() => null));
    expect([...doc.share.keys()].sort()).toEqual([documentMaps.files, documentMaps.room].sort());
    expect(Y.encodeStateAsUpdate(doc)).toEqual(before);
    expect(placeCursors(new Y.Doc(), [{ anchor: at(0), head: at(0) }])).toEqual([null]);
  });

  it('SYNC-73 are told back where they are; beyond an end is that end', () => {
    const { doc } = makeRoom('one\ntwo\n');
    const back = (line: number, column: number) => {
      const told = tellCursor(doc, { anchor: { line, column }, head: { line, column } });
      expect(told?.file).toBe('main.py');
      const [placed] = told === null ? [] : placeCursors(doc, [told.cursor]);
      return `${placed?.head.line}:${placed?.head.column}`;
    };
    expect([back(1, 1), back(2, 3), back(3, 1)]).toEqual(['1:1', '2:3', '3:1']);
    expect([back(1, 99), back(99, 1), back(-5, -5), back(0, 0)]).toEqual(['1:4', '3:1', '1:1', '1:1']);
    expect(tellCursor(new Y.Doc(), { anchor: { line: 1, column: 1 }, head: { line: 1, column: 1 } })).toBeNull();
  });

  it('SYNC-73 are read of states that have any', () => {
    expect(readToldCursor({ cursor: { anchor: 1, head: 2 } })).toEqual({ anchor: 1, head: 2 });
    for (const state of [null, undefined, {}, { cursor: null }, { cursor: 'x' }])
      expect(readToldCursor(state)).toBeUndefined();
  });
});
