import { type IsolationTier, type Language, limits, ProblemError, type RunAbilities } from '@coderoom/protocol';
import {
  closedSandbox,
  openSandbox,
  type Sandbox,
  type SandboxJob,
  type SandboxOptions,
  type SandboxRun,
} from '@coderoom/sandbox';
import type { Config } from './config.ts';
import { createOutbound } from './gateway/outbound.ts';
import { createJudge0Api } from './judge0/api.ts';
import { createJudge0Execution } from './judge0/execution.ts';

/** Running code as EXECUTION allows it, by whatever does it; tried out while the server already listens. */
export interface Execution {
  abilities(): Omit<RunAbilities, 'tier' | 'missing'>;
  /** What is known so far, without waiting. */
  report(): ExecutionReport;
  /** Resolves when it has been tried out. */
  opened(): Promise<ExecutionReport>;
  languages(): Promise<Language[]>;
  /** Fails with `execution_off`, or with what the back-end refuses. */
  start(job: SandboxJob): Promise<SandboxRun>;
  /** Fails when the Judge0 that it depends on is away; undefined: it depends on none. */
  check?(): Promise<void>;
  close(): Promise<void>;
}

export interface ExecutionReport {
  tier: IsolationTier;
  summary: string;
  /** What would raise the tier. */
  advice: string[];
  /** What runs have to do without, in words for those who start them. */
  missing?: string[];
}

export function createExecution(config: Pick<Config, 'execution' | 'judge0'>, options: SandboxOptions): Execution {
  const { execution: mode, judge0 } = config;
  if (mode === 'judge0' && judge0 !== undefined) {
    const { judge0AnswerTimeoutMs: timeoutMs, judge0AnswerMaxBytes: maxBytes } = limits;
    const outbound = createOutbound({ timeoutMs, maxBytes });
    return createJudge0Execution({ api: createJudge0Api({ ...judge0, outbound }), outbound, logger: options.logger });
  }
  return createSandboxExecution(open(mode, options));
}

function createSandboxExecution(opening: Promise<Sandbox>): Execution {
  let report: ExecutionReport = { tier: 'off', summary: 'The sandbox is still being tried out.', advice: [] };
  const opened = opening.then((sandbox) => {
    report = sandbox.report;
    return report;
  });

  return {
    abilities() {
      const isOff = report.tier === 'off';
      return { backend: isOff ? 'off' : 'sandbox', streaming: !isOff, liveInput: !isOff };
    },
    report: () => report,
    opened: () => opened,
    languages: async () => (await opening).languages(),

    async start(job) {
      const sandbox = await opening;
      if (sandbox.report.tier === 'off') throw new ProblemError('execution_off');
      return sandbox.start(job);
    },

    async close() {
      await (await opening).close();
    },
  };
}

async function open(mode: Config['execution'], options: SandboxOptions): Promise<Sandbox> {
  if (mode === 'off') {
    const advice = ['Set EXECUTION to auto to run code.'];
    return closedSandbox({ tier: 'off', summary: 'EXECUTION is off.', advice, missing: [] });
  }
  try {
    return await openSandbox(options);
  } catch (error) {
    // Not running code is no reason not to write it together.
    options.logger.warn({ err: error }, 'the sandbox could not be opened');
    return closedSandbox({
      tier: 'off',
      summary: 'The sandbox could not be opened; the log says why.',
      advice: [],
      missing: [],
    });
  }
}
