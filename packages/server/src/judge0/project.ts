import { ProblemError, type SourceFile } from '@coderoom/protocol';
import { type CheckedJob, languageOfFile } from '@coderoom/sandbox';
import type { Judge0Commands } from './api.ts';

/** Their compilers find the other files themselves, from the entry. */
const namedByEntry: readonly string[] = ['rust', 'typescript'];
/** What Judge0 calls the two scripts of a program that brings its own. */
const scripts = { compile: 'compile', run: 'run' };

/**
 * A job of several files, or with arguments, as Judge0 takes it: an archive of the files, a script that compiles them and
 * one that runs them. They are the server's own commands for the language, for other files than its usual one.
 */
export function projectFiles(
  { language, files, entry, args }: CheckedJob,
  { source_file: usual, compile_cmd: compile, run_cmd: run }: Judge0Commands,
): SourceFile[] {
  const taken = files.find(({ path }) => path === scripts.compile || path === scripts.run);
  if (taken !== undefined) {
    throw new ProblemError('invalid_path', { detail: `A file cannot be called "${taken.path}" where Judge0 runs it.` });
  }
  const isSource = ({ path, text }: SourceFile) =>
    path === entry ||
    (!namedByEntry.includes(language.id) &&
      languageOfFile(path)?.id === language.id &&
      language.compiler?.otherProgram?.test(text) !== true);
  const sources = [entry, ...files.filter((file) => file.path !== entry && isSource(file)).map(({ path }) => path)];
  const usualStem = stemOf(usual);

  const replace = (command: string, withPaths: readonly string[]) =>
    command
      .replace('%s', '')
      .split(/\s+/)
      .map((word) => (word === usual ? withPaths.map(quotePath).join(' ') : replaceStem(word)))
      .join(' ')
      .trim();
  /** What a compiler leaves is named after the first file: "./main", "Main.exe", "MainKt", "script.js". */
  const replaceStem = (word: string) => {
    const [, before = '', name, after = ''] = /^(\.\/)?(\w+?)((?:Kt)?|\.\w+)$/.exec(word) ?? [];
    if (name !== usualStem) return word;
    const path = entry.slice(0, entry.length - endingOf(entry).length);
    if (after.startsWith('.')) return quotePath(`${before}${path}${after}`);
    const stem = stemOf(entry);
    return quotePath(after === 'Kt' ? `${stem.charAt(0).toUpperCase()}${stem.slice(1)}Kt` : `${before}${stem}`);
  };

  const script = (...lines: string[]) => `${lines.join('\n')}\n`;
  return [
    ...files,
    ...(compile == null ? [] : [{ path: scripts.compile, text: script(replace(compile, sources)) }]),
    { path: scripts.run, text: script([replace(run, [entry]), ...args.map(quote)].join(' ')) },
  ];
}

/** As one word to a shell. */
function quote(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** And no option to a program. */
function quotePath(path: string): string {
  return quote(path.startsWith('-') ? `./${path}` : path);
}

function endingOf(path: string): string {
  return /\.[^./]+$/.exec(path)?.[0] ?? '';
}

function stemOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.slice(0, name.length - endingOf(name).length);
}
