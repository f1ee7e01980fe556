import { readFileSync } from 'node:fs';
import { ProblemError } from '@coderoom/protocol';

/**
 * Which passwords are too easy to guess: the 3000 most common ones of at least eight characters (OWASP ASVS 5.0, 6.2.4),
 * whatever their case, and what anybody would try first on this account. There are no rules of composition.
 */
export function assertAcceptable(password: string, of: { email: string | null; name: string }): void {
  const refuse = (detail: string) => {
    throw new ProblemError('password_unacceptable', { detail });
  };
  // Half characters have no bytes of their own: different passwords would become one.
  if (!password.isWellFormed()) refuse('This password holds a character that cannot be kept.');
  const typed = password.normalize('NFC').toLowerCase();
  common ??= new Set(
    readFileSync(new URL('common-passwords.txt', import.meta.url), 'utf8')
      .trim()
      .split('\n'),
  );
  if (common.has(typed)) refuse('This is one of the most common passwords; choose another one.');
  const core = coreOf(typed);
  const guesses = [product, of.email, of.email?.split('@')[0], of.name].filter((guess) => typeof guess === 'string');
  if (guesses.some((guess) => coreOf(guess.normalize('NFC').toLowerCase()) === core)) {
    refuse('A password must not be one’s e-mail or name, or the name of this program.');
  }
}

let common: Set<string> | undefined;
const product = 'coderoom';

/** What is left without what people put around a word: blanks, signs, digits at either end. */
function coreOf(text: string): string {
  const letters = text.replace(/[^\p{L}\p{N}]/gu, '');
  return letters.replace(/^\p{N}+|\p{N}+$/gu, '') || letters;
}
