import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { attempts, type HostileCase, mebibytes, outcomes, seconds } from '../test/attempts.ts';
import { sandboxForSuite } from '../test/test-sandbox.ts';

const { test, missing } = await sandboxForSuite();
afterAll(async () => await test?.[Symbol.asyncDispose]());

/** Asks for more and more of something until it is refused, and tells how much it got and why not more. */
const exhaust = `${attempts}
import fcntl, resource, select, signal, struct, termios, time
x64 = os.uname().machine == 'x86_64'
kept = []
def exhaust(name, make, most=200_000):
    count = 0
    try:
        while count < most:
            kept.append(make())
            count += 1
        outcome[name] = 'most'
    except OSError as error:
        outcome[name] = errno.errorcode.get(error.errno, str(error.errno))
    except MemoryError:
        outcome[name] = 'ENOMEM'
`;

/** What a limit answers. */
const refusal = /^(EMFILE|ENFILE|ENOSPC|EAGAIN|ENOMEM|EPERM|EACCES|ENOSYS|EINVAL|ENXIO|ENOENT|ENODEV|EBUSY)$/;

const programs: HostileCase[] = [
  {
    rule: 'EXEC-15',
    name: 'fills its pid namespace and leaves',
    program: `
import os, time
made = 0
try:
    while True:
        if os.fork() == 0: time.sleep(1e6)
        made += 1
except OSError: pass
print('left', flush=True)
os._exit(0)`,
    expect: { status: 'ok', stdout: 'left\n' },
  },
  {
    rule: 'EXEC-15',
    name: 'forks without end (case 4)',
    language: 'c',
    program: '#include <unistd.h>\nint main(void) { for (;;) fork(); }',
    job: { limits: { cpuMs: 500, wallMs: seconds(3) } },
    expect: { status: 'timeout' },
  },
  {
    rule: 'EXEC-15',
    name: 'has a shell fork without end (case 4)',
    program: 'import os\nos.execv("/bin/sh", ["sh", "-c", "b() { b | b & b; }; b"])',
    job: { limits: { cpuMs: 500, wallMs: seconds(3) } },
    expect: {},
    check: ({ status }) => expect(status).toMatch(/^(timeout|error|ok|memory)$/),
  },
  {
    rule: 'EXEC-11',
    name: 'has threads wait in vfork, which no signal but one ends',
    language: 'c',
    program: `
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static void *wait_for_ever(void *nothing) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, 0);
  if (vfork() == 0) for (;;) pause();
  return nothing;
}
int main(void) {
  pthread_t thread;
  puts("before");
  for (int i = 0; i < 1000; i++) if (pthread_create(&thread, 0, wait_for_ever, 0) != 0) usleep(1000);
  for (;;) pause();
}`,
    job: { limits: { wallMs: seconds(2) } },
    expect: { status: 'timeout', stdout: 'before\n' },
  },
  {
    rule: 'EXEC-5',
    name: 'kills its own group, and whoever is in it',
    program: 'import os, signal\nprint("before", flush=True)\nos.killpg(0, signal.SIGKILL)',
    expect: { status: 'error', stdout: 'before\n' },
  },
  {
    rule: 'EXEC-15',
    name: 'takes all descriptors, watches and timers that it is given',
    program: `${exhaust}
exhaust('dup', lambda: os.dup(1))
for fd in kept: os.close(fd)
kept.clear()
exhaust('own stdout', lambda: os.open('/proc/self/fd/1', os.O_WRONLY))
for fd in kept: os.close(fd)
kept.clear()
exhaust('epoll', select.epoll)
kept.clear()
exhaust('inotify', lambda: os.fdopen(syscall(294 if x64 else 26, 0)))
kept.clear()
watcher = syscall(294 if x64 else 26, 0)
def watch():
    path = '/tmp/%d' % len(kept)
    os.mkdir(path)
    if libc.inotify_add_watch(watcher, path.encode(), 0xfff) < 0: raise OSError(ctypes.get_errno(), '')
exhaust('watches', watch, 20_000)
kept.clear()
def timer():
    made = ctypes.c_int()
    return syscall(222 if x64 else 107, 1, None, ctypes.byref(made))
exhaust('timers', timer, 300_000)
kept.clear()
exhaust('pipes', os.pipe)
kept.clear()
report()`,
    job: { limits: { cpuMs: seconds(10), wallMs: seconds(30) } },
    expect: {},
    check(result) {
      if (result.status !== 'ok') return expect(result.status).toMatch(/^(memory|timeout)$/);
      const { watches, timers, ...descriptors } = outcomes(result);
      for (const [name, how] of Object.entries(descriptors)) expect(how, name).toMatch(refusal);
      // As many as its memory holds, or the kernel gives to one user.
      for (const how of [watches, timers]) expect(how).toMatch(/^(most|ENOSPC|EAGAIN|ENOMEM)$/);
    },
  },
  {
    rule: 'EXEC-14',
    name: 'fills message queues and semaphores of both kinds',
    program: `${exhaust}
exhaust('semget', lambda: libc.semget(0, 250, 0o1600) if libc.semget(0, 250, 0o1600) >= 0 else (_ for _ in ()).throw(OSError(ctypes.get_errno(), '')), 40_000)
text = ctypes.create_string_buffer(struct.pack('l', 1) + b'x' * 8000)
def message():
    queue = libc.msgget(0, 0o1600)
    if queue < 0: raise OSError(ctypes.get_errno(), '')
    for _ in range(2):
        if libc.msgsnd(queue, text, 8000, 0o4000) < 0: raise OSError(ctypes.get_errno(), '')
exhaust('msgsnd', message, 40_000)
exhaust('mq_open', lambda: libc.mq_open(('/q%d' % len(kept)).encode(), 0o102, 0o600, None) + 1 or (_ for _ in ()).throw(OSError(ctypes.get_errno(), '')), 10_000)
report()`,
    job: { limits: { memoryBytes: mebibytes(128), cpuMs: seconds(10), wallMs: seconds(30) } },
    expect: {},
    check(result) {
      if (result.status !== 'ok') return expect(result.status).toMatch(/^(memory|timeout)$/);
      for (const [name, how] of Object.entries(outcomes(result))) expect(how, name).toMatch(refusal);
    },
  },
  {
    rule: 'EXEC-10',
    name: 'moves bytes between pipes for ever',
    program: `${attempts}
a, b = os.pipe(), os.pipe()
os.write(a[1], b'x' * 4096)
while True:
    os.splice(a[0], b[1], 4096)
    os.splice(b[0], a[1], 4096)`,
    job: { limits: { cpuMs: 400 } },
    expect: { status: 'timeout' },
  },
  {
    rule: 'EXEC-14',
    name: 'locks its memory, and asks for huge pages',
    program: `
import ctypes, mmap
libc = ctypes.CDLL(None, use_errno=True)
libc.mlockall(3)
try: mmap.mmap(-1, 1 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000)[0] = 1
except (OSError, ValueError): pass
hoard = []
while True: hoard.append(bytearray(1_000_000))`,
    job: { limits: { memoryBytes: mebibytes(64) } },
    expect: { status: 'memory' },
  },
  ...(process.arch === 'x64'
    ? [
        {
          rule: 'EXEC-12',
          name: 'calls the kernel as a program of 32 bits (case 32)',
          language: 'c' as const,
          program:
            '#include <stdio.h>\nint main(void) { puts("before"); int answer; __asm__ volatile("int $0x80" : "=a"(answer) : "a"(20)); printf("%d\\n", answer); }',
          expect: { status: 'error' as const, signal: 'SIGSYS', stdout: 'before\n' },
        },
        {
          rule: 'EXEC-12',
          name: 'calls the kernel by x32 (case 32)',
          language: 'c' as const,
          program:
            '#include <stdio.h>\n#include <unistd.h>\nint main(void) { puts("before"); printf("%ld\\n", syscall(0x40000000 + 39)); }',
          expect: { status: 'error' as const, signal: 'SIGSYS', stdout: 'before\n' },
        },
      ]
    : []),
  {
    rule: 'EXEC-8',
    name: 'asks for priority over others',
    program: `${exhaust}
class Param(ctypes.Structure): _fields_ = [('priority', ctypes.c_int)]
for name, policy in [('fifo', 1), ('round robin', 2)]:
    attempt(name, lambda: os.sched_setscheduler(0, policy, os.sched_param(1)))
deadline = struct.pack('IIQiIQQQ', 48, 6, 0, 0, 0, 10**6, 10**7, 10**7)
attempt('deadline', lambda: syscall(314 if x64 else 274, 0, deadline, 0))
attempt('nice', lambda: os.setpriority(os.PRIO_PROCESS, 0, -10))
attempt('real-time disk', lambda: syscall(251 if x64 else 30, 1, 0, (1 << 13) | 0))
attempt('limits', lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (10_000, 10_000)))
attempt('core', lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))
attempt('oom', lambda: os.write(os.open('/proc/self/oom_score_adj', os.O_WRONLY), b'-500'))
report()`,
    expect: { status: 'ok' },
    check(result) {
      for (const [name, how] of Object.entries(outcomes(result))) expect(how, name).toMatch(/^(EPERM|EACCES|EINVAL)$/);
    },
  },
  {
    rule: 'EXEC-12',
    name: 'tries what the kernel has of old and rarely used things',
    program: `${exhaust}
n = lambda x64_number, arm64_number: x64_number if x64 else arm64_number
attempt('name_to_handle_at', lambda: syscall(n(303, 264), -100, b'/', 0, 0, 0))
attempt('fanotify', lambda: syscall(n(300, 262), 0, 0))
attempt('request_key', lambda: syscall(n(249, 218), b'user', b'x', None, -3))
attempt('memfd_secret', lambda: syscall(447, 0))
attempt('quotactl', lambda: syscall(n(179, 60), 0x800002, None, 0, None))
attempt('syslog', lambda: syscall(n(103, 116), 3, None, 0))
attempt('swapon', lambda: syscall(n(167, 224), b'/tmp/x', 0))
attempt('kcmp', lambda: syscall(n(312, 272), 1, 1, 0, 0, 0))
attempt('pidfd_getfd', lambda: syscall(438, 0, 0, 0))
attempt('mbind', lambda: syscall(n(237, 235), 0, 0, 0, None, 0, 0))
master, slave = os.openpty()
attempt('TIOCSETD', lambda: fcntl.ioctl(slave, 0x5423, struct.pack('i', 21)))
attempt('TIOCSTI', lambda: fcntl.ioctl(slave, 0x5412, b'x'))
attempt('mem of init', lambda: os.open('/proc/1/mem', os.O_RDWR))
attempt('mmap of mem', lambda: __import__('mmap').mmap(os.open('/proc/self/mem', os.O_RDWR), 4096))
attempt('kmsg', lambda: os.open('/dev/kmsg', os.O_RDONLY))
attempt('mknod', lambda: os.mknod('/tmp/disk', 0o60600, os.makedev(8, 0)))
attempt('setgroups', lambda: os.setgroups([0]))
report()`,
    expect: { status: 'ok' },
    check(result) {
      const { 'mem of init': init, ...others } = outcomes(result);
      for (const [name, how] of Object.entries(others)) expect(how, name).toMatch(refusal);
      // Its init may be a program of the same user, which tells how a program ended and nothing else.
      expect(init).toMatch(/^(EACCES|EPERM|ENOENT|done)$/);
    },
  },
  {
    rule: 'EXEC-8',
    name: 'runs code out of sealed memory, under another personality, with an environment of megabytes',
    program: `${exhaust}
def sealed():
    memory = os.memfd_create('x', os.MFD_ALLOW_SEALING)
    os.write(memory, open('/usr/bin/id', 'rb').read())
    fcntl.fcntl(memory, 1033, 15)
    os.lseek(memory, 0, 0)
    return memory
memory = sealed()
attempt('huge', lambda: os.execve('/usr/bin/true', ['true'], {str(i): 'x' * 100_000 for i in range(100)}))
libc.personality(0x0040000 | 0x0400000)
if os.fork() == 0: os.execve('/proc/self/fd/%d' % memory, ['id', '-u'], {})
os.wait()
status = open('/proc/self/status').read()
outcome['privileges'] = ' '.join(line for line in status.splitlines() if line.startswith(('CapEff', 'NoNewPrivs', 'Seccomp:')))
report()`,
    expect: { status: 'ok' },
    check({ stdout }) {
      expect(stdout).toMatch(/^1000\n/);
      expect(JSON.parse(stdout.slice(5))).toEqual({
        huge: 'E2BIG',
        privileges: expect.stringMatching(/^CapEff:\t0{16} NoNewPrivs:\t1 Seccomp:\t2$/),
      });
    },
  },
];

const installed = test?.sandbox.languages().flatMap(({ id, installed: isThere }) => (isThere ? [id] : [])) ?? [];
const rows = programs.map((row) => ({ language: 'python' as const, ...row }));
// Memory and sums over processes are not held without control groups; degraded.test.ts has what is.
const held = rows.filter(({ rule }) => test?.sandbox.report.tier === 'standard' || rule !== 'EXEC-14');

describe.skipIf(test === null)(
  `a program that abuses what the kernel keeps for it${missing}`,
  { timeout: 60_000 },
  () => {
    if (test === null) return;

    afterEach(async () => {
      await test.expectNothingLeft();
      const hello = await test.run({ language: 'python' }, 'print("hello")');
      expect(hello).toMatchObject({ status: 'ok', stdout: 'hello\n' });
      expect(test.errors).toEqual([]);
    });

    it.each(held.filter(({ language }) => installed.includes(language)))('$rule is held: $name', async (row) => {
      const result = await test.run({ language: row.language, ...row.job }, row.program);
      expect(result, result.stderr).toMatchObject(row.expect);
      row.check?.(result);
    });
  },
);
