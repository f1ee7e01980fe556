import type { BoardElement } from '@coderoom/protocol';
import { limits } from '@coderoom/protocol';
import { expect, it } from 'vitest';
import { openBoardWords } from './board-words.ts';

/** More than is sent at once. */
const strokes = Array.from({ length: 250 }, (_, x0) => ({ x0, y0: 0, x1: 0, y1: 0 }));
const drawing = {
  id: 'a',
  z: 1,
  kind: 'foreign',
  by: 'm',
  color: '#000',
  size: 1,
  x: 0,
  y: 0,
  strokes,
} as BoardElement;
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('DIA-98 who never takes the board that they asked for is given up, instead of all that is drawn being kept', async () => {
  let isGivenUp = false;
  let count = 0;
  const board = await openBoardWords({
    roomId: 'room',
    boards: { read: async () => [drawing], watch: async () => () => {} },
    emit: () => void count++,
    settled: () => new Promise(() => {}),
    personOf: () => null,
    onError: (error) => {
      throw error;
    },
    giveUp: () => {
      isGivenUp = true;
    },
  });
  board.tell();
  await turn();
  expect(count).toBeGreaterThan(0);
  for (let again = 0; again < 5000; again++) board.tell();
  for (let more = 2; more < limits.dialectPacketsWaitingMax; more++) board.addStroke({ payload: {} });
  expect(isGivenUp).toBe(false);
  board.addStroke({ payload: {} });
  expect(isGivenUp).toBe(true);
});
