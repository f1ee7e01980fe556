import { dirname, join } from 'node:path';
import {
  makeGroup,
  readCounter,
  readPids,
  readWords,
  removeGroup,
  writeControl,
  writeControlIfThere,
  writeControlNow,
} from './cgroup-files.ts';
import { sweepDeadGroups } from './dead-groups.ts';
import type { GroupLimits, RunGroup, RunGroups } from './run-group.ts';

const needed = ['memory', 'pids', 'cpu'];
/** What every group has of its own accord: all runs together as much as the server's. */
const weights = { normal: 100, low: 12, idle: 1 } as const;

/** Groups of the unified hierarchy (kernel documentation, admin-guide/cgroup-v2). */
export async function openGroupsV2(layout: { mountPoint: string; folder: string }, name: string): Promise<RunGroups> {
  const home = await findHome(layout, name);
  await sweepDeadGroups(home);
  const parent = join(home, name);
  try {
    makeGroup(parent);
    await enableControllers(parent);
  } catch (error) {
    await removeGroup(parent);
    throw error;
  }
  let made = 0;
  return {
    version: 2,
    async create(limits) {
      const folder = join(parent, `run-${made++}`);
      const group = describeGroup(folder);
      try {
        makeGroup(folder);
        limitNew(folder, limits);
      } catch (error) {
        await group.remove();
        throw error;
      }
      return group;
    },
    close: () => removeGroup(parent),
  };
}

/**
 * A group below which ours may get the controllers. Only a group without processes of its own can hand controllers
 * down ("no internal processes"), the top one excepted. So: our own group, if it does so already; our own, once we
 * have moved into a leaf, if nobody else is in it (systemd's Delegate=yes, or a container with a writable subtree);
 * else the nearest group above that does.
 */
async function findHome(layout: { mountPoint: string; folder: string }, name: string): Promise<string> {
  const { mountPoint, folder } = layout;
  if (handsDown(folder)) return folder;
  if (folder !== mountPoint && readPids(folder).every((pid) => pid === process.pid)) {
    const leaf = join(folder, `${name}-server`);
    try {
      makeGroup(leaf);
      await writeControl(leaf, 'cgroup.procs', process.pid);
      await enableControllers(folder);
      return folder;
    } catch {
      await writeControl(folder, 'cgroup.procs', process.pid).catch(() => {});
      await removeGroup(leaf).catch(() => {});
    }
  }
  for (let above = folder; above !== mountPoint; ) {
    above = dirname(above);
    if (handsDown(above)) return above;
  }
  throw new Error('no cgroup above this process hands down memory, pids and cpu');
}

function handsDown(folder: string): boolean {
  const enabled = readWords(join(folder, 'cgroup.subtree_control'));
  return needed.every((controller) => enabled.includes(controller));
}

async function enableControllers(folder: string): Promise<void> {
  await writeControl(folder, 'cgroup.subtree_control', needed.map((controller) => `+${controller}`).join(' '));
}

const periodUs = 100_000;

/** Of a group that has only just been made, so that nothing in it has to give way. */
function limitNew(folder: string, { memoryBytes, processes, cpuCores, priority }: GroupLimits): void {
  writeControlNow(folder, 'cpu.weight', weights[priority]);
  writeControlNow(folder, 'memory.max', memoryBytes);
  // Absent on a kernel without swap.
  writeControlIfThere(folder, 'memory.swap.max', 0);
  writeControlNow(folder, 'pids.max', processes);
  writeControlNow(folder, 'cpu.max', `${Math.round(periodUs * cpuCores)} ${periodUs}`);
}

async function limitGroup(folder: string, limits: GroupLimits): Promise<void> {
  const { memoryBytes, processes, cpuCores, priority } = limits;
  await Promise.all([
    writeControl(folder, 'cpu.weight', weights[priority]),
    writeControl(folder, 'memory.max', memoryBytes),
    // Absent on a kernel without swap.
    writeControl(folder, 'memory.swap.max', 0).catch(() => {}),
    writeControl(folder, 'pids.max', processes),
    writeControl(folder, 'cpu.max', `${Math.round(periodUs * cpuCores)} ${periodUs}`),
  ]);
}

function describeGroup(folder: string): RunGroup {
  return {
    ownEntrances: [join(folder, 'cgroup.procs')],
    change: (limits) => limitGroup(folder, limits),
    weigh: (priority) => void writeControlIfThere(folder, 'cpu.weight', weights[priority]),
    attach: (pid) => writeControl(folder, 'cgroup.procs', pid),
    pids: () => readPids(folder),
    cpuMs: () => readCounter(join(folder, 'cpu.stat'), 'usage_usec') / 1e3,
    memoryKills: () => readCounter(join(folder, 'memory.events'), 'oom_kill'),
    peakBytes() {
      // Since Linux 5.19.
      const [peak] = readWords(join(folder, 'memory.peak'));
      return peak === undefined ? null : Number(peak);
    },
    remove: () => removeGroup(folder),
  };
}
