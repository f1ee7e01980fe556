import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeGroup } from './cgroup-files.ts';
import { isOfDeadProcess } from './process-name.ts';

/** Removes what dead processes left in a folder. */
export async function sweepDeadGroups(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (isOfDeadProcess(name)) await removeGroup(join(folder, name)).catch(() => {});
  }
}
