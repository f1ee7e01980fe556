/**
 * Inside the frame: starts a worker for each program and ends it when its time is over. The frame has an origin of its own
 * that owns nothing (its answer says `sandbox`), so that programs reach neither our cookies nor the room's page.
 */
import type { BrowserJob } from '@coderoom/protocol';
import javascriptWorker from './javascript-worker.ts?worker&url';
import type { FrameNews, FrameOrder, OutputPiece, RunEnd, WorkerNews, WorkerOrder } from './messages.ts';
import pythonWorker from './python-worker.ts?worker&url';

/** What was printed is passed on this often; the server counts messages. */
const gatherMs = 80;
/** How long a runtime may take to come, and to get ready. */
const loadMs = 100_000;

const workers: Record<string, string> = {
  python: pythonWorker,
  javascript: javascriptWorker,
  typescript: javascriptWorker,
};

let port: MessagePort | undefined;
let stopCurrent: ((status: 'cancelled') => void) | undefined;
let current: Worker | undefined;
/** One that has loaded its runtime already; each is used for one program only. */
let prepared: { url: string; worker: Worker } | undefined;

addEventListener('message', ({ data, ports, source }) => {
  if (source !== parent || data !== 'port' || port !== undefined) return;
  port = ports[0];
  port?.addEventListener('message', ({ data: order }: MessageEvent<FrameOrder>) => obey(order));
  port?.start();
});

function obey(order: FrameOrder): void {
  switch (order.kind) {
    case 'execute':
      stopCurrent?.('cancelled');
      execute(order.runId, order.job);
      return;
    case 'input':
      current?.postMessage(order satisfies WorkerOrder);
      return;
    case 'stop':
      stopCurrent?.('cancelled');
      return;
    default:
      order satisfies never;
  }
}

function execute(runId: string, job: BrowserJob): void {
  const url = workers[job.language] ?? '';
  const worker = prepared?.url === url ? prepared.worker : openWorker(url);
  if (prepared?.worker === worker) prepared = undefined;
  let pieces: OutputPiece[] = [];
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let begunAt = performance.now();
  let hasBegun = false;

  const tell = (news: FrameNews) => port?.postMessage(news);
  const flush = () => {
    clearTimeout(gathering);
    gathering = undefined;
    if (pieces.length > 0) tell({ kind: 'output', runId, pieces });
    pieces = [];
  };
  const finish = (end: Omit<RunEnd, 'wallMs'>) => {
    clearTimeout(deadline);
    worker.onmessage = null;
    worker.onerror = null;
    worker.terminate();
    current = undefined;
    stopCurrent = undefined;
    flush();
    tell({ kind: 'end', runId, end: { ...end, wallMs: hasBegun ? Math.round(performance.now() - begunAt) : 0 } });
    prepared?.worker.terminate();
    prepare(url);
  };
  const stop = (status: 'cancelled' | 'timeout') => finish({ status, exitCode: null, phase: 'run' });
  const print = (piece: OutputPiece) => {
    const last = pieces.at(-1);
    if (last !== undefined && last.stream === piece.stream && last.phase === piece.phase) last.data += piece.data;
    else pieces.push(piece);
    gathering ??= setTimeout(flush, pieces.length === 1 && gathering === undefined ? 0 : gatherMs);
  };
  const fail = (why: string) => {
    print({ phase: 'run', stream: 'stderr', data: `${why}\n` });
    finish({ status: 'internal', exitCode: null, phase: 'run' });
  };

  let deadline = setTimeout(() => fail('The runtime of this language could not be loaded in time.'), loadMs);
  current = worker;
  stopCurrent = stop;
  worker.onmessage = ({ data }: MessageEvent<WorkerNews>) => {
    switch (data.kind) {
      case 'begun':
        hasBegun = true;
        begunAt = performance.now();
        clearTimeout(deadline);
        deadline = setTimeout(() => stop('timeout'), job.limits.wallMs);
        return;
      case 'output':
        print({ phase: data.phase, stream: data.stream, data: data.data });
        return;
      case 'end':
        finish({ status: data.status, exitCode: data.exitCode, phase: data.phase });
        return;
      default:
        data satisfies never;
    }
  };
  worker.onerror = ({ message }) =>
    fail(`The runtime of this language failed: ${message ?? 'it could not be loaded'}.`);
  worker.postMessage({ kind: 'execute', job } satisfies WorkerOrder);
}

/** For the next program, most likely in the same language. */
function prepare(url: string): void {
  const worker = openWorker(url);
  prepared = { url, worker };
  worker.onerror = () => {
    if (prepared?.worker === worker) prepared = undefined;
  };
}

/**
 * A frame without an origin may start no worker of ours, but one of its own, which fetches ours. What it is told until that
 * has come is kept for it.
 */
function openWorker(url: string): Worker {
  const address = JSON.stringify(new URL(url, import.meta.url).href);
  const script = `
    const early = [];
    self.onmessage = (event) => early.push(event.data);
    import(${address}).then(
      () => {
        self.onmessage = null;
        for (const data of early) self.dispatchEvent(new MessageEvent('message', { data }));
      },
      (error) => setTimeout(() => { throw error; }),
    );`;
  return new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
}
