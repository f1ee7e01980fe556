import { describe, expect, it } from 'vitest';
import { cleanLine } from './people-text.ts';

describe('names and titles', () => {
  it('MEMBER-1 become one composed line', () => {
    expect(cleanLine('  Ada \n\t Lovelace ', 40)).toBe('Ada Lovelace');
    expect(cleanLine('Zoe\u0308', 40)).toBe('Zo\u00eb');
  });

  it('MEMBER-1 lose what cannot be seen or cannot be stored', () => {
    expect(cleanLine('a\0b\u202ec\u200bd\ufeff', 40)).toBe('a b c d');
    expect(cleanLine('x\ud800y', 40).isWellFormed()).toBe(true);
  });

  it('MEMBER-1 keep joined emoji and any script', () => {
    expect(cleanLine('👩‍💻 李雷 नमस्ते', 40)).toBe('👩‍💻 李雷 नमस्ते');
  });

  it('MEMBER-1 are bounded as they are kept, not as they came', () => {
    // One of those characters whose composed form is longer.
    expect(() => cleanLine('\u{1d160}'.repeat(20), 40)).toThrow('too long');
    expect(cleanLine('x'.repeat(40), 40)).toHaveLength(40);
  });

  it('MEMBER-1 need something visible', () => {
    for (const text of ['\u200b', '\u200d\u200d', ' \u0000 ', '\u202e'])
      expect(() => cleanLine(text, 40)).toThrow('visible');
  });
});
