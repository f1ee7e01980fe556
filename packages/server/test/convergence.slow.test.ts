import { freshSeed } from '@coderoom/testkit';
import { expect, it } from 'vitest';
import { playTogether } from './convergence-play.ts';

const seeds = 1000;
const seedsAtOnce = 10;
const operations = 2000;

it(`SYNC-45 ${seeds} seeds of ${operations} operations`, async () => {
  const first = freshSeed();
  let played = 0;
  for (let from = 0; from < seeds; from += seedsAtOnce) {
    const batch = Array.from({ length: seedsAtOnce }, (_, index) => first + from + index);
    console.log(`Seeds ${batch[0]} to ${batch.at(-1)}`);
    await playTogether(batch, operations);
    played += batch.length;
  }
  expect(played).toBe(seeds);
}, 7_200_000);
