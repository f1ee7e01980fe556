import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '@coderoom/protocol';
import { sandboxPaths } from './runtimes.ts';
import type { Toolchains } from './toolchains/toolchains.ts';

/** What differs from sandbox to sandbox. */
export interface BwrapOptions {
  toolchains: Toolchains;
  /** The host's folder of what all sandboxes see as /etc and /opt/agent. */
  systemFolder: string;
  environment: Readonly<Record<string, string>>;
  /** The host's Node, when the language runs on it. */
  nodeBinary: string | null;
  /** The host's folder, not writable by anybody in a sandbox, in which a compiled program will lie; null: there is none. */
  programFolder: string | null;
  /** Off where /proc/sys is masked, as in a container; the seccomp filter refuses nested user namespaces anyway. */
  disableUserNamespaces: boolean;
  /** Whether programs get a /proc of their own; where none can be mounted it is an empty folder, never the host's. */
  mountProc: boolean;
}

/**
 * What a sandbox is made of, in the words of bwrap (bubblewrap 0.8), but for filter and command. The cell of a toolchain
 * image knows these words and no others.
 */
export function bwrapArguments(options: BwrapOptions): string[] {
  const size = String(limits.runStorageMaxBytes);
  return [
    ...['user', 'pid', 'net', 'ipc', 'uts'].map((namespace) => `--unshare-${namespace}`),
    '--unshare-cgroup-try',
    ...(options.disableUserNamespaces ? ['--disable-userns'] : []),
    ...['--die-with-parent', '--new-session', '--as-pid-1', '--clearenv', '--cap-drop', 'ALL'],
    ...['--uid', '1000', '--gid', '1000', '--hostname', 'sandbox'],
    ...systemOf(options.toolchains),
    ...['--ro-bind', join(options.systemFolder, 'etc'), '/etc'],
    ...['--ro-bind', join(options.systemFolder, 'agent'), sandboxPaths.agents],
    ...[options.mountProc ? '--proc' : '--dir', '/proc', '--dev', '/dev'],
    // The /dev that bwrap makes has no size limit of its own.
    ...['--size', size, '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ...['--size', size, '--tmpfs', sandboxPaths.temporary],
    ...['--size', size, '--tmpfs', sandboxPaths.box, '--chdir', sandboxPaths.box],
    ...(options.nodeBinary === null ? [] : ['--ro-bind', options.nodeBinary, sandboxPaths.node]),
    ...(options.programFolder === null ? [] : ['--ro-bind', options.programFolder, '/opt/program']),
    // Last, because a read-only root cannot grow mount points.
    ...['--remount-ro', '/'],
    ...Object.entries(options.environment).flatMap(([key, value]) => ['--setenv', key, value]),
  ];
}

/** Parts of /usr where an administrator's own things lie. */
const hiddenFolders = ['/usr/local', '/usr/src'];

const systems = new Map<string, string[]>();

/** The system's /usr and what belongs to it, read-only, without the hidden parts. */
function systemOf({ root, isPrepared }: Toolchains): string[] {
  const known = systems.get(root);
  if (known !== undefined) return known;
  const at = (path: string) => join(root, path);
  const kind = (path: string) => {
    const stat = lstatSync(at(path), { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) return 'link';
    return stat?.isDirectory() ? 'folder' : 'none';
  };
  const found = [
    ...['--ro-bind', at('/usr'), '/usr'],
    ...hiddenFolders.flatMap((path) => (kind(path) === 'folder' ? ['--tmpfs', path, '--remount-ro', path] : [])),
    ...['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap((path) => {
      const what = kind(path);
      if (what === 'link') return ['--symlink', readlinkSync(at(path)), path];
      return what === 'folder' ? ['--ro-bind', at(path), path] : [];
    }),
    ...(isPrepared && existsSync(at(sandboxPaths.prepared))
      ? ['--ro-bind', at(sandboxPaths.prepared), sandboxPaths.prepared]
      : []),
  ];
  systems.set(root, found);
  return found;
}
