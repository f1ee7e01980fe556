import type { RunSummary } from '@coderoom/protocol';

/** A list of runs, newest first, with one in it as it is now. */
export function withRun(runs: readonly RunSummary[], run: RunSummary): readonly RunSummary[] {
  if (runs.some(({ id }) => id === run.id)) return runs.map((known) => (known.id === run.id ? run : known));
  // Ids grow with time.
  const at = runs.findIndex(({ id }) => id < run.id);
  return at < 0 ? [...runs, run] : [...runs.slice(0, at), run, ...runs.slice(at)];
}
