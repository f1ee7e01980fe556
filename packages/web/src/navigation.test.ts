import { describe, expect, it } from 'vitest';
import { appPath, parseReturnTo, parseRoomCode, parseRoute, personPath, roomPath, signInPath } from './navigation.ts';

describe('an address', () => {
  it.each([
    ['/', { name: 'landing' }],
    ['/r/5ffh-ckq5', { name: 'room', code: '5ffh-ckq5' }],
    ['/r/5ffh-ckq5/', { name: 'room', code: '5ffh-ckq5' }],
    ['/r/5FFH-CKQ5', { name: 'room', code: '5ffh-ckq5' }],
    ['/r/%E0%A4%A', { name: 'room', code: '%e0%a4%a' }],
    ['/r/', { name: 'unknown' }],
    ['/r/5ffh-ckq5/more', { name: 'unknown' }],
    ['/app', { name: 'unknown' }],
    ['/app/settings', { name: 'unknown' }],
    ['/app/rooms', { name: 'rooms' }],
    ['/app/rooms/', { name: 'rooms' }],
    ['/app/rooms/mine', { name: 'unknown' }],
    ['/app/people/0198', { name: 'person', id: '0198' }],
    ['/app/people', { name: 'unknown' }],
    ['/rooms', { name: 'unknown' }],
  ])('%s', (path, route) => {
    expect(parseRoute(path)).toEqual(route);
  });

  it('of a room leads back to its code', () => {
    expect(parseRoute(roomPath('a/b c'))).toEqual({ name: 'room', code: 'a/b c' });
  });

  it('of a page or a person leads there', () => {
    expect(parseRoute(appPath('friends'))).toEqual({ name: 'friends' });
    expect(parseRoute(personPath('a/b'))).toEqual({ name: 'person', id: 'a/b' });
  });
});

describe('where signing in comes back to', () => {
  it('is where one was', () => {
    const path = signInPath('/r/5ffh-ckq5?from=mail');
    expect(parseReturnTo(path.slice(path.indexOf('?')))).toBe('/r/5ffh-ckq5?from=mail');
    expect(signInPath('/')).toBe('/app/sign-in');
    expect(parseReturnTo('')).toBe('/');
  });

  it.each([
    'https://example.org/',
    '//example.org',
    '/\\example.org',
    '\\\\example.org',
    'javascript:alert(1)',
    'r/x',
    '/ /x',
  ])('WEB-24 is never somewhere else: %s', (wanted) => {
    expect(parseReturnTo(`?returnTo=${encodeURIComponent(wanted)}`)).toBe('/');
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
