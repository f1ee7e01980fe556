/**
 * The document thread as the engine sees it: started when it is first needed, ended when it has had nothing to do for a
 * while, and started again when it dies. What it was asked then is asked once more.
 */
import { Worker } from 'node:worker_threads';
import { ProblemError } from '@coderoom/protocol';
import type { CollabLimits } from './contract.ts';
import type {
  DocumentBase,
  Operation,
  OperationResult,
  Sifted,
  ThreadAnswer,
  ThreadData,
  ThreadRequest,
} from './document-work.ts';

/** The bytes do not make a document. */
export class UnsoundDocument extends Error {}

export interface OperationDone<Kind extends Operation['kind']> {
  value: OperationResult[Kind];
  /** What it changed, in order. */
  updates: Uint8Array[];
}

/** A document of which the thread may have a copy. */
export interface ThreadDocument {
  /**
   * `base` makes the bytes: what is newer than the state vector that is given, or all. Throws ProblemErrors by the
   * operation, and UnsoundDocument.
   */
  operate<O extends Operation>(
    operation: O,
    base: (since?: Uint8Array) => BaseBytes,
  ): Promise<OperationDone<O['kind']>>;
  /** The thread need not keep it. */
  forget(): void;
}

type BaseBytes = Pick<DocumentBase, 'update' | 'stateVector'>;

export interface DocumentThread {
  open(): ThreadDocument;
  sift(snapshot: Uint8Array | null, updates: { seq: number; update: Uint8Array }[]): Promise<Sifted>;
  close(): Promise<void>;
}

type Ask = ThreadRequest extends infer Request ? (Request extends unknown ? Omit<Request, 'id'> : never) : never;

interface Pending {
  /** Made anew for each thread, since a new one knows nothing. */
  ask: (thread: number) => Ask;
  attempts: number;
  resolve(answer: ThreadAnswer): void;
  reject(error: Error): void;
}

const attemptsMax = 2;
const clientIdMax = 2 ** 32;

export interface DocumentThreadOptions {
  limits: CollabLimits;
  /** In [0, 1). */
  random: () => number;
  /** Called with each thread that is started; tests end it. */
  onThread?(thread: Worker): void;
}

export function createDocumentThread(options: DocumentThreadOptions): DocumentThread {
  const { limits, random, onThread } = options;
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  /** Counts the threads: what one of them keeps is nothing to the next. */
  let thread = 0;
  let nextId = 1;
  let nextKey = 1;
  let idleTimer: NodeJS.Timeout | undefined;

  function start(): Worker {
    thread++;
    const data: ThreadData = { limits };
    const started = new Worker(new URL('./document-worker.ts', import.meta.url), {
      name: 'documents',
      workerData: data,
      execArgv: [],
      env: {},
    });
    onThread?.(started);
    started.on('message', (answer: ThreadAnswer) => {
      const asked = pending.get(answer.id);
      pending.delete(answer.id);
      if (pending.size === 0) rest();
      asked?.resolve(answer);
    });
    started.on('error', () => {});
    started.on('exit', () => {
      if (worker === started) recover();
    });
    return started;
  }

  /** The thread has died: what it had not answered is asked again, unless that is what it dies of. */
  function recover(): void {
    worker = undefined;
    for (const [id, asked] of pending) {
      if (asked.attempts < attemptsMax) post(id, asked);
      else {
        pending.delete(id);
        asked.reject(new Error('the document thread died of a request'));
      }
    }
  }

  function post(id: number, asked: Pending): void {
    asked.attempts++;
    worker ??= start();
    worker.ref();
    worker.postMessage({ ...asked.ask(thread), id });
  }

  function rest(): void {
    worker?.unref();
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => void stop(), limits.documentThreadIdleMs).unref();
  }

  async function stop(): Promise<void> {
    if (pending.size > 0) return;
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  }

  function ask(make: Pending['ask']): Promise<ThreadAnswer> {
    if (pending.size >= limits.documentThreadQueueMax) return Promise.reject(new ProblemError('storage_unavailable'));
    clearTimeout(idleTimer);
    return new Promise((resolve, reject) => {
      const id = nextId++;
      const asked = { ask: make, attempts: 0, resolve, reject };
      pending.set(id, asked);
      post(id, asked);
    });
  }

  function open(): ThreadDocument {
    const key = nextKey++;
    const clientId = 1 + Math.floor(random() * (clientIdMax - 1));
    /** What the thread has of the document, as far as we know. */
    let has: { thread: number; stateVector: Uint8Array } | undefined;
    return {
      async operate(operation, makeBase) {
        for (;;) {
          let given: BaseBytes | undefined;
          const answer = await ask((number) => {
            const since = has?.thread === number ? has.stateVector : undefined;
            given = makeBase(since);
            return { kind: 'operate', base: { ...given, key, isWhole: since === undefined, clientId }, operation };
          });
          const wasKnown = has !== undefined;
          has = undefined;
          switch (answer.kind) {
            case 'done':
              if (given !== undefined) has = { thread, stateVector: given.stateVector };
              return { value: answer.value as never, updates: answer.updates };
            case 'problem':
              throw new ProblemError(answer.code, { detail: answer.detail });
            case 'unknown':
              if (wasKnown) continue;
              throw new Error('the document thread does not know a whole document');
            case 'unsound':
              throw new UnsoundDocument(answer.reason);
            case 'failed':
              throw new Error(answer.reason);
          }
        }
      },
      forget() {
        if (has?.thread === thread && worker !== undefined) {
          ask(() => ({ kind: 'forget', key })).catch(() => {});
        }
        has = undefined;
      },
    };
  }

  return {
    open,
    async sift(snapshot, updates) {
      const answer = await ask(() => ({ kind: 'sift', snapshot, updates }));
      if (answer.kind !== 'done') throw new Error(answer.kind === 'failed' ? answer.reason : answer.kind);
      return answer.value as Sifted;
    },
    async close() {
      clearTimeout(idleTimer);
      const ended = worker;
      worker = undefined;
      for (const asked of pending.values()) asked.reject(new ProblemError('shutting_down'));
      pending.clear();
      await ended?.terminate();
    },
  };
}
