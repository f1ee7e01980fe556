/** Completes `@` and the beginning of a name. Pure. */
export interface MentionQuery {
  /** Where the `@` stands. */
  start: number;
  typed: string;
}

const typedMax = 40;

/** What is being typed at the caret, if it may become a name; names have blanks in them. */
export function mentionAt(text: string, caret: number): MentionQuery | null {
  const before = text.slice(Math.max(0, caret - typedMax), caret);
  const found = /(?:^|[\s(])@([^@\n]*)$/u.exec(before);
  if (found === null) return null;
  const typed = found[1] ?? '';
  if (/^\s|\s{2}/.test(typed)) return null;
  return { start: caret - typed.length - 1, typed };
}

export function matchingNames<T extends { name: string }>(people: readonly T[], typed: string): T[] {
  const wanted = typed.toLocaleLowerCase();
  const begins = (name: string) => name.toLocaleLowerCase().startsWith(wanted);
  const hasWord = (name: string) => name.split(/\s+/).some((word) => begins(word));
  return people.filter(({ name }) => begins(name) || hasWord(name)).slice(0, shownMax);
}

const shownMax = 6;

/** The text with the name put in, and where the caret goes. */
export function completeMention(
  text: string,
  caret: number,
  { start }: MentionQuery,
  name: string,
): { text: string; caret: number } {
  const put = `@${name} `;
  return { text: text.slice(0, start) + put + text.slice(caret).replace(/^ /, ''), caret: start + put.length };
}
