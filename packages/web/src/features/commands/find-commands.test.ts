import { describe, expect, it } from 'vitest';
import { findCommands, lineIn } from './find-commands.ts';

const commands = [
  { group: 'Files', label: 'Open src/main.py' },
  { group: 'Files', label: 'Download main.py' },
  { group: 'People', label: 'Follow Zoë' },
  { group: 'View', label: 'Show people' },
];
const found = (typed: string) => findCommands(commands, typed).map(({ label }) => label);

describe('WEB-167 a command is found', () => {
  it.each([
    ['', commands.map(({ label }) => label)],
    ['main', ['Download main.py', 'Open src/main.py']],
    ['MAIN open', ['Open src/main.py']],
    ['zoe', ['Follow Zoë']],
    ['people', ['Show people', 'Follow Zoë']],
    ['nothing such', []],
  ])('by “%s”', (typed, labels) => expect(found(typed)).toEqual(labels));
});

it.each([
  [':42', 42],
  [' 7 ', 7],
  [':0', 1],
  ['12a', null],
  [':', null],
  ['1234567890', null],
])('WEB-167 “%s” names the line %s', (typed, line) => expect(lineIn(typed)).toBe(line));
