/**
 * Where the lines of a text are in a later one: those above the first difference and below the last one; of those
 * between, nothing is said.
 */
export function mapLines(before: string, after: string): (line: number) => number | undefined {
  if (before === after) return (line) => line;
  const old = before.split('\n');
  const now = after.split('\n');
  const shorter = Math.min(old.length, now.length);
  let above = 0;
  while (above < shorter && old[above] === now[above]) above++;
  let below = 0;
  while (below < shorter - above && old[old.length - 1 - below] === now[now.length - 1 - below]) below++;
  return (line) => {
    if (line <= above) return line;
    if (line > old.length - below) return line + now.length - old.length;
    return undefined;
  };
}
