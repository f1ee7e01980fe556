import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSandbox, type Sandbox } from '../packages/sandbox/src/index.ts';
import { findToolchains, toolchainsFolder } from '../packages/sandbox/src/toolchains/toolchains.ts';
import { temporaryFolder } from '../packages/testkit/src/index.ts';

/**
 * Hello world in the sandbox beside the same toolchain's bare commands, taking turns: from asking until the first byte
 * of output. `npm run bench sandbox [language …]`; as root, with the toolchain image.
 */
const kotlin = '/opt/coderoom/npm/node_modules/kotlin-compiler/lib';
const kotlinPath = [
  'kotlin-compiler',
  'kotlin-stdlib',
  'kotlin-script-runtime',
  'kotlin-reflect',
  'kotlinx-coroutines-core-jvm',
]
  .map((name) => `${kotlin}/${name}.jar`)
  .join(':');

interface Row {
  rounds: number;
  source(mark: string): string;
  /** In a folder with the file, as a shell would. */
  bare: string;
}

const rows: Record<string, Row> = {
  python: { rounds: 21, source: (mark) => `# ${mark}\nprint("hello")`, bare: 'exec /usr/bin/python3 main.py' },
  javascript: {
    rounds: 21,
    source: (mark) => `// ${mark}\nconsole.log("hello")`,
    bare: 'exec /opt/node/bin/node main.js',
  },
  typescript: {
    rounds: 21,
    source: (mark) => `// ${mark}\nconst s: string = "hello"; console.log(s)`,
    bare: 'exec /opt/node/bin/node main.ts',
  },
  php: { rounds: 21, source: (mark) => `<?php // ${mark}\necho "hello\\n";`, bare: 'exec /usr/bin/php main.php' },
  ruby: { rounds: 21, source: (mark) => `# ${mark}\nputs "hello"`, bare: 'exec /usr/bin/ruby main.rb' },
  java: {
    rounds: 9,
    source: (mark) => `// ${mark}\nclass Main { public static void main(String[] a) { System.out.println("hello"); } }`,
    bare: 'javac Main.java && exec java Main',
  },
  csharp: {
    rounds: 9,
    source: (mark) => `// ${mark}\nclass P { static void Main() { System.Console.WriteLine("hello"); } }`,
    bare: 'mcs Main.cs && exec mono Main.exe',
  },
  kotlin: {
    rounds: 5,
    source: (mark) => `// ${mark}\nfun main() { println("hello") }`,
    bare: `java -cp ${kotlinPath} org.jetbrains.kotlin.cli.jvm.K2JVMCompiler -no-stdlib -no-reflect -cp ${kotlin}/kotlin-stdlib.jar -d m.jar main.kt 2>/dev/null && exec java -cp m.jar:${kotlin}/kotlin-stdlib.jar MainKt`,
  },
  c: {
    rounds: 15,
    source: (mark) => `// ${mark}\n#include <stdio.h>\nint main(void) { puts("hello"); }`,
    bare: 'gcc -O1 main.c && exec ./a.out',
  },
  cpp: {
    rounds: 7,
    source: (mark) => `// ${mark}\n#include <bits/stdc++.h>\nint main() { std::cout << "hello" << std::endl; }`,
    bare: 'g++ -std=c++20 -O1 main.cpp && exec ./a.out',
  },
  go: {
    rounds: 9,
    source: (mark) => `// ${mark}\npackage main\nimport "fmt"\nfunc main() { fmt.Println("hello", "${mark}"[:0]) }`,
    bare: 'go build -o main main.go && exec ./main',
  },
  rust: {
    rounds: 9,
    source: (mark) => `// ${mark}\nfn main() { println!("hello"); }`,
    bare: 'rustc main.rs && exec ./main',
  },
  swift: { rounds: 7, source: (mark) => `// ${mark}\nprint("hello")`, bare: 'swiftc main.swift && exec ./main' },
};

const toolchains = findToolchains(process.env.TOOLCHAINS_DIR ?? toolchainsFolder);
if (process.getuid?.() !== 0 || !toolchains.isPrepared || toolchains.root === '/') {
  console.error('This bench needs root and the toolchain image: npm run toolchains');
  process.exit(1);
}
if (process.env.CODEROOM_BENCH_INSIDE !== '1') {
  // The bare commands run in the same image; what they need mounted there is gone with this process.
  const mounts = [
    'mount -t proc proc "$1/proc" && mount --bind /dev "$1/dev" && mount -t tmpfs -o exec tmpfs "$1/tmp"',
    'mount -t tmpfs tmpfs "$1/mnt" && mkdir "$1/mnt/node" && cp "$2" "$1/mnt/node/node"',
    'shift 2; exec "$@"',
  ].join(' && ');
  const again = [process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const args = ['--mount', 'sh', '-c', mounts, 'sh', toolchains.root, process.execPath, ...again];
  const done = spawnSync('unshare', args, { stdio: 'inherit', env: { ...process.env, CODEROOM_BENCH_INSIDE: '1' } });
  process.exit(done.status ?? 1);
}

function firstByteOf(command: string[]): Promise<number> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const env = {
      PATH: '/usr/bin:/bin:/usr/sbin',
      HOME: '/tmp',
      LANG: 'C.UTF-8',
      GOCACHE: '/tmp/gocache',
      GOFLAGS: '-trimpath',
      GO111MODULE: 'off',
    };
    const child = spawn('/usr/sbin/chroot', [toolchains.root, ...command], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let firstByteMs = Number.NaN;
    child.stdout.once('data', () => {
      firstByteMs = performance.now() - startedAt;
    });
    child.once('close', () => resolve(firstByteMs));
  });
}

function bare(row: Row, fileName: string, mark: string): Promise<number> {
  writeFileSync(join(toolchains.root, 'tmp', fileName), row.source(mark));
  return firstByteOf(['/bin/sh', '-c', `cd /tmp && ${row.bare.replaceAll('/opt/node/bin/node', '/mnt/node/node')}`]);
}

let asked = 0;
async function sandboxed(sandbox: Sandbox, language: string, path: string, text: string): Promise<number> {
  await sandbox.warmedUp();
  const startedAt = performance.now();
  let firstByteMs = Number.NaN;
  const run = sandbox.start({
    id: `bench-${asked++}`,
    owner: 'bench',
    language,
    files: [{ path, text }],
    stdin: '',
    onFrames: () => {
      firstByteMs ||= performance.now() - startedAt;
    },
  });
  const result = await run.result;
  if (result.stdout.trim() !== 'hello') throw new Error(`Not a hello: ${JSON.stringify(result)}`);
  return firstByteMs;
}

function quantile(values: number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
const round = (value: number) => Math.round(value * 10) / 10;

using folder = temporaryFolder();
const logger = { warn: console.warn, error: console.error, info: () => {} };
const cold = await openSandbox({ stateDir: folder.path, warmBytes: 0, logger });
const warm = await openSandbox({ stateDir: folder.path, logger });
const wanted = process.argv.slice(2);
const table: Record<string, object> = {};
for (const { id, fileName } of warm.languages()) {
  const row = rows[id];
  if (row === undefined || (wanted.length > 0 && !wanted.includes(id))) continue;
  const times = { bare: [] as number[], cold: [] as number[], warm: [] as number[], again: [] as number[] };
  await bare(row, fileName, 'first');
  await sandboxed(warm, id, fileName, row.source('first'));
  for (let turn = 0; turn < row.rounds; turn += 1) {
    await warm.warmedUp();
    times.bare.push(await bare(row, fileName, `bare ${turn}`));
    times.cold.push(await sandboxed(cold, id, fileName, row.source(`cold ${turn}`)));
    times.warm.push(await sandboxed(warm, id, fileName, row.source(`warm ${turn}`)));
    times.again.push(await sandboxed(warm, id, fileName, row.source(`warm ${turn}`)));
  }
  const bareMs = quantile(times.bare, 0.5);
  // Of pairs that ran right after one another, because the machine may be busier at one time than at another.
  const beyondMs = quantile(
    times.cold.map((ms, turn) => ms - (times.bare[turn] ?? Number.NaN)),
    0.5,
  );
  table[id] = {
    bare: round(bareMs),
    ...Object.fromEntries(
      (['cold', 'warm', 'again'] as const).flatMap((kind) => [
        [`${kind} p50`, round(quantile(times[kind], 0.5))],
        [`${kind} p95`, round(quantile(times[kind], 0.95))],
      ]),
    ),
    'cold − bare': round(beyondMs),
    'warm ÷ bare': Math.round((quantile(times.warm, 0.5) / bareMs) * 1000) / 1000,
    'again ÷ bare': Math.round((quantile(times.again, 0.5) / bareMs) * 1000) / 1000,
  };
  console.table({ [id]: table[id] });
}
console.log(
  `\nIsolation: ${warm.report.tier}. Milliseconds from asking to the first byte; "again" is the same source a second time.`,
);
console.table(table);

if (wanted.length === 0 || wanted.includes('throughput')) {
  const runs = 256;
  const atOnce = 16;
  const perSecond = async (work: (index: number) => Promise<unknown>) => {
    const startedAt = performance.now();
    let next = 0;
    const worker = async () => {
      for (let index = next++; index < runs; index = next++) await work(index);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return (runs * 1_000) / (performance.now() - startedAt);
  };
  const results = { bare: [] as number[], sandbox: [] as number[] };
  for (let turn = 0; turn < 3; turn += 1) {
    await warm.warmedUp();
    results.bare.push(await perSecond(() => firstByteOf(['/usr/bin/python3', '-c', 'print("hello")'])));
    await warm.warmedUp();
    results.sandbox.push(
      await perSecond(async (index) => {
        const files = [{ path: 'main.py', text: 'print("hello")' }];
        const run = warm.start({
          id: `t${asked++}`,
          owner: `o${index % atOnce}`,
          language: 'python',
          files,
          stdin: '',
        });
        await run.result;
      }),
    );
  }
  console.log(`${runs} runs of Python, ${atOnce} at once, runs/s, best of 3:`);
  console.table(Object.fromEntries(Object.entries(results).map(([key, values]) => [key, round(Math.max(...values))])));
}
await cold.close();
await warm.close();
