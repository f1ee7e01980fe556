import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
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
import type { Controller } from './cgroup-layout.ts';
import type { GroupLimits, RunGroup, RunGroups } from './run-group.ts';

/** What each process outside has; all runs together have that of half as many as there are cores, so that the server gets on. */
const processShares = 1_024;
const shares = { normal: processShares, low: 128, idle: 10 } as const;

/** Groups of the version-1 hierarchies: one folder per controller (some may be mounted together). */
export async function openGroupsV1(own: Record<Controller, string>, name: string): Promise<RunGroups> {
  const parents = mapFolders(own, (folder) => join(folder, name));
  const removeParents = async () => {
    for (const folder of new Set(Object.values(parents))) await removeGroup(folder);
  };
  try {
    for (const folder of Object.values(parents)) makeGroup(folder);
    await writeControl(parents.cpu, 'cpu.shares', processShares * Math.max(1, availableParallelism() / 2));
  } catch (error) {
    await removeParents();
    throw error;
  }
  let made = 0;
  return {
    version: 1,
    async create(limits) {
      const runName = `run-${made++}`;
      const folders = mapFolders(parents, (folder) => join(folder, runName));
      const group = describeGroup(folders, limits.memoryBytes);
      try {
        for (const folder of new Set(Object.values(folders))) mkdirSync(folder);
        limitNew(folders, limits);
      } catch (error) {
        await group.remove();
        throw error;
      }
      return group;
    },
    close: removeParents,
  };
}

function mapFolders(folders: Record<Controller, string>, change: (folder: string) => string) {
  const { memory, pids, cpu, cpuacct } = folders;
  return { memory: change(memory), pids: change(pids), cpu: change(cpu), cpuacct: change(cpuacct) };
}

/** The kernel's own. */
const periodUs = 100_000;

/** Of a group that has only just been made, so that nothing in it has to give way, and what is not said is as usual. */
function limitNew(folders: Record<Controller, string>, limits: GroupLimits): void {
  const { memoryBytes, processes, cpuCores, priority } = limits;
  writeControlNow(folders.memory, 'memory.limit_in_bytes', memoryBytes);
  if (!writeControlIfThere(folders.memory, 'memory.memsw.limit_in_bytes', memoryBytes)) {
    writeControlNow(folders.memory, 'memory.swappiness', 0);
  }
  writeControlIfThere(folders.memory, connectionsLimit, memoryBytes);
  writeControlNow(folders.pids, 'pids.max', processes);
  if (priority !== 'normal') writeControlNow(folders.cpu, 'cpu.shares', shares[priority]);
  writeControlNow(folders.cpu, 'cpu.cfs_quota_us', Math.round(periodUs * cpuCores));
}

/**
 * Buffers of TCP and UDP are counted apart, and not at all without this; they come out of what the whole machine has for
 * its connections. Kernels may lack the file.
 */
const connectionsLimit = 'memory.kmem.tcp.limit_in_bytes';

async function limitMemory(folder: string, { memoryBytes }: GroupLimits): Promise<void> {
  // Memory and swap together may never be less than memory alone, so when that grows it comes second. Kernels without
  // swap accounting lack the file: then nothing of the group is swapped.
  await writeControl(folder, 'memory.limit_in_bytes', memoryBytes).catch(async () => {
    await writeControl(folder, 'memory.memsw.limit_in_bytes', memoryBytes);
    await writeControl(folder, 'memory.limit_in_bytes', memoryBytes);
  });
  await writeControl(folder, 'memory.memsw.limit_in_bytes', memoryBytes).catch(() =>
    writeControl(folder, 'memory.swappiness', 0),
  );
  writeControlIfThere(folder, connectionsLimit, memoryBytes);
}

async function limitRest(folders: Record<Controller, string>, limits: GroupLimits): Promise<void> {
  const { processes, cpuCores, priority } = limits;
  await Promise.all([
    writeControl(folders.pids, 'pids.max', processes),
    writeControl(folders.cpu, 'cpu.shares', shares[priority]),
    writeControl(folders.cpu, 'cpu.cfs_quota_us', Math.round(periodUs * cpuCores)),
  ]);
}

function describeGroup(folders: Record<Controller, string>, newMemoryBytes: number): RunGroup {
  const each = [...new Set(Object.values(folders))];
  let memoryBytes = newMemoryBytes;
  return {
    // The only way into a group for which the kernel takes no lock that all processors have to agree to.
    ownEntrances: each.map((folder) => join(folder, 'tasks')),
    async change(limits) {
      memoryBytes = limits.memoryBytes;
      await Promise.all([limitMemory(folders.memory, limits), limitRest(folders, limits)]);
    },
    weigh(priority) {
      writeControlIfThere(folders.cpu, 'cpu.shares', shares[priority]);
    },
    async attach(pid) {
      await Promise.all(each.map((folder) => writeControl(folder, 'cgroup.procs', pid)));
    },
    pids: () => readPids(folders.pids),
    cpuMs: () => Number(readWords(join(folders.cpuacct, 'cpuacct.usage'))[0] ?? 0) / 1e6,
    memoryKills() {
      // Past that limit the kernel still grants each connection a little, and ends nobody: the runner does.
      const [connections = 0] = readWords(join(folders.memory, 'memory.kmem.tcp.usage_in_bytes')).map(Number);
      return readCounter(join(folders.memory, 'memory.oom_control'), 'oom_kill') + (connections > memoryBytes ? 1 : 0);
    },
    peakBytes() {
      const [peak] = readWords(join(folders.memory, 'memory.max_usage_in_bytes'));
      return peak === undefined ? null : Number(peak);
    },
    async remove() {
      await Promise.all(each.map(removeGroup));
    },
  };
}
