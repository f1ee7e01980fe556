import { limits, type RunLimits } from '@coderoom/protocol';
import type { PreparedSandbox } from './prepared-sandbox.ts';
import { treeCpuMs } from './process-tree.ts';
import type { JobListener, SandboxEnd } from './sandbox-process.ts';
import { judge, type StopReason, type Verdict } from './verdict.ts';

/** What became of the one job of a sandbox. */
export interface StageEnd extends Verdict {
  cpuMs: number;
  wallMs: number;
  peakBytes: number | null;
  /** Why it failed on our side; for the log. */
  failure: string | null;
}

/** A job in its sandbox, under its limits of time. */
export interface Stage {
  /** Ends it; the first reason counts, but for being cancelled. */
  stop(reason: NonNullable<StopReason>): void;
  /** What was used so far is forgotten: from now on, other limits. */
  beginAnew(limits: TimeLimits): void;
  /** Everything of it has ended and been read. Never rejects. */
  ended: Promise<StageEnd>;
}

type TimeLimits = Pick<Required<RunLimits>, 'cpuMs' | 'wallMs'>;

/** How often, at most and at least, a run's use of processor and memory is looked at. */
const lookEveryMs = { least: 25, most: 100 };

/** Gives a sandbox its job and watches over it. The sandbox is still to be released afterwards. */
export function runStage(options: {
  sandbox: PreparedSandbox;
  message: Buffer;
  limits: TimeLimits;
  listener: JobListener;
}): Stage {
  const { sandbox, message } = options;
  const { group, process: child } = sandbox;
  const resisted = Promise.withResolvers<SandboxEnd>();
  let own = options.limits;
  let stopReason: StopReason = null;
  let hasEnded = false;
  let startedAt = performance.now();
  let usedBeforeMs = sandbox.preparationCpuMs();
  let cpuMs = 0;
  /** It gives way to those that have only just begun: most are over soon. */
  let isLong = false;

  const stop = (reason: NonNullable<StopReason>) => {
    if (hasEnded) return;
    if (stopReason === null) sandbox.kill(resisted.resolve);
    if (stopReason === null || reason === 'cancelled') stopReason = reason;
  };
  const measureCpuMs = () => (group?.cpuMs() ?? treeCpuMs(child.pid)) - usedBeforeMs;
  const look = () => {
    cpuMs = Math.max(cpuMs, measureCpuMs());
    if ((group?.memoryKills() ?? 0) > 0) stop('memory');
    else if (cpuMs >= own.cpuMs) stop('timeout');
    if (!isLong && cpuMs >= limits.runShortCpuMs) {
      isLong = true;
      group?.weigh('low');
    }
    const untilLimitMs = (own.cpuMs - cpuMs) / limits.compileCpuCores;
    lookTimer = setTimeout(look, Math.min(Math.max(untilLimitMs, lookEveryMs.least), lookEveryMs.most));
  };
  let lookTimer = setTimeout(look, lookEveryMs.least);
  const armWall = () => setTimeout(() => stop('timeout'), own.wallMs);
  let wallTimer = armWall();

  child.deliver(message, options.listener);

  const watch = async (): Promise<StageEnd> => {
    const end = await Promise.race([child.ended, resisted.promise]);
    const wallMs = performance.now() - startedAt;
    hasEnded = true;
    clearTimeout(wallTimer);
    clearTimeout(lookTimer);
    const memoryKills = group?.memoryKills() ?? 0;
    const verdict = judge({ stopReason, end, memoryKills, cpuLimitBySignal: group === null });
    const used = group === null ? Math.max(cpuMs, end.kind === 'exited' ? end.cpuMs : 0) : measureCpuMs();
    return {
      ...verdict,
      cpuMs: roundMs(Math.max(0, used)),
      wallMs: roundMs(wallMs),
      peakBytes: group?.peakBytes() ?? null,
      failure: end.kind === 'failed' ? end.reason : null,
    };
  };
  return {
    stop,
    beginAnew(limits) {
      own = limits;
      usedBeforeMs += measureCpuMs();
      cpuMs = 0;
      if (isLong) group?.weigh('normal');
      isLong = false;
      startedAt = performance.now();
      clearTimeout(wallTimer);
      wallTimer = armWall();
    },
    ended: watch(),
  };
}

function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}
