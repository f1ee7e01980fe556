import { limits } from '@coderoom/protocol';
import { searchable } from './store.ts';

/** Who is meant by a text: members by `@` and their name, however it is written in capitals; of all that fit the longest name. */
export function findMentions(text: string, members: readonly { id: string; name: string }[]): string[] {
  const ids = Map.groupBy(members, ({ name }) => searchable(name));
  const folded = searchable(text);
  const mentioned = new Set<string>();
  for (let at = folded.indexOf('@'); at !== -1; at = folded.indexOf('@', at + 1)) {
    // Within a word it is an address.
    if (isWord(folded.slice(0, at).slice(-2), 'end')) continue;
    for (let length = nameMaxLength; length > 0; length--) {
      const name = folded.slice(at + 1, at + 1 + length);
      const found = name.length === length ? ids.get(name) : undefined;
      if (found === undefined || isWord(folded.slice(at + 1 + length, at + 3 + length), 'start')) continue;
      for (const { id } of found) mentioned.add(id);
      break;
    }
    if (mentioned.size >= limits.messageMentionsMax) break;
  }
  return [...mentioned].slice(0, limits.messageMentionsMax);
}

/** Small letters can take more room than the capitals that a name was measured by. */
const nameMaxLength = 2 * limits.memberNameMaxLength;

/** Whether a text begins, or ends, in the middle of a word. */
function isWord(text: string, where: 'start' | 'end'): boolean {
  return where === 'start' ? /^[\p{L}\p{M}\p{N}_]/u.test(text) : /[\p{L}\p{M}\p{N}_]$/u.test(text);
}
