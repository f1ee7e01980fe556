import { readFileSync } from 'node:fs';
import { type Language, limits, type SourceFile } from '@coderoom/protocol';
import { type Runtime, runtimes, sandboxPaths } from './runtimes.ts';

/** What a compiler, in a sandbox of its own, does before a program can run. */
interface Compiler {
  /** Endings of the files that it reads, and that the run does not get. */
  sources: readonly string[];
  /** A source beside the entry that matches begins a program of its own, as rooms with several exercises have. */
  otherProgram?: RegExp;
  /** Leaves one file at /tmp/program. Paths begin with no character that a compiler takes for an option. */
  command(paths: readonly string[], entry: string, place: { isPrepared: boolean; texts: readonly string[] }): string[];
  memoryBytes: number;
  /** What carries the command out, when that is no shell. */
  runtime?: Runtime;
}

/**
 * How a language is run: one row holds everything that is particular to it. Adding a language means adding a row, and
 * its hello world; nothing else in this package names one.
 */
export interface LanguageDefinition {
  id: string;
  name: string;
  /** Other words for it, in the systems whose clients we serve and in Judge0. */
  aliases: readonly string[];
  judge0Id: number;
  /** The main file of a new room. */
  fileName: string;
  /** File name endings by which `sandbox run` knows the language, without the dot. */
  extensions: readonly string[];
  /** Prints its version; fails where a part of the toolchain is missing. */
  version: { shell: string /** Then the Node that runs us will do. */; orNode?: boolean };
  runtime: Runtime;
  compiler: Compiler | null;
  /** Says what is doubtful about sources that run all the same: the command, in a sandbox beside. */
  checker?: { command(paths: readonly string[]): string[] };
  /** How much memory its programs get unless asked otherwise. */
  memoryBytes: number;
  /** Debian's packages, for machines without the toolchain image. */
  packages: readonly string[];
}

const npmPackages = `${sandboxPaths.prepared}/npm/node_modules`;
const whereMainBegins = /\bmain\s*\(/;

/** A command of several steps, which gets the paths as its arguments. */
const steps = (script: string, paths: readonly string[]) => ['/bin/sh', '-ec', script, 'sh', ...paths];

/** Go's own driver costs more than compiler and linker together, but knows modules, embedded files and C. */
const needsGoDriver = /\bgo:embed\b|^\s*import\s+"C"/m;

export const languages: readonly LanguageDefinition[] = [
  {
    id: 'python',
    name: 'Python',
    aliases: ['python3', 'py'],
    judge0Id: 71,
    fileName: 'main.py',
    extensions: ['py'],
    version: { shell: '/usr/bin/python3 --version' },
    runtime: runtimes.python,
    compiler: null,
    memoryBytes: limits.runMemoryBytes,
    packages: ['python3'],
  },
  {
    id: 'javascript',
    name: 'JavaScript',
    aliases: ['js', 'node', 'nodejs'],
    judge0Id: 63,
    fileName: 'main.js',
    extensions: ['js', 'mjs', 'cjs'],
    version: { shell: '', orNode: true },
    runtime: runtimes.node,
    compiler: null,
    memoryBytes: limits.runMemoryBytes,
    packages: [],
  },
  {
    id: 'typescript',
    name: 'TypeScript',
    aliases: ['ts'],
    judge0Id: 74,
    fileName: 'main.ts',
    extensions: ['ts', 'mts', 'cts'],
    version: {
      shell: `sed -n 's/.*"version": *"\\(.*\\)".*/\\1/p' ${npmPackages}/typescript/package.json`,
      orNode: true,
    },
    runtime: runtimes.node,
    compiler: null,
    // Node only takes the types away. The checker is told what Node is, and to leave the rest at its defaults.
    checker: {
      command: (paths) => [
        `${npmPackages}/@typescript/typescript-linux-${process.arch}/lib/tsc`,
        ...['--noEmit', '--pretty', 'false', '--target', 'esnext', '--module', 'nodenext', '--skipLibCheck'],
        ...['--allowImportingTsExtensions', '--typeRoots', `${npmPackages}/@types`, '--types', 'node'],
        ...paths.filter((path) => /\.[cm]?ts$/.test(path)),
      ],
    },
    memoryBytes: limits.runMemoryBytes,
    packages: [],
  },
  {
    id: 'java',
    name: 'Java',
    aliases: [],
    judge0Id: 62,
    fileName: 'Main.java',
    extensions: ['java'],
    version: { shell: 'javac -version' },
    runtime: runtimes.java,
    compiler: null,
    memoryBytes: limits.runMemoryBytes * 2,
    packages: ['openjdk-25-jdk-headless'],
  },
  {
    id: 'c',
    name: 'C',
    aliases: ['gcc'],
    judge0Id: 50,
    fileName: 'main.c',
    extensions: ['c'],
    version: { shell: 'gcc -dumpfullversion' },
    runtime: runtimes.exec,
    compiler: {
      sources: ['c', 'h'],
      otherProgram: whereMainBegins,
      command: (paths) => [
        ...['/usr/bin/gcc', '-std=gnu17', '-O1', '-pipe', '-o', '/tmp/program'],
        ...paths.filter((path) => path.endsWith('.c')),
        '-lm',
      ],
      memoryBytes: limits.compileMemoryBytes,
    },
    memoryBytes: limits.runMemoryBytes,
    packages: ['gcc', 'libc6-dev'],
  },
  {
    id: 'cpp',
    name: 'C++',
    aliases: ['c++', 'cplusplus', 'g++'],
    judge0Id: 54,
    fileName: 'main.cpp',
    extensions: ['cpp', 'cc', 'cxx'],
    version: { shell: 'g++ -dumpfullversion' },
    runtime: runtimes.exec,
    compiler: {
      sources: ['cpp', 'cc', 'cxx', 'h', 'hh', 'hpp', 'hxx', 'ipp', 'tpp'],
      otherProgram: whereMainBegins,
      // The image holds a precompiled <bits/stdc++.h>, which counts for exactly these flags.
      command: (paths, _entry, { isPrepared }) => [
        ...['/usr/bin/g++', '-std=c++20', '-O1', '-pipe'],
        ...(isPrepared ? [`-I${sandboxPaths.prepared}/cpp`, '-fuse-ld=mold'] : []),
        ...['-o', '/tmp/program'],
        ...paths.filter((path) => /\.(cpp|cc|cxx)$/.test(path)),
      ],
      memoryBytes: limits.compileMemoryBytes,
    },
    memoryBytes: limits.runMemoryBytes,
    packages: ['g++'],
  },
  {
    id: 'csharp',
    name: 'C#',
    aliases: ['c#', 'cs', 'mono'],
    judge0Id: 51,
    fileName: 'Main.cs',
    extensions: ['cs'],
    version: { shell: 'mcs --version && mono --version' },
    runtime: runtimes.mono,
    compiler: null,
    memoryBytes: limits.runMemoryBytes,
    packages: ['mono-mcs', 'libmono-system-numerics4.0-cil'],
  },
  {
    id: 'php',
    name: 'PHP',
    aliases: [],
    judge0Id: 68,
    fileName: 'main.php',
    extensions: ['php'],
    version: { shell: '/usr/bin/php --version' },
    runtime: runtimes.php,
    compiler: null,
    memoryBytes: limits.runMemoryBytes,
    packages: ['php-cli'],
  },
  {
    id: 'ruby',
    name: 'Ruby',
    aliases: ['rb'],
    judge0Id: 72,
    fileName: 'main.rb',
    extensions: ['rb'],
    version: { shell: '/usr/bin/ruby --version' },
    runtime: runtimes.ruby,
    compiler: null,
    memoryBytes: limits.runMemoryBytes,
    packages: ['ruby'],
  },
  {
    id: 'go',
    name: 'Go',
    aliases: ['golang'],
    judge0Id: 60,
    fileName: 'main.go',
    extensions: ['go'],
    version: { shell: 'go version' },
    runtime: runtimes.exec,
    compiler: {
      sources: ['go', 'mod', 'sum'],
      otherProgram: /^func\s+main\s*\(/m,
      command(paths, _entry, { isPrepared, texts }) {
        const isPlain =
          paths.every((path) => /^[^/]+\.go$/.test(path)) && !texts.some((text) => needsGoDriver.test(text));
        const go = `${sandboxPaths.prepared}/go`;
        if (isPrepared && isPlain) {
          const config = `-importcfg ${go}/importcfg`;
          return steps(
            `${go}/tool/compile -p main -pack -complete ${config} -o /tmp/main.a "$@"
            ${go}/tool/link -s -w ${config} -o /tmp/program /tmp/main.a`,
            paths,
          );
        }
        const cache = isPrepared ? `${go}/cache` : '/tmp/cache';
        const environment = `GOCACHE=${cache} GOPROXY=off GOFLAGS=-trimpath GOTOOLCHAIN=local CGO_ENABLED=0`;
        return steps(
          `export ${environment}
          [ -f go.mod ] || { printf 'module main\n' >/tmp/go.mod && set -- -modfile=/tmp/go.mod; }
          [ -f go.mod ] && set -- .
          exec go build -ldflags='-s -w' -o /tmp/program "$@"`,
          paths.filter((path) => path.endsWith('.go')),
        );
      },
      memoryBytes: limits.compileMemoryBytes,
    },
    memoryBytes: limits.runMemoryBytes,
    packages: ['golang-go'],
  },
  {
    id: 'rust',
    name: 'Rust',
    aliases: ['rs'],
    judge0Id: 73,
    fileName: 'main.rs',
    extensions: ['rs'],
    version: { shell: 'rustc --version' },
    runtime: runtimes.exec,
    compiler: {
      sources: ['rs'],
      // The entry names the other files itself, as modules.
      command: (_paths, entry, { isPrepared }) => [
        ...['/usr/bin/rustc', '--edition=2021', '--crate-name=main', '-Cdebuginfo=0'],
        ...(isPrepared ? ['-Cstrip=debuginfo', '-Clink-arg=-fuse-ld=mold'] : []),
        ...['-o', '/tmp/program', entry],
      ],
      memoryBytes: limits.compileMemoryBytes,
    },
    memoryBytes: limits.runMemoryBytes,
    packages: ['rustc', 'gcc'],
  },
  {
    id: 'kotlin',
    name: 'Kotlin',
    aliases: ['kt'],
    judge0Id: 78,
    fileName: 'main.kt',
    extensions: ['kt'],
    version: { shell: `cat ${npmPackages}/kotlin-compiler/build.txt` },
    runtime: runtimes.kotlin,
    compiler: {
      sources: ['kt'],
      runtime: runtimes.kotlinc,
      command: (paths) => [...paths],
      memoryBytes: limits.compileMemoryBytes,
    },
    memoryBytes: limits.runMemoryBytes * 2,
    packages: [],
  },
  {
    id: 'swift',
    name: 'Swift',
    aliases: [],
    judge0Id: 83,
    fileName: 'main.swift',
    extensions: ['swift'],
    version: { shell: 'swiftc --version' },
    runtime: runtimes.exec,
    compiler: {
      sources: ['swift'],
      command: (paths, _entry, { isPrepared }) => [
        ...['/usr/bin/swiftc', '-Onone', '-module-name', 'main', '-module-cache-path', '/tmp/modules'],
        ...(isPrepared ? ['-use-ld=mold'] : []),
        ...['-o', '/tmp/program', ...paths],
      ],
      memoryBytes: limits.compileMemoryBytes,
    },
    memoryBytes: limits.runMemoryBytes,
    packages: ['swiftlang'],
  },
];

/** A row as clients see it; `hint` says why it cannot be run, and how it could be. */
export function describeLanguage(language: LanguageDefinition, version: string | null, hint?: string): Language {
  const { id, name, fileName } = language;
  return {
    id,
    name,
    version,
    installed: version !== null,
    fileName,
    helloWorld: helloWorldOf(language),
    ...(hint === undefined ? {} : { hint }),
  };
}

const helloWorlds = new Map<string, string>();

/** Runs to its end without reading input. */
export function helloWorldOf({ fileName }: LanguageDefinition): string {
  const known = helloWorlds.get(fileName);
  if (known !== undefined) return known;
  const text = readFileSync(new URL(`./hello/${fileName}`, import.meta.url), 'utf8');
  helloWorlds.set(fileName, text);
  return text;
}

/** How to get a toolchain that is not there. */
export function hintOf({ packages }: LanguageDefinition): string {
  const all = 'it is not installed; npm run toolchains (as root, on Debian) brings all languages';
  return packages.length === 0 ? all : `${all}; apt-get install -y ${packages.join(' ')} brings this one`;
}

/** The language whose files end like this one. */
export function languageOfFile(path: string): LanguageDefinition | undefined {
  const extension = endingOf(path);
  return languages.find((language) => language.extensions.includes(extension));
}

/** The language of that id, or of that other word for it. */
export function findLanguage(word: string): LanguageDefinition | undefined {
  const wanted = word.toLowerCase();
  return languages.find(({ id }) => id === wanted) ?? languages.find(({ aliases }) => aliases.includes(wanted));
}

/** The files a compiler reads, and those that the program finds beside itself. */
export function sortFiles(
  { compiler }: LanguageDefinition,
  files: readonly SourceFile[],
  entry: string,
): { sources: SourceFile[]; others: SourceFile[] } {
  if (compiler === null) return { sources: [], others: [...files] };
  const isSource = ({ path }: SourceFile) => path === entry || compiler.sources.includes(endingOf(path));
  return {
    sources: files
      .filter(isSource)
      .filter(({ path, text }) => path === entry || compiler.otherProgram?.test(text) !== true),
    others: files.filter((file) => !isSource(file)),
  };
}

function endingOf(path: string): string {
  return /\.([^./]+)$/.exec(path)?.[1] ?? '';
}
