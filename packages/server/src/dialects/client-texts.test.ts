import { limits } from '@coderoom/protocol';
import { expect, it } from 'vitest';
import { createClientTexts } from './client-texts.ts';

it('DIA-5 a client is known to have been shown what it was shown last; another one, what anybody was', () => {
  const texts = createClientTexts();
  expect(texts.of('room', 'a')).toEqual([]);
  texts.note('room', 'a', 'one', 'one');
  texts.note('room', 'b', 'two', 'merged');
  texts.note('other', 'a', 'elsewhere');
  expect(texts.of('room', 'a')).toEqual(['one']);
  expect(texts.of('room', 'b')).toEqual(['two', 'merged']);
  expect(texts.of('room', 'new')).toEqual(['two', 'merged']);
  texts.note('room', 'a', 'three');
  expect(texts.of('room', 'new')).toEqual(['three']);
  texts.forget('room');
  expect(texts.of('room', 'a')).toEqual([]);
  expect(texts.of('other', 'a')).toEqual(['elsewhere']);
});

it('DIA-5 of ever more clients, rooms and texts only the latest are remembered', () => {
  const texts = createClientTexts();
  texts.note('room', 'kept', 'x');
  for (let client = 0; client < limits.clientTextsPerRoom - 1; client++) texts.note('room', `${client}`, 'x');
  expect(texts.of('room', 'kept')).toEqual(['x']);
  texts.note('room', 'one more', 'latest');
  expect(texts.of('room', 'kept')).toEqual(['latest']);
  const long = 'x'.repeat(limits.clientTextsLength / 2 - 1000);
  for (const room of ['1', '2', '3']) texts.note(room, 'a', long);
  expect(['room', '1', '2', '3'].map((room) => texts.of(room, 'a').length)).toEqual([0, 0, 1, 1]);
});
