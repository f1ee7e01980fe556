import { measureBesideHogs, median } from '../packages/server/test/hogs.ts';
import { startServer, until } from '../packages/testkit/src/index.ts';

/**
 * How long the API and an edit take while sixteen rooms run programs that fork without end, beside the same requests
 * without them, taking turns. As root, so that control groups hold the programs.
 */
const rounds = 7;

await using server = await startServer();
await until('the tier', () => server.output().includes('Code runs'), { timeoutMs: 60_000 });
console.log(/Code runs +(\w+)/.exec(server.output())?.[0]);
const { quiet, hogs, quietEdits, hogEdits } = await measureBesideHogs(server, rounds);
const row = (values: readonly number[]) => ({
  'p95 of a round, median of rounds, ms': Math.round(median(values) * 10) / 10,
  'of the slowest round, ms': Math.round(Math.max(...values) * 10) / 10,
});
console.table({
  'requests, nothing runs': row(quiet),
  'requests, beside hogs': row(hogs),
  'an edit, nothing runs': row(quietEdits),
  'an edit, beside hogs': row(hogEdits),
});
