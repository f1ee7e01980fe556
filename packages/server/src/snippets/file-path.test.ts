import { isFilePath, limits } from '@coderoom/protocol';
import { freshSeed } from '@coderoom/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filePathFor } from './file-path.ts';

describe('the file that a snippet goes into', () => {
  it('SNIP-3 has the snippet’s name where that may be a path', () => {
    for (const name of ['main.py', 'src/a b.ts', '.env', 'Übung 1.java', 'untitled:Untitled-1']) {
      expect(filePathFor(name)).toBe(name);
    }
  });

  it('SNIP-3 has the nearest path otherwise', () => {
    expect(filePathFor('..\\a.py')).toBe('a.py');
    expect(filePathFor('../../src//./b.py')).toBe('src/b.py');
    expect(filePathFor('src\\c.py')).toBe('src/c.py');
    expect(filePathFor('/home/ada/secret-project/d.py')).toBe('d.py');
    expect(filePathFor('C:\\Users\\ada\\e.py')).toBe('e.py');
    expect(filePathFor('c:/f.py')).toBe('f.py');
    expect(filePathFor('g\0\n.py')).toBe('g__.py');
    for (const name of ['', '/', '..', '\\..\\', 'C:\\']) expect(filePathFor(name), name).toBe('snippet.txt');
  });

  it('SNIP-3 keeps the ending of a name that is too long', () => {
    const path = filePathFor(`a/b/${'x'.repeat(limits.filePathMaxLength)}.component.tsx`);
    expect(path).toHaveLength(limits.filePathMaxLength);
    expect(path).toMatch(/^x+\.tsx$/);
    expect(filePathFor(`${'y'.repeat(10)}.${'z'.repeat(300)}`)).toHaveLength(limits.filePathMaxLength);
  });

  it('SNIP-3 is one that a room may have, whatever the name', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 220 }),
      fc
        .array(fc.constantFrom('..', '.', '/', '\\', 'C:', 'a', '\0', ' ', '\ud83d', '👩🏽‍💻', 'x'.repeat(120)))
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(anything, (name) => isFilePath(filePathFor(name))),
      { seed: freshSeed(), numRuns: 100 },
    );
  });
});
