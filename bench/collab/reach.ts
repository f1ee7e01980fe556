import { median, type Passes } from './report.ts';

/** What the engine must reach, held against what was measured in this run; what was not measured is left out. */
interface Row {
  work: string;
  must: string;
  measured: string;
  holds: boolean;
}

type Results = ReadonlyMap<string, { passes: Passes }>;

interface Goal {
  work: string;
  scenario: string;
  value: string;
  atLeast?: number;
  atMost?: number;
  /** Compared with this server's value of the same pass; otherwise the value itself counts. */
  times?: string;
  /** This server's value is taken off first. */
  over?: string;
}

const sustained50 = { scenario: 'sustained-50x4', value: 'edits/s' };
const underLoad = ['modest', 'cursors', 'load', 'blocks', 'rejoin'];

const goals: Goal[] = [
  { ...sustained50, work: '50 × 4, edits/s', times: 'relay', atLeast: 2 },
  { ...sustained50, work: '50 × 4, edits/s', times: 'hocuspocus', atLeast: 6 },
  { ...sustained50, work: '50 × 4, edits/s', times: 'y-websocket', atLeast: 6 },
  { scenario: 'sustained-1x20', value: 'edits/s', work: '1 × 20, edits/s', times: 'relay', atLeast: 2 },
  { scenario: 'modest', value: 'CPU s per 100 k', work: 'CPU at 2 000 edits/s', times: 'relay', atMost: 0.9 },
  { scenario: 'modest', value: 'p50 ms', work: 'p50 at 2 000 edits/s', times: 'relay', atMost: 1.2 },
  { scenario: 'modest', value: 'p99 ms', work: 'p99 at 2 000 edits/s', times: 'relay', atMost: 2 },
  ...['memory-2000', 'memory-10000'].map((scenario) => ({
    scenario,
    value: 'RSS KB a room',
    work: `${scenario}: KB over a connection`,
    over: 'relay',
    atMost: 30,
  })),
  { scenario: 'memory-2000', value: 'heap KB left by as many again', work: 'KB of an idle room', atMost: 0.1 },
  { scenario: 'join', value: 'sync ms', work: 'document of 1 MB, from asking', times: 'bytes', atMost: 1.5 },
  { scenario: 'join', value: 'join ms', work: 'document of 1 MB, from connecting', times: 'bytes', atMost: 1.5 },
  { scenario: 'join', value: 'loop max ms', work: 'loop held up by a join, ms', atMost: 20 },
  { scenario: 'rejoin', value: 'all synced after ms', work: '300 clients rejoin, ms', atMost: 5000 },
  { scenario: 'sustained-50x4', value: 'loop p99 ms there', work: 'loop p99, 50 × 4 at its limit, ms', atMost: 20 },
  { scenario: 'sustained-1x20', value: 'loop p99 ms there', work: 'loop p99, 1 × 20 at its limit, ms', atMost: 20 },
  ...underLoad.map((scenario) => ({ scenario, value: 'loop p99 ms', work: `loop p99, ${scenario}, ms`, atMost: 20 })),
];

export function reachOf(results: Results): Row[] {
  return goals.flatMap((goal) => {
    const passes = results.get(goal.scenario)?.passes;
    const own = passes?.get('coderoom')?.map((pass) => pass[goal.value] ?? Number.NaN);
    const others = passes?.get(goal.times ?? goal.over ?? 'coderoom')?.map((pass) => pass[goal.value] ?? Number.NaN);
    if (own === undefined || others === undefined || others.length === 0) return [];
    const compared = own.map((value, pass) => {
      const other = others[pass] ?? Number.NaN;
      if (goal.times !== undefined) return value / other;
      return goal.over !== undefined ? value - other : value;
    });
    const measured = median(compared);
    const unit = goal.times === undefined ? '' : ` × ${goal.times}`;
    const must = goal.atLeast === undefined ? `≤ ${goal.atMost}${unit}` : `≥ ${goal.atLeast}${unit}`;
    const holds =
      measured >= (goal.atLeast ?? Number.NEGATIVE_INFINITY) && measured <= (goal.atMost ?? Number.POSITIVE_INFINITY);
    return [{ work: goal.work, must, measured: measured.toFixed(2), holds }];
  });
}
