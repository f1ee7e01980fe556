import { accessSync, closeSync, constants, openSync, rmSync } from 'node:fs';
import { availableParallelism, release } from 'node:os';
import { join } from 'node:path';
import { type Cells, openCells } from './cells.ts';
import { openRunGroups } from './cgroups.ts';
import { createIdPool, type IdPool } from './id-pool.ts';
import { inheritedFiles } from './inherited-files.ts';
import { reachableNode } from './node-binary.ts';
import type { RunGroups } from './run-group.ts';
import { sandboxPaths } from './runtimes.ts';
import { seccompFilter } from './seccomp.ts';
import { reserveSlotUsers, type SlotUsers } from './slot-users.ts';
import { makeSystemFolder } from './system-folder.ts';
import { findToolchains, type Toolchains, toolchainsFolder } from './toolchains/toolchains.ts';
import { openWorkFolder } from './work-folder.ts';

/** What this machine and this process give to sandboxes. */
export interface Platform {
  bwrap: string;
  /** The image's own program for sandboxes; null where there is none. */
  cells: Cells | null;
  /** Off where that cannot make any: bwrap does then, with tini inside. */
  useCells: boolean;
  /** Inside the sandbox. */
  tini: string;
  toolchains: Toolchains;
  /** Node as users other than this process's may read it. */
  nodeBinary: string;
  /** Null when not root: sandboxes then run as this process's own user. */
  slotUsers: SlotUsers | null;
  /** User ids for sandboxes, one each; without root they number sandboxes only. */
  slots: IdPool;
  groups: RunGroups | null;
  /** Why there are no groups. */
  groupsMissing: string;
  seccompFilter: Uint8Array;
  inheritedFiles: number[];
  /** An open /dev/null. */
  nullFile: number;
  disableUserNamespaces: boolean;
  /** Off where a container's /proc is masked: the kernel then mounts no other. Programs see an empty folder instead. */
  mountProc: boolean;
  /** Whether RLIMIT_NPROC counts each sandbox by itself, or all processes of the user. */
  processesCountedPerSandbox: boolean;
  /** A folder that only this process writes and that sandboxes may be shown parts of. */
  workFolder: string;
  /** What all of them see as /etc and /opt/agent. */
  systemFolder: string;
}

/** More sandboxes than these, running, waiting and ending, are never there at once. */
const slotCount = 100;

/** Takes stock; a string says why no sandbox can be had here. Undo with `closePlatform`. */
export async function openPlatform(options: {
  stateDir: string;
  toolchainsFolder?: string | undefined;
}): Promise<Platform | string> {
  const architecture = process.arch;
  if (process.platform !== 'linux') return `sandboxes need Linux, and this is ${process.platform}`;
  if (architecture !== 'x64' && architecture !== 'arm64') return `there is no seccomp filter for ${architecture}`;
  const toolchains = findToolchains(options.toolchainsFolder ?? toolchainsFolder);
  const missing = ['/usr/bin/bwrap', ...['/usr/bin/tini', '/bin/sh'].map((path) => join(toolchains.root, path))].filter(
    (path) => !isExecutable(path),
  );
  if (missing.length > 0) return `${missing.join(' and ')} missing`;
  const isRoot = process.getuid?.() === 0;
  const slotUsers = isRoot ? await reserveSlotUsers(slotCount) : null;
  if (isRoot && slotUsers === null) return 'there are no free user ids to run sandboxes as';
  const nodeBinary = await reachableNode({ node: process.execPath, stateDir: options.stateDir, asOwner: !isRoot });
  const groups = await openRunGroups();
  const workFolder = openWorkFolder({ stateDir: options.stateDir, asOwner: !isRoot });
  return {
    bwrap: '/usr/bin/bwrap',
    cells: toolchains.isPrepared
      ? await openCells(join(toolchains.root, sandboxPaths.cell), join(workFolder, 'cells'))
      : null,
    useCells: true,
    tini: '/usr/bin/tini',
    toolchains,
    nodeBinary,
    slotUsers,
    slots: createIdPool(slotUsers?.first ?? 0, slotCount),
    ...('unavailable' in groups ? { groups: null, groupsMissing: groups.unavailable } : { groups, groupsMissing: '' }),
    seccompFilter: seccompFilter(architecture),
    inheritedFiles: inheritedFiles(),
    nullFile: openSync('/dev/null', 'r'),
    disableUserNamespaces: true,
    mountProc: true,
    processesCountedPerSandbox: slotUsers !== null || isKernelAtLeast(5, 14),
    workFolder,
    systemFolder: makeSystemFolder(join(workFolder, 'system'), toolchains),
  };
}

/** Gives back what `openPlatform` took; all sandboxes must have ended. */
export async function closePlatform(platform: Platform): Promise<void> {
  platform.cells?.close();
  await platform.groups?.close();
  platform.slotUsers?.release();
  closeSync(platform.nullFile);
  rmSync(platform.workFolder, { recursive: true, force: true });
}

/** Since Linux 5.14 the count is by user and user namespace, and each sandbox has its own. */
function isKernelAtLeast(major: number, minor: number): boolean {
  const [own = 0, ownMinor = 0] = release().split('.').map(Number);
  return own > major || (own === major && ownMinor >= minor);
}

/**
 * How many runs go on at once unless told otherwise: one more than there are cores, because each waits a tenth of its time
 * for processes to be made and to end, and somebody else is to have the core meanwhile.
 */
export function defaultConcurrency(): number {
  return availableParallelism() + 1;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
