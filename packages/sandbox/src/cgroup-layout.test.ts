import { describe, expect, it } from 'vitest';
import { readCgroupLayout } from './cgroup-layout.ts';

const v1Mounts = ['memory', 'pids', 'cpu,cpuacct']
  .map((names, index) => `${40 + index} 31 0:${30 + index} / /sys/fs/cgroup/${names} rw - cgroup cgroup rw,${names}`)
  .join('\n');
const v1Groups = '4:memory:/jobs/7\n3:pids:/jobs/7\n2:cpu,cpuacct:/\n0::/elsewhere';
const v2Mount = '35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate';
const all = () => ['cpuset', 'cpu', 'io', 'memory', 'pids'];
const none = () => ['hugetlb'];

const v1Folders = {
  memory: '/sys/fs/cgroup/memory/jobs/7',
  pids: '/sys/fs/cgroup/pids/jobs/7',
  cpu: '/sys/fs/cgroup/cpu,cpuacct',
  cpuacct: '/sys/fs/cgroup/cpu,cpuacct',
};

describe('EXEC-13 the layout of control groups', () => {
  it('is read on a machine with version 1', () => {
    expect(readCgroupLayout(v1Mounts, v1Groups, none)).toEqual({ version: 1, folders: v1Folders });
  });

  it('is read on a machine with version 2', () => {
    expect(readCgroupLayout(v2Mount, '0::/system.slice/coderoom.service', all)).toEqual({
      version: 2,
      mountPoint: '/sys/fs/cgroup',
      folder: '/sys/fs/cgroup/system.slice/coderoom.service',
    });
  });

  it('is version 1 on a hybrid machine, whose version 2 has none of our controllers', () => {
    const hybrid = `${v1Mounts}\n44 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`;
    expect(readCgroupLayout(hybrid, v1Groups, none)).toEqual({ version: 1, folders: v1Folders });
  });

  it('is seen from inside a container, whose mounts begin at its own group', () => {
    const mounts = v2Mount.replace(' / ', ' /docker/abc ');
    expect(readCgroupLayout(mounts, '0::/docker/abc', all)).toMatchObject({ folder: '/sys/fs/cgroup' });
    expect(readCgroupLayout(mounts, '0::/docker/abc/leaf', all)).toMatchObject({ folder: '/sys/fs/cgroup/leaf' });
  });

  it('is none where the own group lies outside of what is mounted', () => {
    expect(readCgroupLayout(v2Mount.replace(' / ', ' /docker/abc '), '0::/docker/other', all)).toBeNull();
  });

  it('is none where a controller is missing', () => {
    expect(readCgroupLayout(v1Mounts.split('\n').slice(1).join('\n'), v1Groups, none)).toBeNull();
    expect(readCgroupLayout(v2Mount, '0::/', () => ['cpu', 'pids'])).toBeNull();
    expect(readCgroupLayout('', '', none)).toBeNull();
  });

  it('understands escaped mount points', () => {
    const mounts = v2Mount.replace('/sys/fs/cgroup', '/mnt/my\\040groups');
    expect(readCgroupLayout(mounts, '0::/', all)).toMatchObject({ mountPoint: '/mnt/my groups' });
  });
});
