import { describe, expect, it } from 'vitest';
import { isFilePath, normalizeText } from './document.ts';
import { limits } from './limits.ts';

describe('a file path', () => {
  it.each([
    'main.py',
    'src/app/main.ts',
    'übung/naïve.py',
    '.env',
    'a b.txt',
    '...',
    'x'.repeat(limits.filePathMaxLength),
  ])('may be %s', (path) => {
    expect(isFilePath(path)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['absolute', '/etc/passwd'],
    ['above its room', '../x'],
    ['above its room, later', 'a/../../x'],
    ['a dot', './x'],
    ['a folder', 'x/'],
    ['an empty part', 'a//b'],
    ['a backslash', 'a\\b'],
    ['a line break', 'main.py\n'],
    ['a NUL', 'a\0b'],
    ['half a character', '\ud800.py'],
    ['too long', 'x'.repeat(limits.filePathMaxLength + 1)],
  ])('may not be %s', (_, path) => {
    expect(isFilePath(path)).toBe(false);
  });
});

it('keeps text with LF line ends', () => {
  expect(normalizeText('a\r\nb\rc\nd')).toBe('a\nb\nc\nd');
});
