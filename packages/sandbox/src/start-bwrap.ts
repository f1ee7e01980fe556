import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { bwrapArguments } from './bwrap-arguments.ts';
import { type ResourceLimit, resourceLimits } from './program-launcher.ts';
import type { SandboxStart, StartedSandbox } from './sandbox-start.ts';

const argumentsDescriptor = 3;
const statusDescriptor = 4;
const seccompDescriptor = 5;
const jobDescriptor = 6;
const reportDescriptor = 7;
/** Of those that a sandbox is started with, the last is the report's. */
const descriptors = reportDescriptor + 1;

/**
 * Starts bwrap, with an init and a shell inside it: where there is no toolchain image, and so no cell. bwrap waits for
 * its arguments until it is told to begin.
 */
export async function startBwrap(start: SandboxStart): Promise<StartedSandbox> {
  const { platform, bwrapOptions, processLimits, program, user } = start;
  const stdio: ('pipe' | 'ignore' | number)[] = Array.from({ length: descriptors }, () => 'pipe' as const);
  const strayDescriptors = platform.inheritedFiles.filter((fd) => fd >= stdio.length);
  for (const fd of strayDescriptors) {
    while (stdio.length < fd) stdio.push('ignore');
    stdio.push(platform.nullFile);
  }
  // bwrap reads what it is told to take arguments from to its end and closes it, which nothing else would do with a
  // descriptor that this process was started with.
  const argumentSources = [argumentsDescriptor, ...strayDescriptors].flatMap((fd) => ['--args', String(fd)]);
  const command = shellCommand(platform.tini, resourceLimits(processLimits), program);
  const child = spawn(platform.bwrap, [...argumentSources, '--', ...command], {
    cwd: '/',
    env: {},
    stdio,
    ...(platform.slotUsers === null ? {} : { uid: user, gid: user }),
  });
  // One that dies early leaves its arguments and filter unread.
  for (const stream of child.stdio) stream?.on('error', () => {});
  // Rejects with what kept it from starting.
  if (child.pid === undefined) await once(child, 'spawn');
  const pipe = (descriptor: number) => child.stdio[descriptor] as Writable & Readable;
  return {
    pid: child.pid as number,
    joinsGroup: false,
    stdin: pipe(0),
    stdout: pipe(1),
    stderr: pipe(2),
    job: pipe(jobDescriptor),
    report: pipe(reportDescriptor),
    status: pipe(statusDescriptor),
    closed: new Promise((resolve) => {
      child.once('close', (code, signal) => {
        resolve(code === null ? { code, reason: `bwrap was ended by ${signal}` } : { code });
      });
    }),
    begin() {
      pipe(seccompDescriptor).end(platform.seccompFilter);
      const words = [...bwrapArguments(bwrapOptions), '--seccomp', String(seccompDescriptor)];
      pipe(argumentsDescriptor).end(words.map((word) => `${word}\0`).join(''));
    },
  };
}

/** How `ulimit` names a limit, and in how many bytes it counts. */
const ulimits: Readonly<Record<ResourceLimit['name'], { letter: string; unit: number }>> = {
  core: { letter: 'c', unit: 512 },
  nofile: { letter: 'n', unit: 1 },
  fsize: { letter: 'f', unit: 512 },
  cpu: { letter: 't', unit: 1 },
  as: { letter: 'v', unit: 1_024 },
  data: { letter: 'd', unit: 1_024 },
  nproc: { letter: 'u', unit: 1 },
};

/**
 * The command that bwrap runs: an init that reaps orphans, and below it a shell that sets the limits and starts the
 * program. The shell is there for two more reasons. An exit code of 137 may be the program's own or a SIGKILL, and
 * tells not which: in the second case a shell says "Killed" on its stderr, which here leads to the runner alone. And
 * Node gives its children sockets for pipes, which programs cannot open again as /dev/stdin: a `cat` makes a pipe of
 * it. That cat may wait for input for ever, so the end is made by ending the first shell, and with it the sandbox.
 */
function shellCommand(tini: string, resources: readonly ResourceLimit[], program: readonly string[]): string[] {
  const aside = `3>&- ${statusDescriptor}>&-`;
  const others = `${jobDescriptor}<&- ${reportDescriptor}>&-`;
  const script = [
    ...resources.flatMap(setLimit),
    `exec 3>&2 2>&${statusDescriptor}`,
    'echo started >&2',
    // An inner subshell, because a redirection of the command alone would also lead away what the shell says of it.
    `cat ${aside} ${others} | { (exec 2>&3 ${aside}; exec "$@"); echo "ended $?" >&2; times >&2; kill -KILL $$; }`,
  ].join('; ');
  return [tini, '--', '/bin/sh', '-c', script, 'sh', ...program];
}

function setLimit({ name, soft, hard }: ResourceLimit): string[] {
  const { letter, unit } = ulimits[name];
  // bash names the limit on processes -u, dash -p.
  if (name === 'nproc') return [`ulimit -u ${hard} 2>/dev/null || ulimit -p ${hard}`];
  return [`ulimit -S${letter} ${Math.ceil(soft / unit)}`, `ulimit -H${letter} ${Math.ceil(hard / unit)}`];
}
