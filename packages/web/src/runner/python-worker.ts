/** Runs one Python program by Pyodide, whose files lie beside this one. */
import type { BrowserJob } from '@coderoom/protocol';
import type { loadPyodide } from 'pyodide';
import type { WorkerNews, WorkerOrder } from './messages.ts';
import runProgram from './run-program.py?raw';
import { createWorkerInput } from './worker-input.ts';
import { createWorkerOutput } from './worker-output.ts';

type Pyodide = Awaited<ReturnType<typeof loadPyodide>>;

const box = '/box';
const tell = (news: WorkerNews) => postMessage(news);
const output = createWorkerOutput(tell);
let input = createWorkerInput(null);

/** Begun at once: nobody may be waiting yet. */
const loading = load();
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

async function load(): Promise<Pyodide> {
  // In two steps, or the build takes it for a file of its own.
  const here = import.meta.url;
  const folder = new URL(`pyodide-${pyodideVersion}/`, here).href;
  const module = (await import(/* @vite-ignore */ `${folder}pyodide.mjs`)) as { loadPyodide: typeof loadPyodide };
  return module.loadPyodide({ indexURL: folder });
}

async function execute({ files, entry, args, stdin }: BrowserJob): Promise<void> {
  input = createWorkerInput(stdin);
  const python = await loading;
  for (const { path, text } of files) {
    const target = `${box}/${path}`;
    python.FS.mkdirTree(target.slice(0, target.lastIndexOf('/')));
    python.FS.writeFile(target, text);
  }
  python.FS.chdir(box);
  const write = (stream: 'stdout' | 'stderr') => ({
    write(chunk: Uint8Array) {
      output.bytes(stream, chunk);
      return chunk.length;
    },
  });
  python.setStdout(write('stdout'));
  python.setStderr(write('stderr'));
  python.registerJsModule('_coderoom', {
    read_line: () => input.line(),
    read_rest: () => input.rest(),
    is_live: stdin === null,
  });
  const globals = python.toPy({ entry: `${box}/${entry}`, args });
  tell({ kind: 'begun' });
  const exitCode = (await python.runPythonAsync(runProgram, { globals })) as number;
  const isMemory = exitCode === memoryExitCode;
  tell({
    kind: 'end',
    status: isMemory ? 'memory' : exitCode === 0 ? 'ok' : 'error',
    exitCode: isMemory ? 1 : exitCode,
    phase: 'run',
  });
}

/** What run-program.py answers when a program died of a MemoryError. */
const memoryExitCode = 1_000;

/** Named by the build. */
declare const pyodideVersion: string;
