import { limits } from '@coderoom/protocol';
import { expect } from 'vitest';
import { attempts, type HostileCase, mebibytes, outcomes, seconds } from './attempts.ts';

/** Rules that only control groups can hold: the sum over a run's processes. */
export const needsGroups = ['EXEC-10', 'EXEC-14'];

const time: HostileCase[] = [
  {
    rule: 'EXEC-10',
    name: 'an endless loop',
    program: 'print("before", flush=True)\nwhile True: pass',
    job: { limits: { cpuMs: 300 } },
    expect: { status: 'timeout', stdout: 'before\n', exitCode: null, signal: 'SIGKILL' },
    check: ({ cpuMs }) => expect(cpuMs).toBeLessThan(700),
  },
  {
    rule: 'EXEC-10',
    name: 'an endless loop',
    language: 'javascript',
    program: 'console.log("before"); for (;;);',
    job: { limits: { cpuMs: 300 } },
    expect: { status: 'timeout', stdout: 'before\n' },
  },
  {
    rule: 'EXEC-10',
    name: 'many busy processes, whose time counts together',
    program: 'import os\nfor _ in range(3): os.fork()\nwhile True: pass',
    job: { limits: { cpuMs: 400 } },
    expect: { status: 'timeout' },
    check: ({ cpuMs }) => expect(cpuMs).toBeLessThan(1_000),
  },
  {
    rule: 'EXEC-11',
    name: 'a sleeper',
    program: 'import time\nprint("before")\ntime.sleep(1e6)',
    job: { limits: { wallMs: 500 } },
    expect: { status: 'timeout', stdout: 'before\n' },
    check: ({ wallMs }) => {
      expect(wallMs).toBeGreaterThanOrEqual(499);
      expect(wallMs).toBeLessThan(1_500);
    },
  },
  {
    rule: 'EXEC-11',
    name: 'one that ignores every signal',
    program: [
      'import signal, time',
      'for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:',
      '    signal.signal(number, signal.SIG_IGN)',
      'time.sleep(1e6)',
    ].join('\n'),
    job: { limits: { wallMs: 400 } },
    expect: { status: 'timeout' },
  },
  {
    rule: 'EXEC-11',
    name: 'one that stops itself',
    program: 'import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)',
    job: { limits: { wallMs: 400 } },
    expect: { status: 'timeout' },
  },
  {
    rule: 'EXEC-11',
    name: 'one that closes its output and goes on',
    program: 'import os, time\nos.close(1)\nos.close(2)\ntime.sleep(1e6)',
    job: { limits: { wallMs: 400 } },
    expect: { status: 'timeout', stdout: '', stderr: '' },
  },
  {
    rule: 'EXEC-11',
    name: 'one that waits for input that never comes',
    program: 'input()',
    job: { stdin: undefined, limits: { wallMs: 400 } },
    expect: { status: 'timeout' },
  },
];

const memory: HostileCase[] = [
  {
    rule: 'EXEC-14',
    name: 'a memory hog',
    program: 'hoard = []\nwhile True: hoard.append(bytearray(1_000_000))',
    job: { limits: { memoryBytes: mebibytes(64) } },
    expect: { status: 'memory' },
    check: ({ peakBytes }) => expect(peakBytes).toBeLessThanOrEqual(mebibytes(64)),
  },
  {
    rule: 'EXEC-14',
    name: 'a memory hog',
    language: 'javascript',
    program: 'const hoard = []; for (;;) hoard.push(new Array(100_000).fill(Math.random()));',
    job: { limits: { memoryBytes: mebibytes(128) } },
    expect: { status: 'memory' },
    check: ({ peakBytes }) => expect(peakBytes).toBeLessThanOrEqual(mebibytes(128)),
  },
  {
    rule: 'EXEC-14',
    name: 'a hog in a child, whose parent carries on as if nothing was',
    program: [
      'import os, sys',
      'if os.fork() == 0:',
      '    hoard = []',
      '    while True: hoard.append(bytearray(1_000_000))',
      'os.wait()',
      'sys.exit(0)',
    ].join('\n'),
    job: { limits: { memoryBytes: mebibytes(64) } },
    expect: { status: 'memory' },
  },
  {
    rule: 'EXEC-14',
    name: 'files in memory',
    program: [
      'import os',
      'def fill(path):',
      '    with open(path, "wb") as file:',
      '        while True: file.write(bytes(1_000_000))',
      'for path in ["/tmp/x", "/box/x", "/dev/shm/x"]:',
      '    try: fill(path)',
      '    except OSError: pass',
    ].join('\n'),
    job: { limits: { memoryBytes: mebibytes(96) } },
    expect: { status: 'memory' },
  },
  {
    rule: 'EXEC-14',
    name: 'System V shared memory',
    program: `${attempts}
libc.shmat.restype = ctypes.c_void_p
while True:
    part = libc.shmget(0, 1_000_000, 0o1600)
    if part < 0: break
    ctypes.memset(libc.shmat(part, None, 0), 1, 1_000_000)`,
    job: { limits: { memoryBytes: mebibytes(64) } },
    expect: { status: 'memory' },
  },
  {
    rule: 'EXEC-14',
    name: 'a million empty files',
    program: `${attempts}
count = 0
try:
    while count < 1_000_000:
        os.close(os.open('/tmp/%d' % count, os.O_CREAT | os.O_WRONLY))
        count += 1
except OSError as error: print(errno.errorcode[error.errno])`,
    job: { limits: { memoryBytes: mebibytes(64), cpuMs: seconds(20), wallMs: seconds(30) } },
    expect: {},
    check: ({ status, stdout }) => expect([status, stdout]).not.toEqual(['ok', '']),
  },
];

const floodOfSockets: HostileCase = {
  rule: 'EXEC-14',
  name: 'data kept in TCP connections to itself, which on version 1 of control groups is memory of another kind',
  program: `
import os, socket, time
def connections():
    listener = socket.create_server(('127.0.0.1', 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
    while True:
        ends = [socket.create_connection(listener.getsockname()), listener.accept()[0]]
        kept.extend(ends)
        for end in ends:
            end.setblocking(False)
            try:
                while True: end.send(bytes(65536))
            except OSError: pass
kept = []
children = []
for _ in range(8):
    child = os.fork()
    if child == 0:
        try: connections()
        except OSError: time.sleep(1e6)
    children.append(child)
time.sleep(2.5)
lines = open('/proc/net/sockstat').read().splitlines()
print(next(line.split()[-1] for line in lines if line.startswith('TCP:')), flush=True)
`,
  job: { limits: { memoryBytes: mebibytes(64), wallMs: seconds(20), cpuMs: seconds(20) } },
  expect: {},
  check({ status, stdout }) {
    // In version 2 it is the run's memory like any other; in version 1 it has a limit of its own, as high.
    if (status !== 'memory') expect(Number(stdout) * 4_096).toBeLessThan(mebibytes(64 + 64));
  },
};

const processes: HostileCase[] = [
  {
    rule: 'EXEC-15',
    name: 'a fork bomb',
    program: 'import os\nwhile True:\n    try: os.fork()\n    except OSError: pass',
    job: { limits: { cpuMs: 400, wallMs: seconds(3) } },
    expect: { status: 'timeout' },
  },
  {
    rule: 'EXEC-15',
    name: 'a thread bomb',
    program: [
      'import threading',
      'wait = threading.Event()',
      'count = 0',
      'try:',
      '    while True:',
      '        threading.Thread(target=wait.wait, daemon=True).start()',
      '        count += 1',
      'except RuntimeError: print(count)',
    ].join('\n'),
    expect: { status: 'ok' },
    check: ({ stdout }) => expect(Number(stdout)).toBeLessThan(limits.runProcesses),
  },
  {
    rule: 'EXEC-16',
    name: 'a daemon that leaves its session',
    program: [
      'import os, time',
      'if os.fork() == 0:',
      '    os.setsid()',
      '    if os.fork() == 0: time.sleep(1e6)',
      '    os._exit(0)',
      'os.wait()',
      'print("parent done")',
    ].join('\n'),
    expect: { status: 'ok', stdout: 'parent done\n' },
    check: ({ wallMs }) => expect(wallMs).toBeLessThan(seconds(10)),
  },
  {
    rule: 'EXEC-16',
    name: 'a child that holds on to the output',
    language: 'javascript',
    program: `require('node:child_process').spawn('/usr/bin/sleep', ['1000'], { stdio: 'inherit', detached: true }).unref();`,
    expect: { status: 'ok' },
    check: ({ wallMs }) => expect(wallMs).toBeLessThan(seconds(10)),
  },
  {
    rule: 'EXEC-16',
    name: 'fifty zombies',
    program: 'import os\nfor _ in range(50):\n    if os.fork() == 0: os._exit(0)\nprint("made")',
    expect: { status: 'ok', stdout: 'made\n' },
  },
  {
    rule: 'EXEC-5',
    name: 'kill 1, and everybody',
    // A shell that launched it would be the only one there; without one there is nobody.
    program: [
      'import os',
      'os.kill(1, 9)',
      'try: os.kill(-1, 9)',
      'except ProcessLookupError: os.kill(1, 9), os._exit(137)',
      'print("still here", flush=True)',
    ].join('\n'),
    expect: { status: 'error', exitCode: 137, signal: null },
  },
];

const output: HostileCase[] = [
  {
    rule: 'EXEC-22',
    name: 'a gigabyte of output',
    program: 'import os\nfor _ in range(16_000): os.write(1, b"x" * 65536)',
    expect: { status: 'output', truncated: true },
    check: ({ stdout }) => {
      expect(stdout.length).toBeGreaterThanOrEqual(limits.runOutputMaxBytes);
      expect(stdout.length).toBeLessThan(limits.runOutputMaxBytes + limits.runOutputTailBytes + 100);
    },
  },
  {
    rule: 'EXEC-22',
    name: 'a flood of errors',
    language: 'javascript',
    program: 'for (;;) console.error("e".repeat(1000));',
    expect: { status: 'output', truncated: true, stdout: '' },
  },
  {
    rule: 'EXEC-22',
    name: 'floods by turns',
    program: 'import os\nwhile True:\n    os.write(1, b"o" * 100)\n    os.write(2, b"e" * 100)',
    expect: { status: 'output', truncated: true },
    check: ({ stdout, stderr }) => {
      expect(stdout).toMatch(/^o{100}/);
      expect(stderr).toMatch(/^e{100}/);
      expect(stdout.length + stderr.length).toBeLessThan(
        2 * (limits.runOutputMaxBytes + limits.runOutputTailBytes + 100),
      );
    },
  },
  {
    rule: 'EXEC-22',
    name: 'all that was printed before a sudden exit',
    language: 'javascript',
    program: 'for (let line = 0; line < 64; line += 1) console.log("e".repeat(1_000)); process.exit(3);',
    expect: { status: 'error', exitCode: 3, stdout: `${'e'.repeat(1_000)}\n`.repeat(64) },
  },
  {
    rule: 'EXEC-20',
    name: 'ten thousand single bytes',
    program: 'import os\nfor _ in range(10_000): os.write(1, b".")',
    expect: { status: 'ok', stdout: '.'.repeat(10_000), truncated: false },
  },
  {
    rule: 'EXEC-21',
    name: 'bytes that are no text',
    program: 'import os\nos.write(1, b"a\\xff\\0\\x1b[31m\\xe2\\x82")',
    expect: { status: 'ok', stdout: 'a\ufffd\0\u001b[31m\ufffd' },
  },
  {
    rule: 'EXEC-21',
    name: 'the runner’s own words',
    program: 'import sys\nprint("started\\nended 7\\nKilled", file=sys.stderr)\nprint(\'{"seq":0,"status":"ok"}\')',
    expect: { status: 'ok', exitCode: 0, stderr: 'started\nended 7\nKilled\n', stdout: '{"seq":0,"status":"ok"}\n' },
  },
];

const files: HostileCase[] = [
  {
    rule: 'EXEC-3',
    name: 'a look at the host’s files',
    program: [
      'import os',
      'for path in ["/etc/shadow", "/root", "/home", "/var", "/sys", "/run", "/boot", "/mnt", "/usr/local/bin",',
      '             "../../../etc/shadow", "/proc/1/root/etc/shadow"]:',
      '    if os.path.exists(path) and (not os.path.isdir(path) or os.listdir(path)): print("sees", path)',
      'print(open("/etc/passwd").read().count("\\n"), sorted(os.listdir("/etc")))',
    ].join('\n'),
    expect: { status: 'ok' },
    check: ({ stdout }) => {
      expect(stdout).not.toContain('sees');
      expect(stdout).toMatch(/^2 /);
    },
  },
  {
    rule: 'EXEC-3',
    name: 'a search for the host’s paths in what launched it',
    program: [
      'import os, socket',
      'for name in ["cmdline", "environ"]:',
      '    try: print(open(f"/proc/1/{name}").read())',
      '    except PermissionError: pass',
      'for descriptor in range(3):',
      '    try: end = socket.socket(fileno=os.dup(descriptor))',
      '    except OSError: continue',
      '    print(end.getsockname(), end.getpeername())',
    ].join('\n'),
    expect: { status: 'ok' },
    check: ({ stdout }) => {
      expect(stdout).not.toContain(process.cwd());
      expect(stdout).not.toContain('bwrap');
      expect(stdout).not.toMatch(/toolchains|\/work\//);
    },
  },
  {
    rule: 'EXEC-3',
    name: 'mounts of the host that can be written',
    program: [
      'for line in open("/proc/self/mountinfo"):',
      '    before, after = line.split(" - ")',
      '    point, options, kind = before.split()[4], before.split()[5].split(","), after.split()[0]',
      '    if "rw" in options and kind not in ("tmpfs", "proc", "devpts") and not point.startswith("/dev/"): print(line)',
    ].join('\n'),
    expect: { status: 'ok', stdout: '' },
  },
  {
    rule: 'EXEC-4',
    name: 'writing where nothing is its own',
    program: `${attempts}
for folder in ['/', '/usr', '/usr/local', '/usr/bin', '/etc', '/dev', '/opt']:
    if os.path.isdir(folder): attempt(folder, lambda: open(folder + '/x', 'w'))
report()`,
    expect: { status: 'ok' },
    check: (result) => expect(new Set(Object.values(outcomes(result)))).toEqual(new Set(['EROFS'])),
  },
  {
    rule: 'EXEC-4',
    name: 'too large a file, and a sparse one of a terabyte',
    program: `${attempts}
import mmap
def fill(path):
    with open(path, 'wb', buffering=0) as file:
        while file.write(bytes(4_000_000)) == 4_000_000: pass
        raise OSError(errno.ENOSPC, '')
attempt('fill', lambda: fill('/tmp/x'))
os.remove('/tmp/x')
attempt('sparse', lambda: os.truncate(os.open('/tmp/y', os.O_CREAT | os.O_WRONLY), 10**12))
attempt('memfd', lambda: os.truncate(os.memfd_create('m'), 10**12))
report()`,
    expect: { status: 'ok' },
    check: (result) => {
      for (const outcome of Object.values(outcomes(result))) expect(['EFBIG', 'ENOSPC']).toContain(outcome);
    },
  },
];

const surroundings: HostileCase[] = [
  {
    rule: 'EXEC-7',
    name: 'a dump of the environment',
    program: 'import os\nprint(sorted(os.environ.items()))',
    expect: {
      status: 'ok',
      stdout:
        "[('HOME', '/tmp'), ('LANG', 'C.UTF-8'), ('PATH', '/usr/bin:/bin'), ('PWD', '/box'), " +
        "('PYTHONDONTWRITEBYTECODE', '1'), ('PYTHONUNBUFFERED', '1')]\n",
    },
  },
  {
    rule: 'EXEC-7',
    name: 'a look for open descriptors',
    program:
      'import os\nopen_ones = os.listdir("/proc/self/fd")\nprint([fd for fd in open_ones if os.path.exists(f"/proc/self/fd/{fd}")])',
    expect: { status: 'ok', stdout: "['0', '1', '2']\n" },
  },
  {
    rule: 'EXEC-5',
    name: 'a list of processes',
    program: 'import os\nprint([open(f"/proc/{p}/comm").read().strip() for p in os.listdir("/proc") if p.isdigit()])',
    expect: { status: 'ok' },
    check: ({ stdout }) => expect(stdout).toMatch(/^\['(init|tini)', ('sh', |'cat', )*'python3'\]\n$/),
  },
  {
    rule: 'EXEC-8',
    name: 'the kernel’s settings',
    program: `${attempts}
for path in ['/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/proc/sys/kernel/hostname',
             '/proc/sys/vm/drop_caches', '/proc/sys/kernel/modprobe', '/proc/sys/kernel/randomize_va_space']:
    attempt(path, lambda: os.write(os.open(path, os.O_WRONLY), b'1'))
attempt('oom', lambda: os.write(os.open('/proc/self/oom_score_adj', os.O_WRONLY), b'-1000'))
attempt('setuid', lambda: os.setuid(0))
attempt('nice', lambda: os.nice(-5))
attempt('hostname', lambda: socket.sethostname('x'))
report()`,
    expect: { status: 'ok' },
    check: (result) => {
      for (const [name, outcome] of Object.entries(outcomes(result))) {
        // Root does not even exist there: EINVAL.
        expect(['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EINVAL'], name).toContain(outcome);
      }
    },
  },
  {
    rule: 'EXEC-8',
    name: 'programs that give privileges',
    program: [
      'import subprocess',
      'for command in [["su", "-c", "id -u"], ["sudo", "-n", "id", "-u"], ["newgrp", "root"], ["unshare", "-Ur", "id", "-u"]]:',
      '    try: print(subprocess.run(command, capture_output=True, text=True, timeout=5).stdout.strip())',
      '    except FileNotFoundError: pass',
      'status = open("/proc/self/status").read()',
      'print([line.split()[1] for line in status.splitlines() if line.startswith(("NoNewPrivs", "CapEff", "CapBnd"))])',
    ].join('\n'),
    expect: { status: 'ok' },
    check: ({ stdout }) => {
      expect(stdout).not.toMatch(/^0$/m);
      expect(stdout).toMatch(/'0{16}'.*'0{16}'.*'1'/);
    },
  },
  {
    rule: 'EXEC-12',
    name: 'system calls that lead out',
    program: `${attempts}
import fcntl, platform
x64 = platform.machine() == 'x86_64'
calls = {
    'mount': (165, 40), 'umount2': (166, 39), 'pivot_root': (155, 41), 'chroot': (161, 51), 'unshare': (272, 97),
    'setns': (308, 268), 'ptrace': (101, 117), 'bpf': (321, 280), 'perf_event_open': (298, 241),
    'userfaultfd': (323, 282), 'keyctl': (250, 219), 'add_key': (248, 217), 'open_by_handle_at': (304, 265),
    'process_vm_readv': (310, 270), 'init_module': (175, 105), 'reboot': (169, 142), 'open_tree': (428, 428),
    'clone3': (435, 435), 'io_uring_setup': (425, 425),
}
for name, numbers in calls.items():
    attempt(name, lambda: syscall(numbers[0 if x64 else 1], 0, 0, 0, 0, 0))
attempt('clone', lambda: syscall(56 if x64 else 220, 0x10000000 | 17, 0, 0, 0, 0))
attempt('tiocsti', lambda: fcntl.ioctl(0, 0x5412, b'x'))
for family in ['AF_NETLINK', 'AF_PACKET', 'AF_VSOCK', 'AF_ALG', 'AF_BLUETOOTH']:
    attempt(family, lambda: socket.socket(getattr(socket, family), socket.SOCK_RAW))
report()`,
    expect: { status: 'ok' },
    check(result) {
      const { clone3, io_uring_setup, ...others } = outcomes(result);
      expect({ clone3, io_uring_setup }).toEqual({ clone3: 'ENOSYS', io_uring_setup: 'ENOSYS' });
      for (const [name, outcome] of Object.entries(others)) {
        expect(outcome, name).toBe(name.startsWith('AF_') ? 'EAFNOSUPPORT' : 'EPERM');
      }
    },
  },
];

/** What is tried against every sandbox, with control groups and without. */
export const hostilePrograms: readonly HostileCase[] = [
  ...time,
  ...memory,
  floodOfSockets,
  ...processes,
  ...output,
  ...files,
  ...surroundings,
];
