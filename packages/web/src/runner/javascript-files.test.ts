import { expect, it } from 'vitest';
import { createProgramFiles, SourceProblem } from './javascript-files.ts';

const files = (texts: Record<string, string>) =>
  createProgramFiles(Object.entries(texts).map(([path, text]) => ({ path, text })));

it('WEB-161 finds the file that a name means', () => {
  const { resolve } = files({ 'main.js': '', 'lib/a.ts': '', 'lib/index.js': '', 'd.json': '' });
  const found = (folder: string, name: string) => resolve(folder, name);
  expect(found('', './lib/a')).toBe('lib/a.ts');
  expect(found('', './lib/a.js')).toBe('lib/a.ts');
  expect(found('', './lib')).toBe('lib/index.js');
  expect(found('lib', '../d.json')).toBe('d.json');
  expect(found('lib', './../../../main.js')).toBe('main.js');
  for (const name of ['lib/a', 'fs', './none', 'https://example.org/x.js']) expect(found('', name)).toBeUndefined();
});

it('WEB-161 tells modules from scripts, and takes types away', () => {
  const { isModule, script } = files({
    'a.js': "const fs = require('fs'); // import is a word",
    'b.js': "console.log(1); import { x } from './c.ts';",
    'c.ts': 'enum A { B = 2 }\nexport const x: number = A.B;\nclass P { constructor(readonly q: number) {} }',
    'd.cjs': 'export const x = 1',
    'broken.ts': 'let x: = 1',
  });
  expect(['a.js', 'b.js', 'c.ts', 'd.cjs'].map(isModule)).toEqual([false, true, true, false]);
  expect(script('c.ts')).not.toMatch(/enum|: number|readonly/);
  expect(script('c.ts').split('\n')).toHaveLength(3);
  expect(() => script('broken.ts')).toThrow(SourceProblem);
  expect(() => script('broken.ts')).toThrow(/broken\.ts.*\(1:8\)/);
});
