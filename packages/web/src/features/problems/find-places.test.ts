import { expect, it } from 'vitest';
import { findPlaces } from './find-places.ts';

const paths = ['main.py', 'lib/help.py', 'main.c', 'main.ts', 'main.rb', 'main.php', 'main.js', 'main.rs'];

it.each([
  ['  File "/box/lib/help.py", line 2, in go', 'lib/help.py 2 1', 'File "/box/lib/help.py", line 2'],
  ['main.c:2:11: error: no', 'main.c 2 11', 'main.c:2:11'],
  ['main.ts(2,7): error TS2322: no', 'main.ts 2 7', 'main.ts(2,7)'],
  ["\tfrom /box/main.rb:3:in `<top (required)>'", 'main.rb 3 1', '/box/main.rb:3'],
  ['  thrown in /box/main.php on line 3', 'main.php 3 1', '/box/main.php on line 3'],
  ['    at file:///box/main.js:3:1', 'main.js 3 1', 'file:///box/main.js:3:1'],
  ['    at main (/box/main.js:4:3)', 'main.js 4 3', '/box/main.js:4:3'],
  [' --> main.rs:5:20', 'main.rs 5 20', 'main.rs:5:20'],
])('WEB-142 finds the place in “%s”', (text, place, shown) => {
  const [found] = findPlaces(text, paths);
  expect(`${found?.path} ${found?.line} ${found?.column}`).toBe(place);
  expect(text.slice(found?.start, found?.end)).toBe(shown);
});

it('WEB-142 leaves alone what is no file of the room', () => {
  expect(
    findPlaces('at Module._compile (node:internal/modules/cjs/loader:1956:14) at 12:30, /usr/lib/main.h:3', paths),
  ).toEqual([]);
  expect(findPlaces(`${'a.'.repeat(5_000)}:1`, paths)).toEqual([]);
});
