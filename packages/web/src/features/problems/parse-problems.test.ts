/** `printed.json` is what the toolchain prints, byte for byte. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProblems } from './parse-problems.ts';

const printed = JSON.parse(readFileSync(new URL('./printed.json', import.meta.url), 'utf8')) as Record<
  string,
  { paths: string[]; text: string }
>;

function read(text: string, paths: string[]): string[] {
  return parseProblems(text, paths).map(({ path, line, column, severity, message }) => {
    return `${path}:${line}${column === undefined ? '' : `:${column}`} ${severity}: ${message}`;
  });
}

const expected: [what: string, problems: string[]][] = [
  [
    'C, two files that do not compile',
    [
      'main.c:3:16 error: expected ‘=’, ‘,’, ‘;’, ‘asm’ or ‘__attribute__’ before ‘{’ token',
      'shapes.h:2:5 error: old-style parameter declarations in prototyped function definition',
      'main.c:7 error: expected ‘{’ at end of input',
    ],
  ],
  ['C, a function that is nowhere', []],
  ['C, a header that is nowhere', ['main.c:1:10 error: nothere.h: No such file or directory']],
  [
    'C++, with a template in a header',
    [
      'main.cpp:4:24 error: conversion from ‘int’ to non-scalar type ‘std::vector<int>’ requested',
      'main.cpp:5:5 error: ‘class std::vector<int>’ has no member named ‘push’',
      'shape.hpp:2:43 error: request for member ‘size’ in ‘w’, which is of non-class type ‘int’',
    ],
  ],
  ['Java, a missing semicolon', ["Main.java:5:17 error: ';' expected"]],
  [
    'Java, symbols and types',
    [
      'Main.java:3:13 error: incompatible types: String cannot be converted to int',
      'Main.java:4:24 error: cannot find symbol\nsymbol:   variable y\nlocation: class Main',
      'Main.java:5:11 error: method go in class Helper cannot be applied to given types;\nrequired: no arguments\nfound:    int\nreason: actual and formal argument lists differ in length',
      'Helper.java:2:33 error: incompatible types: int cannot be converted to String',
    ],
  ],
  ['Java, an exception', ['Main.java:3 error: java.lang.IllegalStateException: oh']],
  [
    'C#, two files',
    [
      "Main.cs:4:13 error: Cannot implicitly convert type `string' to `int' (CS0029)",
      "Main.cs:6:23 error: The name `y' does not exist in the current context (CS0103)",
      "Helper.cs:2:28 error: Cannot implicitly convert type `string' to `int' (CS0029)",
    ],
  ],
  ['C#, an exception, without lines', []],
  [
    'Go, two files',
    [
      'main.go:5:2 error: "os" imported and not used',
      'main.go:9:6 error: declared and not used: x',
      'main.go:9:14 error: cannot use "a" (untyped string constant) as int value in variable declaration',
      'main.go:10:14 error: undefined: y',
      'help.go:4:9 error: too many return values\nhave (number)\nwant ()',
    ],
  ],
  ['Go, a package in a folder', ['sub/sub.go:4:9 error: too many return values\nhave (number)\nwant ()']],
  ['Go, a panic', ['main.go:4 error: runtime error: index out of range [3] with length 0']],
  [
    'Rust, two files, notes and a warning',
    [
      'main.rs:5:20 error: cannot find value `y` in this scope',
      'main.rs:4:18 error: mismatched types',
      'main.rs:6:5 error: this function takes 0 arguments but 1 argument was supplied',
      'help.rs:2:9 warning: unused variable: `unused`',
    ],
  ],
  ['Rust, a panic', ['main.rs:3:21 error: index out of bounds: the len is 0 but the index is 1']],
  [
    'Kotlin, two files',
    [
      "help.kt:3:12 error: return type mismatch: expected 'Unit', actual 'Int'.",
      "main.kt:2:16 error: initializer type mismatch: expected 'Int', actual 'String'.",
      "main.kt:3:13 error: unresolved reference 'y'.",
      "main.kt:4:10 error: too many arguments for 'fun help(): Unit'.",
    ],
  ],
  ['Kotlin, an exception', ['main.kt:2 error: java.lang.IllegalStateException: oh']],
  [
    'Swift, three errors',
    [
      "main.swift:1:14 error: cannot convert value of type 'String' to specified type 'Int'",
      "main.swift:2:7 error: cannot find 'y' in scope",
      'main.swift:3:6 error: argument passed to call that takes no arguments',
    ],
  ],
  [
    'Swift, a warning',
    [
      "main.swift:2:9 warning: initialization of immutable value 'unused' was never used; consider replacing with assignment to '_' or removing it",
    ],
  ],
  ['Swift, a trap in its library', []],
  [
    'TypeScript, what its checker says',
    [
      "help.ts:2:3 error: Type 'string' is not assignable to type 'number'. (TS2322)",
      "main.ts:2:7 error: Type 'string' is not assignable to type 'number'. (TS2322)",
      'main.ts:4:6 error: Expected 0 arguments, but got 1. (TS2554)',
    ],
  ],
  ['TypeScript, an error in another module', ['help.ts:2:9 error: TypeError: oh']],
  ['JavaScript, a syntax error', ["main.js:2:11 error: SyntaxError: Unexpected token ';'"]],
  [
    'JavaScript, an error in another file',
    ["lib/help.js:2:20 error: TypeError: Cannot read properties of undefined (reading 'x')"],
  ],
  ['JavaScript, a rejection', ['main.js:3:9 error: RangeError: later']],
  ['JavaScript, modules', ['help.mjs:2:3 error: ReferenceError: nothing is not defined']],
  ['Python, a syntax error', ["main.py:2 error: SyntaxError: expected ':'"]],
  ['Python, an error in a package', ["lib/help.py:2 error: KeyError: 'key'"]],
  [
    'Python, an error that caused another',
    ['main.py:2 error: ZeroDivisionError: division by zero', 'main.py:4 error: ValueError: bad'],
  ],
  ['Python, several at once', ['main.py:1 error: ExceptionGroup: many (2 sub-exceptions)']],
  ['PHP, a syntax error', ['main.php:3 error: syntax error, unexpected token "echo"']],
  ['PHP, an exception in another file', ['help.php:3 error: RuntimeException: oh']],
  ['PHP, a warning', ['main.php:2 warning: Undefined variable $undefined']],
  [
    'Ruby, a syntax error',
    ["main.rb:4 error: syntax error, unexpected end-of-input, expecting `end' or dummy end (SyntaxError)"],
  ],
  ['Ruby, an error in another file', ['help.rb:2 error: oh (ArgumentError)']],
  [
    'Ruby, a syntax error in another file',
    ["help.rb:1 error: syntax error, unexpected end-of-input, expecting ')' (SyntaxError)"],
  ],
];

describe('what compilers and failing programs print', () => {
  it.each(expected)('WEB-140 %s', (what, problems) => {
    const { text, paths } = printed[what] ?? { text: '', paths: [] };
    expect(text).not.toBe('');
    expect(read(text, paths)).toEqual(problems);
  });

  it('WEB-140 everything that was printed is held against something', () => {
    expect(Object.keys(printed).sort()).toEqual(expected.map(([what]) => what).sort());
  });
});

describe('reading', () => {
  it('WEB-140 leaves out files that are not the room’s, and names that two of its files have', () => {
    expect(read('/usr/include/stdio.h:3:1: error: no\n', ['main.c'])).toEqual([]);
    const trace = 'Exception in thread "main" E: oh\n\tat b.Main.run(Main.java:3)\n';
    expect(read(trace, ['b/Main.java'])).toEqual(['b/Main.java:3 error: E: oh']);
    expect(read(trace, ['a/Main.java', 'b/Main.java'])).toEqual([]);
  });

  it('WEB-140 says a thing once, and at most fifty', () => {
    const line = (number: number) => `main.c:${number}:1: error: no\n`;
    expect(read(line(1).repeat(9), ['main.c'])).toEqual(['main.c:1:1 error: no']);
    expect(read(Array.from({ length: 99 }, (_, index) => line(index + 1)).join(''), ['main.c'])).toHaveLength(50);
  });

  it('WEB-140 takes whatever a program prints, without an end to it either', () => {
    const words = [
      'main.c:1:',
      ' error: ',
      '\n',
      '  File "main.py", line 2\n',
      ' --> ',
      '^',
      'at f(main.js:1:2)',
      ':',
      '(',
    ];
    const junk = fc.array(fc.oneof(fc.constantFrom(...words), fc.string()), { maxLength: 200 });
    fc.assert(
      fc.property(junk, (pieces) => {
        for (const { path, line, message } of parseProblems(pieces.join(''), ['main.c', 'main.py', 'main.js'])) {
          expect(['main.c', 'main.py', 'main.js']).toContain(path);
          expect(line).toBeGreaterThan(0);
          expect(message.length).toBeLessThan(600);
        }
      }),
    );
    // Quadratic patterns would take minutes here.
    expect(parseProblems(`main.c:${'1:'.repeat(100_000)}`, ['main.c'])).toEqual([]);
    expect(parseProblems(` at ${'('.repeat(200_000)}`, ['main.c'])).toEqual([]);
    expect(parseProblems(`Warning: ${' in /box'.repeat(25_000)}`, ['main.php'])).toEqual([]);
    expect(parseProblems(`Warning:${' '.repeat(200_000)}`, ['main.php'])).toEqual([]);
    expect(parseProblems(`Caused by: x\n\tat ${'('.repeat(200_000)}`, ['Main.java'])).toEqual([]);
    expect(parseProblems(`thread '${"' panicked at a:1:1".repeat(12_000)}`, ['main.rs'])).toEqual([]);
    expect(parseProblems('panic: x\n'.repeat(20_000), ['main.go'])).toEqual([]);
  });
});
