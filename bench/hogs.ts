import { measureBesideForkBomb, measureBesideHogs, median } from '../packages/server/test/hogs.ts';
import { startServer, until } from '../packages/testkit/src/index.ts';

/**
 * How long the API and an edit take while sixteen rooms run programs that fork without end, and somebody’s hello world
 * while somebody else’s fork bomb goes on; beside the same without them, taking turns. As root, so that control groups
 * hold the programs.
 */
const rounds = 7;

await using server = await startServer();
await until('the tier', () => server.output().includes('Code runs'), { timeoutMs: 60_000 });
console.log(/Code runs +(\w+)/.exec(server.output())?.[0]);
const { quiet, hogs, quietEdits, hogEdits } = await measureBesideHogs(server, rounds);
const runs = await measureBesideForkBomb(server, rounds);
const row = (values: readonly number[]) => ({
  'p95 of a round, median of rounds, ms': Math.round(median(values) * 10) / 10,
  'of the slowest round, ms': Math.round(Math.max(...values) * 10) / 10,
});
console.table({
  'requests, nothing runs': row(quiet),
  'requests, beside hogs': row(hogs),
  'an edit, nothing runs': row(quietEdits),
  'an edit, beside hogs': row(hogEdits),
  'hello world, nothing else runs': row(runs.quiet),
  'hello world, beside a fork bomb': row(runs.bomb),
});
console.log(`hello world beside a fork bomb: ${(median(runs.bomb) / median(runs.quiet)).toFixed(2)} × as long`);
