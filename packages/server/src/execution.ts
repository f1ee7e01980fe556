import { type IsolationTier, type Language, ProblemError } from '@coderoom/protocol';
import {
  closedSandbox,
  openSandbox,
  type Sandbox,
  type SandboxJob,
  type SandboxOptions,
  type SandboxRun,
} from '@coderoom/sandbox';
import type { Config } from './config.ts';

/** Running code as EXECUTION allows it: the sandbox behind it is tried out while the server already listens. */
export interface Execution {
  /** What is known so far, without waiting. */
  report(): ExecutionReport;
  /** Resolves when the sandbox has been tried out. */
  opened(): Promise<ExecutionReport>;
  languages(): Promise<Language[]>;
  /** Fails with `execution_off`, or with what the sandbox refuses. */
  start(job: SandboxJob): Promise<SandboxRun>;
  close(): Promise<void>;
}

export interface ExecutionReport {
  tier: IsolationTier;
  summary: string;
  /** What would raise the tier. */
  advice: string[];
}

export function createExecution(mode: Config['execution'], options: SandboxOptions): Execution {
  const opening = open(mode, options);
  let report: ExecutionReport = { tier: 'off', summary: 'The sandbox is still being tried out.', advice: [] };
  const opened = opening.then((sandbox) => {
    report = sandbox.report;
    return report;
  });

  return {
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
    return closedSandbox({ tier: 'off', summary: 'EXECUTION is off.', advice });
  }
  try {
    return await openSandbox(options);
  } catch (error) {
    // Not running code is no reason not to write it together.
    options.logger.warn({ err: error }, 'the sandbox could not be opened');
    return closedSandbox({ tier: 'off', summary: 'The sandbox could not be opened; the log says why.', advice: [] });
  }
}
