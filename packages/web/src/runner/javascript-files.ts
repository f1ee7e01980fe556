/** The files of a JavaScript or TypeScript program: which one a name means, and what QuickJS is given of it. */
import type { SourceFile } from '@coderoom/protocol';
import { transform } from 'sucrase';

export interface ProgramFiles {
  /** As it was written. */
  text(path: string): string | undefined;
  /** Without types. Throws SourceProblem. */
  script(path: string): string;
  isModule(path: string): boolean;
  /** The file that `name` means in a file of that folder; undefined: there is none. */
  resolve(folder: string, name: string): string | undefined;
}

/** What does not even become JavaScript; the message names file and line. */
export class SourceProblem extends Error {}

const withTypes = /\.[cm]?tsx?$/;
const moduleSyntax = /(^|;)\s*(import\s*[\w{*'"]|export\s+[\w{*]|export\s*\{)|^\s*await\s/m;

export function createProgramFiles(files: readonly SourceFile[]): ProgramFiles {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const scripts = new Map<string, string>();
  return {
    text: (path) => texts.get(path),

    script(path) {
      const known = scripts.get(path);
      if (known !== undefined) return known;
      const text = texts.get(path) ?? '';
      const script = withTypes.test(path) ? withoutTypes(path, text) : text;
      scripts.set(path, script);
      return script;
    },

    isModule(path) {
      if (/\.c[jt]s$/.test(path)) return false;
      return /\.m[jt]s$/.test(path) || moduleSyntax.test(texts.get(path) ?? '');
    },

    resolve(folder, name) {
      if (!/^(\.{1,2}\/|\/box\/)/.test(name)) return undefined;
      const path = join(name.startsWith('/box/') ? '' : folder, name.replace(/^\/box\//, './'));
      const stem = path.replace(/\.[cm]?js$/, '');
      const endings = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.json', '/index.js', '/index.ts'];
      // TypeScript's habit: a file is named as what it will become.
      return [...endings.map((ending) => `${path}${ending}`), `${stem}.ts`, `${stem}.mts`].find((candidate) =>
        texts.has(candidate),
      );
    },
  };
}

function withoutTypes(path: string, text: string): string {
  try {
    return transform(text, { transforms: ['typescript'], disableESTransforms: true, filePath: path }).code;
  } catch (error) {
    throw new SourceProblem(`${(error as Error).message.replace('Error transforming ', '')}`);
  }
}

function join(folder: string, name: string): string {
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of name.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
