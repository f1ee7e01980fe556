import type { Language } from '@coderoom/protocol';
import { expect, it } from 'vitest';
import { findLanguages } from './find-languages.ts';

const language = (id: string, name: string, fileName: string, installed = true) =>
  ({ id, name, fileName, installed, version: '1', helloWorld: '' }) as Language;
const items = [
  language('javascript', 'JavaScript', 'main.js'),
  language('java', 'Java', 'Main.java'),
  language('c', 'C', 'main.c', false),
  language('cpp', 'C++', 'main.cpp'),
  language('csharp', 'C#', 'Main.cs'),
  language('rust', 'Rust', 'main.rs'),
];
const found = (typed: string) => findLanguages(items, typed).map(({ id }) => id);

it('WEB-143 finds a language by its name, its id or its file ending, the nearest first and those not installed last', () => {
  expect(found('java')).toEqual(['java', 'javascript']);
  expect(found('js')).toEqual(['javascript']);
  expect(found('.rs')).toEqual(['rust']);
  expect(found('C#')).toEqual(['csharp']);
  expect(found('c')).toEqual(['cpp', 'csharp', 'javascript', 'c']);
  expect(found('cobol')).toEqual([]);
  expect(found('')).toEqual(['javascript', 'java', 'cpp', 'csharp', 'rust', 'c']);
});
