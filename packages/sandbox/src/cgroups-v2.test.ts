import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import { openGroupsV2 } from './cgroups-v2.ts';

/** A folder tree that looks like a cgroup2 mount; the kernel's part of it is done by hand. */
function unifiedTree(groups: Record<string, { procs?: number[]; hands?: string }>) {
  const folder = temporaryFolder();
  for (const [path, { procs = [], hands = '' }] of Object.entries(groups)) {
    mkdirSync(join(folder.path, path), { recursive: true });
    writeFileSync(join(folder.path, path, 'cgroup.procs'), procs.map((pid) => `${pid}\n`).join(''));
    writeFileSync(join(folder.path, path, 'cgroup.subtree_control'), hands);
  }
  return {
    mountPoint: folder.path,
    read: (path: string) => readFileSync(join(folder.path, path), 'utf8'),
    write: (path: string, text: string) => writeFileSync(join(folder.path, path), text),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

const limits = { memoryBytes: 1_000_000, processes: 64, cpuCores: 1.5, priority: 'normal' } as const;
const all = 'cpu memory pids';

describe('EXEC-13 groups of version 2', () => {
  it('carry the limits, and tell what was used', async () => {
    using tree = unifiedTree({ own: { hands: all, procs: [1, process.pid] } });
    const groups = await openGroupsV2({ mountPoint: tree.mountPoint, folder: join(tree.mountPoint, 'own') }, 'mine');
    const run = await groups.create(limits);
    expect(tree.read('own/mine/cgroup.subtree_control')).toBe('+memory +pids +cpu');
    expect(tree.read('own/mine/run-0/memory.max')).toBe('1000000');
    expect(tree.read('own/mine/run-0/memory.swap.max')).toBe('0');
    expect(tree.read('own/mine/run-0/pids.max')).toBe('64');
    expect(tree.read('own/mine/run-0/cpu.max')).toBe('150000 100000');
    expect(tree.read('own/mine/run-0/cpu.weight')).toBe('100');
    run.weigh('low');
    expect(tree.read('own/mine/run-0/cpu.weight')).toBe('12');
    await run.attach(4_711);
    expect(tree.read('own/mine/run-0/cgroup.procs')).toBe('4711');
    expect([run.cpuMs(), run.memoryKills(), run.peakBytes()]).toEqual([0, 0, null]);
    tree.write('own/mine/run-0/cpu.stat', 'usage_usec 12500\nuser_usec 1\n');
    tree.write('own/mine/run-0/memory.events', 'low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\n');
    tree.write('own/mine/run-0/memory.peak', '999424\n');
    tree.write('own/mine/run-0/cgroup.procs', '12\n0\n34\n');
    expect([run.cpuMs(), run.memoryKills(), run.peakBytes()]).toEqual([12.5, 1, 999_424]);
    expect(run.pids()).toEqual([12, 34]);
  });

  it('are made below the own group after moving aside, when nobody else is in it', async () => {
    using tree = unifiedTree({ 'service/own': { procs: [process.pid] } });
    await openGroupsV2({ mountPoint: tree.mountPoint, folder: join(tree.mountPoint, 'service/own') }, 'mine');
    expect(tree.read('service/own/mine-server/cgroup.procs')).toBe(String(process.pid));
    expect(tree.read('service/own/cgroup.subtree_control')).toBe('+memory +pids +cpu');
    expect(tree.read('service/own/mine/cgroup.subtree_control')).toBe('+memory +pids +cpu');
  });

  it('are made higher up when others share the own group', async () => {
    using tree = unifiedTree({
      '.': { hands: 'cpuset cpu io memory pids' },
      user: { hands: 'memory pids' },
      'user/session': { procs: [1, process.pid] },
    });
    await openGroupsV2({ mountPoint: tree.mountPoint, folder: join(tree.mountPoint, 'user/session') }, 'mine');
    expect(tree.read('mine/cgroup.subtree_control')).toBe('+memory +pids +cpu');
  });

  it('are none when no group above hands down what is needed', async () => {
    using tree = unifiedTree({ '.': { hands: 'cpu' }, own: { procs: [1, process.pid] } });
    const opening = openGroupsV2({ mountPoint: tree.mountPoint, folder: join(tree.mountPoint, 'own') }, 'mine');
    await expect(opening).rejects.toThrow('hands down');
  });
});
