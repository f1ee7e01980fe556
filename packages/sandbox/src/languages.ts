import { readFileSync } from 'node:fs';
import type { Language, SourceFile } from '@coderoom/protocol';

/** Where things lie inside the sandbox. */
export const sandboxPaths = { box: '/box', temporary: '/tmp', node: '/opt/node/bin/node' } as const;

/**
 * How a language is run: one row holds everything that is particular to it. Adding a language means adding a row;
 * nothing else in this package names one.
 */
export interface LanguageDefinition {
  id: string;
  name: string;
  /** The main file of a new room. */
  fileName: string;
  /** File name endings by which `sandbox run` knows the language, without the dot. */
  extensions: readonly string[];
  /** Runs to its end without reading input. */
  helloWorld: string;
  /**
   * The interpreter: the host's by its absolute path, never by PATH (a version manager's shim costs 200 ms), with a
   * program that prints its version; or the Node that runs us.
   */
  toolchain: { from: 'host'; path: string; versionProgram: string } | { from: 'node' };
  /** Environment beside the keys that every run has. */
  environment: Readonly<Record<string, string>>;
  /** What its programs find in the sandbox beside the system's files, by absolute path. */
  supportFiles: readonly SourceFile[];
  /** Flags of the interpreter, before the entry file. */
  flags(limits: { memoryBytes: number }): string[];
  /** What stands in for the memory limit where there are no cgroups: a limit on addresses, beyond those merely reserved. */
  memoryRlimit: { of: 'address-space' | 'data'; reservedBytes: number };
  /** How to get the toolchain when it is not there. */
  hint: string;
}

const blockingOutput = '/opt/node/blocking-output.cjs';

export const languages: readonly LanguageDefinition[] = [
  {
    id: 'python',
    name: 'Python',
    fileName: 'main.py',
    extensions: ['py'],
    helloWorld: [
      'def greet(name):',
      '    return f"Hello, {name}!"',
      '',
      '',
      'for name in ["world", "Coderoom"]:',
      '    print(greet(name))',
      '',
    ].join('\n'),
    toolchain: {
      from: 'host',
      path: '/usr/bin/python3',
      versionProgram: 'import sys; print("%d.%d.%d" % sys.version_info[:3])',
    },
    environment: { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' },
    supportFiles: [],
    flags: () => [],
    memoryRlimit: { of: 'address-space', reservedBytes: 32 * 2 ** 20 },
    hint: 'apt-get install -y python3',
  },
  {
    id: 'javascript',
    name: 'JavaScript',
    fileName: 'main.js',
    extensions: ['js', 'mjs', 'cjs'],
    helloWorld: [
      'function greet(name) {',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the program's own template string
      '  return `Hello, ${name}!`;',
      '}',
      '',
      "for (const name of ['world', 'Coderoom']) {",
      '  console.log(greet(name));',
      '}',
      '',
    ].join('\n'),
    toolchain: { from: 'node' },
    environment: {},
    supportFiles: [
      { path: blockingOutput, text: readFileSync(new URL('./blocking-output.cjs', import.meta.url), 'utf8') },
    ],
    // The heap may grow up to the whole limit, so that it is the kernel that ends a hog, and its count that says so;
    // told the size, V8 collects harder before it gets there.
    flags: ({ memoryBytes }) => [
      `--max-old-space-size=${Math.max(1, Math.floor(memoryBytes / 2 ** 20))}`,
      ...['--require', blockingOutput],
    ],
    // V8 reserves about 560 MiB of writable addresses at once, and gigabytes of others.
    memoryRlimit: { of: 'data', reservedBytes: 640 * 2 ** 20 },
    hint: 'It runs on the Node that runs Coderoom, which could not be started inside the sandbox; see the log.',
  },
];

/** The interpreter's path inside the sandbox. */
export function interpreterOf(language: LanguageDefinition): string {
  return language.toolchain.from === 'host' ? language.toolchain.path : sandboxPaths.node;
}

/** A row as clients see it; `version: null` means not installed. */
export function describeLanguage(language: LanguageDefinition, version: string | null): Language {
  const { id, name, fileName, helloWorld, hint } = language;
  return {
    id,
    name,
    version,
    installed: version !== null,
    fileName,
    helloWorld,
    ...(version === null ? { hint } : {}),
  };
}

/** The language whose files end like this one. */
export function languageOfFile(path: string): LanguageDefinition | undefined {
  const extension = /\.([^./]+)$/.exec(path)?.[1];
  return languages.find((language) => extension !== undefined && language.extensions.includes(extension));
}
