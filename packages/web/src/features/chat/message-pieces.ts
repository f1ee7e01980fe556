/** A message's plain text as what is shown of it: links, names that are meant, pieces of code. Never markup. */
export type MessagePiece =
  | { name: 'text'; text: string }
  | { name: 'link'; text: string; href: string }
  | { name: 'mention'; text: string; isSelf: boolean }
  | { name: 'code'; text: string }
  /** Between two lines of three backticks. */
  | { name: 'block'; text: string };

export interface Mentioned {
  /** As it may stand in the text. */
  names: readonly string[];
  ownName: string | null;
}

const block = /```[^\n`]*\n([\s\S]*?)\n?```/g;
const code = /`([^`\n]+)`/g;
/** Only what a browser opens as a page; `javascript:` and the like stay text. */
const link = /\bhttps?:\/\/[^\s<>"'`]+/gi;

export function piecesOf(text: string, mentioned: Mentioned): MessagePiece[] {
  return split([{ name: 'text', text }], block, ([, inner = '']) => ({ name: 'block', text: inner }))
    .flatMap((piece) => split([piece], code, ([, inner = '']) => ({ name: 'code', text: inner })))
    .flatMap((piece) => split([piece], link, ([found]) => linkOf(found)))
    .flatMap((piece) => split([piece], mentionOf(mentioned), ([found]) => mentionPiece(found, mentioned)))
    .filter(({ text: shown }) => shown !== '');
}

/** Takes what a pattern finds out of the pieces that are still text. */
function split(
  pieces: MessagePiece[],
  pattern: RegExp | null,
  make: (match: RegExpExecArray) => MessagePiece | null,
): MessagePiece[] {
  if (pattern === null) return pieces;
  return pieces.flatMap((piece) => {
    if (piece.name !== 'text') return [piece];
    const found: MessagePiece[] = [];
    let at = 0;
    for (const match of piece.text.matchAll(pattern)) {
      const made = make(match);
      if (made === null) continue;
      found.push({ name: 'text', text: piece.text.slice(at, match.index) }, made);
      at = match.index + lengthIn(match, made);
    }
    return [...found, { name: 'text', text: piece.text.slice(at) }];
  });
}

/** A link may end before what the pattern found. */
function lengthIn(match: RegExpExecArray, made: MessagePiece): number {
  return made.name === 'link' ? made.text.length : match[0].length;
}

function linkOf(found: string): MessagePiece | null {
  let text = found.replace(/[.,;:!?]+$/, '');
  // A bracket that was opened before the link closes after it.
  while (text.endsWith(')') && text.split(')').length > text.split('(').length) text = text.slice(0, -1);
  try {
    const { href, protocol } = new URL(text);
    return protocol === 'http:' || protocol === 'https:' ? { name: 'link', text, href } : null;
  } catch {
    return null;
  }
}

function mentionOf({ names }: Mentioned): RegExp | null {
  if (names.length === 0) return null;
  const longestFirst = [...names].sort((a, b) => b.length - a.length).map(literally);
  return new RegExp(`(?<![\\p{L}\\p{N}_])@(?:${longestFirst.join('|')})(?![\\p{L}\\p{N}_])`, 'giu');
}

/** As a pattern that means these very characters. */
function literally(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function mentionPiece(found: string, { ownName }: Mentioned): MessagePiece {
  const isSelf = ownName !== null && found.slice(1).toLocaleLowerCase() === ownName.toLocaleLowerCase();
  return { name: 'mention', text: found, isSelf };
}
