import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DeleteSet } from './delete-set.ts';

const range = fc.tuple(fc.constantFrom(1, 2), fc.nat(300), fc.integer({ min: 1, max: 9 }));

it('SYNC-6 many deletions at once are what they are one by one', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 80 }), fc.array(range, { maxLength: 200 }), (before, more) => {
      const [one, many] = [new DeleteSet(), new DeleteSet()];
      for (const [client, start, length] of before) {
        one.add(client, start, start + length);
        many.add(client, start, start + length);
      }
      for (const [client, start, length] of more) one.add(client, start, start + length);
      const byClient = more.toSorted(([a], [b]) => a - b);
      many.addAll(byClient.flatMap(([client, start, length]) => [client, start, start + length]));
      for (const client of [1, 2]) expect(many.of(client)).toEqual(one.of(client));
      expect([many.units, many.rangeCount]).toEqual([one.units, one.rangeCount]);
    }),
  );
});
