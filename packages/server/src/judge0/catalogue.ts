import type { LanguageDefinition } from '@coderoom/sandbox';
import type { Judge0Language } from './api.ts';

/** A language of ours as a Judge0 server has it. */
export interface OfferedLanguage {
  id: number;
  version: string;
}

/** Judge0's number for programs that bring their own commands for compiling and running. */
const multiFileName = 'Multi-file program';

/** Which of Judge0's languages stand for ours: of the same name and toolchain, the newest. Numbers differ between servers. */
export function matchLanguages(
  languages: readonly LanguageDefinition[],
  offered: readonly Judge0Language[],
): { languages: Map<string, OfferedLanguage>; multiFileId: number | undefined } {
  const matched = new Map<string, OfferedLanguage>();
  for (const language of languages) {
    const [best] = offered
      .flatMap(({ id, name }) => {
        const [, title, toolchain = ''] = /^(.+?) \((.*)\)$/.exec(name) ?? [];
        const version = /\d+(\.\d+)*/.exec(toolchain)?.[0];
        if (title !== language.name || version === undefined) return [];
        if (language.id === 'python' && version.startsWith('2')) return [];
        // What our own servers have counts before another toolchain of the language, whose numbers mean something else.
        return [{ id, version, isUsual: id === language.judge0Id || /^(GCC|Mono|[\d.]+$)/.test(toolchain) }];
      })
      .sort((a, b) => Number(b.isUsual) - Number(a.isUsual) || compareVersions(b.version, a.version));
    if (best !== undefined) matched.set(language.id, { id: best.id, version: best.version });
  }
  return { languages: matched, multiFileId: offered.find(({ name }) => name === multiFileName)?.id };
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
