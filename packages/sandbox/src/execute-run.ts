import { limits, type RunFrame, type RunResult, type RunStream } from '@coderoom/protocol';
import type { CheckedJob } from './check-job.ts';
import { checkSources } from './check-sources.ts';
import { type CompiledProgram, compileKey } from './compile-cache.ts';
import { createFrameSequence } from './frame-coalescer.ts';
import { encodeJob } from './job-message.ts';
import { sortFiles } from './languages.ts';
import type { LiveInput } from './live-input.ts';
import type { SandboxLogger } from './logger.ts';
import { createOutput, type Output } from './output.ts';
import type { PreparedSandbox } from './prepared-sandbox.ts';
import { runStage, type Stage, type StageEnd } from './run-stage.ts';
import { runtimes, sandboxPaths } from './runtimes.ts';
import type { SandboxSupply } from './sandbox-supply.ts';

/** What a run came to; the queue's part is added by who asked. */
export type Execution = Omit<RunResult, 'id' | 'language'>;

export interface ExecutionOptions {
  supply: SandboxSupply;
  job: CheckedJob;
  input: LiveInput;
  cancel: AbortSignal;
  onFrames(frames: RunFrame[]): void;
  logger: SandboxLogger;
}

/**
 * Runs one job from the first process to the last: compiles it when its language asks for that, in a sandbox of its
 * own, then runs it. `result` is there when the program's end is known and everything of it is gone; `released` when
 * the place in the queue may be used again, which is later only when a process could not be ended. Neither rejects.
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

/** A compiler says little on the program's own streams: only when it cannot go on. */
const earlyChunksMax = 64;

type Decide = (execution: Execution) => void;

async function execute(options: ExecutionOptions, decide: Decide): Promise<void> {
  const sequence = createFrameSequence();
  const { onFrames } = options;
  const compileOutput = createOutput({ phase: 'compile', sequence, onFrames, onOverflow: () => {} });
  const build = await compileJob(options, compileOutput, decide);
  if (build === undefined) return;
  const { job, supply, cancel } = options;
  const { runtime } = job.language;
  const sandbox = await supply.take(runtime, job.limits);
  try {
    if (sandbox.programFolder !== null) build.install(sandbox.programFolder);
    if (cancel.aborted) return decide(cancelledExecution());
    await runProgram({ ...options, sandbox, sequence, compileOutput, decide });
  } finally {
    await sandbox.release();
  }
}

type Build = Pick<CompiledProgram, 'install'>;

const nothingToInstall: Build = { install: () => {} };

/** Undefined when the run has been decided by that: it does not compile, or was cancelled meanwhile. */
async function compileJob(options: ExecutionOptions, output: Output, decide: Decide): Promise<Build | undefined> {
  const { supply, job, cancel, logger } = options;
  const { compiler } = job.language;
  if (compiler === null) return nothingToInstall;
  const { sources } = sortFiles(job.language, job.files, job.entry);
  const { isPrepared, id } = supply.toolchains;
  const command = compiler.command(
    sources.map(({ path }) => compilerArgument(path)),
    compilerArgument(job.entry),
    { isPrepared, texts: sources.map(({ text }) => text) },
  );
  const key = compileKey({ compiler: id, command, sources });
  const known = supply.compiled.find(key);
  if (known !== undefined) {
    output.take('stderr', Buffer.from(known.compileOutput));
    return known;
  }

  const sandbox = await supply.take(compiler.runtime ?? runtimes.make, compileLimits(compiler.memoryBytes));
  try {
    if (cancel.aborted) {
      decide(cancelledExecution());
      return undefined;
    }
    const program: Buffer[] = [];
    let programBytes = 0;
    const stage = runStage({
      sandbox,
      message: encodeJob({ files: sources, args: command }),
      limits: compileLimits(compiler.memoryBytes),
      listener: {
        // What compilers say of errors comes on either stream.
        onOutput: (_stream, chunk) => output.take('stderr', chunk),
        onReport(chunk) {
          programBytes += chunk.length;
          if (programBytes > limits.compileProgramMaxBytes) stage.stop('output');
          else program.push(chunk);
        },
      },
    });
    sandbox.process.stdin.end();
    const end = await untilEnd(stage, cancel);
    if (end.status === 'ok' && program.length > 0) {
      const { stderr } = output.peek();
      return supply.compiled.put(key, program, stderr);
    }
    decide(afterCompiling(end, output, logger));
    return undefined;
  } finally {
    await sandbox.release();
  }
}

function compileLimits(memoryBytes: number) {
  return { cpuMs: limits.compileCpuMs, wallMs: limits.compileWallMs, memoryBytes };
}

/** The result of a run that ended while it was being compiled. */
function afterCompiling(end: StageEnd, output: Output, logger: SandboxLogger): Execution {
  if (end.status === 'internal') {
    logger.error({ reason: end.failure }, 'a sandbox failed');
    return failedExecution();
  }
  const status = end.status === 'ok' ? 'error' : end.status;
  if (end.status === 'ok') output.take('stderr', Buffer.from('The compiler left no program.\n'));
  const { stderr: compileOutput, truncated } = output.finish();
  const { exitCode, signal, cpuMs, wallMs, peakBytes } = end;
  const use = { cpuMs, wallMs, peakBytes };
  return { ...emptyExecution(), status, exitCode, signal, ...use, compileOutput, truncated, phase: 'compile' };
}

async function runProgram(
  options: ExecutionOptions & {
    sandbox: PreparedSandbox;
    sequence: () => number;
    compileOutput: Output;
    decide: Decide;
  },
): Promise<void> {
  const { supply, job, input, cancel, onFrames, logger, sandbox, sequence, compileOutput, decide } = options;
  const { compiler, runtime } = job.language;
  const { others } = sortFiles(job.language, job.files, job.entry);
  const isCommand = runtime === runtimes.exec;
  const output = createOutput({ phase: 'run', sequence, onFrames, onOverflow: () => stage.stop('output') });
  /** A runtime that compiles by itself says when it is done with that. */
  let isCompiling = runtime.isCompiler;
  /** What was printed before that was heard: of the program, unless it never is. */
  let early: { stream: RunStream; chunk: Buffer }[] = [];
  const stage: Stage = runStage({
    sandbox,
    message: encodeJob({
      files: others,
      args: isCommand ? [sandboxPaths.program, ...job.args] : job.args,
      ...(isCommand ? {} : { entry: job.entry }),
    }),
    limits: isCompiling ? compileLimits(0) : job.limits,
    listener: {
      onOutput(stream, chunk) {
        if (isCompiling && early.length < earlyChunksMax) early.push({ stream, chunk });
        else if (!isCompiling) output.take(stream, chunk);
      },
      onReport(chunk) {
        if (!isCompiling) return;
        const end = chunk.indexOf(0);
        compileOutput.take('stderr', end === -1 ? chunk : chunk.subarray(0, end));
        if (end === -1) return;
        isCompiling = false;
        stage.beginAnew(job.limits);
        for (const { stream, chunk } of early) output.take(stream, chunk);
        early = [];
      },
    },
  });
  input.connect(sandbox.process.stdin);
  const over = new AbortController();
  const doubts = checkSources(supply, job, AbortSignal.any([cancel, over.signal]));
  const end = await untilEnd(stage, cancel);
  if (end.status !== 'ok' && end.status !== 'error') over.abort();
  compileOutput.take('stderr', Buffer.from(await doubts));
  if (isCompiling && compiler === null && end.status !== 'cancelled') {
    for (const { chunk } of early) compileOutput.take('stderr', chunk);
    return decide(afterCompiling(end, compileOutput, logger));
  }
  if (end.status === 'internal') {
    logger.error({ reason: end.failure }, 'a sandbox failed');
    return decide(failedExecution());
  }
  const { stderr: said, truncated: isCut } = compileOutput.finish();
  const printed = output.finish();
  const truncated = printed.truncated || isCut;
  const { failure: _, ...verdict } = end;
  const status = ranOutOfHeap(options, end, printed.stderr) ? 'memory' : end.status;
  decide({ ...emptyExecution(), ...verdict, ...printed, status, compileOutput: said, truncated });
}

/** A heap may be smaller than the run's memory: then its owner says so, and the kernel's peak bears it out. */
function ranOutOfHeap({ job }: ExecutionOptions, { status, peakBytes }: StageEnd, stderr: string): boolean {
  const { outOfMemory } = job.language.runtime;
  if (status !== 'error' || outOfMemory === null || peakBytes === null) return false;
  return peakBytes > job.limits.memoryBytes / 2 && outOfMemory.test(stderr);
}

async function untilEnd(stage: Stage, cancel: AbortSignal): Promise<StageEnd> {
  const onCancel = () => stage.stop('cancelled');
  if (cancel.aborted) onCancel();
  cancel.addEventListener('abort', onCancel);
  try {
    return await stage.ended;
  } finally {
    cancel.removeEventListener('abort', onCancel);
  }
}

/** A path that no compiler takes for an option, nor for a file of options. */
function compilerArgument(path: string): string {
  return /^[\w.]/.test(path) ? path : `./${path}`;
}
