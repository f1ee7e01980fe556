import { expect, it } from 'vitest';
import { selectionName } from './snippet-name.ts';

it('WEB-151 a selection becomes a file of its own, of the same kind, and overwrites none', () => {
  expect(selectionName('src/main.py', ['src/main.py'])).toBe('snippet-1.py');
  expect(selectionName('main.py', ['main.py', 'snippet-1.py', 'snippet-2.py'])).toBe('snippet-3.py');
  expect(selectionName('Makefile', [])).toBe('snippet-1.txt');
});
