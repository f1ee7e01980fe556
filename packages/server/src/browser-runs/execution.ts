import {
  type Language,
  limits,
  ProblemError,
  type RunFrame,
  type RunOrder,
  type RunPhase,
  type RunReport,
  type RunResult,
  type RunStatus,
} from '@coderoom/protocol';
import {
  type CheckedJob,
  checkJob,
  createFrameSequence,
  createOutput,
  describeLanguage,
  languages,
  type SandboxJob,
  type SandboxRun,
} from '@coderoom/sandbox';
import type { Execution, ExecutionReport } from '../execution.ts';

/** A page that runs programs in its browser, for as long as it is connected. */
export interface BrowserRunner {
  tell(order: RunOrder): void;
  /** Called once when it has gone; at once if it has. Returns how not to be called any more. */
  onGone(listener: () => void): () => void;
}

/** Runs programs in the browser of whoever starts them; here is only what the others are told of it. */
export interface BrowserExecution extends Execution {
  /** Fails with `browser_needed` without a runner. */
  start(job: BrowserRunJob): Promise<SandboxRun>;
  /** What a page says of the program that it runs; fails with `forbidden` for one that does not. */
  take(report: RunReport, runner: BrowserRunner): void;
}

type BrowserRunJob = SandboxJob & { runner?: BrowserRunner | undefined };

const notInBrowsers = 'it does not run in browsers';

/** What runs in browsers, by the runtimes that the web client brings. */
const versions = new Map([
  ['python', '3.14 (Pyodide)'],
  ['javascript', 'ES2023 (QuickJS)'],
  ['typescript', 'ES2023 (QuickJS)'],
]);

/**
 * The page is told what to run, and says what comes of it: believed as little as any other client, so bounded in size and
 * time, and only of its own. A run ends with the page's connection.
 */
export function createBrowserExecution(now: () => number = () => performance.now()): BrowserExecution {
  const going = new Map<string, { runner: BrowserRunner; take(report: RunReport): void; cancel(): void }>();
  let isClosed = false;
  const report: ExecutionReport = {
    tier: 'browser',
    summary:
      'Programs in Python, JavaScript and TypeScript run in the browser of whoever starts them; this server runs none.',
    advice: [],
  };
  const described: Language[] = languages.map((language) => {
    const version = versions.get(language.id);
    if (version !== undefined) return describeLanguage(language, version);
    return describeLanguage(language, null, notInBrowsers);
  });

  return {
    abilities: () => ({ backend: 'browser', streaming: true, liveInput: true }),
    report: () => report,
    opened: async () => report,
    languages: async () => described,

    async start({ runner, ...request }) {
      if (isClosed) throw new ProblemError('shutting_down');
      if (runner === undefined) throw new ProblemError('browser_needed');
      const job = checkJob(request, ({ id }) => (versions.has(id) ? undefined : notInBrowsers));
      const run = createRun(request, job, { runner, now });
      going.set(request.id, run);
      void run.result.then(() => going.delete(request.id));
      // A moment later, so that whoever asked knows of the run before it speaks.
      setImmediate(run.begin);
      return run;
    },

    take(told, runner) {
      const run = going.get(told.runId);
      if (run === undefined || run.runner !== runner) throw new ProblemError('forbidden');
      run.take(told);
    },

    async close() {
      isClosed = true;
      for (const { cancel } of going.values()) cancel();
    },
  };
}

function createRun(
  request: SandboxJob,
  { language, files, entry, args, limits: own }: CheckedJob,
  { runner, now }: { runner: BrowserRunner; now(): number },
) {
  const { id: runId } = request;
  const since = now();
  const decided = Promise.withResolvers<RunResult>();
  const sequence = createFrameSequence();
  const onFrames = (frames: RunFrame[]) => request.onFrames?.(frames);
  const onOverflow = () => stop('output');
  const outputs: Record<RunPhase, Output> = {
    compile: createOutput({ phase: 'compile', sequence, onFrames, onOverflow }),
    run: createOutput({ phase: 'run', sequence, onFrames, onOverflow }),
  };
  let stopping: { status: RunStatus; timer: NodeJS.Timeout } | undefined;
  let hasEnded = false;

  const tell = (order: RunOrder) => {
    if (!hasEnded) runner.tell(order);
  };
  const finish = (end: NonNullable<RunReport['end']>) => {
    if (hasEnded) return;
    hasEnded = true;
    clearTimeout(deadline);
    clearTimeout(stopping?.timer);
    forget?.();
    const compiled = outputs.compile.finish();
    const printed = outputs.run.finish();
    decided.resolve({
      ...{ id: runId, language: language.id, signal: null, cpuMs: end.wallMs, peakBytes: null },
      ...end,
      // What was decided here outranks what the page says: it may have ended by itself meanwhile.
      status: stopping?.status ?? end.status,
      exitCode: stopping === undefined ? end.exitCode : null,
      stdout: printed.stdout,
      stderr: printed.stderr,
      compileOutput: compiled.stdout + compiled.stderr,
      truncated: compiled.truncated || printed.truncated,
    });
  };
  /** The page gets a moment to say what it still has. */
  const stop = (status: RunStatus) => {
    if (hasEnded || stopping !== undefined) return;
    tell({ kind: 'stop', runId });
    const end = { status, exitCode: null, phase: 'run' } as const;
    stopping = { status, timer: setTimeout(() => finish({ ...end, wallMs: now() - since }), limits.browserStopMs) };
  };
  const deadline = setTimeout(() => stop('timeout'), own.wallMs + limits.browserLoadMs);
  let forget: (() => void) | undefined;
  forget = runner.onGone(() => {
    outputs.run.take('stderr', Buffer.from('\nThe browser that ran this program has gone.\n'));
    finish({ status: 'cancelled', exitCode: null, phase: 'run', wallMs: now() - since });
  });

  return {
    id: runId,
    runner,
    result: decided.promise,
    begin() {
      if (hasEnded) return;
      request.onStart?.();
      const job = { language: language.id, files, entry, args, stdin: request.stdin ?? null, limits: own };
      tell({ kind: 'execute', runId, job });
    },
    take({ output, end }: RunReport) {
      if (hasEnded) return;
      for (const { phase, stream, data } of output ?? []) outputs[phase].take(stream, Buffer.from(data));
      if (end !== undefined) finish(end);
    },
    write: (data: string) => tell({ kind: 'input', runId, data }),
    end: () => tell({ kind: 'input', runId, end: true }),
    cancel: () => stop('cancelled'),
    position: () => 0,
  };
}

type Output = ReturnType<typeof createOutput>;
