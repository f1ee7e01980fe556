import { limits } from '@coderoom/protocol';
import { expect, it } from 'vitest';
import { wordsOf } from './words.ts';

const words = (text: string) => wordsOf(text, limits.roomWordsMax);

it('ROOM-21 words are small, plain, and each there once', () => {
  expect(words('Sorting, sorting & SEARCHING!')).toEqual(['sorting', 'searching']);
  expect(words('Café Ÿ 3D')).toEqual(['cafe', 'y', '3d']);
  expect(words('  … — !!! ')).toEqual([]);
});

it('ROOM-21 words are found where a language does not part them', () => {
  expect(words('東京で勉強')).toContain('東京');
});

it('ROOM-21 words are bounded in number and length, and never broken', () => {
  const many = Array.from({ length: 200 }, (_, index) => `w${index}`).join(' ');
  expect(words(many)).toHaveLength(limits.roomWordsMax);
  for (const word of words(`${'a'.repeat(1_000)} ${'𝒳'.repeat(100)} \0x \ud800`)) {
    expect(word.length).toBeLessThanOrEqual(limits.roomWordMaxLength);
    expect(word.isWellFormed()).toBe(true);
    expect(word).not.toContain('\0');
  }
});
