import { startServer, until } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import { measureBesideHogs, median } from './hogs.ts';

describe('the server while programs take all the processor time they can get', () => {
  it('EXEC-54 answers within 200 ms at the 95th percentile, beside sixteen that fork without end (case 52)', async (context) => {
    await using server = await startServer();
    await until('the tier', () => server.output().includes('Code runs'), { timeoutMs: 60_000 });
    if (!/Code runs +standard/.test(server.output()) && process.env.CODEROOM_REQUIRE_ALL !== '1') return context.skip();
    const { quiet, hogs, quietEdits, hogEdits } = await measureBesideHogs(server, 3);
    const told = JSON.stringify({ quiet, hogs, quietEdits, hogEdits });
    // The line itself is a time; a machine that is busy with other things is given what it needs without hogs, thrice.
    expect(median(hogs), told).toBeLessThan(Math.max(200, 3 * median(quiet)));
    expect(median(hogEdits), told).toBeLessThan(Math.max(200, 3 * median(quietEdits)));
  }, 300_000);
});
