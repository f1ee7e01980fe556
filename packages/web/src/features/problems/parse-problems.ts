/** Finds in what compilers and failing programs print the places they speak of. Pure: text in, problems out. */

/** Where in the room's files something is the matter, lines and columns counted from 1. */
export interface Problem {
  path: string;
  line: number;
  column?: number;
  message: string;
  severity: 'error' | 'warning';
}

/** What is looked for; every reader sees every text, for the formats exclude one another. */
export function parseProblems(text: string, paths: readonly string[]): Problem[] {
  const lines = text
    .slice(0, readMax)
    .split('\n', linesMax)
    .map((line) => line.slice(0, lineMax));
  const pathOf = pathFinder(paths);
  const found = readers.flatMap((read) => read(lines, pathOf));
  const known = new Set<string>();
  return found
    .filter(({ path, line, message }) => {
      const key = `${path}:${line}:${message}`;
      return !known.has(key) && known.add(key);
    })
    .slice(0, problemsMax);
}

const readMax = 200_000;
const linesMax = 5_000;
/** Whoever prints decides what is read here: what costs the square of a line must stay small. */
const lineMax = 2_000;
/** How far beneath a panic its first frame in the room's files is looked for. */
const traceMax = 200;
const problemsMax = 50;
const messageMax = 500;

/** The room's file that a printed path means; undefined for one of the system's. */
type PathOf = (printed: string) => string | undefined;
type Reader = (lines: readonly string[], pathOf: PathOf) => Problem[];

/** Runs see the room's files in /box; stack traces of some languages name a file without its folder. */
export function pathFinder(paths: readonly string[]): PathOf {
  const exact = new Set(paths);
  const byName = new Map<string, string | undefined>();
  for (const path of paths) {
    const name = nameOf(path);
    // Two of the same name: then the name alone says nothing.
    byName.set(name, byName.has(name) ? undefined : path);
  }
  return (printed) => {
    const path = printed
      .replace(/^file:\/\//, '')
      .replace(/^\/box\//, '')
      .replace(/^\.\//, '');
    if (exact.has(path)) return path;
    return path.startsWith('/') || path.startsWith('node:') ? undefined : byName.get(nameOf(path));
  };
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

function problem(
  pathOf: PathOf,
  place: { path: string | undefined; line: string | undefined; column?: string | undefined },
  said: { message: string | undefined; severity?: string | undefined },
): Problem[] {
  const path = place.path === undefined ? undefined : pathOf(place.path);
  const line = Number(place.line);
  const message = said.message?.trim() ?? '';
  if (path === undefined || !Number.isSafeInteger(line) || line < 1 || message === '') return [];
  const column = Number(place.column);
  const severity = said.severity?.toLowerCase().includes('warning') === true ? 'warning' : 'error';
  return [
    {
      path,
      line,
      ...(Number.isSafeInteger(column) && column >= 1 ? { column } : {}),
      message: message.length > messageMax ? `${message.slice(0, messageMax)} …` : message,
      severity,
    },
  ];
}

/** gcc, g++, kotlinc, swiftc, javac: `main.c:2:11: error: …`; the column of javac is where its caret points. */
const readColonSeverity: Reader = (lines, pathOf) =>
  lines.flatMap((text, index) => {
    const [, path, line, column, severity, message] =
      /^([^\s:][^:]*):(\d+):(?:(\d+):)? ((?:fatal )?error|warning): (.+)$/.exec(text) ?? [];
    if (path === undefined) return [];
    const pointed = column ?? (path.endsWith('.java') ? caretBeneath(lines, index + 1) : undefined);
    return problem(pathOf, { path, line, column: pointed }, { message: withDetails(message, lines, index), severity });
  });

/** javac says in indented lines beneath its caret which symbol it could not find. */
function withDetails(message: string | undefined, lines: readonly string[], index: number): string {
  const details: string[] = [];
  if (/\.java:\d+: /.test(lines[index] ?? '')) {
    for (const text of lines.slice(index + 3)) {
      if (!/^ {2}\w+: /.test(text)) break;
      details.push(text.trim());
    }
  }
  return [message, ...details].join('\n');
}

/** Go: `main.go:9:14: …`, with what it had and wants in lines that begin with a tab. */
const readGo: Reader = (lines, pathOf) =>
  lines.flatMap((text, index) => {
    const [, path, line, column, message] = /^(?:vet: )?([^\s:][^:]*\.go):(\d+):(?:(\d+):)? (.+)$/.exec(text) ?? [];
    if (path === undefined) return [];
    return problem(
      pathOf,
      { path, line, column },
      { message: [message, ...indented(lines, index + 1, '\t')].join('\n') },
    );
  });

/** mcs and tsc: `main.ts(2,7): error TS2322: …`; tsc explains itself in indented lines. */
const readParentheses: Reader = (lines, pathOf) =>
  lines.flatMap((text, index) => {
    const [, path, line, column, severity, code, message] =
      /^([^\s(][^(]*)\((\d+),(\d+)\): (error|warning) ([A-Z]+\d+): (.+)$/.exec(text) ?? [];
    if (path === undefined) return [];
    const explained = [message, ...indented(lines, index + 1, '  ')].join('\n');
    return problem(pathOf, { path, line, column }, { message: `${explained} (${code})`, severity });
  });

/** rustc: what is the matter, then ` --> main.rs:5:20`. Notes and help point elsewhere, and belong to what came before. */
const readRust: Reader = (lines, pathOf) => {
  const found: Problem[] = [];
  let said: { message: string | undefined; severity: string | undefined } | undefined;
  for (const text of lines) {
    const [, severity, message] = /^(error|warning|note|help)(?:\[\w+\])?: (.+)$/.exec(text) ?? [];
    if (severity !== undefined) said = severity === 'note' || severity === 'help' ? undefined : { message, severity };
    const [, path, line, column] = /^ *--> (.+?):(\d+):(\d+)$/.exec(text) ?? [];
    if (path === undefined || said === undefined) continue;
    found.push(...problem(pathOf, { path, line, column }, said));
    said = undefined;
  }
  return found;
};

/** A Rust program that panicked: the place, and what was said in the line beneath. */
const readPanic: Reader = (lines, pathOf) =>
  lines.flatMap((text, index) => {
    const [, path, line, column] = /^thread '.*' (?:\(\d+\) )?panicked at (.+?):(\d+):(\d+):$/.exec(text) ?? [];
    return path === undefined ? [] : problem(pathOf, { path, line, column }, { message: lines[index + 1] });
  });

/** Python: the innermost frame in the room's files, and the first line that is not indented. */
const readPython: Reader = (lines, pathOf) => {
  const found: Problem[] = [];
  let place: { path: string; line: string | undefined } | undefined;
  for (const raw of lines) {
    // Groups of exceptions are drawn as a tree.
    const text = raw.replace(/^ {2,}[|+] /, '');
    const [, path, line] = /^ {2}File "([^"]+)", line (\d+)/.exec(text) ?? [];
    if (path !== undefined) {
      if (pathOf(path) !== undefined) place = { path, line };
    } else if (place !== undefined && /^[^\s|+]/.test(text)) {
      if (!/Traceback \(most recent call last\)/.test(text)) found.push(...problem(pathOf, place, { message: text }));
      place = undefined;
    }
  }
  return found;
};

/** Node: a place, the line with a caret beneath, an empty line, and the error; or an error and where it came from. */
const readNode: Reader = (lines, pathOf) =>
  lines.flatMap((text, index) => {
    const [, path, line] = /^((?:file:\/\/)?\/[^\s:]+\.[cm]?[jt]sx?):(\d+)$/.exec(text) ?? [];
    if (path === undefined) return [];
    const after = lines.slice(index + 1, index + 12);
    const said = after.findIndex((next, offset) => offset > 0 && after[offset - 1] === '' && next !== '');
    if (said < 0) return [];
    return problem(pathOf, { path, line, column: caretBeneath(lines, index + 1) }, { message: after[said] });
  });

/** PHP: `Parse error: … in /box/main.php on line 3`, `Fatal error: Uncaught Error: … in /box/main.php:2`. */
const readPhp: Reader = (lines, pathOf) =>
  lines.flatMap((text) => {
    const [, severity, message, path, line] =
      /^(?:PHP )?(Parse error|Fatal error|Warning|Deprecated|Notice): {1,2}(.+) in (\S+?)(?: on line |:)(\d+)$/.exec(
        text,
      ) ?? [];
    if (path === undefined) return [];
    const isMild = severity === 'Deprecated' || severity === 'Notice';
    return problem(
      pathOf,
      { path, line },
      { message: message?.replace(/^Uncaught /, ''), severity: isMild ? 'warning' : severity },
    );
  });

/** Ruby: `/box/main.rb:2:in 'f': … (NameError)`, `/box/main.rb:4: syntax error, … (SyntaxError)`. */
const readRuby: Reader = (lines, pathOf) =>
  lines.flatMap((text) => {
    const [, path, line, severity, message] =
      /^(\/[^\s:]+\.rb):(\d+):(?:in [`'].*?':)? (warning: )?(.+)$/.exec(text) ?? [];
    return path === undefined || message?.startsWith('--> ') === true
      ? []
      : problem(pathOf, { path, line }, { message, severity });
  });

/** Java and Kotlin: the exception, and the uppermost frame in the room's files. */
const readJavaTrace: Reader = (lines, pathOf) =>
  lines.flatMap((text, index) => {
    const [, message] = /^(?:Exception in thread "[^"]*"|Caused by:) (.+)$/.exec(text) ?? [];
    if (message === undefined) return [];
    for (const frame of lines.slice(index + 1)) {
      const [, path, line] = /^\s+at .+\(([^()]+\.(?:java|kt)):(\d+)\)$/.exec(frame) ?? [];
      if (path !== undefined && pathOf(path) !== undefined) return problem(pathOf, { path, line }, { message });
      if (!/^\s+(?:at |\.\.\. )/.test(frame)) return [];
    }
    return [];
  });

/** Go: the panic, and the first frame in the room's files. */
const readGoPanic: Reader = (lines, pathOf) =>
  lines.flatMap((text, index) => {
    const [, message] = /^(?:panic|fatal error): (.+)$/.exec(text) ?? [];
    if (message === undefined) return [];
    for (const frame of lines.slice(index + 1, index + 1 + traceMax)) {
      const [, path, line] = /^\t(\S+\.go):(\d+)/.exec(frame) ?? [];
      if (path !== undefined && pathOf(path) !== undefined) return problem(pathOf, { path, line }, { message });
    }
    return [];
  });

/** Swift: `main/main.swift:3: Fatal error: …`, where the first part is the module. */
const readSwiftTrap: Reader = (lines, pathOf) =>
  lines.flatMap((text) => {
    const [, path, line, message] = /^(\S+\.swift):(\d+): Fatal error: (.+)$/.exec(text) ?? [];
    return path === undefined ? [] : problem(pathOf, { path, line }, { message });
  });

const readers: readonly Reader[] = [
  readColonSeverity,
  readGo,
  readParentheses,
  readRust,
  readPanic,
  readPython,
  readNode,
  readPhp,
  readRuby,
  readJavaTrace,
  readGoPanic,
  readSwiftTrap,
];

/** Where the caret points in the line beneath a quoted one. */
function caretBeneath(lines: readonly string[], quoted: number): string | undefined {
  const [, before] = /^(\s*)\^/.exec(lines[quoted + 1] ?? '') ?? [];
  return before === undefined ? undefined : String(before.length + 1);
}

function indented(lines: readonly string[], from: number, indentation: string): string[] {
  const found: string[] = [];
  for (const text of lines.slice(from)) {
    if (!text.startsWith(indentation) || text.trim() === '') break;
    found.push(text.trim());
  }
  return found;
}
