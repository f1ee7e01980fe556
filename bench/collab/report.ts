import type { Measured } from './scenario.ts';

/** All passes of one scenario, by server. */
export type Passes = Map<string, Measured[]>;

export function median(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
  const middle = Math.floor(known.length / 2);
  if (known.length === 0) return Number.NaN;
  return known.length % 2 === 1
    ? (known[middle] as number)
    : ((known[middle - 1] as number) + (known[middle] as number)) / 2;
}

/** A row per server: the median of each value, and after `/` how many times the baseline's that is (median of the passes). */
export function tableOf(passes: Passes, baseline: string): Record<string, Record<string, string>> {
  const table: Record<string, Record<string, string>> = {};
  const base = passes.get(baseline) ?? [];
  for (const [server, measured] of passes) {
    const row: Record<string, string> = {};
    for (const key of new Set(measured.flatMap((pass) => Object.keys(pass)))) {
      const values = measured.map((pass) => pass[key] ?? Number.NaN);
      const ratios = values.map((value, pass) => value / (base[pass]?.[key] ?? Number.NaN));
      const ratio = median(ratios);
      const isRatioTelling = server !== baseline && Number.isFinite(ratio) && !key.startsWith('generator');
      row[key] = `${format(median(values))}${isRatioTelling ? ` /${format(ratio)}×` : ''}`;
    }
    table[server] = row;
  }
  return table;
}

function format(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return value.toFixed(2);
}

/** The same rows in Markdown; the first column is their names. */
export function markdownOf(rows: Record<string, object>): string {
  const columns = [...new Set(Object.values(rows).flatMap((row) => Object.keys(row)))];
  const line = (cells: readonly unknown[]) => `| ${cells.map((cell) => String(cell ?? '')).join(' | ')} |`;
  const body = Object.entries(rows).map(([name, row]) =>
    line([name, ...columns.map((column) => (row as Record<string, unknown>)[column])]),
  );
  return [line(['', ...columns]), line(['', ...columns].map(() => '---')), ...body, ''].join('\n');
}
