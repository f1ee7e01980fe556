/** The places of the room's files that a line of output names, with where they stand in it. */
import { pathFinder } from './parse-problems.ts';

export interface NamedPlace {
  path: string;
  line: number;
  column: number;
  /** In characters of the line, `end` exclusive. */
  start: number;
  end: number;
}

/** `main.c:2:11`, `/box/main.rb:2`, `main.ts(2,7)`, `File "main.py", line 2`, `in main.php on line 3`. */
const places =
  /(?:File ")?(?<path>(?:file:\/\/)?[\w./@+-]*\w\.\w+)(?:"?,? (?:on )?line (?<inWords>\d+)|:(?<line>\d+)(?::(?<column>\d+))?|\((?<row>\d+),(?<at>\d+)\))/g;

export function findPlaces(text: string, paths: readonly string[]): NamedPlace[] {
  const pathOf = pathFinder(paths);
  return [...text.slice(0, lineMax).matchAll(places)].flatMap((match) => {
    const { path: printed = '', inWords, line = inWords, row = line, column, at = column } = match.groups ?? {};
    const path = pathOf(printed);
    if (path === undefined || row === undefined) return [];
    const start = match.index;
    return [{ path, line: Number(row), column: Number(at ?? 1), start, end: start + match[0].length }];
  });
}

const lineMax = 2_000;
