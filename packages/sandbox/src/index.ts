/** Runs code of strangers in sandboxes: languages, isolation, limits, queue. */
export type { SandboxLogger } from './logger.ts';
export type { SandboxReport } from './report.ts';
export {
  closedSandbox,
  openSandbox,
  type Sandbox,
  type SandboxJob,
  type SandboxOptions,
  type SandboxRun,
} from './sandbox.ts';
