import { totalmem } from 'node:os';
import {
  type Language,
  limits,
  ProblemError,
  type RunFrame,
  type RunLimits,
  type RunResult,
  type SourceFile,
} from '@coderoom/protocol';
import { checkJob, type WhatIsMissing } from './check-job.ts';
import { cancelledExecution, type Execution, executeRun } from './execute-run.ts';
import { describeLanguage, hintOf, languages } from './languages.ts';
import { createLiveInput } from './live-input.ts';
import type { SandboxLogger } from './logger.ts';
import { closePlatform, defaultConcurrency, openPlatform, type Platform } from './platform.ts';
import { describeOff, describePlatform, needsProc, type SandboxReport } from './report.ts';
import { createSandboxSupply } from './sandbox-supply.ts';
import { createScheduler, type RunPriority } from './scheduler.ts';
import { runSelfTest } from './self-test.ts';
import { tryLanguages } from './try-languages.ts';

/** What is to be run, and for whom. */
export interface SandboxJob {
  id: string;
  /** Owners take turns in the queue. */
  owner: string;
  language: string;
  files: SourceFile[];
  /** The first file otherwise. */
  entry?: string | undefined;
  args?: string[] | undefined;
  /** The whole input; without it input stays open for `write` and `end`. */
  stdin?: string | undefined;
  /** Clamped to the server's own. */
  limits?: RunLimits | undefined;
  /** What nobody looks at while it waits may be of low priority. */
  priority?: RunPriority | undefined;
  /** The run has left the queue. */
  onStart?(): void;
  onFrames?(frames: RunFrame[]): void;
}

/** A run on its way. Its frames have all come when `result` resolves. */
export interface SandboxRun {
  id: string;
  /** Never rejects, and comes whatever happens. */
  result: Promise<RunResult>;
  /** Input; throws too_large when the program has left too much unread. */
  write(data: string): void;
  /** The end of input. */
  end(): void;
  /** At any moment, any number of times. */
  cancel(): void;
  /** Its place in the queue, from 1; 0 when it is there no more. */
  position(): number;
}

export interface Sandbox {
  report: SandboxReport;
  languages(): Language[];
  /** Throws a ProblemError when the job cannot be run. */
  start(job: SandboxJob): SandboxRun;
  stats(): { running: number; queued: number; warm: Record<string, number> };
  /** Resolves when as many sandboxes are prepared as are wanted. */
  warmedUp(): Promise<void>;
  /** Cancels what runs, waits until nothing of it is left, and takes nothing more. */
  close(): Promise<void>;
}

export interface SandboxOptions {
  /** May hold what later starts use again; made when needed. */
  stateDir: string;
  /** Runs at once; otherwise one more than there are processors. */
  concurrency?: number;
  /** Where toolchain images are kept; otherwise the machine's usual place. */
  toolchainsFolder?: string | undefined;
  /** What sandboxes that are prepared ahead may take together; otherwise a part of the machine's memory. */
  warmBytes?: number;
  logger: SandboxLogger;
}

/**
 * Finds out what isolation this machine gives, tries it, clears away what dead processes left, and offers to run
 * code. Where isolation is missing or does not hold, the tier is `off` and nothing is ever run.
 */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const concurrency = options.concurrency ?? defaultConcurrency();
  try {
    const platform = await openPlatform(options);
    if (typeof platform === 'string') return closedSandbox(describeOff(platform));
    return await openSandboxOn(platform, { ...options, concurrency });
  } catch (error) {
    options.logger.error({ err: error }, 'sandboxes could not be set up');
    return closedSandbox(describeOff(`setting up failed, see the log (${(error as Error).message})`));
  }
}

/** As `openSandbox`, on a platform that is known already; which the sandbox then owns. */
export async function openSandboxOn(
  platform: Platform,
  options: SandboxOptions & { concurrency: number },
): Promise<Sandbox> {
  const { logger, stateDir, concurrency } = options;
  const supply = createSandboxSupply({ platform, warmBytes: options.warmBytes ?? defaultWarmBytes(), logger });
  const tryOut = () => runSelfTest({ platform, supply, stateDir, logger });
  let test = await tryOut();
  for (const attempt of attempts.slice(1)) {
    // A wall that does not hold is no reason to try with less.
    if (test.couldStart) break;
    Object.assign(platform, attempt);
    test = await tryOut();
  }
  if (test.violations.length > 0) {
    await supply.close();
    await closePlatform(platform);
    return closedSandbox(describeOff(`its self-test failed (${test.violations.join('; ')})`));
  }

  const { versions } = test;
  if (!platform.mountProc) {
    const candidates = languages.filter(({ id }) => versions.has(id));
    const working = await tryLanguages(candidates, { supply, logger });
    for (const { id } of candidates) if (!working.has(id)) versions.delete(id);
  }
  const whatIsMissing: WhatIsMissing = (language) => {
    if (versions.has(language.id)) return undefined;
    if (platform.mountProc) return hintOf(language);
    return platform.toolchains.isPrepared ? needsProc : `${needsProc}, or ${hintOf(language)}`;
  };
  const scheduler = createScheduler({ concurrency });
  supply.warm(
    languages.filter(({ id }) => versions.has(id)),
    () => scheduler.stats().queued === 0,
  );
  const going = new Map<SandboxRun, Promise<unknown>>();
  let closing: Promise<void> | undefined;

  const closeAll = async () => {
    const all = [...going];
    for (const [run] of all) run.cancel();
    await Promise.all(all.map(([, released]) => released));
    await supply.close();
    await closePlatform(platform);
  };

  return {
    report: describePlatform(platform),
    languages: () =>
      languages.map((language) =>
        describeLanguage(language, versions.get(language.id) ?? null, whatIsMissing(language)),
      ),
    start(request) {
      if (closing !== undefined) throw new ProblemError('shutting_down');
      const job = checkJob(request, whatIsMissing);
      const input = createLiveInput(job.stdin);
      const cancel = new AbortController();
      const decided = Promise.withResolvers<Execution>();
      const released = Promise.withResolvers<void>();
      const work = async () => {
        callOut(logger, () => request.onStart?.());
        const execution = executeRun({
          supply,
          job,
          input,
          cancel: cancel.signal,
          onFrames: (frames) => callOut(logger, () => request.onFrames?.(frames)),
          logger,
        });
        void execution.result.then(decided.resolve);
        await execution.released;
        released.resolve();
        supply.pool()?.refill();
      };
      const ticket = scheduler.enqueue(request.owner, work, request.priority);
      const run: SandboxRun = {
        id: request.id,
        result: decided.promise.then((execution) => ({ id: request.id, language: job.language.id, ...execution })),
        write: input.write,
        end: input.end,
        position: ticket.position,
        cancel() {
          if (ticket.leave()) {
            decided.resolve(cancelledExecution());
            released.resolve();
          } else {
            cancel.abort();
          }
        },
      };
      going.set(run, released.promise);
      void released.promise.then(() => going.delete(run));
      return run;
    },
    stats: () => ({ ...scheduler.stats(), warm: supply.pool()?.stats() ?? {} }),
    warmedUp: async () => await supply.pool()?.settled(),
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}

/**
 * What sandboxes are made with, the best first. In a container /proc/sys is masked, where the first option fails; the
 * filter forbids the same. And beside a masked /proc the kernel mounts no other. Where the image's own program for
 * sandboxes is refused what it needs, there is bubblewrap.
 */
const attempts: readonly Partial<Platform>[] = [
  { disableUserNamespaces: true, mountProc: true },
  { disableUserNamespaces: false, mountProc: true },
  { disableUserNamespaces: false, mountProc: false },
  { useCells: false, disableUserNamespaces: true, mountProc: true },
  { disableUserNamespaces: false, mountProc: true },
  { disableUserNamespaces: false, mountProc: false },
];

/** A part of what the machine has, which a container may bound. */
function defaultWarmBytes(): number {
  const machineBytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.min(machineBytes * limits.warmMemoryShare, limits.warmMemoryMaxBytes);
}

/** A caller's failure is not the run's. */
function callOut(logger: SandboxLogger, call: () => void): void {
  try {
    call();
  } catch (error) {
    logger.error({ err: error }, 'a listener of a run failed');
  }
}

/** A sandbox in which nothing is ever run; the languages are known all the same. */
export function closedSandbox(report: SandboxReport): Sandbox {
  return {
    report,
    languages: () => languages.map((language) => describeLanguage(language, null, hintOf(language))),
    start() {
      throw new ProblemError('execution_off');
    },
    stats: () => ({ running: 0, queued: 0, warm: {} }),
    warmedUp: async () => {},
    close: async () => {},
  };
}
