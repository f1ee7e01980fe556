import { readFileSync } from 'node:fs';
import { limits, type SourceFile } from '@coderoom/protocol';

/** Where things lie inside the sandbox. */
export const sandboxPaths = {
  box: '/box',
  temporary: '/tmp',
  node: '/opt/node/bin/node',
  /** What the toolchain image prepares beside Debian's packages. */
  prepared: '/opt/coderoom',
  cell: '/opt/coderoom/bin/cell',
  agents: '/opt/agent',
  /** What a compiler made of the sources. */
  program: '/opt/program/program',
} as const;

/** What a sandbox is started with before anybody knows for which job: a program that waits, and becomes the job. */
export interface Runtime {
  id: 'exec' | 'make' | 'python' | 'node' | 'php' | 'ruby' | 'java' | 'kotlin' | 'kotlinc' | 'mono';
  /**
   * The waiting program. `isPrepared`: on a toolchain image, with what that holds ready; `isAwaited`: somebody waits for
   * it already, so that it does nothing ahead.
   */
  command(start: { memoryBytes: number; isPrepared: boolean; isAwaited: boolean }): string[];
  /** The command depends on the memory limit, so that one started for another cannot be used. */
  isBuiltForMemory: boolean;
  /** It compiles by itself before it runs, and tells the two apart. */
  isCompiler: boolean;
  runsOnNode: boolean;
  /** It runs what a compiler made elsewhere. */
  takesProgram: boolean;
  /** Environment beside the keys that every run has. */
  environment: Readonly<Record<string, string>>;
  /** The agent and what it needs, by absolute path. */
  supportFiles: readonly SourceFile[];
  /** What stands in for the memory limit where there are no cgroups: a limit on addresses, beyond those merely reserved. */
  memoryRlimit: { of: 'address-space' | 'data'; reservedBytes: number };
  processes: number;
  /** How many cores' worth of time it may take at once. */
  cpuCores: number;
  /** What one takes while it waits. */
  idleBytes: number;
  /** What a program says that ran out of a heap that is smaller than the run's memory. */
  outOfMemory: RegExp | null;
}

const mebibyte = 2 ** 20;

function agent(name: string): SourceFile {
  return {
    path: `${sandboxPaths.agents}/${name}`,
    text: readFileSync(new URL(`./agents/${name}`, import.meta.url), 'utf8'),
  };
}

const common = {
  isBuiltForMemory: false,
  isCompiler: false,
  runsOnNode: false,
  takesProgram: false,
  environment: {},
  memoryRlimit: { of: 'address-space', reservedBytes: 32 * mebibyte },
  processes: limits.runProcesses,
  cpuCores: limits.runCpuCores,
  outOfMemory: null,
} as const;

const shellAgent = agent('agent.sh');
const shell = ['/bin/sh', shellAgent.path];
const pythonAgent = agent('agent.py');
const nodeAgent = agent('agent.cjs');
const phpAgent = agent('agent.php');
const rubyAgent = agent('agent.rb');
const javaAgent = agent('Agent.java');
const monoAgents = [agent('Agent.cs'), agent('Compiler.cs')];

/** A part of the memory limit, for the heap of a JVM; the rest is for what it needs beside. */
const heapShare = 0.7;

function java(mode: readonly string[], { memoryBytes, isPrepared }: { memoryBytes: number; isPrepared: boolean }) {
  return [
    '/usr/bin/java',
    ...['-XX:+UseSerialGC', '-XX:-UsePerfData', '-Xlog:disable', '-Xlog:all=off'],
    `-Xmx${Math.max(2, Math.floor((memoryBytes * heapShare) / mebibyte))}m`,
    ...(isPrepared
      ? ['-XX:AOTCache=/opt/coderoom/java/agent.aot', '-jar', '/opt/coderoom/java/agent.jar']
      : ['--add-opens=java.base/java.io=ALL-UNNAMED', javaAgent.path]),
    ...mode,
  ];
}

/** Reserves far more addresses than it uses, so that without control groups only a limit on data says something. */
const virtualMachine = {
  memoryRlimit: { of: 'data', reservedBytes: 2_048 * mebibyte },
  processes: limits.runProcesses * 2,
  // They compile and collect garbage beside the program; held to one core that would hold up the program.
  cpuCores: limits.compileCpuCores,
} as const;

const outOfJavaHeap = /^(Exception in thread .*|Caused by: )?java\.lang\.OutOfMemoryError/m;

/** What Kotlin's compiler is made of, by npm's package. */
const kotlinJars = [
  ...['kotlin-compiler', 'kotlin-stdlib', 'kotlin-script-runtime', 'kotlin-reflect', 'kotlinx-coroutines-core-jvm'],
  ...['annotations-13.0', 'kotlin-daemon-client'],
].map((name) => `/opt/coderoom/npm/node_modules/kotlin-compiler/lib/${name}.jar`);

export const runtimes = {
  /** Becomes whatever command it is told. */
  exec: {
    ...common,
    id: 'exec',
    command: () => shell,
    takesProgram: true,
    supportFiles: [shellAgent],
    // Go reserves addresses by the gigabyte.
    memoryRlimit: { of: 'data', reservedBytes: 64 * mebibyte },
    idleBytes: 2 * mebibyte,
  },
  /** Carries out a compiler's command and hands out what that made. */
  make: {
    ...common,
    id: 'make',
    command: () => [...shell, 'make', '/tmp/program'],
    supportFiles: [shellAgent],
    memoryRlimit: { of: 'data', reservedBytes: 2_048 * mebibyte },
    processes: limits.compileProcesses,
    cpuCores: limits.compileCpuCores,
    idleBytes: 2 * mebibyte,
  },
  python: {
    ...common,
    id: 'python',
    command: ({ isPrepared, isAwaited }) => [
      ...['/usr/bin/python3', ...(isPrepared ? ['-S', '/opt/coderoom/python/agent.pyc'] : [pythonAgent.path])],
      ...(isAwaited ? ['awaited'] : []),
    ],
    environment: { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' },
    supportFiles: [pythonAgent],
    idleBytes: 6 * mebibyte,
  },
  node: {
    ...common,
    id: 'node',
    // The heap may grow up to the whole limit, so that it is the kernel that ends a hog, and its count that says so;
    // told the size, V8 collects harder before it gets there.
    command: ({ memoryBytes, isAwaited }) => [
      sandboxPaths.node,
      `--max-old-space-size=${Math.max(1, Math.floor(memoryBytes / mebibyte))}`,
      nodeAgent.path,
      ...(isAwaited ? ['awaited'] : []),
    ],
    isBuiltForMemory: true,
    runsOnNode: true,
    supportFiles: [nodeAgent],
    // V8 reserves about 560 MiB of writable addresses at once, and gigabytes of others.
    memoryRlimit: { of: 'data', reservedBytes: 640 * mebibyte },
    idleBytes: 12 * mebibyte,
  },
  php: {
    ...common,
    id: 'php',
    command: () => [
      '/usr/bin/php',
      ...['display_errors=stderr', 'log_errors=0', 'memory_limit=-1', 'opcache.enable_cli=0'].flatMap((setting) => [
        '-d',
        setting,
      ]),
      phpAgent.path,
    ],
    supportFiles: [phpAgent],
    idleBytes: 8 * mebibyte,
  },
  ruby: {
    ...common,
    id: 'ruby',
    command: () => ['/usr/bin/ruby', rubyAgent.path],
    supportFiles: [rubyAgent],
    memoryRlimit: { of: 'data', reservedBytes: 64 * mebibyte },
    idleBytes: 14 * mebibyte,
  },
  java: {
    ...common,
    ...virtualMachine,
    id: 'java',
    command: (start) => java([], start),
    isBuiltForMemory: true,
    isCompiler: true,
    supportFiles: [javaAgent],
    idleBytes: 130 * mebibyte,
    outOfMemory: outOfJavaHeap,
  },
  kotlin: {
    ...common,
    ...virtualMachine,
    id: 'kotlin',
    command: (start) => java(['jar'], start),
    takesProgram: true,
    isBuiltForMemory: true,
    isCompiler: true,
    supportFiles: [javaAgent],
    idleBytes: 40 * mebibyte,
    outOfMemory: outOfJavaHeap,
  },
  /** Kotlin's compiler, which takes longer to start than to compile. */
  kotlinc: {
    ...common,
    ...virtualMachine,
    id: 'kotlinc',
    command: () => [
      ...['/usr/bin/java', '-XX:+UseSerialGC', '-XX:-UsePerfData', '-Xmx768m', '-Xlog:disable', '-Xlog:all=off'],
      ...['-XX:AOTCache=/opt/coderoom/kotlin/compiler.aot', '--add-opens=java.base/java.io=ALL-UNNAMED'],
      ...['--enable-native-access=ALL-UNNAMED', '--sun-misc-unsafe-memory-access=allow'],
      ...['-cp', ['/opt/coderoom/java/agent.jar', ...kotlinJars].join(':'), 'KotlinCompiler'],
    ],
    processes: limits.compileProcesses,
    supportFiles: [],
    idleBytes: 330 * mebibyte,
  },
  mono: {
    ...common,
    ...virtualMachine,
    id: 'mono',
    command: ({ isPrepared }) =>
      isPrepared
        ? ['/usr/bin/mono', '--debug', '/opt/coderoom/mono/agent.exe']
        : [
            '/bin/sh',
            '-c',
            `mcs -out:/tmp/agent.exe ${monoAgents.map(({ path }) => path).join(' ')} && exec mono --debug /tmp/agent.exe`,
          ],
    isCompiler: true,
    supportFiles: [...monoAgents, agent('Practice.cs')],
    idleBytes: 50 * mebibyte,
    outOfMemory: /^System\.OutOfMemoryException|Unhandled Exception:\s+System\.OutOfMemoryException/m,
  },
} satisfies Record<Runtime['id'], Runtime>;
