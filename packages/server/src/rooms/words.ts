import { limits } from '@coderoom/protocol';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/**
 * The words of a text, each once, as rooms are found by them: small letters, no accents, no punctuation. Languages that
 * put no spaces between words are cut by a dictionary.
 */
export function wordsOf(text: string, wordsMax: number): string[] {
  const plain = text
    .toWellFormed()
    .normalize('NFKD')
    .replace(/[\u0300-\u036f\0]/g, '')
    .toLowerCase()
    .normalize('NFC');
  const words = new Set<string>();
  for (const { segment, isWordLike } of segmenter.segment(plain)) {
    if (isWordLike === true) words.add(segment.slice(0, limits.roomWordMaxLength).toWellFormed());
    if (words.size === wordsMax) break;
  }
  return [...words];
}
