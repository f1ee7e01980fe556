import { readFileSync } from 'node:fs';

/** Clock ticks per second in /proc; USER_HZ has been 100 on both architectures ever since. */
const ticksPerSecond = 100;

/** The living descendants of a process, itself left out, parents first. */
export function descendantsOf(pid: number): number[] {
  const found: number[] = [];
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const children = childrenOf(next);
    found.push(...children);
    open.push(...children);
  }
  return found;
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/**
 * Processor time of a process and all that came from it, in ms: fields 14–17 of /proc/pid/stat are its own time and
 * that of its children which it has waited for, so that the sum over the living never forgets the dead.
 */
export function treeCpuMs(pid: number): number {
  let ticks = 0;
  for (const member of [pid, ...descendantsOf(pid)]) {
    try {
      const stat = readFileSync(`/proc/${member}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      for (const field of fields.slice(11, 15)) ticks += Number(field);
    } catch {
      // It ended between the listing and the look.
    }
  }
  return (ticks * 1_000) / ticksPerSecond;
}
