import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { killQuietly } from './cgroup-files.ts';
import type { SandboxLogger } from './logger.ts';
import type { Platform } from './platform.ts';
import { descendantsOf } from './process-tree.ts';
import type { ProcessLimits } from './program-launcher.ts';
import type { GroupLimits, RunGroup } from './run-group.ts';
import type { Runtime } from './runtimes.ts';
import { type SandboxEnd, type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';

/** A sandbox whose agent waits, or is about to, for the one job it will ever get. Nobody's code has run in it. */
export interface PreparedSandbox {
  runtime: Runtime;
  /** What it was started for. */
  memoryBytes: number;
  group: RunGroup | null;
  process: SandboxProcess;
  /** The host's folder that it sees as /opt/program, and cannot write; null when its runtime takes no compiled program. */
  programFolder: string | null;
  hasEnded(): boolean;
  /** Processor time that was used before the job came. */
  preparationCpuMs(): number;
  /** Ends its processes, from the inside out; `giveUp` hears of it when they resist. */
  kill(giveUp: (end: SandboxEnd) => void): void;
  /** Ends what is left of it and gives back what it took. Never rejects. */
  release(): Promise<void>;
}

const strikeEveryMs = 5;
/** After this long a sandbox that is being ended is ended from outside in. */
const innerFirstMs = 250;
/** After this long a result is given although processes resist, as one waiting for a broken disk can. */
const resistMs = 5_000;

const resistance: SandboxEnd = { kind: 'failed', reason: 'its processes resist' };

let made = 0;

/** Starts a sandbox of a runtime under limits. Rejects when there is no room, or the machine refuses. */
export async function prepareSandbox(options: {
  platform: Platform;
  runtime: Runtime;
  groupLimits: GroupLimits;
  processLimits: ProcessLimits;
  logger: SandboxLogger;
}): Promise<PreparedSandbox> {
  const { platform, runtime, groupLimits, logger } = options;
  const slot = platform.slots.take();
  if (slot === undefined) throw new Error('all slots are taken');
  const programFolder = runtime.takesProgram ? join(platform.workFolder, `program-${made++}`) : null;
  const removeFolder = () => {
    if (programFolder !== null) rmSync(programFolder, { recursive: true, force: true });
  };
  let group: RunGroup | null = null;
  let child: SandboxProcess;
  try {
    if (programFolder !== null) mkdirSync(programFolder, { mode: 0o755 });
    group = (await platform.groups?.create(groupLimits)) ?? null;
    const { memoryBytes } = groupLimits;
    const { processLimits } = options;
    const isAwaited = groupLimits.priority !== 'idle';
    child = await startSandboxProcess({
      platform,
      slot,
      group,
      runtime,
      memoryBytes,
      isAwaited,
      processLimits,
      programFolder,
    });
  } catch (error) {
    await group?.remove();
    removeFolder();
    platform.slots.give(slot);
    throw error;
  }

  const { pid } = child;
  let hasEnded = false;
  void child.ended.then(() => {
    hasEnded = true;
  });
  const sandbox: PreparedSandbox = {
    runtime,
    memoryBytes: groupLimits.memoryBytes,
    group,
    process: child,
    programFolder,
    hasEnded: () => hasEnded,
    preparationCpuMs: () => group?.cpuMs() ?? 0,
    kill(giveUp) {
      endProcesses({ pid, child, group, hasEnded: () => hasEnded, giveUp });
    },
    async release() {
      if (!hasEnded) sandbox.kill(() => logger.error({ pid }, 'a process of a run could not be ended'));
      await child.ended;
      await group
        ?.remove()
        .catch((error: unknown) => logger.error({ err: error }, 'a control group could not be removed'));
      removeFolder();
      platform.slots.give(slot);
    },
  };
  if (group !== null && !child.joinsGroup) {
    await group.attach(pid).catch((error: NodeJS.ErrnoException) => {
      // It has ended already, by a failure of its own, which its end tells.
      if (error.code === 'ESRCH') return;
      // Without its limits it must not run. It still waits for its arguments, so nothing of a program has.
      logger.error({ err: error }, 'a run could not be put into its control group');
      killQuietly(pid);
    });
  }
  child.begin();
  return sandbox;
}

/**
 * Ends the processes of a sandbox: the inner ones first, among them the init whose end the kernel makes the end of all
 * in its pid namespace, so that bwrap itself can reap them and leaves no zombie to the host; bwrap only if it lingers.
 */
function endProcesses(options: {
  pid: number;
  child: SandboxProcess;
  group: RunGroup | null;
  hasEnded(): boolean;
  giveUp(end: SandboxEnd): void;
}): void {
  const { pid, child, group, hasEnded, giveUp } = options;
  const since = performance.now();
  const strike = () => {
    if (hasEnded()) return;
    const elapsedMs = performance.now() - since;
    const inner = (group?.pids() ?? descendantsOf(pid)).filter((member) => member !== pid);
    for (const member of inner) killQuietly(member);
    // A bwrap that has begun is about to start its inner processes.
    if (!child.hasBegun() || elapsedMs > innerFirstMs) killQuietly(pid);
    if (elapsedMs > resistMs) giveUp(resistance);
    else setTimeout(strike, strikeEveryMs);
  };
  strike();
}
