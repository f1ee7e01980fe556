import { readFileSync, readlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeGroup } from './cgroup-files.ts';

const pattern = /^coderoom-(\d+)-(\d+)-(\d+)\.\d+(?:-server)?$/;
let opened = 0;

/**
 * Names a group after its process, so that others can tell whether that still lives: pid namespace, pid, start time
 * (pids are used again), and a counter for several sandboxes in one process.
 */
export function ownGroupName(): string {
  return `coderoom-${pidNamespace()}-${process.pid}-${startTime(process.pid)}.${opened++}`;
}

/** Removes what dead processes left in a folder. Processes of another pid namespace cannot be judged, and are left. */
export async function sweepDeadGroups(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, namespace, pid, start] = pattern.exec(name) ?? [];
    if (namespace !== pidNamespace() || startTime(Number(pid)) === start) continue;
    await removeGroup(join(folder, name)).catch(() => {});
  }
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
