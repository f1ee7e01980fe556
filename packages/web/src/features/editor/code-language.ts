/** Highlighting and indentation by file name, loaded when a file of that kind is opened. */
import type { StreamParser } from '@codemirror/language';
import type { Extension } from '@codemirror/state';

interface CodeLanguage {
  name: string;
  /** Columns of one indentation. */
  indent: number;
  load: (() => Promise<Extension>) | null;
}

const plain: CodeLanguage = { name: 'Plain text', indent: 2, load: null };

const loadJavaScript = (options: { typescript?: boolean; jsx?: boolean }) => async () =>
  (await import('@codemirror/lang-javascript')).javascript(options);

const javaScript: CodeLanguage = { name: 'JavaScript', indent: 2, load: loadJavaScript({ jsx: true }) };
const typeScript: CodeLanguage = { name: 'TypeScript', indent: 2, load: loadJavaScript({ typescript: true }) };
const loadCpp = async () => (await import('@codemirror/lang-cpp')).cpp();
const cpp: CodeLanguage = { name: 'C++', indent: 2, load: loadCpp };

const loadStream =
  <Name extends string>(importIt: () => Promise<Record<Name, StreamParser<unknown>>>, name: Name) =>
  async () => {
    const [{ streamLanguage }, parsers] = await Promise.all([import('./stream-language.ts'), importIt()]);
    return streamLanguage(parsers[name]);
  };
const loadClike = () => import('@codemirror/legacy-modes/mode/clike');
const kotlin: CodeLanguage = { name: 'Kotlin', indent: 4, load: loadStream(loadClike, 'kotlin') };

const byExtension: Record<string, CodeLanguage> = {
  py: { name: 'Python', indent: 4, load: async () => (await import('@codemirror/lang-python')).python() },
  js: javaScript,
  mjs: javaScript,
  cjs: javaScript,
  jsx: javaScript,
  json: { name: 'JSON', indent: 2, load: loadJavaScript({}) },
  ts: typeScript,
  mts: typeScript,
  cts: typeScript,
  tsx: { name: 'TypeScript', indent: 2, load: loadJavaScript({ typescript: true, jsx: true }) },
  java: { name: 'Java', indent: 4, load: async () => (await import('@codemirror/lang-java')).java() },
  c: { name: 'C', indent: 4, load: loadCpp },
  h: { name: 'C', indent: 4, load: loadCpp },
  cpp,
  cc: cpp,
  cxx: cpp,
  hh: cpp,
  hpp: cpp,
  cs: { name: 'C#', indent: 4, load: loadStream(loadClike, 'csharp') },
  php: { name: 'PHP', indent: 4, load: async () => (await import('@codemirror/lang-php')).php() },
  rb: { name: 'Ruby', indent: 2, load: loadStream(() => import('@codemirror/legacy-modes/mode/ruby'), 'ruby') },
  go: { name: 'Go', indent: 4, load: async () => (await import('@codemirror/lang-go')).go() },
  rs: { name: 'Rust', indent: 4, load: async () => (await import('@codemirror/lang-rust')).rust() },
  kt: kotlin,
  kts: kotlin,
  swift: { name: 'Swift', indent: 4, load: loadStream(() => import('@codemirror/legacy-modes/mode/swift'), 'swift') },
};

export function codeLanguageOf(path: string): CodeLanguage {
  const extension = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return byExtension[extension] ?? plain;
}
