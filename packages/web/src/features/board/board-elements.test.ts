import { type BoardElement, limits } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { BoardElements, type Drawing } from './board-elements.ts';

const line = (x = 0): Drawing => ({ kind: 'line', color: '#1b1c1a', size: 4, x, y: 0, w: 10, h: 10 });
const stroke: Drawing = {
  kind: 'stroke',
  color: '#d02b20',
  size: 4,
  x: 1,
  y: 2,
  points: [
    [0, 0, 1],
    [2.5, -3, 0],
  ],
};

/** People in one room, whose documents are the same after each step. */
function open(...names: string[]) {
  const people = names.map((memberId) => {
    const doc = new Y.Doc();
    let ids = 0;
    return { doc, board: new BoardElements({ doc, memberId, createId: () => `${memberId}${++ids}` }), updates: 0 };
  });
  for (const one of people) {
    one.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === 'other') return;
      one.updates++;
      for (const other of people) if (other !== one) Y.applyUpdate(other.doc, update, 'other');
    });
  }
  return people as [(typeof people)[0], ...typeof people];
}

const shown = ({ list }: BoardElements) => list.map(({ id }) => id);

describe('drawing together', () => {
  it('BOARD-17 what is drawn is with the others as it was drawn, by one write each', () => {
    const [ana, ben] = open('ana', 'ben') as [ReturnType<typeof open>[0], ReturnType<typeof open>[0]];
    expect(ana.board.add([stroke])).toEqual(['ana1']);
    expect(ben.board.list).toEqual([{ ...stroke, id: 'ana1', by: 'ana', z: 1 }]);
    ben.board.add([line(), line(5)]);
    expect(shown(ana.board)).toEqual(['ana1', 'ben1', 'ben2']);
    expect([ana.updates, ben.updates]).toEqual([1, 1]);
    expect(ana.board.count.get()).toBe(3);
    ana.board.change(
      new Map([
        ['ben1', { x: 70, color: '#2563eb' }],
        ['gone', { x: 1 }],
      ]),
    );
    expect(ben.board.get('ben1')).toMatchObject({ x: 70, color: '#2563eb' });
    ana.board.change(new Map([['ben1', { x: 70 }]]));
    expect(ana.updates).toBe(2);
  });

  it('BOARD-17 listeners are told what lies on top now, and otherwise that anything may be different', () => {
    const [ana] = open('ana', 'ben');
    const heard: (string[] | null)[] = [];
    ana.board.onChange((added) => heard.push(added?.map(({ id }) => id) ?? null));
    ana.board.add([line(), line()]);
    ana.board.change(new Map([['ana1', { x: 3 }]]));
    ana.board.remove(['ana1']);
    ana.doc.getMap('board').set('junk', 'nothing to be seen');
    expect(heard).toEqual([['ana1', 'ana2'], null, null]);
  });

  it('BOARD-4 no more is added than a board holds', () => {
    const [ana] = open('ana');
    ana.board.add(Array.from({ length: limits.boardElementsMax - 1 }, () => line()));
    expect(ana.board.isFull).toBe(false);
    expect(ana.board.add([line(), line()])).toEqual([]);
    expect(ana.board.add([line()])).toHaveLength(1);
    expect(ana.board.isFull).toBe(true);
    expect(ana.board.add([line()])).toEqual([]);
    // Another client may not count.
    const before = ana.board.list;
    const { kind, ...fields } = line();
    ana.doc.getMap('board').set('more', new Y.Map(Object.entries({ ...fields, kind, by: null, z: 1_000_000 })));
    expect(ana.board.list).toEqual(before);
  });

  it('BOARD-6 what other clients put there wrongly is not shown, until it is right', () => {
    const [ana, ben] = open('ana', 'ben') as [ReturnType<typeof open>[0], ReturnType<typeof open>[0]];
    ana.board.add([line()]);
    const map = ben.doc.getMap('board').get('ana1') as Y.Map<unknown>;
    map.set('color', 'url(javascript:)');
    expect(ana.board.list).toEqual([]);
    map.set('color', '#00ff00');
    expect(ana.board.list).toMatchObject([{ color: '#00ff00' }]);
  });
});

describe('undo', () => {
  it('BOARD-18 takes back one’s own steps one by one, and nobody else’s', () => {
    const [ana, ben] = open('ana', 'ben') as [ReturnType<typeof open>[0], ReturnType<typeof open>[0]];
    ana.board.add([line()]);
    ben.board.add([line()]);
    ana.board.add([line()]);
    expect(ana.board.history.get()).toEqual({ canUndo: true, canRedo: false });
    ana.board.undo();
    expect(shown(ben.board)).toEqual(['ana1', 'ben1']);
    ana.board.undo();
    expect(shown(ben.board)).toEqual(['ben1']);
    expect(ana.board.history.get()).toEqual({ canUndo: false, canRedo: true });
    ana.board.undo();
    expect(shown(ben.board)).toEqual(['ben1']);
    ana.board.redo();
    ana.board.redo();
    expect(shown(ben.board).sort()).toEqual(['ana1', 'ana2', 'ben1']);
    expect(ben.board.list).toEqual(ana.board.list);
  });

  it('BOARD-18 brings back what one moved or erased, strokes with all their points', () => {
    const [ana, ben] = open('ana', 'ben') as [ReturnType<typeof open>[0], ReturnType<typeof open>[0]];
    ben.board.add([stroke]);
    const before: BoardElement[] = [...ana.board.list];
    ana.board.change(new Map([['ben1', { x: 100, y: 100 }]]));
    ana.board.remove(['ben1']);
    ana.board.undo();
    expect(ben.board.list).toMatchObject([{ x: 100, y: 100 }]);
    ana.board.undo();
    expect(ben.board.list).toEqual(before);
  });

  it('BOARD-18 leaves where it is what somebody else has moved since', () => {
    const [ana, ben] = open('ana', 'ben') as [ReturnType<typeof open>[0], ReturnType<typeof open>[0]];
    ana.board.add([line()]);
    ana.board.add([line()]);
    ana.board.change(new Map([['ana1', { x: 50 }]]));
    ben.board.change(new Map([['ana1', { x: 80 }]]));
    // That step is Ben's now; the one before it is still Ana's.
    ana.board.undo();
    expect(ben.board.list).toMatchObject([{ id: 'ana1', x: 80 }]);
  });

  it('BOARD-19 a cleared board comes back as it was, by undo or by what clearing returned, whatever came between', () => {
    const [ana, ben] = open('ana', 'ben') as [ReturnType<typeof open>[0], ReturnType<typeof open>[0]];
    ben.board.add([stroke, line()]);
    ana.doc.getMap('board').set('junk', 1);
    const before = [...ana.board.list];
    ana.board.clear();
    expect([ben.board.list, ben.doc.getMap('board').size]).toEqual([[], 0]);
    ana.board.undo();
    expect(ben.board.list).toEqual(before);
    const restore = ana.board.clear();
    ben.board.add([line()]);
    ana.board.add([line()]);
    restore();
    expect(shown(ben.board).sort()).toEqual(['ana1', 'ben1', 'ben2', 'ben3']);
    expect(ben.board.get('ben1')).toEqual(before[0]);
    ana.board.undo();
    expect(shown(ben.board).sort()).toEqual(['ana1', 'ben3']);
  });
});
