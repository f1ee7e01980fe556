import { isFilePath, limits, ProblemError, type RunLimits, type SourceFile } from '@coderoom/protocol';
import { findLanguage, type LanguageDefinition, languages } from './languages.ts';

/** What a job asks for, before anything of it is trusted. */
export interface JobRequest {
  language: string;
  files: SourceFile[];
  entry?: string | undefined;
  args?: string[] | undefined;
  stdin?: string | undefined;
  limits?: RunLimits | undefined;
}

/** A job that can be run as it stands. */
export interface CheckedJob {
  language: LanguageDefinition;
  files: SourceFile[];
  entry: string;
  args: string[];
  stdin: string | undefined;
  limits: Required<RunLimits>;
}

/** Linux's NAME_MAX. */
const namePartMaxBytes = 255;

/** Why a language cannot be run here; undefined: it can. */
export type WhatIsMissing = (language: LanguageDefinition) => string | undefined;

/** Holds a job against the limits; throws a ProblemError for what cannot be run. */
export function checkJob(job: JobRequest, whatIsMissing: WhatIsMissing): CheckedJob {
  const language = checkLanguage(job.language, whatIsMissing);
  checkFiles(job.files);
  const entry = job.entry ?? (job.files[0] as SourceFile).path;
  if (!job.files.some(({ path }) => path === entry)) {
    throw new ProblemError('entry_not_found', { detail: `There is no file "${entry}" among those sent.` });
  }
  const args = job.args ?? [];
  if (args.length > limits.runArgumentsMax || args.some((arg) => arg.length > limits.runArgumentMaxLength)) {
    throw new ProblemError('too_large', { detail: 'There are too many arguments, or one is too long.' });
  }
  if (args.some((arg) => arg.includes('\0'))) {
    throw new ProblemError('invalid_request', { detail: 'An argument holds a NUL character.' });
  }
  if (job.stdin !== undefined && Buffer.byteLength(job.stdin) > limits.runStdinMaxBytes) {
    throw new ProblemError('too_large', { detail: `Input is limited to ${limits.runStdinMaxBytes} bytes.` });
  }
  return { language, files: job.files, entry, args, stdin: job.stdin, limits: checkLimits(job.limits ?? {}, language) };
}

function checkLanguage(id: string, whatIsMissing: WhatIsMissing): LanguageDefinition {
  const language = findLanguage(id);
  if (language === undefined) {
    const known = languages.map((candidate) => candidate.id).join(', ');
    throw new ProblemError('language_not_found', { detail: `No language "${id}" is known here; known are ${known}.` });
  }
  const missing = whatIsMissing(language);
  if (missing !== undefined) {
    const detail = `${language.name} cannot be run on this server: ${missing}.`;
    throw new ProblemError('language_not_installed', { detail });
  }
  return language;
}

function checkFiles(files: readonly SourceFile[]): void {
  if (files.length === 0) throw new ProblemError('invalid_request', { detail: 'There is no file to run.' });
  if (files.length > limits.runFilesMax) {
    throw new ProblemError('too_large', { detail: `A run has at most ${limits.runFilesMax} files.` });
  }
  const paths = new Set<string>();
  let bytes = 0;
  for (const { path, text } of files) {
    if (!isFilePath(path) || path.split('/').some((part) => Buffer.byteLength(part) > namePartMaxBytes)) {
      throw new ProblemError('invalid_path');
    }
    if (paths.has(path)) throw new ProblemError('invalid_request', { detail: `"${path}" was sent twice.` });
    paths.add(path);
    bytes += Buffer.byteLength(text);
  }
  if (bytes > limits.runSourceMaxBytes) {
    throw new ProblemError('too_large', { detail: `A run’s files have at most ${limits.runSourceMaxBytes} bytes.` });
  }
  for (const path of paths) {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      const folder = path.slice(0, slash);
      if (paths.has(folder)) {
        throw new ProblemError('invalid_path', { detail: `"${folder}" is both a file and a folder.` });
      }
    }
  }
}

function checkLimits(asked: RunLimits, { memoryBytes }: LanguageDefinition): Required<RunLimits> {
  return {
    cpuMs: checkLimit('cpuMs', asked.cpuMs, limits.runCpuMs, limits.runCpuMaxMs),
    wallMs: checkLimit('wallMs', asked.wallMs, limits.runWallMs, limits.runWallMaxMs),
    memoryBytes: checkLimit('memoryBytes', asked.memoryBytes, memoryBytes, limits.runMemoryMaxBytes),
  };
}

/** A number that a client gives, brought down to what the server allows. */
function checkLimit(name: string, asked: unknown, standard: number, max: number): number {
  if (asked === undefined) return standard;
  if (typeof asked !== 'number' || Number.isNaN(asked) || asked <= 0) {
    throw new ProblemError('invalid_limits', { detail: `${name} is not a positive number.` });
  }
  return Math.ceil(Math.min(asked, max));
}
