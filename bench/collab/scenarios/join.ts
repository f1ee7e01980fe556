import { setTimeout as pause } from 'node:timers/promises';
import type { Seat } from '../load-client.ts';
import { median } from '../report.ts';
import { costOf, type Scenario } from '../scenario.ts';

const joins = 15;
const joinsAtOnce = 20;

/**
 * Joining a room of 1 MB of text that 260 000 operations made, beside a server that sends the same bytes from memory and
 * does nothing else.
 */
export const join: Scenario = {
  name: 'join',
  what: 'joining a room of 1 MB of text from 260 000 operations; and 20 at once, while others type in another room',
  passes: 1,
  servers: ['bytes', 'y-websocket', 'hocuspocus', 'coderoom'],
  baseline: 'bytes',
  async measure(server, generator) {
    const big = await server.seats(1, 1);
    await generator.open({ seats: big });
    await generator.fill(server.name === 'bytes' ? 'bigAtOnce' : 'big');
    const seat = big[0] as Seat;
    // Snapshots are made beside the work.
    await pause(3000);
    await generator.join({ seats: [seat] });

    const connectMs: number[] = [];
    const syncMs: number[] = [];
    let bytes = 0;
    const single = await costOf(server, async () => {
      for (let left = joins; left > 0; left--) {
        const joined = await generator.join({ seats: [seat] });
        connectMs.push(...joined.connectMs);
        syncMs.push(...joined.syncMs);
        ({ bytes } = joined);
        await pause(50);
      }
    });
    const bystanders = server.name === 'bytes' ? [] : await server.seats(1, 2);
    await generator.open({ seats: bystanders });
    const storm = await costOf(server, () =>
      generator.join({
        seats: Array.from({ length: joinsAtOnce }, () => seat),
        typing: bystanders.slice(0, 1).map(({ room }) => room),
      }),
    );
    return {
      'join ms': median(connectMs),
      'sync ms': median(syncMs),
      'document KB': bytes / 1000,
      'CPU ms a join': (single.cpuSeconds * 1000) / joins,
      'loop max ms': single.loopMaxMs,
      '20 at once, join ms': median(storm.result.connectMs),
      '20 at once, loop max ms': storm.loopMaxMs,
      '20 at once, others p99 ms': storm.result.typing?.p99Ms ?? Number.NaN,
    };
  },
};
