import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@coderoom/testkit';
import { describe, expect, it } from 'vitest';
import { compileKey, createCompileCache } from './compile-cache.ts';

const sources = [{ path: 'main.c', text: 'int main;' }];
const base = { compiler: 'a', command: ['gcc', 'main.c'], sources };

describe('EXEC-38 what compilers made', () => {
  it('is known by compiler, command, and every name and byte of the sources (case 54)', () => {
    const keys = [
      base,
      { ...base, compiler: 'b' },
      { ...base, command: ['gcc', '-O2', 'main.c'] },
      { ...base, command: ['gccmain.c'] },
      { ...base, sources: [{ path: 'main.c', text: 'int main; ' }] },
      { ...base, sources: [{ path: 'main.ci', text: 'nt main;' }] },
      { ...base, sources: [...sources, { path: 'x.h', text: '' }] },
    ].map(compileKey);
    expect(new Set(keys).size).toBe(keys.length);
    expect(compileKey({ ...base })).toBe(keys[0]);
  });

  it('lies in files that nobody may write, and reaches a run as one of them', () => {
    using folder = temporaryFolder();
    using program = temporaryFolder();
    const cache = createCompileCache(join(folder.path, 'cache'));
    expect(cache.find('k')).toBeUndefined();
    cache.put('k', [Buffer.from('ab'), Buffer.from('c')], 'a warning');
    const found = cache.find('k');
    expect(found?.compileOutput).toBe('a warning');
    found?.install(program.path);
    expect(readFileSync(join(program.path, 'program'), 'utf8')).toBe('abc');
    expect(statSync(join(program.path, 'program')).mode & 0o777).toBe(0o555);
  });

  it('is bounded: what was not asked for the longest goes first', () => {
    using folder = temporaryFolder();
    const cache = createCompileCache(join(folder.path, 'cache'), 10);
    for (const key of ['a', 'b']) cache.put(key, [Buffer.alloc(4)], '');
    cache.find('a');
    cache.put('c', [Buffer.alloc(4)], '');
    expect(readdirSync(join(folder.path, 'cache')).sort()).toEqual(['a', 'c']);
    expect(cache.find('b')).toBeUndefined();
    cache.put('huge', [Buffer.alloc(11)], '');
    expect(readdirSync(join(folder.path, 'cache'))).toEqual(['huge']);
  });
});
