import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * What Docker lets a container do, as far as sandboxes care. `default`: its own profile of system calls, which refuses
 * what makes namespaces and mounts; numbers: a profile that refuses these calls; `none`: no profile.
 */
export interface ContainerOptions {
  user: 'root' | 'coder';
  seccomp: 'default' | 'none' | readonly number[];
  /** Docker's masks over parts of /proc, which `systempaths=unconfined` takes away. */
  isProcMasked: boolean;
  /** `--privileged`: all capabilities, and control groups that can be written. */
  isPrivileged?: boolean;
}

const repository = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
/** Where the Dockerfile has it, so that every user can read it wherever the checkout lies. */
const insideRepository = '/srv/coderoom';
const coder = 1_000;

/** A path of the checkout as the container sees it. */
export function pathInContainer(path: string): string {
  return path.startsWith(`${repository}/`) ? insideRepository + path.slice(repository.length) : path;
}

/** Why no container can be imitated here; undefined: one can. */
export function whyNoContainer(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'containers are imitated as root on Linux only';
  const missing = ['/usr/bin/unshare', '/usr/bin/setpriv', python].filter((path) => !existsSync(path));
  return missing.length > 0 ? `${missing.join(', ')} missing` : undefined;
}

/**
 * A command that runs another as in a Docker container, for want of Docker: the kernel's own conditions (namespaces,
 * masked /proc, read-only control groups, capabilities, seccomp), with the host's files and network. To be spawned as
 * root, and ended by `endContainer`. Paths in it should have gone through `pathInContainer`.
 */
export function containerCommand(options: ContainerOptions, command: readonly string[]): string[] {
  const { user, seccomp, isProcMasked, isPrivileged = false } = options;
  const script = [
    'set -e',
    `mount -t tmpfs tmpfs /srv && mkdir ${insideRepository} && mount --bind "$REPOSITORY" ${insideRepository}`,
    // Each user of the machine has one; Docker gives a fresh one.
    'mount -t tmpfs -o mode=1777 tmpfs /tmp',
    ...(isProcMasked ? [maskedProc] : []),
    ...(isPrivileged ? [] : [readOnlyGroups]),
    'cd /',
    'exec "$@"',
  ].join('\n');
  const identity = [
    ...(user === 'root' ? [] : [`--reuid=${coder}`, `--regid=${coder}`, '--clear-groups', '--inh-caps=-all']),
    ...(isPrivileged ? [] : [`--bounding-set=-all,${dockerCapabilities.map((name) => `+${name}`).join(',')}`]),
  ];
  return [
    ...['/usr/bin/env', `REPOSITORY=${repository}`, '/usr/bin/unshare'],
    ...['--mount', '--pid', '--ipc', '--fork', '--mount-proc', '--propagation', 'private'],
    ...['/bin/sh', '-c', script, 'sh'],
    ...(seccomp === 'none' ? [] : filtered(seccomp)),
    ...(identity.length === 0 ? [] : ['/usr/bin/setpriv', ...identity]),
    ...command,
  ];
}

/** Ends all in a container, by ending its init: whoever changes its user lives on when what started it is killed. */
export function endContainer({ pid }: { pid?: number | undefined }): void {
  const inits = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  for (const init of inits) process.kill(Number(init), 'SIGKILL');
}

/** The paths of the OCI runtime specification's maskedPaths and readonlyPaths, as Docker fills them. */
const maskedProc = [
  'for path in /proc/kcore /proc/keys /proc/timer_list /proc/latency_stats /proc/sched_debug; do',
  '  [ ! -e $path ] || mount --bind /dev/null $path',
  'done',
  'for path in /proc/acpi /proc/scsi; do',
  '  [ ! -d $path ] || mount -t tmpfs -o ro tmpfs $path',
  'done',
  'for path in /proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger; do',
  '  [ ! -e $path ] || { mount --bind $path $path && mount -o remount,bind,ro $path; }',
  'done',
].join('\n');

const readOnlyGroups = [
  "for path in $(awk '$3 ~ /^cgroup/ { print $2 }' /proc/mounts); do",
  '  mount -o remount,bind,ro $path',
  'done',
].join('\n');

const dockerCapabilities = [
  ...['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap', 'net_bind_service'],
  ...['net_raw', 'sys_chroot', 'mknod', 'audit_write', 'setfcap'],
];

const python = '/usr/bin/python3';

/** Linux's word for "installs a filter" is prctl(2), for which no command of Debian's base system stands. */
const installFilter = `
import base64, ctypes, os, struct, sys
code = ctypes.create_string_buffer(base64.b64decode(sys.argv[1]))
program = ctypes.create_string_buffer(struct.pack('HxxxxxxP', (len(code) - 1) // 8, ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(22, 2, program, 0, 0) != 0: raise OSError(ctypes.get_errno(), 'no filter')
os.execv(sys.argv[2], sys.argv[2:])
`;

function filtered(seccomp: 'default' | readonly number[]): string[] {
  return [python, '-c', installFilter, filterOf(seccomp).toString('base64')];
}

const isX64 = process.arch === 'x64';
const eperm = 1;
const enosys = 38;
/** mount, umount2, pivot_root, unshare and setns: without CAP_SYS_ADMIN Docker's profile refuses them. */
const refusedByDocker = isX64 ? [165, 166, 155, 272, 308] : [40, 39, 41, 97, 268];
const clone = isX64 ? 56 : 220;
const clone3 = 435;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const newNamespaceFlags = 0x7e020000;

/** Classic BPF (linux/filter.h): load the call's number, compare, answer. */
function filterOf(seccomp: 'default' | readonly number[]): Buffer {
  const answer = (errno: number) => [0x06, 0, 0, 0x00050000 | errno];
  const load = (offset: number) => [0x20, 0, 0, offset];
  const refuse = (call: number, errno: number) => [[0x15, 0, 1, call], answer(errno)];
  const instructions = [
    load(0),
    ...(seccomp === 'default'
      ? [
          ...refusedByDocker.flatMap((call) => refuse(call, eperm)),
          ...refuse(clone3, enosys),
          ...[[0x15, 0, 3, clone], load(16), [0x45, 0, 1, newNamespaceFlags], answer(eperm)],
        ]
      : seccomp.flatMap((call) => refuse(call, eperm))),
    [0x06, 0, 0, 0x7fff0000],
  ];
  const bytes = Buffer.alloc(instructions.length * 8);
  instructions.forEach(([code = 0, ifTrue = 0, ifFalse = 0, operand = 0], index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(operand >>> 0, index * 8 + 4);
  });
  return bytes;
}
