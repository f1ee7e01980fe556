import { limits } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import { findMentions } from './mentions.ts';

const members = [
  { id: 'ann', name: 'Ann' },
  { id: 'ann-lee', name: 'Ann Lee' },
  { id: 'otter', name: 'Quiet Otter' },
  { id: 'jose', name: 'José' },
  { id: 'twin-1', name: 'Twin' },
  { id: 'twin-2', name: 'twin' },
  { id: 'short', name: '李' },
];

describe('mentions', () => {
  it('CHAT-6 are found by name, in any case, the longest that fits', () => {
    expect(findMentions('@ann, look', members)).toEqual(['ann']);
    expect(findMentions('ask @Ann Lee!', members)).toEqual(['ann-lee']);
    expect(findMentions('(@QUIET OTTER) and @ann', members)).toEqual(['otter', 'ann']);
    expect(findMentions('@JOSE\u0301 @李', members)).toEqual(['jose', 'short']);
    expect(findMentions('@twin', members)).toEqual(['twin-1', 'twin-2']);
    expect(findMentions('@ann @ann @Ann', members)).toEqual(['ann']);
  });

  it('CHAT-6 are whole names after a sign that begins a word', () => {
    for (const text of [
      'ann',
      '@',
      '@ ann',
      '@anna',
      '@ann1',
      'mail@ann',
      'ö@ann',
      '@nobody',
      '@quiet',
      '@Ann_',
      '@李李',
    ]) {
      expect(findMentions(text, members), text).toEqual([]);
    }
    expect(findMentions('@ann-marie @annie @Ann.', members)).toEqual(['ann']);
    expect(findMentions('😀@ann', members)).toEqual(['ann']);
  });

  it('CHAT-6 are limited in number', () => {
    const many = Array.from({ length: 100 }, (_, index) => ({ id: `${index}`, name: 'Same' }));
    expect(findMentions('@same', many)).toHaveLength(limits.messageMentionsMax);
  });
});
