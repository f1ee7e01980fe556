import { freshSeed, type Randomness, randomness } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import { applyEdits } from './text-diff.ts';
import { mergeEdits, nearestBase } from './text-merge.ts';

const alphabet = ['a', 'b', ' ', '\n', '\n', 'é', '👍', '👎', 'foo(', ')\n', 'let x = 1;\n'];
const words = (random: Randomness, max: number) =>
  Array.from({ length: random.below(max) }, () => random.pick(alphabet)).join('');

function mutate(random: Randomness, text: string): string {
  const points = Array.from(text);
  for (let left = random.below(5); left >= 0; left--) {
    points.splice(random.below(points.length + 1), random.below(6), ...Array.from(words(random, 8)));
  }
  return points.join('');
}

function insertAnywhere(random: Randomness, text: string, what: string): string {
  const points = Array.from(text);
  points.splice(random.below(points.length + 1), 0, what);
  return points.join('');
}

const merge = (base: string, text: string, current: string) => applyEdits(current, mergeEdits(base, text, current));

describe('a writer’s change put into a text that others have changed', () => {
  it('DIA-1 what another inserted stays, and all else is what the writer wrote', () => {
    const seed = freshSeed();
    const random = randomness(seed);
    for (let round = 0; round < 4000; round++) {
      const base = words(random, 60);
      const text = random.below(5) === 0 ? words(random, 60) : mutate(random, base);
      const token = `«${round}»`;
      const current = insertAnywhere(random, base, token);
      const merged = merge(base, text, current);
      const context = `seed ${seed}, round ${round}: ${JSON.stringify([base, text, current, merged])}`;
      expect(merged.split(token), context).toHaveLength(2);
      expect(merged.replace(token, ''), context).toBe(text);
      expect(merged.isWellFormed(), context).toBe(true);
    }
  });

  it('DIA-1 whatever others did, all that they inserted stays, and all that the writer inserted', () => {
    const seed = freshSeed();
    const random = randomness(seed);
    for (let round = 0; round < 3000; round++) {
      const base = words(random, 60);
      const theirs = [`«a${round}»`, `«b${round}»`, `«c${round}»`];
      const own = [`‹a${round}›`, `‹b${round}›`];
      const current = theirs.reduce((text, token) => insertAnywhere(random, text, token), mutate(random, base));
      const text = own.reduce((written, token) => insertAnywhere(random, written, token), mutate(random, base));
      const merged = merge(base, text, current);
      const context = `seed ${seed}, round ${round}: ${JSON.stringify([base, text, current, merged])}`;
      const units = (of: string) => [...of].filter((unit) => '«»‹›'.includes(unit)).length;
      expect(units(merged), context).toBe(units(current) + units(text));
      expect(merged.isWellFormed(), context).toBe(true);
    }
  });

  it('DIA-1 upon the latest text it is exactly what was written', () => {
    const seed = freshSeed();
    const random = randomness(seed);
    for (let round = 0; round < 2000; round++) {
      const current = words(random, 100);
      const text = random.below(2) === 0 ? words(random, 100) : mutate(random, current);
      expect(merge(current, text, current), `seed ${seed}, round ${round}`).toBe(text);
    }
  });

  it('DIA-1 lines that several add beside each other, as alike as they may be, stay whole', () => {
    const seed = freshSeed();
    const random = randomness(seed);
    const addLine = (text: string, line: string) => {
      const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
      const at = random.pick(starts);
      return text.slice(0, at) + line + text.slice(at);
    };
    let count = 0;
    const newLine = () => `${random.pick(['call', 'callee', 'yes'])}${++count}_${random.below(100)};\n`;
    const addSome = (text: string, max: number) => {
      const lines = Array.from({ length: 1 + random.below(max) }, newLine);
      return { text: lines.reduce(addLine, text), lines };
    };
    for (let round = 0; round < 1000; round++) {
      const base = addSome('', 12);
      const theirs = addSome(base.text, 25);
      const own = addSome(base.text, 3);
      const merged = merge(base.text, own.text, theirs.text);
      const all = [...base.lines, ...theirs.lines, ...own.lines].toSorted();
      expect(merged.match(/.*\n/g)?.toSorted(), `seed ${seed}, round ${round}`).toEqual(all);
    }
  });

  it('DIA-1 both insertions at one place stay, and what both deleted is gone once', () => {
    expect(merge('ab', 'aXb', 'aYb')).toBe('aYXb');
    expect(merge('one two three', 'one three', 'one three')).toBe('one three');
    expect(merge('one two three', 'one TWO three', 'one 2 three')).toBe('one 2TWO three');
    expect(merge('one two three', 'one  three', 'one two, and three')).toBe('one , and three');
  });
});

it('DIA-1 of two texts that a writer may have begun with the nearer one counts', () => {
  const bases = ['print(1)\n', 'print(1)\nprint(2)\n'];
  expect(nearestBase(bases, 'print(1)\nprint(2)\nprint(3)\n')).toBe(bases[1]);
  expect(nearestBase(bases, 'print(0)\n')).toBe(bases[0]);
  // What another one has added in the same moment is not made into this.
  expect(nearestBase(['start\nb 8.\n', 'start\n'], 'start\na 8.\n')).toBe('start\n');
  expect(nearestBase([], 'x')).toBeUndefined();
});
