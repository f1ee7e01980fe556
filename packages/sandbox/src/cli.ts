import { lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { limits, ProblemError, type RunLimits, type RunResult, type SourceFile } from '@coderoom/protocol';
import { languageOfFile } from './languages.ts';
import { openSandbox, type Sandbox } from './sandbox.ts';
import { buildImage, ImageError } from './toolchains/build-image.ts';
import { containerSeccompProfile } from './toolchains/container-seccomp.ts';
import { runnerDockerfile } from './toolchains/dockerfile.ts';
import { toolchainsFolder } from './toolchains/toolchains.ts';

const usage = `Runs code in a sandbox.

  sandbox run [options] <file> [arguments…]   runs a file; input is passed on, output comes live
  sandbox languages                           lists what can be run here
  sandbox check                               says how well runs are isolated here
  sandbox dockerfile|seccomp                  prints what is shipped in deploy/
  sandbox toolchains                          makes the image with the compilers of all languages (as root, on Debian)

Options of run, before the file:
  --language <id>    otherwise known by the file's ending
  --with <file>      another file, at the same place beside it; may be given again
  --cpu <ms>  --wall <ms>  --memory <bytes, or such as 256M>   limits

Images are kept in ${toolchainsFolder}, or where TOOLCHAINS_DIR says.

run ends with the program's exit code; with 128 + the signal's number when a signal ended it; with 2 when it was asked for
what there is not, 124 when time ran out, 125 when nothing could be run, 130 when it was cancelled, 137 when memory or
output ran out.
`;

interface RunCommand {
  file: string;
  language: string | undefined;
  others: string[];
  limits: RunLimits;
  args: string[];
}

/** The `sandbox` command without its process: arguments in, exit code out. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  if (command === undefined || command === 'help' || command === '--help' || command === '-h') {
    process.stdout.write(usage);
    return command === undefined ? 2 : 0;
  }
  if (rest[0] === '--help' || rest[0] === '-h') return print(usage);
  if (command === 'run') {
    const asked = readRunCommand(rest);
    if (typeof asked === 'string') return complain(asked, 2);
    return await withSandbox((sandbox) => runFile(sandbox, asked));
  }
  if (command === 'languages') return await withSandbox(printLanguages);
  if (command === 'check') return await withSandbox(printReport);
  if (command === 'toolchains') return await makeToolchains();
  if (command === 'dockerfile') return print(runnerDockerfile());
  if (command === 'seccomp') return print(containerSeccompProfile());
  return complain(`There is no command "${command}".`, 2);
}

function readRunCommand(words: readonly string[]): RunCommand | string {
  const command: RunCommand = { file: '', language: undefined, others: [], limits: {}, args: [] };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] as string;
    if (!word.startsWith('--')) {
      return { ...command, file: word, args: words.slice(index + 1) };
    }
    const [name = '', joined] = word.split(/=(.*)/s);
    if (!options.includes(name)) return `There is no option ${name}. "sandbox run --help" lists those that there are.`;
    if (joined === undefined) index += 1;
    const value = joined ?? words[index];
    if (value === undefined) return `${name} needs a value.`;
    if (name === '--language') command.language = value;
    else if (name === '--with') command.others.push(value);
    else {
      const limit = readLimit(name, value);
      if (typeof limit === 'string') return limit;
      Object.assign(command.limits, limit);
    }
  }
  return 'Which file is to be run? "sandbox run --help" says how to ask.';
}

const options = ['--language', '--with', '--cpu', '--wall', '--memory'];
const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A limit as asked for; a string says why it is none. */
function readLimit(name: string, value: string): RunLimits | string {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([kmg]?)$/i.exec(value) ?? [];
  const isMemory = name === '--memory';
  const number = Number(digits) * (units[unit.toLowerCase()] ?? 1);
  if (!(number > 0) || (unit !== '' && !isMemory)) {
    return `${name} needs a ${isMemory ? 'number of bytes, or such as 256M' : 'number of milliseconds'}, not "${value}".`;
  }
  const [key, max] = (
    {
      '--cpu': ['cpuMs', limits.runCpuMaxMs],
      '--wall': ['wallMs', limits.runWallMaxMs],
      '--memory': ['memoryBytes', limits.runMemoryMaxBytes],
    } as const
  )[name] ?? ['cpuMs', 0];
  return number > max ? `${name} is at most ${max}.` : { [key]: number };
}

async function withSandbox(use: (sandbox: Sandbox) => number | Promise<number>): Promise<number> {
  const log = (details: object, message: string) => process.stderr.write(`sandbox: ${message} ${describe(details)}\n`);
  const logger = { info: () => {}, warn: log, error: log };
  const stateDir = openStateFolder();
  if (stateDir === null) return complain(`${stateFolder()} is not this user's own: remove it, or set TMPDIR.`, 125);
  const sandbox = await openSandbox({
    stateDir,
    concurrency: 1,
    toolchainsFolder: configuredFolder(),
    warmBytes: 0,
    logger,
  });
  try {
    return await use(sandbox);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return complain(error.message, error.code === 'language_not_installed' ? 125 : 2);
  } finally {
    await sandbox.close();
  }
}

/** One for each user: what one of them made, the others could not use. */
function stateFolder(): string {
  return join(tmpdir(), `coderoom-sandbox-${process.getuid?.() ?? ''}`);
}

/** Null when somebody else has made it, who could change under us what sandboxes are made of. */
function openStateFolder(): string | null {
  const folder = stateFolder();
  let found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) {
    mkdirSync(folder, { mode: 0o755 });
    found = lstatSync(folder);
  }
  const isOwn = found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o022) === 0;
  return found.isDirectory() && isOwn ? folder : null;
}

function configuredFolder(): string | undefined {
  return process.env.TOOLCHAINS_DIR?.trim() || undefined;
}

async function makeToolchains(): Promise<number> {
  try {
    const say = (line: string) => void process.stdout.write(`${line}\n`);
    await buildImage({ folder: configuredFolder() ?? toolchainsFolder, say });
    return 0;
  } catch (error) {
    if (error instanceof ImageError) return complain(error.message, 1);
    throw error;
  }
}

function describe(details: object): string {
  return Object.values(details).map(String).join(' ');
}

async function runFile(sandbox: Sandbox, command: RunCommand): Promise<number> {
  const { tier, summary, advice } = sandbox.report;
  if (tier === 'off') return complain([summary, ...advice].join('\n  '), 125);
  if (tier === 'degraded' && process.stderr.isTTY) {
    process.stderr.write('sandbox: isolation is degraded here; "sandbox check" says how, and what helps\n');
  }
  const language = command.language ?? languageOfFile(command.file)?.id;
  if (language === undefined) return complain(`In which language is ${command.file}? Say so by --language.`, 2);
  const files: SourceFile[] = [];
  for (const path of [command.file, ...command.others]) {
    try {
      files.push({ path: pathBeside(command.file, path), text: readFileSync(path, 'utf8') });
    } catch (error) {
      return complain(
        `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message}).`,
        2,
      );
    }
  }
  const run = sandbox.start({
    id: 'cli',
    owner: 'cli',
    language,
    files,
    args: command.args,
    limits: command.limits,
    onFrames(frames) {
      for (const { stream, data } of frames) process[stream].write(data);
    },
  });
  const cancel = () => run.cancel();
  process.on('SIGINT', cancel).on('SIGTERM', cancel);
  process.stdout.on('error', cancel);
  const { stdin } = process;
  stdin.setEncoding('utf8');
  stdin.on('data', (text: string) => void passOn(text));
  stdin.on('end', () => run.end());

  /** A program that reads slowly, or not at all, holds up its input, not us. */
  const passOn = (text: string) => {
    try {
      run.write(text);
      stdin.resume();
    } catch {
      stdin.pause();
      retry = setTimeout(passOn, 50, text);
    }
  };
  let retry: NodeJS.Timeout | undefined;

  const result = await run.result;
  clearTimeout(retry);
  stdin.removeAllListeners('data').pause();
  process.off('SIGINT', cancel).off('SIGTERM', cancel);
  if (result.status === 'internal') process.stderr.write(result.stderr);
  else if (!['ok', 'error'].includes(result.status)) process.stderr.write(`sandbox: ${explanations[result.status]}\n`);
  return exitCodeOf(result);
}

/** Where a file is seen from the entry's folder; what lies elsewhere is put beside it. */
function pathBeside(entry: string, path: string): string {
  const place = relative(dirname(entry), path);
  return place.startsWith('..') || isAbsolute(place) ? basename(path) : place;
}

const explanations: Record<string, string> = {
  timeout: 'ended because its time was up',
  memory: 'ended because it used too much memory',
  output: 'ended because it printed too much',
  cancelled: 'cancelled',
};

function exitCodeOf({ status, exitCode, signal }: RunResult): number {
  if (status === 'timeout') return 124;
  if (status === 'internal') return 125;
  if (status === 'cancelled') return 130;
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return exitCode ?? 128 + (number ?? constants.signals.SIGKILL);
}

function printLanguages(sandbox: Sandbox): number {
  for (const { id, name, version, hint } of sandbox.languages()) {
    process.stdout.write(`${id.padEnd(12)} ${name} ${version ?? `cannot be run: ${hint ?? ''}`}\n`);
  }
  return 0;
}

function printReport({ report }: Sandbox): number {
  process.stdout.write(`${report.tier}: ${report.summary}\n${report.advice.map((line) => `  ${line}\n`).join('')}`);
  return report.tier === 'off' ? 1 : 0;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function complain(message: string, code: number): number {
  process.stderr.write(`sandbox: ${message}\n`);
  return code;
}
