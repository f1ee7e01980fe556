import { limits, type MessageType, normalizeText, ProblemError } from '@coderoom/protocol';

/** What somebody says, made fit to store and show. Code keeps its indentation, and its letters as they are. */
export function cleanMessage(text: string, type: MessageType): string {
  const isCode = type === 'code';
  const composed = isCode ? text : text.normalize('NFC');
  const visible = normalizeText(composed.toWellFormed()).replace(hidden, ' ');
  const clean = isCode ? visible.replace(/^(?:[ \t]*\n)+/, '').trimEnd() : visible.trim();
  if (!/[^\s\p{Cc}\p{Cf}]/u.test(clean)) {
    throw new ProblemError('invalid_request', { detail: 'a message needs a visible character' });
  }
  if (clean.length > limits.messageTextMaxLength) {
    throw new ProblemError('invalid_request', {
      detail: `a message has at most ${limits.messageTextMaxLength} characters`,
    });
  }
  return clean;
}

/** Control characters, and those that turn around what stands beside them (Unicode Technical Report 36). */
const hidden = /(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;
