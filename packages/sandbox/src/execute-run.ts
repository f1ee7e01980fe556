import { limits, type RunFrame, type RunResult } from '@coderoom/protocol';
import { killQuietly } from './cgroup-files.ts';
import type { CheckedJob } from './check-job.ts';
import type { LiveInput } from './live-input.ts';
import type { SandboxLogger } from './logger.ts';
import { createOutput } from './output.ts';
import type { Platform } from './platform.ts';
import { descendantsOf, treeCpuMs } from './process-tree.ts';
import type { ProcessLimits } from './program-launcher.ts';
import type { RunGroup } from './run-group.ts';
import { type SandboxEnd, type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';
import { judge, type StopReason } from './verdict.ts';

/** What a run came to; the queue's part is added by who asked. */
export type Execution = Omit<RunResult, 'id' | 'language'>;

export interface ExecutionOptions {
  platform: Platform;
  /** Nobody else uses it until `released`. */
  slot: number;
  job: CheckedJob;
  input: LiveInput;
  cancel: AbortSignal;
  onFrames(frames: RunFrame[]): void;
  logger: SandboxLogger;
}

/** How often, at most and at least, a run's use of processor and memory is looked at. */
const lookEveryMs = { least: 25, most: 100 };
const strikeEveryMs = 5;
/** After this long a run that is being ended is ended from outside in. */
const innerFirstMs = 250;
/** After this long the result is given although processes resist, as one waiting for a broken disk can. */
const resistMs = 5_000;

/**
 * Runs one job from the first process to the last. `result` is there when the program's end is known and everything
 * of it is gone; `released` when the slot may be used again, which is later only when a process could not be ended.
 * Neither rejects.
 */
export function executeRun(options: ExecutionOptions): { result: Promise<Execution>; released: Promise<void> } {
  const decided = Promise.withResolvers<Execution>();
  const released = execute(options, decided.resolve).catch((error: unknown) => {
    options.logger.error({ err: error }, 'a run could not be carried out');
    decided.resolve(failedExecution());
  });
  return { result: decided.promise, released };
}

/** A run that failed on our side before its program could run. */
function failedExecution(): Execution {
  const stderr = 'The sandbox could not start this program. The server’s log says why.\n';
  return { ...emptyExecution(), status: 'internal', stderr };
}

/** A run that was cancelled before it began. */
export function cancelledExecution(): Execution {
  return { ...emptyExecution(), status: 'cancelled' };
}

function emptyExecution(): Omit<Execution, 'status'> {
  const output = { stdout: '', stderr: '', compileOutput: '', truncated: false };
  return { exitCode: null, signal: null, ...output, cpuMs: 0, wallMs: 0, peakBytes: null, phase: 'run' };
}

async function execute(options: ExecutionOptions, decide: (execution: Execution) => void): Promise<void> {
  const { platform, job, cancel, logger } = options;
  const group = (await platform.groups?.create(groupLimits(job))) ?? null;
  try {
    if (cancel.aborted) {
      await group?.remove();
      decide(cancelledExecution());
      return;
    }
    await supervise(options, group, decide);
  } finally {
    await group
      ?.remove()
      .catch((error: unknown) => logger.error({ err: error }, 'a control group could not be removed'));
  }
}

async function supervise(
  { platform, slot, job, input, cancel, onFrames, logger }: ExecutionOptions,
  group: RunGroup | null,
  decide: (execution: Execution) => void,
): Promise<void> {
  let stopReason: StopReason = null;
  const resisted = Promise.withResolvers<SandboxEnd>();
  let running: SandboxProcess | undefined;
  let hasEnded = false;

  const stop = (reason: NonNullable<StopReason>) => {
    if (hasEnded) return;
    if (stopReason === null && running !== undefined) endProcesses(running, group, () => hasEnded, resisted.resolve);
    if (stopReason === null || reason === 'cancelled') stopReason = reason;
  };
  const output = createOutput({ onFrames, onOverflow: () => stop('output') });
  const cpuLimitBySignal = group === null;
  const startedAt = performance.now();
  running = startSandboxProcess({
    platform,
    slot,
    language: job.language,
    files: job.files,
    programArguments: [entryArgument(job.entry), ...job.args],
    memoryBytes: job.limits.memoryBytes,
    processLimits: group === null ? processLimits(platform, job) : {},
    onOutput: output.take,
  });
  const { pid, stdin, ended } = running;

  const onCancel = () => stop('cancelled');
  cancel.addEventListener('abort', onCancel);
  const wallTimer = setTimeout(() => stop('timeout'), job.limits.wallMs);
  let cpuMs = 0;
  const look = () => {
    if (pid === undefined) return;
    cpuMs = Math.max(cpuMs, group?.cpuMs() ?? treeCpuMs(pid));
    if ((group?.memoryKills() ?? 0) > 0) stop('memory');
    else if (cpuMs >= job.limits.cpuMs) stop('timeout');
    const untilLimitMs = (job.limits.cpuMs - cpuMs) / limits.runCpuCores;
    lookTimer = setTimeout(look, Math.min(Math.max(untilLimitMs, lookEveryMs.least), lookEveryMs.most));
  };
  let lookTimer = setTimeout(look, lookEveryMs.least);

  input.connect(stdin);
  if (pid !== undefined && group !== null) {
    await group.attach(pid).catch((error: NodeJS.ErrnoException) => {
      // It has ended already, having been cancelled or by a failure of its own, which its end tells.
      if (error.code === 'ESRCH') return;
      // Without its limits it must not run. It still waits for its arguments, so nothing of the program has.
      logger.error({ err: error }, 'a run could not be put into its control group');
      killQuietly(pid);
    });
  }
  if (stopReason === null) running.begin();

  const end = await Promise.race([ended, resisted.promise]);
  const wallMs = performance.now() - startedAt;
  hasEnded = true;
  clearTimeout(wallTimer);
  clearTimeout(lookTimer);
  cancel.removeEventListener('abort', onCancel);

  const memoryKills = group?.memoryKills() ?? 0;
  const verdict = judge({ stopReason, end, memoryKills, cpuLimitBySignal });
  const peakBytes = group?.peakBytes() ?? null;
  cpuMs = group?.cpuMs() ?? Math.max(cpuMs, end.kind === 'exited' ? end.cpuMs : 0);
  const printed = output.finish();
  if (end === resistance) logger.error({ pid }, 'a process of a run could not be ended; its slot stays taken');
  else await group?.remove().catch((error: unknown) => logger.error({ err: error }, 'a control group stays behind'));
  if (verdict.status === 'internal') {
    logger.error({ reason: end.kind === 'failed' ? end.reason : '' }, 'a sandbox failed');
    decide(failedExecution());
  } else {
    const use = { cpuMs: roundMs(cpuMs), wallMs: roundMs(wallMs), peakBytes };
    decide({ ...emptyExecution(), ...verdict, ...printed, ...use });
  }
  await ended;
}

const resistance: SandboxEnd = { kind: 'failed', reason: 'its processes resist' };

/**
 * Ends the processes of a run: the inner ones first, among them the init whose end the kernel makes the end of all in
 * its pid namespace, so that bwrap itself can reap them and leaves no zombie to the host; bwrap only if it lingers.
 */
function endProcesses(
  sandbox: SandboxProcess,
  group: RunGroup | null,
  hasEnded: () => boolean,
  giveUp: (end: SandboxEnd) => void,
): void {
  const { pid } = sandbox;
  if (pid === undefined) return;
  const since = performance.now();
  const strike = () => {
    if (hasEnded()) return;
    const elapsedMs = performance.now() - since;
    const inner = (group?.pids() ?? descendantsOf(pid)).filter((member) => member !== pid);
    for (const member of inner) killQuietly(member);
    // A bwrap that has begun is about to start its inner processes.
    if (!sandbox.hasBegun() || elapsedMs > innerFirstMs) killQuietly(pid);
    if (elapsedMs > resistMs) giveUp(resistance);
    else setTimeout(strike, strikeEveryMs);
  };
  strike();
}

function groupLimits(job: CheckedJob) {
  return {
    memoryBytes: job.limits.memoryBytes,
    processes: limits.runProcesses,
    cpuCores: limits.runCpuCores,
  };
}

/** What stands in for control groups. */
function processLimits(platform: Platform, job: CheckedJob): ProcessLimits {
  const { of, reservedBytes } = job.language.memoryRlimit;
  const bytes = job.limits.memoryBytes + reservedBytes;
  return {
    cpuSeconds: Math.ceil(job.limits.cpuMs / 1_000),
    ...(platform.processesCountedPerSandbox ? { processes: limits.runProcesses } : {}),
    ...(of === 'data' ? { dataBytes: bytes } : { addressSpaceBytes: bytes }),
  };
}

/** A path that no interpreter takes for an option, nor for a command, which is a bare word (`node inspect`). */
function entryArgument(entry: string): string {
  return entry.startsWith('-') || /^\w+$/.test(entry) ? `./${entry}` : entry;
}

function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}
