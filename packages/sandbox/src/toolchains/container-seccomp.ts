import { refusedCalls } from '../system-calls.ts';

/** What making a sandbox needs. */
const neededBySandboxes: readonly string[] = [
  ...['mount', 'umount2', 'pivot_root', 'unshare', 'setns', 'chroot', 'open_tree', 'move_mount', 'mount_setattr'],
  // Each has a host name of its own.
  'sethostname',
];

/**
 * A seccomp profile (OCI runtime specification, as `docker run --security-opt seccomp=` takes it) for a container in
 * which sandboxes are made: it refuses what the filter of a sandbox refuses, but for what makes a sandbox. Docker's own
 * refuses that too, so that there a container has either this or no profile at all.
 */
export function containerSeccompProfile(): string {
  const names = Object.keys(refusedCalls).filter((name) => !neededBySandboxes.includes(name));
  const profile = {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'],
    syscalls: [{ names, action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
  };
  return `${JSON.stringify(profile, null, 2)}\n`;
}
