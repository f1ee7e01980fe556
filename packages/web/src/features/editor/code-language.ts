/** Highlighting and indentation by file name, loaded when a file of that kind is opened. */
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

const byExtension: Record<string, CodeLanguage> = {
  py: { name: 'Python', indent: 4, load: async () => (await import('@codemirror/lang-python')).python() },
  js: { name: 'JavaScript', indent: 2, load: loadJavaScript({ jsx: true }) },
  mjs: { name: 'JavaScript', indent: 2, load: loadJavaScript({ jsx: true }) },
  cjs: { name: 'JavaScript', indent: 2, load: loadJavaScript({ jsx: true }) },
  jsx: { name: 'JavaScript', indent: 2, load: loadJavaScript({ jsx: true }) },
  ts: { name: 'TypeScript', indent: 2, load: loadJavaScript({ typescript: true }) },
  tsx: { name: 'TypeScript', indent: 2, load: loadJavaScript({ typescript: true, jsx: true }) },
};

export function codeLanguageOf(path: string): CodeLanguage {
  const extension = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return byExtension[extension] ?? plain;
}
