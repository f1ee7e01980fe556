import { Generator } from './generator.ts';
import type { Spell } from './load.ts';
import { type Server, type ServerName, start } from './servers.ts';

/** What a scenario measured of one server in one pass. */
export type Measured = Record<string, number>;

export interface Scenario {
  name: string;
  /** What is done, in a line. */
  what: string;
  /** How often each server's turn comes; the median counts. */
  passes: number;
  /** Which servers take part; all when left out. */
  servers?: readonly ServerName[];
  /** Whom the others are compared with. */
  baseline?: ServerName;
  /** `before` is what earlier passes measured of this server. */
  measure(server: Server, generator: Generator, pace: Pace, before: readonly Measured[]): Promise<Measured>;
}

/** How thorough to be. */
export interface Pace {
  isQuick: boolean;
  spellSeconds: number;
  /** A rate that holds and one that fails are brought this close to each other. */
  precision: number;
}

/** Starts a server and a load generator for one measurement. */
export async function runOnce(
  scenario: Scenario,
  name: ServerName,
  pace: Pace,
  before: readonly Measured[],
): Promise<Measured> {
  await using server = await start(name);
  using generator = new Generator();
  return await scenario.measure(server, generator, pace, before);
}

/** Whether nothing was lost or late, and all that a server can call durable was called so. */
export function isSustained(spell: Spell): boolean {
  const isAllThere = spell.delivered === spell.expected && spell.unacknowledged === 0;
  return spell.p99Ms < sustainedP99Ms && isAllThere && spell.closed.length === 0;
}

const sustainedP99Ms = 100;

/** Runs `work`, and tells what it cost the server. */
export async function costOf<T>(
  server: Server,
  work: () => Promise<T>,
): Promise<{ result: T; cpuSeconds: number; loopP99Ms: number; loopMaxMs: number }> {
  await server.probe();
  const before = server.cpuSeconds();
  const result = await work();
  const cpuSeconds = server.cpuSeconds() - before;
  const { loopP99Ms, loopMaxMs } = await server.probe();
  return { result, cpuSeconds, loopP99Ms, loopMaxMs };
}

/** What a spell of typing at a given rate tells of a server. */
export function readingsOf(spell: Spell, cost: { cpuSeconds: number; loopP99Ms: number; loopMaxMs: number }): Measured {
  return {
    'p50 ms': spell.p50Ms,
    'p99 ms': spell.p99Ms,
    'ack p50 ms': spell.ackP50Ms,
    'ack p99 ms': spell.ackP99Ms,
    'CPU s per 100 k': (cost.cpuSeconds / Math.max(1, spell.delivered)) * 100_000,
    'loop p99 ms': cost.loopP99Ms,
    'loop max ms': cost.loopMaxMs,
    lost: spell.expected - spell.delivered,
    'generator busy': spell.generatorBusy,
  };
}
