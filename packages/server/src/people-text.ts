import { ProblemError } from '@coderoom/protocol';

/** A name or title as people typed it, made fit to store and show: one line, composed, without what cannot be seen. */
export function cleanLine(text: string, maxLength: number): string {
  // Control and format characters could hide or turn around what stands beside them; joiners of emoji and scripts stay.
  const clean = text
    .toWellFormed()
    .normalize('NFC')
    .replace(/[^\P{C}\u200c\u200d]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (!/[^\s\u200c\u200d]/.test(clean))
    throw new ProblemError('invalid_request', { detail: 'a name needs a visible character' });
  // Composing can make a text longer than it came.
  if (clean.length > maxLength) throw new ProblemError('invalid_request', { detail: 'a name is too long' });
  return clean;
}

/** A text of several lines, made fit to store and show; it may be empty. */
export function cleanText(text: string, maxLength: number): string {
  const clean = text
    .toWellFormed()
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{C}\n\u200c\u200d]/gu, ' ')
    .trim();
  if (clean.length > maxLength) throw new ProblemError('invalid_request', { detail: 'a text is too long' });
  return clean;
}
