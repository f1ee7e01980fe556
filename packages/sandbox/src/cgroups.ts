import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWords } from './cgroup-files.ts';
import { type CgroupLayout, readCgroupLayout } from './cgroup-layout.ts';
import { openGroupsV1 } from './cgroups-v1.ts';
import { openGroupsV2 } from './cgroups-v2.ts';
import { sweepDeadGroups } from './dead-groups.ts';
import { ownName } from './process-name.ts';
import type { RunGroups } from './run-group.ts';

/** Opens the groups where this process may make some; otherwise says why there are none. */
export async function openRunGroups(): Promise<RunGroups | { unavailable: string }> {
  const layout = readOwnLayout();
  if (layout === null) return { unavailable: 'memory, pids and cpu are not all mounted here' };
  try {
    if (layout.version === 1) {
      for (const folder of new Set(Object.values(layout.folders))) await sweepDeadGroups(folder);
      return await openGroupsV1(layout.folders, ownName());
    }
    return await openGroupsV2(layout, ownName());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { unavailable: `none could be made here: ${code ?? message}` };
  }
}

function readOwnLayout(): CgroupLayout | null {
  try {
    return readCgroupLayout(
      readFileSync('/proc/self/mountinfo', 'utf8'),
      readFileSync('/proc/self/cgroup', 'utf8'),
      (mountPoint) => readWords(join(mountPoint, 'cgroup.controllers')),
    );
  } catch {
    return null;
  }
}
