// What a program finds around it inside QuickJS: a console, timers, input, and the few of Node's modules that short
// programs use. Evaluates to a function that gets what the worker offers, and gives back how to go on.
(host) => {
  // --- how values are shown ---
  const depthMax = 3;
  const itemsMax = 100;
  const identifier = /^[A-Za-z_$][\w$]*$/;
  const quote = (text) =>
    text.includes("'") ? JSON.stringify(text) : `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')}'`;

  function inspect(value, depth = 0, seen = []) {
    if (typeof value === 'string') return quote(value);
    if (typeof value === 'bigint') return `${value}n`;
    if (Object.is(value, -0)) return '-0';
    if (typeof value === 'function') {
      const isClass = /^class\b/.test(Function.prototype.toString.call(value));
      return `[${isClass ? 'class' : 'Function'}${value.name === '' ? ' (anonymous)' : `${isClass ? '' : ':'} ${value.name}`}]`;
    }
    if (typeof value !== 'object' || value === null) return String(value);
    if (seen.includes(value)) return '[Circular *1]';
    if (value instanceof Error) return describeError(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (value instanceof Promise) return 'Promise { … }';
    const name = value.constructor?.name ?? '[Object: null prototype]';
    if (depth > depthMax - 1) return Array.isArray(value) ? '[Array]' : `[${name}]`;
    const inner = (item) => inspect(item, depth + 1, [...seen, value]);
    const property = (key) => {
      const shown = typeof key === 'symbol' ? `[${String(key)}]` : identifier.test(key) ? key : quote(key);
      const { get, set } = Object.getOwnPropertyDescriptor(value, key);
      return `${shown}: ${get === undefined && set === undefined ? inner(value[key]) : '[Getter]'}`;
    };
    if (Array.isArray(value) || ArrayBuffer.isView(value)) {
      const items = Array.from(value).slice(0, itemsMax).map(inner);
      if (value.length > itemsMax) items.push(`... ${value.length - itemsMax} more items`);
      return wrap(name === 'Array' ? '' : `${name}(${value.length}) `, '[', items, ']', depth);
    }
    if (value instanceof Map) {
      return wrap(
        `Map(${value.size}) `,
        '{',
        [...value].map(([key, item]) => `${inner(key)} => ${inner(item)}`),
        '}',
        depth,
      );
    }
    if (value instanceof Set) return wrap(`Set(${value.size}) `, '{', [...value].map(inner), '}', depth);
    const keys = Reflect.ownKeys(value).filter((key) => Object.getOwnPropertyDescriptor(value, key).enumerable);
    return wrap(name === 'Object' ? '' : `${name} `, '{', keys.map(property), '}', depth);
  }

  function wrap(before, open, items, close, depth) {
    if (items.length === 0) return `${before}${open}${close}`;
    const line = `${before}${open} ${items.join(', ')} ${close}`;
    if (line.length + depth * 2 <= 76 && !line.includes('\n')) return line;
    const indent = '  '.repeat(depth + 1);
    return `${before}${open}\n${indent}${items.join(`,\n${indent}`)}\n${'  '.repeat(depth)}${close}`;
  }

  function describeError(error) {
    const stack = String(error.stack ?? '').trimEnd();
    const cause = error.cause === undefined ? '' : `\n  cause: ${inspect(error.cause, 1)}`;
    return `${error.name}: ${error.message}${stack === '' ? '' : `\n${stack}`}${cause}`;
  }

  function format(first, ...rest) {
    if (typeof first !== 'string') return [first, ...rest].map(show).join(' ');
    const text = first.replace(/%[sdifjoOc%]/g, (mark) => {
      if (mark === '%%') return '%';
      if (rest.length === 0) return mark;
      const value = rest.shift();
      if (mark === '%s') return typeof value === 'object' ? inspect(value, 2) : String(value);
      if (mark === '%d' || mark === '%f') return String(Number(value));
      if (mark === '%i') return String(Math.trunc(Number(value)));
      if (mark === '%j') return JSON.stringify(value);
      return mark === '%c' ? '' : inspect(value);
    });
    return [text, ...rest.map(show)].join(' ');
  }
  const show = (value) => (typeof value === 'string' ? value : inspect(value));

  // --- the console ---
  let indent = '';
  const printer =
    (stream) =>
    (...values) =>
      host.write(stream, `${format(...values).replaceAll(/^/gm, indent)}\n`);
  const [out, err] = [printer('stdout'), printer('stderr')];
  const counts = new Map();
  const starts = new Map();
  globalThis.console = {
    ...{ log: out, info: out, debug: out, dir: (value) => out(value), warn: err, error: err },
    trace: (...values) => err('Trace:', ...values),
    assert: (holds, ...values) => holds || err('Assertion failed', ...values),
    group: (...values) => {
      if (values.length > 0) out(...values);
      indent += '  ';
    },
    groupEnd: () => {
      indent = indent.slice(2);
    },
    count: (label = 'default') => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      out(`${label}: ${counts.get(label)}`);
    },
    time: (label = 'default') => starts.set(label, host.now()),
    timeEnd: (label = 'default') => out(`${label}: ${(host.now() - (starts.get(label) ?? host.now())).toFixed(3)}ms`),
    table: (rows) => out(rows),
  };

  // --- time ---
  let timers = [];
  let lastTimer = 0;
  const addTimer = (call, delayMs, args, everyMs) => {
    const id = ++lastTimer;
    timers.push({ id, at: host.now() + Math.max(1, Number(delayMs) || 0), call, args, everyMs });
    return id;
  };
  const removeTimer = (id) => {
    timers = timers.filter((timer) => timer.id !== id);
  };
  Object.assign(globalThis, {
    setTimeout: (call, delayMs, ...args) => addTimer(call, delayMs, args),
    setInterval: (call, delayMs, ...args) => addTimer(call, delayMs, args, Math.max(1, Number(delayMs) || 0)),
    setImmediate: (call, ...args) => addTimer(call, 0, args),
    clearTimeout: removeTimer,
    clearInterval: removeTimer,
    clearImmediate: removeTimer,
    queueMicrotask: (call) => void Promise.resolve().then(call),
    structuredClone: (value) => JSON.parse(JSON.stringify(value)),
    performance: { now: () => host.now() },
  });

  // --- input: at once when it is there; otherwise the program stands still, or its promise waits ---
  const chomp = (line) => line.replace(/\r?\n$/, '');
  const line = () => host.lineNow() ?? host.lineWait();
  const rest = () => host.restNow() ?? host.restWait();
  const lineLater = () => {
    const now = host.lineNow();
    return now === undefined ? host.lineLater() : Promise.resolve(now);
  };
  globalThis.prompt = (question = '') => {
    host.write('stdout', String(question));
    const answer = line();
    return answer === '' ? null : chomp(answer);
  };

  function createInterface() {
    const listeners = { line: [], close: [] };
    let isClosed = false;
    let isReading = false;
    const interfaceOfLines = {
      on(name, listener) {
        listeners[name]?.push(listener);
        if (name === 'line' && !isReading) void read();
        return interfaceOfLines;
      },
      question(text, options, answer = options) {
        host.write('stdout', String(text));
        lineLater().then((told) => answer(chomp(told)));
      },
      setPrompt() {},
      prompt() {},
      close() {
        if (isClosed) return;
        isClosed = true;
        for (const listener of listeners.close) listener();
      },
      async *[Symbol.asyncIterator]() {
        for (let told = await lineLater(); told !== '' && !isClosed; told = await lineLater()) yield chomp(told);
      },
    };
    interfaceOfLines.once = interfaceOfLines.on;
    async function read() {
      isReading = true;
      for (let told = await lineLater(); told !== '' && !isClosed; told = await lineLater()) {
        for (const listener of listeners.line) listener(chomp(told));
      }
      interfaceOfLines.close();
    }
    return interfaceOfLines;
  }

  const stdin = {
    fd: 0,
    isTTY: false,
    setEncoding() {},
    resume() {},
    on(name, listener) {
      if (name === 'data' || name === 'readable') void host.restLater().then((text) => text !== '' && listener(text));
      if (name === 'end' || name === 'close') void host.restLater().then(() => setTimeout(listener, 1));
      return stdin;
    },
    async *[Symbol.asyncIterator]() {
      const text = await host.restLater();
      if (text !== '') yield text;
    },
  };

  globalThis.process = {
    argv: ['node', ...host.argv],
    env: {},
    platform: 'browser',
    version: 'v0.0.0',
    versions: {},
    exitCode: undefined,
    cwd: () => '/box',
    exit: (code) => host.exit(Number(code ?? globalThis.process.exitCode ?? 0)),
    hrtime: Object.assign(() => [Math.floor(host.now() / 1e3), Math.floor((host.now() % 1e3) * 1e6)], {
      bigint: () => BigInt(Math.floor(host.now() * 1e6)),
    }),
    memoryUsage: () => ({ heapUsed: 0, heapTotal: 0, rss: 0 }),
    nextTick: (call, ...args) => queueMicrotask(() => call(...args)),
    on: () => globalThis.process,
    stdin,
    stdout: { isTTY: false, write: (text) => host.write('stdout', String(text)) === undefined },
    stderr: { isTTY: false, write: (text) => host.write('stderr', String(text)) === undefined },
  };

  // --- modules ---
  const ofFiles = (path) => String(path).replace(/^(\/box\/|\.\/)/, '');
  const readFileSync = (path) => {
    if (path === 0 || path === '/dev/stdin') return rest();
    const text = host.file(ofFiles(path));
    if (text !== undefined) return text;
    throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT' });
  };
  const assert = Object.assign(
    (holds, message = 'The expression evaluated to a falsy value') => {
      if (!holds)
        throw message instanceof Error ? message : Object.assign(new Error(message), { name: 'AssertionError' });
    },
    {
      equal: (a, b, message) => assert(a === b, message ?? `${inspect(a)} !== ${inspect(b)}`),
      deepEqual: (a, b, message) => assert(inspect(a) === inspect(b), message ?? `${inspect(a)} is not ${inspect(b)}`),
    },
  );
  assert.strictEqual = assert.equal;
  assert.deepStrictEqual = assert.deepEqual;
  assert.ok = assert;
  const builtins = {
    fs: { readFileSync, existsSync: (path) => host.file(ofFiles(path)) !== undefined },
    'fs/promises': { readFile: async (path) => readFileSync(path) },
    readline: { createInterface },
    'readline/promises': {
      createInterface() {
        const lines = createInterface();
        return { ...lines, question: (text) => new Promise((resolve) => lines.question(text, resolve)) };
      },
    },
    process: globalThis.process,
    util: { inspect: (value) => inspect(value), format },
    assert,
    'timers/promises': { setTimeout: (delayMs, value) => new Promise((done) => setTimeout(done, delayMs, value)) },
    perf_hooks: { performance: globalThis.performance },
  };
  builtins.readline.promises = builtins['readline/promises'];
  builtins.fs.promises = builtins['fs/promises'];

  const builtin = (name) => builtins[name.replace(/^node:/, '')];
  const loaded = new Map();
  function requireFrom(folder) {
    return (name) => {
      const own = builtin(name);
      if (own !== undefined) return own;
      const path = host.resolve(folder, name);
      if (path === undefined) throw new Error(`Cannot find module '${name}'`);
      const known = loaded.get(path);
      if (known !== undefined) return known.exports;
      const module = { exports: {} };
      loaded.set(path, module);
      if (path.endsWith('.json')) module.exports = JSON.parse(host.file(path));
      else
        host.compile(path)(
          module.exports,
          requireFrom(folderOf(path)),
          module,
          `/box/${path}`,
          `/box/${folderOf(path)}`,
        );
      return module.exports;
    };
  }
  const folderOf = (path) => path.slice(0, Math.max(0, path.lastIndexOf('/')));

  return {
    builtin,
    builtinKeys: (name) => {
      const own = builtin(name);
      return own === undefined
        ? undefined
        : Object.keys(own)
            .filter((key) => identifier.test(key))
            .join();
    },
    load: (path) => requireFrom('')(`./${path}`),
    runCommonJs: (path) => void requireFrom('')(`./${path}`),
    describe: (error) => (error instanceof Error ? describeError(error) : `Uncaught ${inspect(error)}`),
    /** In how many milliseconds the next timer is due; undefined: there is none. */
    nextTimer: () =>
      timers.length === 0 ? undefined : Math.max(0, Math.min(...timers.map(({ at }) => at)) - host.now()),
    runTimer() {
      const [due] = timers.toSorted((a, b) => a.at - b.at || a.id - b.id);
      if (due === undefined || due.at > host.now() + 1) return;
      if (due.everyMs === undefined) removeTimer(due.id);
      else due.at = host.now() + due.everyMs;
      due.call(...due.args);
    },
    exitCode: () => Number(globalThis.process.exitCode ?? 0),
  };
};
