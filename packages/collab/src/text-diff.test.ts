import { freshSeed, type Randomness, randomness } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { applyEdits, diffTexts } from './text-diff.ts';

const alphabet = ['a', 'b', 'c', ' ', '\n', '\n', 'é', '👍', '👎', '😀', '🁍', 'foo(', ')\n'];
const words = (random: Randomness, max: number) =>
  Array.from({ length: random.below(max) }, () => random.pick(alphabet)).join('');

function mutate(random: Randomness, text: string): string {
  const points = Array.from(text);
  for (let left = random.below(6); left >= 0; left--) {
    points.splice(random.below(points.length + 1), random.below(8), ...Array.from(words(random, 10)));
  }
  return points.join('');
}

const splitsPair = (text: string, at: number) =>
  at > 0 && at < text.length && !text.slice(0, at).isWellFormed() && text.isWellFormed();

describe('the difference of two texts', () => {
  it('SYNC-40 makes exactly the new text, in ascending edits that split no surrogate pair', () => {
    const seed = freshSeed();
    const random = randomness(seed);
    for (let round = 0; round < 3000; round++) {
      const before = words(random, 200);
      const after = random.below(4) === 0 ? words(random, 200) : mutate(random, before);
      const edits = diffTexts(before, after);
      const context = `seed ${seed}, round ${round}: ${JSON.stringify([before, after])}`;
      expect(applyEdits(before, edits), context).toBe(after);
      let end = 0;
      for (const { at, remove, insert } of edits) {
        expect(at, context).toBeGreaterThanOrEqual(end);
        expect(remove + insert.length, context).toBeGreaterThan(0);
        end = at + remove;
        expect(splitsPair(before, at) || splitsPair(before, end), context).toBe(false);
        expect(insert.isWellFormed(), context).toBe(true);
      }
    }
  });

  it('SYNC-40 keeps what is common: single changed lines and words stay single edits', () => {
    expect(diffTexts('a\nb\nc\nd\n', 'a\nX\nc\nY\n')).toEqual([
      { at: 2, remove: 1, insert: 'X' },
      { at: 6, remove: 1, insert: 'Y' },
    ]);
    expect(diffTexts('return a + b', 'return a * b')).toEqual([{ at: 9, remove: 1, insert: '*' }]);
    expect(diffTexts('👍', '👎')).toEqual([{ at: 0, remove: 2, insert: '👎' }]);
    expect(diffTexts('x', 'x')).toEqual([]);
  });

  it('SYNC-40 keeps distant lines of a large text apart', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} of many\n`);
    const before = lines.join('');
    lines[10] = 'changed\n';
    lines.splice(15_000, 3, 'and here\n');
    const edits = diffTexts(before, lines.join(''));
    expect(applyEdits(before, edits)).toBe(lines.join(''));
    expect(edits.reduce((sum, { remove }) => sum + remove, 0)).toBeLessThan(200);
  });

  it('SYNC-40 takes bounded time for the worst texts of a megabyte', () => {
    const random = randomness(1);
    const noise = () =>
      Array.from({ length: 125_000 }, () =>
        Math.floor(random.next() * 2 ** 40)
          .toString(36)
          .padStart(8, '\n')
          .slice(0, 8),
      ).join('');
    const worst: [string, string][] = [
      [noise(), noise()],
      ['ab'.repeat(500_000), `${'ba'.repeat(499_999)}xx`],
      ['\n'.repeat(1_000_000), 'x\n'.repeat(500_000)],
      ['x\n'.repeat(500_000), 'y\n'.repeat(500_000)],
      [
        Array.from({ length: 1000 }, (_, line) => `${line} ${'x'.repeat(990)}\n`).join(''),
        Array.from({ length: 1000 }, (_, line) => `${line} ${'x'.repeat(490)}${line % 7}${'x'.repeat(499)}\n`).join(''),
      ],
    ];
    for (const [before, after] of worst) {
      diffTexts(before, after);
      const startedAt = performance.now();
      const edits = diffTexts(before, after);
      const tookMs = performance.now() - startedAt;
      expect(applyEdits(before, edits)).toBe(after);
      // Generous for a busy machine; the budget of steps is what bounds it.
      expect(tookMs).toBeLessThan(1000);
    }
  });

  it('SYNC-41 lets concurrent typing survive, whoever writes the whole text', () => {
    const seed = freshSeed();
    const random = randomness(seed);
    for (let round = 0; round < 300; round++) {
      const [server, client] = [new Y.Doc(), new Y.Doc()];
      const before = words(random, 120);
      server.getText('t').insert(0, before);
      Y.applyUpdate(client, Y.encodeStateAsUpdate(server));
      const marks = ['①', '②', '③'];
      for (const mark of marks) {
        let at = random.below(client.getText('t').length + 1);
        if (splitsPair(client.getText('t').toString(), at)) at--;
        client.getText('t').insert(at, mark);
      }
      const after = mutate(random, before);
      server.transact(() => {
        for (const { at, remove, insert } of diffTexts(before, after).reverse()) {
          if (remove > 0) server.getText('t').delete(at, remove);
          server.getText('t').insert(at, insert);
        }
      });
      expect(server.getText('t').toString()).toBe(after);
      Y.applyUpdate(server, Y.encodeStateAsUpdate(client));
      Y.applyUpdate(client, Y.encodeStateAsUpdate(server));
      const merged = server.getText('t').toString();
      const context = `seed ${seed}, round ${round}: ${JSON.stringify([before, after, merged])}`;
      expect(client.getText('t').toString(), context).toBe(merged);
      for (const mark of marks) expect(merged.split(mark).length, context).toBe(2);
      expect(
        marks.reduce((text, mark) => text.replace(mark, ''), merged),
        context,
      ).toBe(after);
    }
  });
});
