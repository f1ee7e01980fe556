import { limits, type RunResult, type SourceFile } from '@coderoom/protocol';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { sandboxForSuite } from '../test/test-sandbox.ts';

const { test, missing } = await sandboxForSuite();
afterAll(async () => await test?.[Symbol.asyncDispose]());

/** A source that means ill to whoever compiles it. */
interface HostileSource {
  name: string;
  language: string;
  text?: string;
  files?: SourceFile[];
  expect: Partial<RunResult>;
  says?: RegExp;
}

const refused = { status: 'error', phase: 'compile', stdout: '' } as const;
const absent = /No such file|cannot find|couldn't read|not found|no matching files/i;

const sources: HostileSource[] = [
  {
    name: 'includes the host’s passwords',
    language: 'c',
    text: '#include "/etc/shadow"\nint main(void) {}',
    expect: refused,
    says: absent,
  },
  {
    name: 'includes a file without end',
    language: 'c',
    text: '#include "/dev/zero"\nint main(void) {}',
    expect: { phase: 'compile', stdout: '' },
  },
  {
    name: 'lets the assembler include the host’s passwords',
    language: 'c',
    text: '__asm__(".incbin \\"/etc/shadow\\"");\nint main(void) {}',
    expect: refused,
    says: /file not found|No such file|incbin/i,
  },
  {
    name: 'is a bomb of templates',
    language: 'cpp',
    text: 'template <int N> struct B { B<N - 1> a; B<N - 2> b; static constexpr int v = B<N * 3 + 1>::v; };\nint main() { return B<1>::v; }',
    expect: { status: 'error', phase: 'compile' },
  },
  {
    name: 'includes the host’s passwords as text',
    language: 'rust',
    text: 'fn main() { print!("{}", include_str!("/etc/shadow")); }',
    expect: refused,
    says: absent,
  },
  {
    name: 'reads the compiler’s environment',
    language: 'rust',
    text: 'fn main() { print!("{}", env!("SECRET_KEY")); }',
    expect: refused,
    says: /SECRET_KEY/,
  },
  {
    name: 'embeds files from outside',
    language: 'go',
    text: 'package main\nimport _ "embed"\n//go:embed ../etc/passwd\nvar s string\nfunc main() { print(s) }',
    expect: refused,
  },
  {
    name: 'hands flags to the C compiler',
    language: 'go',
    text: 'package main\n// #cgo CFLAGS: -fplugin=/tmp/x.so\nimport "C"\nfunc main() {}',
    expect: refused,
  },
  {
    name: 'brings an annotation processor along',
    language: 'java',
    files: [
      {
        path: 'Main.java',
        text: 'import javax.annotation.processing.*;\n@SupportedAnnotationTypes("*")\npublic class Main extends AbstractProcessor { public boolean process(java.util.Set<? extends javax.lang.model.element.TypeElement> a, RoundEnvironment e) { System.out.println("processed"); return false; } public static void main(String[] a) { System.out.println("ran"); } }',
      },
      { path: 'META-INF/services/javax.annotation.processing.Processor', text: 'Main\n' },
    ],
    expect: { status: 'ok', stdout: 'ran\n', compileOutput: '' },
  },
  {
    name: 'is called like an option',
    language: 'c',
    files: [{ path: '-fplugin=x.c', text: 'int main(void) { return 7; }' }],
    expect: { status: 'error', phase: 'run', exitCode: 7 },
  },
  {
    name: 'is called like a file of options',
    language: 'c',
    files: [
      { path: '@evil.c', text: 'int main(void) { return 7; }' },
      { path: 'evil.c', text: '-fplugin=/tmp/x.so' },
    ],
    expect: { phase: 'compile', status: 'error' },
  },
  {
    name: 'makes a program that is too large (case 38)',
    language: 'c',
    text: 'char x[27000000] = {1};\nint main(void) { return x[0]; }',
    expect: { status: 'output', phase: 'compile', stdout: '' },
  },
];

/** Must end within the compiler's limits, by whichever of them or by the compiler's own. */
const bomb = { phase: 'compile', stdout: '' } as const;
const nested = (open: string, inner: string, close: string, depth: number) =>
  open.repeat(depth) + inner + close.repeat(depth);

const bombs: HostileSource[] = [
  {
    name: 'includes itself',
    language: 'c',
    text: '#include __FILE__\nint main(void) {}',
    expect: refused,
    says: /nested (depth|too deeply)/,
  },
  {
    name: 'is a macro that doubles forty times',
    language: 'c',
    text: `#define A0 1,\n${Array.from({ length: 40 }, (_, n) => `#define A${n + 1} A${n} A${n}`).join('\n')}\nint x[] = { A40 };\nint main(void) {}`,
    expect: bomb,
  },
  {
    name: 'has a name of half a million letters',
    language: 'c',
    text: `int ${'x'.repeat(500_000)};\nint main(void) { return 0; }`,
    expect: { status: 'ok' },
  },
  {
    name: 'brings a header that claims to be compiled already',
    language: 'c',
    files: [
      { path: 'main.c', text: '#include "a.h"\nint main(void) { return ANSWER; }' },
      { path: 'a.h', text: '#define ANSWER 7' },
      { path: 'a.h.gch', text: 'gpch.014\nnonsense' },
    ],
    expect: { status: 'error', phase: 'run', exitCode: 7 },
  },
  {
    name: 'computes for ever in a constant',
    language: 'cpp',
    text: 'constexpr int f(int n) { int s = 0; for (;;) s ^= n; return s; }\nstatic_assert(f(1) == 0);\nint main() {}',
    expect: refused,
    says: /constexpr/,
  },
  {
    name: 'computes for ever in a constant',
    language: 'rust',
    text: 'const N: u64 = { let mut n = 1u64; while n != 0 { n = n.wrapping_mul(3) | 1; } n };\nfn main() { println!("{N}"); }',
    expect: bomb,
  },
  {
    name: 'is a macro that calls itself',
    language: 'rust',
    text: 'macro_rules! m { ($($t:tt)*) => { m!($($t)* $($t)* x) } }\nfn main() { m!(x) }',
    expect: bomb,
  },
  {
    name: 'makes types of types without end',
    language: 'go',
    text: 'package main\nfunc f[T any](n int) { f[[]T](n + 1) }\nfunc main() { f[int](0) }',
    expect: refused,
    says: /instantiation cycle/,
  },
  {
    name: 'has a variable larger than any machine',
    language: 'go',
    text: 'package main\nvar x [1 << 50]byte\nfunc main() { x[0] = 1 }',
    expect: bomb,
  },
  {
    name: 'has parentheses ten thousand deep',
    language: 'java',
    text: `class Main { public static void main(String[] a) { int x = ${nested('(', '1', ')', 10_000)}; } }`,
    expect: { stdout: '' },
  },
  {
    name: 'has lambdas whose types depend on each other',
    language: 'java',
    text: `import java.util.function.*;\nclass Main { static <T, R> R c(Function<T, R> f, T t) { return f.apply(t); }\nstatic <T> T c(Supplier<T> s, int i) { return s.get(); }\npublic static void main(String[] a) { Object o = ${nested('c(x -> ', '1', ', 1)', 24).replaceAll('x', () => `x${Math.floor(Math.random() * 1e9)}`)}; } }`,
    expect: { stdout: '' },
  },
  {
    name: 'has lambdas whose types depend on each other',
    language: 'csharp',
    text: `using System;\nclass P { static int M(Func<int, int> f) { return 1; }\nstatic string M(Func<string, string> f) { return ""; }\nstatic void Main() { ${Array.from({ length: 18 }, (_, n) => `M(x${n} => `).join('')}x0${')'.repeat(18)}; } }`,
    expect: bomb,
  },
  {
    name: 'has lists of lists of which nobody said the type',
    language: 'kotlin',
    text: `fun main() { val x = ${nested('listOf(1, ', '""', ', 2.0)', 30)}\nprintln(x.size) }`,
    expect: {},
  },
  {
    name: 'has a sum of which the types cannot be told',
    language: 'swift',
    text: `let a: Double = ${Array.from({ length: 40 }, (_, n) => `-(${n} + ${n}.5)`).join(' + ')} + [1, "2"].count\nprint(a)`,
    expect: bomb,
  },
];

const known = new Set(test?.sandbox.languages().flatMap(({ id, installed }) => (installed ? [id] : [])));

describe.skipIf(test === null)(`a hostile source${missing}`, () => {
  if (test === null) return;

  afterEach(async () => {
    await test.expectNothingLeft();
    expect(test.errors.splice(0)).toEqual([]);
  });

  it.each(sources.filter(({ language }) => known.has(language)))(
    'EXEC-39 $name ($language; case 40)',
    async ({ language, text = '', files, says, ...row }) => {
      const result = await test.run({ language, ...(files === undefined ? {} : { files }) }, text);
      expect(result).toMatchObject(row.expect);
      if (says !== undefined) expect(result.compileOutput).toMatch(says);
      expect(result.compileOutput + result.stdout).not.toMatch(/root:.*:\d+:|coderoom-work|\/var\/cache/);
    },
    60_000,
  );

  it.each(bombs.filter(({ language }) => known.has(language)))(
    'EXEC-55 $name ($language)',
    async ({ language, text = '', files, says, ...row }) => {
      const result = await test.run({ language, ...(files === undefined ? {} : { files }) }, text);
      expect(result, result.compileOutput.slice(0, 2_000)).toMatchObject(row.expect);
      if (says !== undefined) expect(result.compileOutput).toMatch(says);
      expect(result.status).toMatch(/^(ok|error|timeout|memory|output)$/);
      expect(result.compileOutput.length).toBeLessThan(limits.runOutputMaxBytes + limits.runOutputTailBytes + 100);
      const { helloWorld = '' } = test.sandbox.languages().find(({ id }) => id === language) ?? {};
      expect(await test.run({ language }, helloWorld)).toMatchObject({ status: 'ok' });
    },
    limits.compileWallMs + limits.runWallMs + 60_000,
  );

  it('EXEC-55 types without end (typescript) do not hold up the program, nor what is said of them', async () => {
    const program = [
      'type Grow<T extends unknown[]> = T["length"] extends 1e6 ? T : Grow<[...T, ...T, 1]>;',
      'type Deep<N> = { [K in keyof N]: Deep<Deep<N>> } & Deep<[N, N]>;',
      'const a: Grow<[1]> | Deep<{ x: 1 }> = null as never;',
      'console.log(a === null);',
    ].join('\n');
    expect(await test.run({ language: 'typescript' }, program)).toMatchObject({ status: 'ok', stdout: 'true\n' });
  }, 60_000);

  it('EXEC-39 cannot change what is kept of it for the next (cases 35 and 54)', async () => {
    if (!known.has('c')) return;
    const program = [
      '#include <stdio.h>',
      '#include <unistd.h>',
      'int main(void) {',
      '  FILE *f = fopen("/opt/program/program", "w");',
      '  puts(f ? "opened" : "refused");',
      '  puts(unlink("/opt/program/program") == 0 || symlink("/etc/passwd", "/opt/program/x") == 0 ? "changed" : "kept");',
      '}',
    ].join('\n');
    for (let round = 0; round < 2; round += 1) {
      expect(await test.run({ language: 'c' }, program)).toMatchObject({ status: 'ok', stdout: 'refused\nkept\n' });
    }
  });

  it('EXEC-38 is not compiled twice', async () => {
    if (!known.has('c')) return;
    const program = '#include <stdio.h>\n#warning once\nint main(void) { puts(__TIME__); }';
    const first = await test.run({ language: 'c' }, program);
    const second = await test.run({ language: 'c' }, program);
    expect(second.stdout).toBe(first.stdout);
    expect(second.compileOutput).toContain('#warning once');
    expect(second.frames[0]).toMatchObject({ seq: 0, phase: 'compile' });
  });

  it('EXEC-35 types that do not fit are told beside what the program prints, and do not hold it up', async () => {
    if (!test.platform.toolchains.isPrepared) return;
    const program = 'const count: number = "three";\nconsole.log(count, process.argv.length > 1);';
    for (let round = 0; round < 2; round += 1) {
      const result = await test.run({ language: 'typescript' }, program);
      expect(result).toMatchObject({ status: 'ok', phase: 'run', stdout: 'three true\n', stderr: '' });
      expect(result.compileOutput).toMatch(
        /^main\.ts\(1,7\): error TS2322: .*'string' is not assignable to type 'number'\.\n$/,
      );
    }
  });

  it('EXEC-26 is cancelled while it is compiled (case 48)', async () => {
    if (!known.has('cpp')) return;
    const frames: string[] = [];
    const files = [
      { path: 'main.cpp', text: '#include <bits/stdc++.h>\n#include <regex>\nint main() { std::regex r("x"); }' },
    ];
    const onFrames = (batch: { data: string }[]) => frames.push(...batch.map(({ data }) => data));
    const run = test.sandbox.start({ id: 'c', owner: 'o', language: 'cpp', files, onFrames });
    await new Promise((resolve) => setTimeout(resolve, 60));
    run.cancel();
    expect(await run.result).toMatchObject({ status: 'cancelled' });
    await test.expectNothingLeft();
    expect(frames).toEqual([]);
  });
});
