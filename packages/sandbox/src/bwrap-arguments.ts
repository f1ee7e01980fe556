import { lstatSync, readlinkSync } from 'node:fs';
import { limits } from '@coderoom/protocol';
import { sandboxPaths } from './languages.ts';

/** A file that bwrap writes into the sandbox from a descriptor: no host path, so no link to follow. */
interface FileByDescriptor {
  descriptor: number;
  path: string;
}

/** What differs from sandbox to sandbox. */
export interface BwrapOptions {
  files: readonly FileByDescriptor[];
  seccompDescriptor: number;
  environment: Readonly<Record<string, string>>;
  /** The host's Node, when the language runs on it. */
  nodeBinary: string | null;
  /** Off where /proc/sys is masked, as in a container; the seccomp filter refuses nested user namespaces anyway. */
  disableUserNamespaces: boolean;
}

/** The arguments of bwrap (bubblewrap 0.8) up to the command, to be sent by `--args`. */
export function bwrapArguments(options: BwrapOptions): string[] {
  const size = String(limits.runStorageMaxBytes);
  return [
    ...['user', 'pid', 'net', 'ipc', 'uts'].map((namespace) => `--unshare-${namespace}`),
    '--unshare-cgroup-try',
    ...(options.disableUserNamespaces ? ['--disable-userns'] : []),
    ...['--die-with-parent', '--new-session', '--as-pid-1', '--clearenv', '--cap-drop', 'ALL'],
    ...['--uid', '1000', '--gid', '1000', '--hostname', 'sandbox'],
    ...hostSystem(),
    ...['--proc', '/proc', '--dev', '/dev'],
    // The /dev that bwrap makes has no size limit of its own.
    ...['--size', size, '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ...['--size', size, '--tmpfs', sandboxPaths.temporary],
    ...['--size', size, '--tmpfs', sandboxPaths.box, '--chdir', sandboxPaths.box],
    ...options.files.flatMap(({ descriptor, path }) => ['--file', String(descriptor), path]),
    ...(options.nodeBinary === null ? [] : ['--ro-bind', options.nodeBinary, sandboxPaths.node]),
    // Last, because a read-only root cannot grow mount points.
    ...['--remount-ro', '/'],
    ...Object.entries(options.environment).flatMap(([key, value]) => ['--setenv', key, value]),
    ...['--seccomp', String(options.seccompDescriptor)],
  ];
}

/** Parts of /usr where an administrator's own things lie. */
const hiddenFolders = ['/usr/local', '/usr/src'];

/** The host's /usr and what belongs to it, read-only, without the hidden parts. */
function hostSystem(): string[] {
  const kind = (path: string) => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) return 'link';
    return stat?.isDirectory() ? 'folder' : 'none';
  };
  return [
    ...['--ro-bind', '/usr', '/usr'],
    ...hiddenFolders.flatMap((path) => (kind(path) === 'folder' ? ['--tmpfs', path, '--remount-ro', path] : [])),
    ...['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap((path) => {
      const found = kind(path);
      if (found === 'link') return ['--symlink', readlinkSync(path), path];
      return found === 'folder' ? ['--ro-bind', path, path] : [];
    }),
    ...['/etc/alternatives', '/etc/ld.so.cache'].flatMap((path) => ['--ro-bind-try', path, path]),
  ];
}
