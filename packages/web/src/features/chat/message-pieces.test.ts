import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeMention, matchingNames, mentionAt } from './mention-completion.ts';
import { type MessagePiece, piecesOf } from './message-pieces.ts';

const nobody = { names: [], ownName: null };
const show = (pieces: MessagePiece[]) => pieces.map(({ name, text }) => `${name}:${text}`);

describe('what stands in a message', () => {
  it('WEB-146 makes links of web addresses, without the sentence around them', () => {
    expect(show(piecesOf('See https://example.org/a?b=1, or (http://x.org/y_(z)).', nobody))).toEqual([
      'text:See ',
      'link:https://example.org/a?b=1',
      'text:, or (',
      'link:http://x.org/y_(z)',
      'text:).',
    ]);
  });

  it('WEB-146 links to nothing but web pages', () => {
    for (const text of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'https://', 'xhttps:/y']) {
      expect(piecesOf(text, nobody).some(({ name }) => name === 'link')).toBe(false);
    }
  });

  it('WEB-146 shows code as code, and looks for nothing in it', () => {
    expect(show(piecesOf('try `@Ana https://x.org` or\n```js\nlet a\n```', { names: ['Ana'], ownName: null }))).toEqual(
      ['text:try ', 'code:@Ana https://x.org', 'text: or\n', 'block:let a'],
    );
  });

  it('WEB-146 marks those who are meant, whole names alone, and oneself', () => {
    const pieces = piecesOf('@ana torres and @Ana, not @Anabel or x@Ana', {
      names: ['Ana', 'Ana Torres'],
      ownName: 'Ana',
    });
    expect(show(pieces)).toEqual(['mention:@ana torres', 'text: and ', 'mention:@Ana', 'text:, not @Anabel or x@Ana']);
    expect(pieces.map((piece) => piece.name === 'mention' && piece.isSelf)).toEqual([false, false, true, false]);
  });

  it('WEB-146 takes names as they are, whatever characters they have', () => {
    expect(show(piecesOf('@.* hi', { names: ['.*'], ownName: null }))).toEqual(['mention:@.*', 'text: hi']);
    expect(show(piecesOf('@xx hi', { names: ['.*'], ownName: null }))).toEqual(['text:@xx hi']);
  });

  it('WEB-146 leaves no character out', () => {
    const words = fc.constantFrom('@Ana', '`', '```\n', 'http://x.y', ' ', '\n', '(', ')', '.', 'é', '😀');
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string())), (parts) => {
        const text = parts.join('').replaceAll('`', '');
        const pieces = piecesOf(text, { names: ['Ana'], ownName: null });
        expect(pieces.map((piece) => piece.text).join('')).toBe(text);
      }),
    );
  });
});

describe('completing a name', () => {
  const people = [{ name: 'Ana Torres' }, { name: 'Ben' }, { name: 'Tomas Ana' }];

  it('WEB-147 begins with an @ after a blank, and goes on over one blank', () => {
    expect(mentionAt('hi @an', 6)).toEqual({ start: 3, typed: 'an' });
    expect(mentionAt('@Ana To', 7)).toEqual({ start: 0, typed: 'Ana To' });
    expect(mentionAt('mail@example', 12)).toBeNull();
    expect(mentionAt('hi @ an', 7)).toBeNull();
    expect(mentionAt('hi @an', 2)).toBeNull();
  });

  it('WEB-147 offers those one of whose names begins so', () => {
    expect(matchingNames(people, 'ana').map(({ name }) => name)).toEqual(['Ana Torres', 'Tomas Ana']);
    expect(matchingNames(people, 'to').map(({ name }) => name)).toEqual(['Ana Torres', 'Tomas Ana']);
    expect(matchingNames(people, '')).toHaveLength(3);
    expect(matchingNames(people, 'Ana Torres, what')).toEqual([]);
  });

  it('WEB-147 puts the name in, and the caret behind it', () => {
    const query = mentionAt('hi @an there', 6);
    if (query === null) throw new Error('no query');
    expect(completeMention('hi @an there', 6, query, 'Ana Torres')).toEqual({
      text: 'hi @Ana Torres there',
      caret: 15,
    });
  });
});
