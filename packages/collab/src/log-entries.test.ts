import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoggedUpdate } from './contract.ts';
import { packUpdates, readBatch } from './log-entries.ts';

const entry = fc.record({
  at: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  memberId: fc.oneof(fc.constant(null), fc.constantFrom('ann', 'ben'), fc.string({ unit: 'grapheme' })),
  update: fc.uint8Array({ maxLength: 300 }),
});

describe('packed updates', () => {
  it('SYNC-9 come back as they were, each with its number, time and author', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 20 }), fc.nat(), (entries, firstSeq) => {
        // Times that are half the range apart cannot be told by their difference; clocks are not set back that far.
        const near = entries.map((one) => ({ ...one, at: Math.floor(one.at / 2) }));
        const updates: LoggedUpdate[] = near.map((one, index) => ({ roomId: 'room', seq: firstSeq + index, ...one }));
        expect([...readBatch(packUpdates(updates))]).toEqual(updates);
      }),
    );
  });

  it('SYNC-31 that are damaged are told from others', () => {
    const batch = packUpdates([{ roomId: 'room', seq: 1, at: 5, memberId: 'ann', update: Uint8Array.of(1, 2, 3) }]);
    const { entries } = batch;
    for (const damaged of [
      entries.subarray(0, -1),
      Uint8Array.of(...entries, 0),
      Uint8Array.of(5, 7, ...entries.subarray(2)),
    ]) {
      expect(() => [...readBatch({ ...batch, entries: damaged })]).toThrow();
    }
  });
});
