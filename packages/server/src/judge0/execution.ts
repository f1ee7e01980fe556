import { setTimeout as pause } from 'node:timers/promises';
import { limits, ProblemError, type RunResult } from '@coderoom/protocol';
import {
  type CheckedJob,
  checkJob,
  createFrameSequence,
  createOutput,
  createScheduler,
  describeLanguage,
  languages,
  type SandboxJob,
  type SandboxLogger,
} from '@coderoom/sandbox';
import type { Execution, ExecutionReport } from '../execution.ts';
import type { Outbound } from '../gateway/outbound.ts';
import { type Judge0Api, type Judge0Config, Judge0Failure, type Judge0State, type Judge0Submission } from './api.ts';
import { zipFiles } from './archive.ts';
import { matchLanguages, type OfferedLanguage } from './catalogue.ts';
import { projectFiles } from './project.ts';
import { type Judge0Verdict, readState } from './verdict.ts';

interface Judge0Options {
  api: Judge0Api;
  outbound: Pick<Outbound, 'close'>;
  logger: SandboxLogger;
  now?(): number;
  /** What tests shorten. */
  waits?: Partial<Record<'pollMinMs' | 'pollMaxMs' | 'submitMs' | 'waitMs' | 'restMinMs', number>>;
}

interface Catalogue {
  languages: Map<string, OfferedLanguage>;
  multiFileId: number | undefined;
  config: Judge0Config;
  readAt: number;
}

/**
 * Runs programs on a Judge0 server: hands them in, asks until they have ended, and says what came of them in our own words.
 * Judge0 tells nothing meanwhile, so all output comes at the end; it takes no input meanwhile; and what was cancelled goes on
 * there until its limits. Nothing is handed in twice: code of strangers may have effects.
 */
export function createJudge0Execution(options: Judge0Options): Execution {
  const { api, outbound, logger, now = Date.now } = options;
  const waits = {
    pollMinMs: limits.judge0PollMinMs,
    pollMaxMs: limits.judge0PollMaxMs,
    submitMs: limits.judge0SubmitMs,
    waitMs: limits.judge0WaitMs,
    restMinMs: limits.judge0RestMinMs,
    ...options.waits,
  };
  const scheduler = createScheduler({ concurrency: limits.judge0RunsAtOnce });
  const going = new Set<{ cancel(): void; released: Promise<unknown> }>();
  let catalogue: Catalogue | undefined;
  let reading: Promise<Catalogue> | undefined;
  /** It could not be reached; until then nobody tries. */
  let rest = { ms: 0, until: 0 };
  let reachedAt = Number.NEGATIVE_INFINITY;
  let isClosed = false;

  /** Notes whether Judge0 can be reached. */
  async function ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      const answer = await question();
      rest = { ms: 0, until: 0 };
      reachedAt = now();
      return answer;
    } catch (error) {
      if (error instanceof Judge0Failure && error.kind === 'down') {
        if (rest.ms === 0) logger.warn({ reason: error.message }, 'Judge0 cannot be reached');
        const ms = Math.min(Math.max(rest.ms * 2, waits.restMinMs), limits.judge0RestMaxMs);
        rest = { ms, until: now() + ms };
        reachedAt = Number.NEGATIVE_INFINITY;
      }
      throw error;
    }
  }

  async function readCatalogue(): Promise<Catalogue> {
    const [offered, config] = await ask(() =>
      Promise.all([
        api.languages(),
        // A server may keep its limits to itself; then it refuses what is beyond them.
        api.config().catch((error: Judge0Failure): Judge0Config => {
          if (error.kind === 'down') throw error;
          return {};
        }),
      ]),
    );
    catalogue = { ...matchLanguages(languages, offered), config, readAt: now() };
    return catalogue;
  }

  /** What it offers, as it was asked a while ago; fails with `execution_unavailable`. */
  async function offered(): Promise<Catalogue> {
    if (catalogue !== undefined && now() - catalogue.readAt < limits.judge0CatalogueTtlMs) return catalogue;
    if (now() >= rest.until) {
      reading ??= readCatalogue().finally(() => {
        reading = undefined;
      });
      const read = await reading.catch((error: Error) => {
        logger.warn({ reason: error.message }, 'Judge0 does not say what it offers');
        return catalogue;
      });
      if (read !== undefined) return read;
    }
    if (catalogue !== undefined) return catalogue;
    throw unavailable();
  }

  function unavailable(): ProblemError {
    const retryAfterSeconds = Math.max(1, Math.ceil((rest.until - now()) / 1_000));
    return new ProblemError('execution_unavailable', { retryAfterSeconds });
  }

  /** As it is handed in. Everything that can be refused is refused here, before it is queued. */
  async function prepare(job: CheckedJob, { languages: known, multiFileId, config }: Catalogue) {
    const { id } = known.get(job.language.id) as OfferedLanguage;
    const [only] = job.files;
    const isPlain = job.files.length === 1 && job.args.length === 0 && only !== undefined && only.text.trim() !== '';
    if (!isPlain && multiFileId === undefined) {
      const detail = 'This server’s Judge0 runs single files without arguments only.';
      throw new ProblemError('language_not_installed', { detail });
    }
    const memoryBytes = Math.min(job.limits.memoryBytes, Number(config.max_memory_limit ?? Infinity) * kilobyte);
    const submission: Judge0Submission = {
      language_id: id,
      stdin: base64(job.stdin ?? ''),
      cpu_time_limit: Math.min(job.limits.cpuMs / 1_000, Number(config.max_cpu_time_limit ?? Infinity)),
      wall_time_limit: Math.min(job.limits.wallMs / 1_000, Number(config.max_wall_time_limit ?? Infinity)),
      memory_limit: Math.max(leastMemoryKilobytes, Math.floor(memoryBytes / kilobyte)),
      max_file_size: Math.min(limits.runStorageMaxBytes / kilobyte, Number(config.max_max_file_size ?? 1_024)),
      enable_network: false,
    };
    if (isPlain) return { ...submission, source_code: base64(only.text) };
    const commands = await ask(() => api.language(id)).catch((error: Error) => {
      logger.warn({ reason: error.message }, 'Judge0 does not say how it runs a language');
      throw unavailable();
    });
    const archive = zipFiles(projectFiles(job, commands)).toString('base64');
    return { ...submission, language_id: multiFileId as number, additional_files: archive };
  }

  /** Offers it until it is taken: what was refused for want of room was not run. */
  async function handIn(submission: Judge0Submission, signal: AbortSignal): Promise<string> {
    const until = now() + waits.submitMs;
    for (let delayMs = waits.pollMaxMs; ; delayMs *= 2) {
      try {
        return await ask(() => api.submit(submission, signal));
      } catch (error) {
        const isBusy = error instanceof Judge0Failure && error.kind === 'busy';
        const waitMs = Math.max(delayMs, isBusy ? (error.retryAfterMs ?? 0) : 0);
        if (!isBusy || now() + waitMs > until) throw error;
        await pause(waitMs, undefined, { signal });
      }
    }
  }

  async function untilEnded(
    token: string,
    job: CheckedJob,
    { signal, onRuns }: { signal: AbortSignal; onRuns(): void },
  ): Promise<{ state: Judge0State; verdict: Judge0Verdict }> {
    const until = now() + job.limits.wallMs + waits.waitMs;
    let failures = 0;
    for (let delayMs = waits.pollMinMs; now() < until; delayMs = Math.min(delayMs * pollGrowth, waits.pollMaxMs)) {
      await pause(delayMs, undefined, { signal });
      try {
        const state = await ask(() => api.submission(token, signal));
        failures = 0;
        const verdict = readState(state, job.limits);
        if (typeof verdict === 'object') return { state, verdict };
        if (verdict === 'runs') onRuns();
      } catch (error) {
        if (!(error instanceof Judge0Failure) || (error.kind !== 'down' && error.kind !== 'busy')) throw error;
        failures += 1;
        if (failures >= limits.judge0FailuresMax) throw error;
        // It may ask for more patience than there is.
        const waitMs = Math.min(Math.max(error.retryAfterMs ?? 0, waits.pollMaxMs), until - now());
        await pause(Math.max(0, waitMs), undefined, { signal });
      }
    }
    throw new Judge0Failure('down', 'it did not finish in time');
  }

  async function carryOut(
    request: SandboxJob,
    job: CheckedJob,
    run: { submission: Judge0Submission; deletes: boolean; signal: AbortSignal; onRuns(): void },
  ): Promise<Omit<RunResult, 'id' | 'language'>> {
    const sequence = createFrameSequence();
    const onFrames = (frames: Parameters<NonNullable<SandboxJob['onFrames']>>[0]) => request.onFrames?.(frames);
    const compiled = createOutput({ phase: 'compile', sequence, onFrames, onOverflow: () => {} });
    const printed = createOutput({ phase: 'run', sequence, onFrames, onOverflow: () => {} });
    try {
      const token = await handIn(run.submission, run.signal);
      const { state, verdict } = await untilEnded(token, job, run);
      if (run.deletes) void api.remove(token);
      compiled.take('stderr', bytesOf(state.compile_output));
      printed.take('stdout', bytesOf(state.stdout));
      printed.take('stderr', bytesOf(state.stderr));
      if (verdict.status === 'internal') {
        logger.error({ status: state.status, message: bytesOf(state.message).toString() }, 'Judge0 failed');
        printed.take('stderr', Buffer.from('Judge0 could not run this program.\n'));
      }
      const { stderr: compileOutput, truncated: isCut } = compiled.finish();
      const { stdout, stderr, truncated } = printed.finish();
      // Here as in our own sandbox: who prints more than is shown is ended for it.
      const status = truncated && verdict.status === 'ok' ? 'output' : verdict.status;
      return { ...verdict, status, stdout, stderr, compileOutput, truncated: truncated || isCut };
    } catch (error) {
      if (run.signal.aborted) return { ...nothing, status: 'cancelled' };
      printed.take('stderr', Buffer.from(inWords(error)));
      const { stderr } = printed.finish();
      // That is the program's doing, and nobody else's.
      if (isHuge(error)) return { ...nothing, status: 'output', stderr, truncated: true };
      logger.error({ err: error }, 'a run could not be carried out by Judge0');
      return { ...nothing, status: 'internal', stderr };
    }
  }

  const report = (): ExecutionReport => ({
    tier: 'remote',
    summary:
      catalogue === undefined
        ? 'Programs are to run on a Judge0 server, which has not answered yet.'
        : 'Programs run on a Judge0 server, isolated as well as that does it; output comes when they have ended.',
    advice: [],
  });

  return {
    abilities: () => ({ backend: 'judge0', streaming: false, liveInput: false }),
    report,
    async opened() {
      await offered().catch(() => {});
      return report();
    },

    async languages() {
      const known = await offered().catch(() => undefined);
      return languages.map((language) => {
        const found = known?.languages.get(language.id);
        if (found !== undefined) return describeLanguage(language, found.version);
        return describeLanguage(language, null, known === undefined ? 'the Judge0 server cannot be reached' : notThere);
      });
    },

    async start(request) {
      if (isClosed) throw new ProblemError('shutting_down');
      if (now() < rest.until) throw unavailable();
      const known = await offered();
      const job = checkJob({ ...request, stdin: request.stdin ?? '' }, ({ id }) =>
        known.languages.has(id) ? undefined : notThere,
      );
      const submission = await prepare(job, known);
      const cancelled = new AbortController();
      const result = Promise.withResolvers<RunResult>();
      const released = Promise.withResolvers<void>();
      const describe = (rest: Omit<RunResult, 'id' | 'language'>) => ({
        id: request.id,
        language: job.language.id,
        ...rest,
      });
      let hasStarted = false;
      const onRuns = () => {
        if (!hasStarted) request.onStart?.();
        hasStarted = true;
      };
      const ticket = scheduler.enqueue(
        request.owner,
        async () => {
          const deletes = known.config.enable_submission_delete === true;
          result.resolve(
            describe(await carryOut(request, job, { submission, deletes, signal: cancelled.signal, onRuns })),
          );
          released.resolve();
        },
        request.priority,
      );
      const entry = {
        released: released.promise,
        cancel() {
          if (ticket.leave()) {
            result.resolve(describe({ ...nothing, status: 'cancelled' }));
            released.resolve();
          } else cancelled.abort();
        },
      };
      going.add(entry);
      void released.promise.then(() => going.delete(entry));
      return {
        id: request.id,
        result: result.promise,
        write() {
          throw new ProblemError('input_closed');
        },
        end() {},
        cancel: entry.cancel,
        position: ticket.position,
      };
    },

    async check() {
      if (now() < rest.until) throw new Judge0Failure('down', 'it could not be reached a moment ago');
      if (now() - reachedAt > limits.judge0CheckTtlMs) await ask(api.check);
    },

    async close() {
      isClosed = true;
      const all = [...going];
      for (const { cancel } of all) cancel();
      await Promise.all(all.map(({ released }) => released));
      await outbound.close();
    },
  };
}

const notThere = 'the Judge0 server does not have it';
const kilobyte = 1_024;
/** Judge0 takes no less. */
const leastMemoryKilobytes = 2_048;
const pollGrowth = 1.5;

const nothing: Omit<RunResult, 'id' | 'language' | 'status'> = {
  ...{ exitCode: null, signal: null, stdout: '', stderr: '', compileOutput: '', truncated: false },
  ...{ cpuMs: 0, wallMs: 0, peakBytes: null },
  phase: 'run',
};

function isHuge(error: unknown): boolean {
  return error instanceof Judge0Failure && error.kind === 'huge';
}

function inWords(error: unknown): string {
  const kind = error instanceof Judge0Failure ? error.kind : 'down';
  switch (kind) {
    case 'busy':
      return 'The Judge0 server has no room for this program right now; try again later.\n';
    case 'gone':
      return 'The Judge0 server has lost this program.\n';
    case 'refused':
      return 'The Judge0 server refused this program. The server’s log says why.\n';
    case 'huge':
      return 'The program printed more than can be fetched from the Judge0 server.\n';
    case 'down':
      return 'The Judge0 server did not answer, or not in time. Whether the program ran is not known.\n';
    default:
      return kind satisfies never;
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Judge0 breaks base64 into lines. */
function bytesOf(text: string | null | undefined): Buffer {
  return Buffer.from(text ?? '', 'base64');
}
