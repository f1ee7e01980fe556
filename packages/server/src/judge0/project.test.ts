import type { SourceFile } from '@coderoom/protocol';
import { checkJob } from '@coderoom/sandbox';
import { describe, expect, it } from 'vitest';
import type { Judge0Commands } from './api.ts';
import { projectFiles } from './project.ts';

/** The commands of Judge0 1.13's own languages, as GET /languages/{id} shows them. */
const commands = {
  python: { source_file: 'script.py', run_cmd: '/usr/local/python-3.8.1/bin/python3 script.py' },
  typescript: {
    source_file: 'script.ts',
    compile_cmd: '/usr/bin/tsc %s script.ts',
    run_cmd: '/usr/local/node/bin/node script.js',
  },
  c: { source_file: 'main.c', compile_cmd: '/usr/local/gcc-9.2.0/bin/gcc %s main.c', run_cmd: './a.out' },
  cpp: {
    source_file: 'main.cpp',
    compile_cmd: '/usr/local/gcc-9.2.0/bin/g++ %s main.cpp',
    run_cmd: 'LD_LIBRARY_PATH=/usr/local/gcc-9.2.0/lib64 ./a.out',
  },
  csharp: {
    source_file: 'Main.cs',
    compile_cmd: '/usr/local/mono/bin/mcs %s Main.cs',
    run_cmd: '/usr/local/mono/bin/mono Main.exe',
  },
  java: {
    source_file: 'Main.java',
    compile_cmd: '/usr/local/openjdk13/bin/javac %s Main.java',
    run_cmd: '/usr/local/openjdk13/bin/java Main',
  },
  kotlin: {
    source_file: 'Main.kt',
    compile_cmd: '/usr/local/kotlin/bin/kotlinc %s Main.kt',
    run_cmd: '/usr/local/kotlin/bin/kotlin MainKt',
  },
  go: {
    source_file: 'main.go',
    compile_cmd: 'GOCACHE=/tmp/.cache/go-build /usr/local/go/bin/go build %s main.go',
    run_cmd: './main',
  },
  rust: { source_file: 'main.rs', compile_cmd: '/usr/local/rust/bin/rustc %s main.rs', run_cmd: './main' },
} satisfies Record<string, Judge0Commands>;

function scriptsOf(language: keyof typeof commands, paths: string[], args: string[] = []): (string | undefined)[] {
  const files = paths.map((path): SourceFile => ({ path, text: `// ${path}` }));
  const made = projectFiles(
    checkJob({ language, files, args }, () => undefined),
    commands[language],
  );
  expect(made.slice(0, files.length)).toEqual(files);
  return ['compile', 'run'].map((name) =>
    made
      .find(({ path }) => path === name)
      ?.text.trim()
      .replace(/ +/g, ' '),
  );
}

describe('programs of several files at Judge0', () => {
  it.each<[keyof typeof commands, string[], string | undefined, string]>([
    ['python', ['main.py', 'helper.py'], undefined, '/usr/local/python-3.8.1/bin/python3 main.py'],
    ['typescript', ['main.ts', 'other.ts'], '/usr/bin/tsc main.ts', '/usr/local/node/bin/node main.js'],
    ['c', ['main.c', 'sum.c', 'sum.h'], '/usr/local/gcc-9.2.0/bin/gcc main.c sum.c', './a.out'],
    [
      'cpp',
      ['app.cpp', 'sum.cc'],
      '/usr/local/gcc-9.2.0/bin/g++ app.cpp sum.cc',
      'LD_LIBRARY_PATH=/usr/local/gcc-9.2.0/lib64 ./a.out',
    ],
    ['csharp', ['Main.cs', 'Sum.cs'], '/usr/local/mono/bin/mcs Main.cs Sum.cs', '/usr/local/mono/bin/mono Main.exe'],
    [
      'java',
      ['App.java', 'Sum.java'],
      '/usr/local/openjdk13/bin/javac App.java Sum.java',
      '/usr/local/openjdk13/bin/java App',
    ],
    [
      'kotlin',
      ['main.kt', 'sum.kt'],
      '/usr/local/kotlin/bin/kotlinc main.kt sum.kt',
      '/usr/local/kotlin/bin/kotlin MainKt',
    ],
    ['go', ['app.go', 'sum.go'], 'GOCACHE=/tmp/.cache/go-build /usr/local/go/bin/go build app.go sum.go', './app'],
    ['rust', ['main.rs', 'sum.rs'], '/usr/local/rust/bin/rustc main.rs', './main'],
  ])('EXEC-42 %s is compiled and run by the server’s own commands for its files', (language, paths, compile, run) => {
    const [compiles, runs] = scriptsOf(language, paths);
    expect(compiles).toBe(compile);
    expect(runs).toBe(run);
  });

  it('EXEC-42 names and arguments are words, never options or commands', () => {
    const [, run] = scriptsOf('python', ['-c.py', 'it’s; rm -rf $HOME.py'], ['$(id)', "it's", '-x', 'a\nb', '']);
    expect(run).toBe("/usr/local/python-3.8.1/bin/python3 ./-c.py '$(id)' 'it'\\''s' -x 'a\nb' ''");
    const [compiles] = scriptsOf('c', ['main.c', '`x`.c']);
    expect(compiles).toBe("/usr/local/gcc-9.2.0/bin/gcc main.c '`x`.c'");
  });

  it('EXEC-42 refuses files by the names that Judge0 needs', () => {
    expect(() => scriptsOf('python', ['main.py', 'run'])).toThrow(/"run"/);
  });
});
