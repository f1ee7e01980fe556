import type { Language } from '@coderoom/protocol';

/** Those that what was typed may mean: by name, id or file ending; whoever begins with it first, the missing ones last. */
export function findLanguages(items: readonly Language[], typed: string): Language[] {
  const wanted = typed.trim().toLowerCase().replace(/^\./, '');
  const rankOf = ({ id, name, fileName }: Language): number => {
    const words = [name.toLowerCase(), id, fileName.slice(fileName.lastIndexOf('.') + 1)];
    if (words.includes(wanted)) return 0;
    if (words.some((word) => word.startsWith(wanted))) return 1;
    return words.some((word) => word.includes(wanted)) ? 2 : 3;
  };
  return items
    .map((language) => ({ language, rank: rankOf(language) + (language.installed ? 0 : 10) }))
    .filter(({ rank }) => rank % 10 < 3)
    .sort((a, b) => a.rank - b.rank)
    .map(({ language }) => language);
}
