import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness';
import * as Y from 'yjs';
import type { Drawing } from './board-elements.ts';
import { BoardPresence, othersAtBoard } from './board-presence.ts';

let own: Awareness;
let other: Awareness;
let told: number;

beforeEach(() => {
  vi.useFakeTimers();
  [own, other] = [new Awareness(new Y.Doc()), new Awareness(new Y.Doc())];
  own.setLocalState({ user: { name: 'Ana', color: '#2563eb' }, file: 'main.py' });
  told = 0;
  own.on('update', () => {
    told++;
    applyAwarenessUpdate(other, encodeAwarenessUpdate(own, [own.clientID]), 'network');
  });
});
afterEach(() => {
  own.destroy();
  other.destroy();
  vi.useRealTimers();
});

const strokeOf = (count: number): Drawing => ({
  kind: 'stroke',
  color: '#d02b20',
  size: 4,
  x: 0,
  y: 0,
  points: Array.from({ length: count }, (_, i) => [i * 3, (i % 7) * 9, 0.5]),
});
const draft = () => othersAtBoard(other)[0]?.draft;

describe('who else is at the board', () => {
  it('BOARD-23 is seen with their name, pointer and what they are drawing; the rest of their presence stays', () => {
    const presence = new BoardPresence(own);
    presence.setPointer({ x: 10.4, y: -3.6 });
    vi.advanceTimersByTime(0);
    expect(othersAtBoard(other)).toEqual([
      { client: own.clientID, name: 'Ana', color: '#2563eb', pointer: { x: 10, y: -4 }, draft: null },
    ]);
    presence.setDraft(strokeOf(3));
    vi.advanceTimersByTime(60);
    expect(draft()).toMatchObject({
      kind: 'stroke',
      points: [
        [0, 0],
        [3, 9],
        [6, 18],
      ].map(([x, y]) => [x, y, expect.closeTo(0.5, 2)]),
    });
    expect(other.getStates().get(own.clientID)).toMatchObject({ file: 'main.py' });
    presence.setDraft(null);
    expect(draft()).toBeNull();
    presence.destroy();
    expect(othersAtBoard(other)).toEqual([]);
  });

  it('BOARD-23 is told at a bounded rate, long strokes less often, and always the last', () => {
    const presence = new BoardPresence(own);
    for (let x = 0; x < 1_000; x++) {
      presence.setPointer({ x, y: 0 });
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(100);
    expect(told).toBeGreaterThan(10);
    expect(told).toBeLessThan(25);
    expect(othersAtBoard(other)[0]?.pointer?.x).toBe(999);
    told = 0;
    for (let count = 1_200; count < 1_300; count++) {
      presence.setDraft(strokeOf(count));
      vi.advanceTimersByTime(10);
    }
    expect(told).toBeLessThan(8);
    presence.destroy();
  });

  it('BOARD-23 what other clients say that is no such thing is not shown', () => {
    for (const board of [null, 7, {}, { pointer: 'x', draft: 'y' }, { draft: { kind: 'stroke', points: '§' } }]) {
      own.setLocalStateField('board', board);
      for (const one of othersAtBoard(other)) expect(one).toMatchObject({ pointer: null, draft: null });
    }
  });
});
