// Waits inside a sandbox for a job on descriptor 6, and becomes that program. Its words are those of job-message.ts.
const { closeSync, mkdirSync, readFileSync, writeFileSync, writeSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { compileFunction } = require('node:vm');

/** Writing to stdout and stderr waits, as in other languages: Node otherwise loses at exit what a full pipe did not take. */
function waitForOutput() {
  for (const name of ['stdout', 'stderr']) {
    const original = Object.getOwnPropertyDescriptor(process, name);
    Object.defineProperty(process, name, {
      ...original,
      get() {
        const stream = original.get.call(process);
        stream._handle?.setBlocking?.(true);
        Object.defineProperty(process, name, original);
        return stream;
      },
    });
  }
}

function receive() {
  writeSync(7, 'R');
  closeSync(7);
  const data = readFileSync(6);
  closeSync(6);
  const job = { entry: '', args: [], typed: new Map() };
  let path = '';
  for (let position = 0; position < data.length; ) {
    const lineEnd = data.indexOf(10, position);
    const [kind, size] = data.toString('latin1', position, lineEnd).split(' ');
    position = lineEnd + 1 + Number(size);
    const value = data.subarray(lineEnd + 1, position);
    if (kind === 'path') path = `/box/${value}`;
    else if (kind === 'arg') job.args.push(value.toString());
    else if (kind === 'entry') job.entry = `/box/${value}`;
    else if (kind === 'text') {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, value);
      if (/\.[cm]?ts$/.test(path)) job.typed.set(path, value.toString());
    }
  }
  return job;
}

/** Nobody waits yet: what makes JavaScript of TypeScript takes longer to load than most programs to run. */
function practise() {
  withoutWarnings(() => Module.stripTypeScriptTypes('let practice: number = 1;'));
}

function withoutWarnings(act) {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    act();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Syntax that is more than types; whether it really is there is found out by trying. */
const moreThanTypes =
  /\b(enum|namespace|module|declare)\b|\b(public|private|protected|readonly|override)\b|import\s+\w+\s*=|export\s*=/;

/** Node takes types away and refuses the rest. Files with more get the same compiler's other mode, which takes longer to load. */
function compileTheRest(typed) {
  const compiled = new Map();
  for (const [path, text] of typed) {
    if (!moreThanTypes.test(text) || isOnlyTypes(text)) continue;
    const { transformSync } = require(join(__dirname, 'amaro.js'));
    try {
      const { code, map } = transformSync(text, { mode: 'transform', sourceMap: true, filename: path });
      const mapping = Buffer.from(map).toString('base64');
      const source = `${code}\n//# sourceMappingURL=data:application/json;base64,${mapping}`;
      compiled.set(pathToFileURL(path).href, { source, format: formatOf(path, code) });
    } catch {
      // It is not well formed: Node says so, and where.
    }
  }
  if (compiled.size === 0) return;
  process.setSourceMapsEnabled(true);
  Module.registerHooks({
    load(url, context, next) {
      const found = compiled.get(url);
      return found === undefined ? next(url, context) : { ...found, shortCircuit: true };
    },
  });
}

function isOnlyTypes(text) {
  try {
    withoutWarnings(() => Module.stripTypeScriptTypes(text));
    return true;
  } catch ({ code }) {
    return code !== 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX';
  }
}

/** As Node finds it out: what does not compile as CommonJS is a module. */
function formatOf(path, code) {
  if (/\.cts$/.test(path)) return 'commonjs';
  if (/\.mts$/.test(path)) return 'module';
  try {
    compileFunction(code, ['exports', 'require', 'module', '__filename', '__dirname']);
    return 'commonjs';
  } catch {
    return 'module';
  }
}

waitForOutput();
if (process.argv[2] !== 'awaited') practise();
const { entry, args, typed } = receive();
compileTheRest(typed);
delete require.cache[__filename];
process.argv = [process.execPath, entry, ...args];
Module.runMain();
