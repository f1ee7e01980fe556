import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { sandboxForSuite } from '../test/test-sandbox.ts';

const { test, missing } = await sandboxForSuite();
afterAll(async () => await test?.[Symbol.asyncDispose]());

describe.skipIf(test === null)(`TypeScript that is more than types${missing}`, () => {
  if (test === null) return;
  afterEach(() => test.expectNothingLeft());
  const run = (files: Record<string, string>) =>
    test.run({ language: 'typescript', files: Object.entries(files).map(([path, text]) => ({ path, text })) }, '');

  it('EXEC-51 runs enums, namespaces and parameter properties', async () => {
    const text = [
      'enum Color { Red, Green = 5, Blue }',
      'namespace Names { export const first = Color[5]; export function last() { return Color.Blue; } }',
      'class Point { constructor(private x: number, readonly y = 2) {} sum() { return this.x + this.y; } }',
      'console.log(Names.first, Names.last(), new Point(4).sum());',
    ].join('\n');
    expect(await run({ 'main.ts': text })).toMatchObject({ status: 'ok', stdout: 'Green 6 6\n' });
  });

  it('EXEC-51 runs them in several files, as modules and as CommonJS', async () => {
    const lib = 'export enum Word { Yes = "yes" }';
    const module =
      'import { Word } from "./lib.ts";\nexport enum Own { No = "no" }\nconsole.log(Word.Yes, Own.No, typeof import.meta.url);';
    expect(await run({ 'main.ts': module, 'lib.ts': lib })).toMatchObject({ status: 'ok', stdout: 'yes no string\n' });
    const common = 'enum Own { No = "no" }\nconst { word } = require("./lib.cts");\nconsole.log(word, Own.No);';
    const files = { 'main.cts': common, 'lib.cts': 'enum W { A = "a" }\nexports.word = W.A;' };
    expect(await run(files)).toMatchObject({ status: 'ok', stdout: 'a no\n' });
  });

  it('EXEC-51 runs what TypeScript has for CommonJS, and what only modules have', async () => {
    const main =
      'import path = require("node:path");\nimport lib = require("./lib.ts");\nconsole.log(path.sep, lib.Word.Yes);';
    const files = { 'main.ts': main, 'lib.ts': 'enum Word { Yes = "yes" }\nexport = { Word };' };
    expect(await run(files)).toMatchObject({ status: 'ok', stdout: '/ yes\n' });
    const loads = 'enum A { x }\nimport("node:path").then(() => console.log(typeof require, A.x));';
    expect(await run({ 'main.ts': loads })).toMatchObject({ status: 'ok', stdout: 'function 0\n' });
    const waits = 'enum A { x }\nconst found = await Promise.resolve(A.x);\nconsole.log(found);';
    expect(await run({ 'main.ts': waits })).toMatchObject({ status: 'ok', stdout: '0\n' });
  });

  it('EXEC-51 tells where in the source it failed, and what is not well formed', async () => {
    const thrown = await run({
      'main.ts': 'enum A {\n  x\n}\n\nfunction f(): never {\n  throw new Error(String(A.x));\n}\nf();',
    });
    expect(thrown).toMatchObject({ status: 'error', exitCode: 1, stderr: expect.stringContaining('/box/main.ts:6') });
    const broken = await run({ 'main.ts': 'enum A { x = }\nconsole.log(1);' });
    expect(broken).toMatchObject({ status: 'error', stdout: '', stderr: expect.stringContaining('main.ts:1') });
  });

  it('EXEC-51 leaves words that only look so alone', async () => {
    const text =
      'interface A { enum: number; namespace: string }\nconst a: A = { enum: 3, namespace: "n" };\nconsole.log(a);';
    expect(await run({ 'main.ts': text })).toMatchObject({ status: 'ok', stdout: "{ enum: 3, namespace: 'n' }\n" });
  });
});
