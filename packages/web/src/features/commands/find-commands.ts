/** Which commands are meant by what was typed: all words occur in them; those that begin with it come first. */
export interface Findable {
  label: string;
  group: string;
}

export function findCommands<C extends Findable>(commands: readonly C[], typed: string): C[] {
  const words = fold(typed).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...commands];
  const ranked = commands.flatMap((command) => {
    const label = fold(command.label);
    const all = `${fold(command.group)} ${label}`;
    if (!words.every((word) => all.includes(word))) return [];
    const first = words[0] ?? '';
    const rank = label.startsWith(first) ? 0 : label.includes(` ${first}`) ? 1 : label.includes(first) ? 2 : 3;
    return [{ command, rank }];
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ command }) => command);
}

/** The line that `:42` or `42` names; null where it names none. */
export function lineIn(typed: string): number | null {
  const digits = /^\s*:?\s*(\d{1,9})\s*$/.exec(typed)?.[1];
  return digits === undefined ? null : Math.max(1, Number(digits));
}

function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase('en');
}
