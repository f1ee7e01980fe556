import type { Generator } from '../generator.ts';
import type { Spell } from '../load.ts';
import { costOf, isSustained, type Measured, type Pace, type Scenario } from '../scenario.ts';
import type { Server } from '../servers.ts';

const firstRate = 8000;
const highestRate = 1_000_000;
const lowestRate = 50;

/** The highest rate of edits at which all others in the room have each of them within 100 ms (p99) and nothing is lost. */
export function sustained(rooms: number, people: number, passes: number): Scenario {
  return {
    name: `sustained-${rooms}x${people}`,
    what: `${rooms} room${rooms > 1 ? 's' : ''} × ${people} people: the most edits/s that arrive with p99 < 100 ms`,
    passes,
    async measure(server, generator, pace, before) {
      const seats = await server.seats(rooms, people);
      await generator.open({ seats });
      await generator.type(500, 1);
      const earlier = before.at(-1)?.['edits/s'] ?? 0;
      return await search(server, generator, pace, earlier > 0 ? earlier / pace.precision : firstRate, () =>
        generator.open({ seats }),
      );
    },
  };
}

async function search(
  server: Server,
  generator: Generator,
  pace: Pace,
  startRate: number,
  reopen: () => Promise<unknown>,
): Promise<Measured> {
  let holds = 0;
  let fails = Number.POSITIVE_INFINITY;
  let best: { spell: Spell; cpuSeconds: number; loopP99Ms: number } | undefined;
  let rate = startRate;
  let busiest = 0;
  const tryRate = async (editsPerSecond: number) => {
    const { result: spell, ...cost } = await costOf(server, () =>
      generator.type(Math.round(editsPerSecond), pace.spellSeconds),
    );
    busiest = Math.max(busiest, spell.generatorBusy);
    return { spell, ...cost };
  };
  /** What an overload left behind is not the next rate's trouble. */
  const recover = async () => {
    await generator.close();
    await reopen();
    await generator.type(500, 1);
  };
  while (fails / holds > pace.precision && rate < highestRate && rate > lowestRate) {
    let attempt = await tryRate(rate);
    // On a machine that does other things too, a rate has failed when it has failed twice.
    if (!isSustained(attempt.spell)) {
      await recover();
      attempt = await tryRate(rate);
    }
    if (isSustained(attempt.spell)) {
      holds = rate;
      best = attempt;
      rate = Number.isFinite(fails) ? Math.sqrt(holds * fails) : rate * 2;
    } else {
      fails = rate;
      rate = holds > 0 ? Math.sqrt(holds * fails) : rate / 2;
      await recover();
    }
  }
  return {
    'edits/s': Math.round(holds),
    'p50 ms there': best?.spell.p50Ms ?? Number.NaN,
    'p99 ms there': best?.spell.p99Ms ?? Number.NaN,
    'CPU s per 100 k there':
      best === undefined ? Number.NaN : (best.cpuSeconds / Math.max(1, best.spell.delivered)) * 100_000,
    'server busy there': best === undefined ? Number.NaN : best.cpuSeconds / pace.spellSeconds,
    'loop p99 ms there': best?.loopP99Ms ?? Number.NaN,
    'generator busy there': best?.spell.generatorBusy ?? Number.NaN,
    'generator busy at most': busiest,
  };
}
