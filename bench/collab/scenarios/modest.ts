import { costOf, readingsOf, type Scenario } from '../scenario.ts';

interface Options {
  name: string;
  what: string;
  rooms: number;
  people: number;
  editsPerSecond: number;
  passes: number;
  /** A cursor moves with each edit. */
  cursors?: boolean;
  /** Characters of each edit. */
  characters?: number;
  /** What each room's document holds beforehand. */
  document?: { kind: 'plain' | 'big'; bytes: number };
}

/**
 * So long that what V8 compiles along the way is compiled, of every server: a server runs for days. What the probe asks
 * for makes it compile some of that anew, so it is asked in between for the first time.
 */
const warmUpSeconds = 20;
const settleSeconds = 15;

/** Latency and cost at a rate that everybody can bear. */
export function atRate(options: Options): Scenario {
  const { name, what, passes, rooms, people, editsPerSecond, cursors, characters, document } = options;
  return {
    name,
    what,
    passes,
    async measure(server, generator, pace) {
      await generator.open({ seats: await server.seats(rooms, people) });
      if (document !== undefined) await generator.fill(document.kind, document.bytes);
      const typing = { cursors: cursors ?? false, characters: characters ?? 1 };
      await generator.type(editsPerSecond, warmUpSeconds, typing);
      await server.probe();
      await generator.type(editsPerSecond, settleSeconds, typing);
      const { result, ...cost } = await costOf(server, () =>
        generator.type(editsPerSecond, pace.spellSeconds * 2, typing),
      );
      return readingsOf(result, cost);
    },
  };
}
