import { type IsolationTier, type Language, ProblemError } from '@coderoom/protocol';
import type { Sandbox, SandboxJob, SandboxRun } from '@coderoom/sandbox';
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

export function createExecution(mode: Config['execution'], opening: Promise<Sandbox>): Execution {
  let report: ExecutionReport = { tier: 'off', summary: 'The sandbox is still being tried out.', advice: [] };
  const opened = opening.then((sandbox) => {
    report = mode === 'off' ? switchedOff : sandbox.report;
    return report;
  });
  opened.catch(() => {});

  return {
    report: () => report,
    opened: () => opened,

    async languages() {
      const languages = (await opening).languages();
      // A toolchain that may not be used is as good as none.
      return mode === 'off'
        ? languages.map((language) => ({ ...language, version: null, installed: false }))
        : languages;
    },

    async start(job) {
      const sandbox = await opening;
      if (mode === 'off' || sandbox.report.tier === 'off') throw new ProblemError('execution_off');
      return sandbox.start(job);
    },

    async close() {
      await (await opening).close();
    },
  };
}

const switchedOff: ExecutionReport = {
  tier: 'off',
  summary: 'Code is not run: EXECUTION is off.',
  advice: ['Set EXECUTION to auto to run code.'],
};
