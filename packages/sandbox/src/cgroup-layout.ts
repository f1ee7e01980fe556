import { posix } from 'node:path';

/** The controllers that a run needs. */
const controllers = ['memory', 'pids', 'cpu', 'cpuacct'] as const;
export type Controller = (typeof controllers)[number];

/** Where this process’s own groups lie in the file system: one folder per controller (v1), or one for all (v2). */
export type CgroupLayout =
  | { version: 1; folders: Record<Controller, string> }
  | { version: 2; mountPoint: string; folder: string };

interface Mount {
  /** The group that the mount shows as its top. */
  root: string;
  mountPoint: string;
  type: string;
  options: string[];
}

/**
 * Reads the layout out of /proc/self/mountinfo and /proc/self/cgroup (proc(5), cgroups(7)).
 * `unifiedControllers` is what the cgroup2 mount's cgroup.controllers lists: a hybrid machine has such a mount that
 * lists none of ours, and counts as v1. Null: no complete set.
 */
export function readCgroupLayout(
  mountinfo: string,
  ownGroups: string,
  unifiedControllers: (mountPoint: string) => string[],
): CgroupLayout | null {
  const mounts = mountinfo.split('\n').flatMap(parseMount);
  const unified = mounts.find((mount) => mount.type === 'cgroup2');
  if (unified !== undefined) {
    const listed = unifiedControllers(unified.mountPoint);
    const folder = folderIn(unified, ownGroup(ownGroups, ''));
    if (folder !== null && ['memory', 'pids', 'cpu'].every((name) => listed.includes(name))) {
      return { version: 2, mountPoint: unified.mountPoint, folder };
    }
  }
  const folders: Partial<Record<Controller, string>> = {};
  for (const controller of controllers) {
    const mount = mounts.find(({ type, options }) => type === 'cgroup' && options.includes(controller));
    const folder = mount && folderIn(mount, ownGroup(ownGroups, controller));
    if (folder) folders[controller] = folder;
  }
  const { memory, pids, cpu, cpuacct } = folders;
  return memory && pids && cpu && cpuacct ? { version: 1, folders: { memory, pids, cpu, cpuacct } } : null;
}

/** One line: id, parent, device, root, mount point, options, optional fields, "-", type, source, super options. */
function parseMount(line: string): Mount[] {
  const [before, after] = line.split(' - ');
  const [, , , root, mountPoint] = before?.split(' ') ?? [];
  const [type, , options] = after?.split(' ') ?? [];
  if (root === undefined || mountPoint === undefined || type === undefined || options === undefined) return [];
  return [{ root: unescapePath(root), mountPoint: unescapePath(mountPoint), type, options: options.split(',') }];
}

/** Spaces and the like are written as three octal digits. */
function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** The process’s group in a hierarchy; lines are "id:controllers:path", with no controllers for v2. */
function ownGroup(ownGroups: string, controller: string): string | undefined {
  for (const line of ownGroups.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (match?.[1]?.split(',').includes(controller)) return match[2];
  }
  return undefined;
}

function folderIn(mount: Mount, group: string | undefined): string | null {
  if (group === undefined) return null;
  const relative = posix.relative(mount.root, group);
  return relative.startsWith('..') ? null : posix.join(mount.mountPoint, relative);
}
