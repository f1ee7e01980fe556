import type { RunResult, SourceFile } from '@coderoom/protocol';
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
