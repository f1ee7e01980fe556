import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findLanguage, languageOfFile, languages, sortFiles } from './languages.ts';
import { runtimes } from './runtimes.ts';

describe('the languages', () => {
  it('EXEC-34 are thirteen, each with its own words, ending and Judge0 id', () => {
    expect(languages.length).toBe(13);
    const words = languages.flatMap(({ id, aliases }) => [id, ...aliases]);
    expect(new Set(words).size).toBe(words.length);
    expect(new Set(languages.map(({ judge0Id }) => judge0Id)).size).toBe(13);
    const endings = languages.flatMap(({ extensions }) => extensions);
    expect(new Set(endings).size).toBe(endings.length);
    for (const { fileName } of languages) {
      expect(existsSync(new URL(`./hello/${fileName}`, import.meta.url)), fileName).toBe(true);
      expect(languageOfFile(fileName)?.fileName).toBe(fileName);
    }
  });

  it('EXEC-34 are found by any of their words', () => {
    expect(['c++', 'CPP', 'golang', 'C#', 'js', 'constructor'].map((word) => findLanguage(word)?.id)).toEqual([
      'cpp',
      'cpp',
      'go',
      'csharp',
      'javascript',
      undefined,
    ]);
  });

  it('EXEC-27 leave other programs of a room alone, and give the rest of the files to the run', () => {
    const c = findLanguage('c');
    if (c === undefined || c.runtime !== runtimes.exec) throw new Error('C is compiled');
    const file = (path: string, text = '') => ({ path, text });
    const files = [
      file('one.c', 'int main(void) {}'),
      file('two.c', 'int main(void) {}'),
      file('part.c', 'int part;'),
      file('data.txt'),
    ];
    const { sources, others } = sortFiles(c, files, 'two.c');
    expect(sources.map(({ path }) => path)).toEqual(['two.c', 'part.c']);
    expect(others.map(({ path }) => path)).toEqual(['data.txt']);
  });
});
