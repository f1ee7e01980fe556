/** Runs one JavaScript or TypeScript program by QuickJS, in WebAssembly and with nothing of this worker's own. */

import type { BrowserJob, RunStatus, RunStream } from '@coderoom/protocol';
import quickJs from '@jitl/quickjs-wasmfile-release-asyncify';
import {
  newQuickJSAsyncWASMModuleFromVariant,
  type QuickJSAsyncContext,
  type QuickJSHandle,
} from 'quickjs-emscripten-core';
import { createProgramFiles, type ProgramFiles, SourceProblem } from './javascript-files.ts';
import prelude from './javascript-prelude.js?raw';
import type { WorkerNews, WorkerOrder } from './messages.ts';
import { createWorkerInput } from './worker-input.ts';
import { createWorkerOutput } from './worker-output.ts';

const stackBytes = 512 * 1024;
const tell = (news: WorkerNews) => postMessage(news);
const output = createWorkerOutput(tell);
let input = createWorkerInput(null);

/** Begun at once: nobody may be waiting yet. */
const loading = newQuickJSAsyncWASMModuleFromVariant(quickJs);
loading.catch(() => {});

addEventListener('message', ({ data }: MessageEvent<WorkerOrder>) => {
  if (data.kind === 'input') input.take(data);
  else execute(data.job).catch(fail);
});

/** So that the frame hears of it. */
function fail(error: unknown): void {
  setTimeout(() => {
    throw error;
  });
}

/** The program has asked for its end. */
let exited: number | undefined;

async function execute(job: BrowserJob): Promise<void> {
  input = createWorkerInput(job.stdin);
  const quickjs = await loading;
  const context = quickjs.newContext();
  context.runtime.setMaxStackSize(stackBytes);
  // QuickJS's own limit counts blocks without their sizes in this build; what it all lies in is what counts.
  let isFull = false;
  context.runtime.setInterruptHandler(() => {
    isFull ||= quickjs.getWasmMemory().buffer.byteLength > job.limits.memoryBytes;
    return isFull || exited !== undefined;
  });
  const files = createProgramFiles(job.files);
  const program = createProgram(context, files, job);
  tell({ kind: 'begun' });
  try {
    await program.run();
    const exitCode = exited ?? program.exitCode();
    tell({ kind: 'end', status: exitCode === 0 ? 'ok' : 'error', exitCode, phase: 'run' });
  } catch (error) {
    if (isFull) {
      output.text('stderr', 'The program has used more memory than it may.\n');
      tell({ kind: 'end', status: 'memory', exitCode: null, phase: 'run' });
    } else if (exited !== undefined) {
      tell({ kind: 'end', status: exited === 0 ? 'ok' : 'error', exitCode: exited, phase: 'run' });
    } else if (error instanceof SourceProblem) {
      output.text('stderr', `${error.message}\n`, 'compile');
      tell({ kind: 'end', status: 'error', exitCode: 1, phase: 'compile' });
    } else {
      const { text, status } =
        error instanceof ProgramFailure ? error : { text: String(error), status: 'error' as const };
      output.text('stderr', `${text}\n`);
      tell({ kind: 'end', status, exitCode: 1, phase: 'run' });
    }
  }
}

class ProgramFailure extends Error {
  readonly text: string;
  readonly status: RunStatus;

  constructor(text: string, status: RunStatus) {
    super(text);
    this.text = text;
    this.status = status;
  }
}

function createProgram(context: QuickJSAsyncContext, files: ProgramFiles, { entry, args }: BrowserJob) {
  const textOrNothing = (text: string | undefined) =>
    text === undefined ? context.undefined : context.newString(text);
  const host = context.newObject();
  /** Files whose lines the wrapper has moved by one. */
  const commonJs = new Set<string>();
  const offer = (
    name: string,
    call: (...handles: QuickJSHandle[]) => QuickJSHandle | { error: QuickJSHandle } | undefined,
  ) => {
    const handle = context.newFunction(name, (...handles) => call(...handles));
    context.setProp(host, name, handle);
    handle.dispose();
  };
  const textOf = (handle: QuickJSHandle | undefined) => (handle === undefined ? '' : context.getString(handle));
  /** In three forms: what is there already, standing still until it is, and as a promise. */
  const offerInput = (name: string, read: () => string | Promise<string>) => {
    let waiting: Promise<string> | undefined;
    const ask = () => {
      const found = waiting ?? read();
      if (typeof found !== 'string') waiting = found;
      return found;
    };
    const taken = async (found: string | Promise<string>) => {
      const text = await found;
      waiting = undefined;
      return text;
    };
    offer(`${name}Now`, () => {
      const found = ask();
      return typeof found === 'string' ? context.newString(found) : context.undefined;
    });
    const waits = context.newAsyncifiedFunction(`${name}Wait`, async () => context.newString(await taken(ask())));
    context.setProp(host, `${name}Wait`, waits);
    waits.dispose();
    offer(`${name}Later`, () => {
      const promise = context.newPromise();
      void taken(ask()).then((text) => {
        context.newString(text).consume((value) => promise.resolve(value));
        wake?.();
      });
      pending += 1;
      void promise.settled.then(() => {
        pending -= 1;
      });
      return promise.handle;
    });
  };
  /** Promises of ours that the program waits for. */
  let pending = 0;
  let wake: (() => void) | undefined;

  offer('write', (stream, text) => {
    output.text(textOf(stream) as RunStream, textOf(text));
    return undefined;
  });
  offer('now', () => context.newNumber(performance.now()));
  offer('exit', (code) => {
    exited = code === undefined ? 0 : context.getNumber(code) & 255;
    return undefined;
  });
  offer('file', (path) => textOrNothing(files.text(textOf(path))));
  offer('resolve', (folder, name) => textOrNothing(files.resolve(textOf(folder), textOf(name))));
  offer('compile', (path) => {
    const name = textOf(path);
    commonJs.add(name);
    const code = `(function (exports, require, module, __filename, __dirname) {\n${files.script(name)}\n})`;
    const result = context.evalCode(code, name);
    return result.error === undefined ? result.value : { error: result.error };
  });
  offerInput('line', () => input.line());
  offerInput('rest', () => input.rest());
  const argv = context.newArray();
  [`/box/${entry}`, ...args].forEach((arg, index) => {
    context.newString(arg).consume((value) => context.setProp(argv, index, value));
  });
  context.setProp(host, 'argv', argv);
  argv.dispose();

  const make = context.unwrapResult(context.evalCode(prelude, 'prelude'));
  const inside = context.unwrapResult(context.callFunction(make, context.undefined, host));
  context.setProp(context.global, '__inside', inside);
  make.dispose();
  host.dispose();

  const call = (name: string, ...values: string[]): QuickJSHandle => {
    const target = context.getProp(inside, name);
    const handles = values.map((value) => context.newString(value));
    const result = context.callFunction(target, context.undefined, ...handles);
    for (const handle of [target, ...handles]) handle.dispose();
    return context.unwrapResult(result);
  };

  context.runtime.setModuleLoader(
    (name) => {
      const keys = call('builtinKeys', name);
      if (context.typeof(keys) === 'string') {
        const names = context.getString(keys).split(',');
        const own = `__inside.builtin(${JSON.stringify(name)})`;
        return `const own = ${own}; export default own; export const { ${names.join(', ')} } = own;`;
      }
      if (name.endsWith('.json')) return `export default ${files.text(name) ?? 'null'};`;
      if (files.isModule(name)) return files.script(name);
      return `const all = __inside.load(${JSON.stringify(name)}); export default all;`;
    },
    (from, name) => {
      const keys = call('builtinKeys', name);
      if (context.typeof(keys) === 'string') return name;
      const path = files.resolve(from.slice(0, Math.max(0, from.lastIndexOf('/'))), name);
      return path ?? { error: new Error(`Cannot find module '${name}'`) };
    },
  );

  const fail = (handle: QuickJSHandle): never => {
    const described = context.getProp(inside, 'describe');
    const message = context.getProp(handle, 'message');
    const isMemory = context.typeof(message) === 'string' && context.getString(message) === 'out of memory';
    // What has no memory left cannot describe itself either.
    if (isMemory) throw new ProgramFailure('InternalError: out of memory', 'memory');
    const result = context.callFunction(described, context.undefined, handle);
    const text = result.error === undefined ? context.getString(result.value) : 'The program failed.';
    throw new ProgramFailure(ownLines(text), 'error');
  };

  /** Without lines that are ours, and with the numbers of the program's own. */
  const ownLines = (text: string) =>
    text
      .split('\n')
      .filter((line) => !/^ {4}at .*\b(prelude|start|timer):\d/.test(line))
      .map((line) =>
        line.replace(/^( {4}at .*?)([\w./-]+):(\d+)(?=:\d)/, (whole, before, path, number) =>
          commonJs.has(path) ? `${before}${path}:${Number(number) - 1}` : whole,
        ),
      )
      .join('\n');

  /** Runs code that may stand still for input. */
  const evaluate = async (code: string, name: string, type: 'global' | 'module'): Promise<QuickJSHandle> => {
    const result = await context.evalCodeAsync(code, name, { type });
    if (exited !== undefined) throw new Error('exited');
    if (result.error !== undefined) return fail(result.error);
    return result.value;
  };
  const runJobs = () => {
    const result = context.runtime.executePendingJobs();
    if (exited !== undefined) throw new Error('exited');
    if (result.error !== undefined) fail(result.error);
  };

  return {
    async run() {
      const isModule = files.isModule(entry);
      // Whatever does not become JavaScript is told before anything runs.
      files.script(entry);
      const outcome = isModule
        ? await evaluate(files.script(entry), entry, 'module')
        : await evaluate(`__inside.runCommonJs(${JSON.stringify(entry)})`, 'start', 'global');
      for (;;) {
        runJobs();
        const state = context.getPromiseState(outcome);
        if (state.type === 'rejected') fail(state.error);
        const due = call('nextTimer');
        const waitMs = context.typeof(due) === 'number' ? context.getNumber(due) : undefined;
        if (waitMs === undefined && pending === 0) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (waitMs !== undefined) setTimeout(resolve, waitMs);
        });
        if (waitMs !== undefined) (await evaluate('__inside.runTimer()', 'timer', 'global')).dispose();
      }
    },
    exitCode: () => context.getNumber(call('exitCode')) & 255,
  };
}
