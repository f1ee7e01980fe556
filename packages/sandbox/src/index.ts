/** Runs code of strangers in sandboxes: languages, isolation, limits, queue. */
export { type CheckedJob, checkJob } from './check-job.ts';
export { createFrameSequence } from './frame-coalescer.ts';
export { describeLanguage, type LanguageDefinition, languageOfFile, languages } from './languages.ts';
export type { SandboxLogger } from './logger.ts';
export { createOutput } from './output.ts';
export type { SandboxReport } from './report.ts';
export {
  closedSandbox,
  openSandbox,
  type Sandbox,
  type SandboxJob,
  type SandboxOptions,
  type SandboxRun,
} from './sandbox.ts';
export { createScheduler } from './scheduler.ts';
