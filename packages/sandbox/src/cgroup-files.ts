import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The words of a control file; none when it cannot be read. */
export function readWords(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split(/\s+/).filter(Boolean);
  } catch {
    return [];
  }
}

/** The number after `key` in a control file of "key value" lines; 0 when there is none. */
export function readCounter(path: string, key: string): number {
  const words = readWords(path);
  const index = words.indexOf(key);
  return index === -1 ? 0 : Number(words[index + 1]);
}

/** The processes that a group's cgroup.procs lists, without those of other pid namespaces (listed as 0). */
export function readPids(folder: string): number[] {
  return readWords(join(folder, 'cgroup.procs'))
    .map(Number)
    .filter((pid) => pid > 0);
}

export async function writeControl(folder: string, file: string, value: string | number): Promise<void> {
  await writeFile(join(folder, file), String(value));
}

/** At once, for what the kernel does in microseconds: a limit of a group in which there is nothing yet. */
export function writeControlNow(folder: string, file: string, value: string | number): void {
  writeFileSync(join(folder, file), String(value));
}

/** The same for a file that not every kernel has; false where there is none. */
export function writeControlIfThere(folder: string, file: string, value: string | number): boolean {
  try {
    writeControlNow(folder, file, value);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Makes a folder unless it is there; at once, which takes less of this thread than to have another do it. */
export function makeGroup(folder: string): void {
  mkdirSync(folder, { recursive: true });
}

const removalDeadlineMs = 2_000;

/** Ends the processes of a group and its subgroups and removes them all; the kernel is given a moment to let go. */
export async function removeGroup(folder: string): Promise<void> {
  // Mostly all have ended and there is nothing below it.
  if (isRemoved(folder)) return;
  const deadline = performance.now() + removalDeadlineMs;
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await removeGroup(join(folder, entry.name));
  }
  for (;;) {
    for (const pid of readPids(folder)) {
      if (pid !== process.pid) killQuietly(pid);
    }
    if (isRemoved(folder)) return;
    if (performance.now() > deadline) return rmdirSync(folder);
    await pause(5);
  }
}

function isRemoved(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** SIGKILL to a process that may be gone already. */
export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}
