import { limits } from '@coderoom/protocol';
import { expect, it } from 'vitest';
import { clientOf, createClientTexts } from './client-texts.ts';

it('DIA-5 a client is known to have been shown what it was shown last; another one, what anybody was', () => {
  const texts = createClientTexts();
  expect(texts.of('room', 'a', 'x')).toEqual([]);
  texts.note('room', 'a', 'one', 'one');
  texts.note('room', 'b', 'two', 'merged');
  texts.note('other', 'a', 'elsewhere');
  expect(texts.of('room', 'a', 'x')).toEqual(['one']);
  expect(texts.of('room', 'b', 'x')).toEqual(['two', 'merged']);
  expect(texts.of('room', 'new', 'x')).toEqual(['two', 'merged']);
  texts.note('room', 'a', 'three');
  expect(texts.of('room', 'new', 'x')).toEqual(['three']);
  texts.forget('room');
  expect(texts.of('room', 'a', 'x')).toEqual([]);
  expect(texts.of('other', 'a', 'x')).toEqual(['elsewhere']);
});

it('DIA-5 of ever more clients, rooms and texts only the latest are remembered', () => {
  const texts = createClientTexts();
  texts.note('room', 'kept', 'x');
  for (let client = 0; client < limits.clientTextsPerRoom - 1; client++) texts.note('room', `${client}`, 'x');
  expect(texts.of('room', 'kept', 'x')).toEqual(['x']);
  texts.note('room', 'one more', 'latest');
  expect(texts.of('room', 'kept', 'x')).toEqual(['latest']);
  const long = 'x'.repeat(limits.clientTextsLength / 2 - 1000);
  for (const room of ['1', '2', '3']) texts.note(room, 'a', long);
  expect(['room', '1', '2', '3'].map((room) => texts.of(room, 'a', 'x').length)).toEqual([0, 0, 1, 1]);
  // Empty texts take room, too, and names of clients.
  const client = 'c'.repeat(1_000_000);
  for (let room = 0; room * client.length <= limits.clientTextsLength; room++) texts.note(`${room} empty`, client, '');
  expect(['2', '3', '0 empty'].map((room) => texts.of(room, client, 'x').length)).toEqual([0, 0, 0]);
  expect(clientOf('codecast', { address: '::1', headers: { 'user-agent': client } }).length).toBeLessThan(1_000);
});

it('DIA-5 where several are one client as far as is known, one of them may have been shown an earlier text', () => {
  const texts = createClientTexts();
  for (const text of ['one', 'two', 'two', 'three']) texts.note('room', 'a', text);
  expect(texts.of('room', 'a', 'four')).toEqual(['three']);
  expect(texts.of('room', 'a', 'four', { isShared: true })).toEqual(['three', 'two', 'one']);
  // Who goes back to an earlier text means just that.
  expect(texts.of('room', 'a', 'two', { isShared: true })).toEqual(['three', 'one']);
  for (let more = 0; more < limits.clientTextsKept; more++) texts.note('room', 'a', `${more}`, `${more}!`);
  const known = texts.of('room', 'a', 'four', { isShared: true });
  expect(known).toHaveLength(2 * limits.clientTextsKept);
  expect(known.slice(0, 4)).toEqual(['15', '15!', '14!', '14']);
});
