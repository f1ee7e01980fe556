import { expect, it } from 'vitest';
import { limits } from './limits.ts';
import { randomName } from './names.ts';

it('makes names of two words that fit, from the first to the last', () => {
  for (const number of [0, 0.5, 0.999999]) {
    const name = randomName(() => number);
    expect(name).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/);
    expect(name.length).toBeLessThanOrEqual(limits.memberNameMaxLength);
  }
  expect(randomName(() => 0)).not.toBe(randomName(() => 0.999999));
});
