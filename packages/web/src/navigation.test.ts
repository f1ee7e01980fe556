import { describe, expect, it } from 'vitest';
import { parseRoomCode, parseRoute, roomPath } from './navigation.ts';

describe('an address', () => {
  it.each([
    ['/', { name: 'landing' }],
    ['/r/5ffh-ckq5', { name: 'room', code: '5ffh-ckq5' }],
    ['/r/5ffh-ckq5/', { name: 'room', code: '5ffh-ckq5' }],
    ['/r/5FFH-CKQ5', { name: 'room', code: '5ffh-ckq5' }],
    ['/r/%E0%A4%A', { name: 'room', code: '%e0%a4%a' }],
    ['/r/', { name: 'unknown' }],
    ['/app/settings', { name: 'unknown' }],
  ])('%s', (path, route) => {
    expect(parseRoute(path)).toEqual(route);
  });

  it('of a room leads back to its code', () => {
    expect(parseRoute(roomPath('a/b c'))).toEqual({ name: 'room', code: 'a/b c' });
  });
});

describe('what is typed to join', () => {
  it.each([
    ['5ffh-ckq5', '5ffh-ckq5'],
    ['  5FFH-CKQ5 ', '5ffh-ckq5'],
    ['http://localhost:3000/r/5ffh-ckq5', '5ffh-ckq5'],
    ['https://example.org/r/5ffh-ckq5?from=mail#top', '5ffh-ckq5'],
    ['Join me: https://example.org/r/5ffh-ckq5', '5ffh-ckq5'],
  ])('%s is the room %s', (input, code) => {
    expect(parseRoomCode(input)).toBe(code);
  });

  it.each(['', '   ', 'https://example.org/', 'two words', '../etc', '<script>'])('“%s” is none', (input) => {
    expect(parseRoomCode(input)).toBeNull();
  });
});
