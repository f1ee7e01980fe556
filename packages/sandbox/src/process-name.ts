import { readFileSync, readlinkSync } from 'node:fs';

const pattern = /^coderoom-(\d+)-(\d+)-(\d+)\.\d+(?:-server)?$/;
let opened = 0;

/**
 * A name for what belongs to this process, from which others can tell whether that still lives: pid namespace, pid,
 * start time (pids are used again), and a counter for several sandboxes in one process.
 */
export function ownName(): string {
  return `coderoom-${pidNamespace()}-${process.pid}-${startTime(process.pid)}.${opened++}`;
}

/** Whether the process of that name has ended. One of another pid namespace cannot be judged, and counts as alive. */
export function isOfDeadProcess(name: string): boolean {
  const [, namespace, pid, start] = pattern.exec(name) ?? [];
  return namespace === pidNamespace() && startTime(Number(pid)) !== start;
}

function pidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
}

/** Field 22 of /proc/pid/stat, in clock ticks since boot; the name in field 2 may hold anything, so count after it. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
