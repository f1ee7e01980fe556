import { readdirSync, readFileSync } from 'node:fs';
import { ensureSyntaxTree } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { expect, it } from 'vitest';
import { codeLanguageOf } from './code-language.ts';

const hello = new URL('../../../../sandbox/src/hello/', import.meta.url);

it.each(readdirSync(hello))(
  'WEB-157 reads the first program of every language that can be run: %s',
  async (fileName) => {
    const { name, load } = codeLanguageOf(fileName);
    expect(name).not.toBe('Plain text');
    const doc = readFileSync(new URL(fileName, hello), 'utf8');
    const state = EditorState.create({ doc, extensions: (await load?.()) ?? [] });
    const tree = ensureSyntaxTree(state, doc.length, 5_000);
    const kinds = new Set<string>();
    let errors = 0;
    tree?.iterate({
      enter({ type }) {
        kinds.add(type.name);
        if (type.isError) errors++;
      },
    });
    expect(kinds.size).toBeGreaterThan(3);
    expect(errors).toBe(0);
  },
);

it('WEB-157 leaves other files as they are', () => {
  for (const path of ['notes', 'notes.txt', '.env', 'a.b/c']) expect(codeLanguageOf(path).name).toBe('Plain text');
});
