import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { reachOf } from './reach.ts';
import { markdownOf, type Passes, tableOf } from './report.ts';
import { type Measured, type Pace, runOnce, type Scenario } from './scenario.ts';
import { join } from './scenarios/join.ts';
import { memory } from './scenarios/memory.ts';
import { atRate } from './scenarios/modest.ts';
import { rejoin } from './scenarios/rejoin.ts';
import { sustained } from './scenarios/sustained.ts';
import { serverNames } from './servers.ts';

/**
 * The sync engine beside a bare relay, y-websocket and Hocuspocus, in one run: each server in a process of its own, all
 * clients in another, every server's turn after the other's, several times. Coderoom logs every edit durably and
 * acknowledges it; the others keep documents in memory, the relay none at all.
 */

const help = `npm run bench collab [-- flags]
  --quick              one short pass of the most telling scenarios beside the relay, some three minutes
  --only <name>        this scenario (may be given several times; its beginning will do)
  --server <name>      this server (may be given several times): ${serverNames.join(', ')}
  --passes <n>         so many passes of each scenario
  --json <file>        all that was measured, as JSON
  --markdown <file>    the tables, for docs/performance.md
  --list               the scenarios`;

const documents = [
  { label: 'nothing', kind: 'plain', bytes: 0 },
  { label: '10 KB', kind: 'plain', bytes: 10_000 },
  { label: '1 MB', kind: 'big', bytes: 1_000_000 },
] as const;

const modest = atRate({
  name: 'modest',
  what: '50 rooms × 4 people, 2 000 edits/s',
  rooms: 50,
  people: 4,
  editsPerSecond: 2000,
  passes: 3,
});

const scenarios: Scenario[] = [
  sustained(50, 4, 3),
  sustained(1, 20, 3),
  { ...modest, servers: [...serverNames, 'copy'] },
  atRate({
    name: 'cursors',
    what: '50 rooms × 4 people, 1 000 edits/s and a cursor that moves with each',
    rooms: 50,
    people: 4,
    editsPerSecond: 1000,
    passes: 2,
    cursors: true,
  }),
  memory(2000, { idle: true }),
  { ...memory(10_000, { idle: false }), servers: ['relay', 'coderoom'] },
  join,
  rejoin,
  sustained(200, 2, 1),
  sustained(10, 10, 1),
  atRate({
    name: 'blocks',
    what: '10 rooms × 4 people, 10 blocks of 100 KB pasted each second',
    rooms: 10,
    people: 4,
    editsPerSecond: 10,
    passes: 1,
    characters: 100_000,
  }),
  ...documents.map(({ label, kind, bytes }) =>
    atRate({
      name: `document-${label.replace(' ', '-')}`,
      what: `10 rooms × 4 people, 1 000 edits/s in documents of ${label}`,
      rooms: 10,
      people: 4,
      editsPerSecond: 1000,
      passes: 1,
      document: { kind, bytes },
    }),
  ),
  atRate({
    name: 'load',
    what: '20 rooms × 10 people, each 5 edits/s, cursors moving',
    rooms: 20,
    people: 10,
    editsPerSecond: 1000,
    passes: 1,
    cursors: true,
  }),
];

const quickScenarios = ['sustained-50x4', 'sustained-1x20', 'modest', 'memory-2000', 'join', 'rejoin'];
const quickServers = ['relay', 'bytes', 'coderoom'];
const saturatedAt = 0.9;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    server: { type: 'string', multiple: true, default: [] },
    passes: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (flags.list || flags.help) {
  console.log(flags.help ? help : scenarios.map(({ name, what }) => `${name.padEnd(18)} ${what}`).join('\n'));
  process.exit(0);
}

const pace: Pace = flags.quick
  ? { isQuick: true, spellSeconds: 1.2, precision: 1.3 }
  : { isQuick: false, spellSeconds: 2.5, precision: 1.15 };
const wanted = scenarios.filter(({ name }) =>
  flags.only.length > 0
    ? flags.only.some((part) => name.startsWith(part))
    : !flags.quick || quickScenarios.includes(name),
);
if (wanted.length === 0) {
  console.error(`No scenario of that name. --list shows them.`);
  process.exit(1);
}

const startedAt = new Date();
const page: string[] = [];
const results = new Map<string, { what: string; passes: Passes }>();
for (const scenario of wanted) {
  const baseline = scenario.baseline ?? 'relay';
  const servers = (scenario.servers ?? serverNames).filter((name) => {
    if (flags.server.length > 0) return flags.server.includes(name) || name === baseline;
    return !flags.quick || quickServers.includes(name);
  });
  const count = Number(flags.passes ?? (flags.quick ? 1 : scenario.passes));
  const passes: Passes = new Map(servers.map((name) => [name, []]));
  console.log(`\n${scenario.name}: ${scenario.what}`);
  for (let pass = 0; pass < count; pass++) {
    for (const name of servers) {
      const before = passes.get(name) ?? [];
      const measured = await runOnce(scenario, name, pace, before).catch((error) => {
        console.log(`  ${name}: ${error instanceof Error ? error.message : error}`);
        return {} as Measured;
      });
      before.push(measured);
      const busy = measured['generator busy there'] ?? measured['generator busy'] ?? 0;
      if (busy > saturatedAt) {
        console.log(`  ${name}: the generator was saturated (${Math.round(busy * 100)} % of a processor)`);
      }
    }
  }
  const table = tableOf(passes, baseline);
  console.table(table);
  page.push(`${scenario.what}:\n\n${markdownOf(table)}`);
  results.set(scenario.name, { what: scenario.what, passes });
}

const reach = reachOf(results);
console.log('\nWhat must be reached');
console.table(reach);
if (flags.markdown !== undefined) {
  const goals = Object.fromEntries(reach.map(({ work, ...rest }) => [work, rest]));
  writeFileSync(flags.markdown, [markdownOf(goals), ...page].join('\n'));
}

const minutes = (Date.now() - startedAt.getTime()) / 60_000;
console.log(`\n${minutes.toFixed(1)} minutes. After /: times the baseline's, median of the passes.`);
if (flags.json !== undefined) {
  const machine = { node: process.version, processors: cpus().length, model: cpus()[0]?.model };
  writeFileSync(flags.json, `${JSON.stringify({ startedAt, machine, results: [...results].map(jsonOf) }, null, 2)}\n`);
}

function jsonOf([scenario, { what, passes }]: [string, { what: string; passes: Passes }]) {
  return { scenario, what, passes: Object.fromEntries(passes) };
}
