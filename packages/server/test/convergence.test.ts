import { freshSeed } from '@coderoom/testkit';
import { expect, it } from 'vitest';
import { playTogether } from './convergence-play.ts';

const seeds = 50;
const seedsAtOnce = 10;
/** Enough to meet every kind of trouble; the slow test plays longer. */
const operations = 600;
/** Seeds that have failed once. */
const pastFailures: number[] = [];

it(`SYNC-45 over real sockets, ${seeds} seeds of five people end the same everywhere, through cuts, delays and two kills each`, async () => {
  const first = freshSeed();
  console.log(`Seeds ${first} to ${first + seeds - 1}, and ${pastFailures.length} that failed before.`);
  const wanted = [...pastFailures, ...Array.from({ length: seeds }, (_, index) => first + index)];
  for (let from = 0; from < wanted.length; from += seedsAtOnce) {
    await playTogether(wanted.slice(from, from + seedsAtOnce), operations);
  }
  expect(wanted.length).toBeGreaterThanOrEqual(seeds);
}, 600_000);
