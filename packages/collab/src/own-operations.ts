/**
 * What the server itself does with a room's document: the document thread reads or writes it whole, one operation after
 * the other, each upon what the one before it has written. What clients send does not come this way.
 */
import { ProblemError } from '@coderoom/protocol';
import type { CollabLimits } from './contract.ts';
import { type Change, type DocumentState, decodeStateVector } from './document-state.ts';
import { type OperationDone, type ThreadDocument, UnsoundDocument } from './document-thread.ts';
import type { Operation, OperationResult } from './document-work.ts';
import type { UpdateLog } from './update-log.ts';

/** A document as the room has it, and as the thread may have it. */
export interface OpenDocument {
  state: DocumentState;
  document: ThreadDocument;
}

/** What this needs of the room. */
export interface OperationsHost {
  readonly id: string;
  /** The last update that is in the document. */
  readonly lastSeq: number;
  /** Resolves once the document is there, or will never be. */
  loaded(): Promise<void>;
  /** Throws a ProblemError unless the document is there. */
  open(): OpenDocument;
  /** Throws a ProblemError unless the room takes so many bytes more of the server's own. */
  assertWritable(bytes: number): void;
  /** A change becomes part of the document. */
  acceptOwn(memberId: string | null, change: Change, state: DocumentState): void;
  /** The document's bytes do not make a document; to be mended. */
  repair(reason: string): Promise<void>;
  /** The last operation that was under way has ended. */
  operationsEnded(): void;
}

/** What the thread was given in the end: later than what it was asked with, if it had to be asked again. */
interface Based {
  /** The last update that was in it. */
  seq: number;
  stateVector: Uint8Array;
}

const nothingKnown = Uint8Array.of(0);
const atOnce: Promise<unknown> = Promise.resolve();

export class OwnOperations {
  readonly #host: OperationsHost;
  readonly #log: UpdateLog;
  readonly #limits: CollabLimits;
  #underWay = 0;
  #last = atOnce;

  constructor(host: OperationsHost, { log, limits }: { log: UpdateLog; limits: CollabLimits }) {
    this.#host = host;
    this.#log = log;
    this.#limits = limits;
  }

  /** Some need the document, which is not to be unloaded. */
  get areUnderWay(): boolean {
    return this.#underWay > 0;
  }

  async read<O extends Operation>(operation: O): Promise<OperationResult[O['kind']]> {
    return this.#use(async () => (await this.run(operation)).value);
  }

  /** Changes the document on behalf of a member; resolves once that, and all before it, is durable. */
  async edit<O extends Operation>(
    memberId: string | null,
    bytes: number,
    operation: O,
  ): Promise<OperationResult[O['kind']]> {
    return this.#use(async () => {
      const value = await this.#afterOthers(async () => {
        this.#host.assertWritable(bytes);
        const done = await this.#operate(operation);
        this.#take(memberId, bytes, done.updates);
        return done.value;
      });
      await this.#durable(this.#host.lastSeq);
      return value;
    });
  }

  /** The same without keeping the room open. */
  run<O extends Operation>(operation: O): Promise<OperationDone<O['kind']> & Based> {
    return this.#afterOthers(() => this.#operate(operation));
  }

  /** Runs something that needs the document, which stays loaded meanwhile. */
  async #use<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      await this.#host.loaded();
      return await work();
    } finally {
      if (--this.#underWay === 0) this.#host.operationsEnded();
    }
  }

  #afterOthers<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Has the document thread do something with the document as it is now. */
  async #operate<O extends Operation>(operation: O): Promise<OperationDone<O['kind']> & Based> {
    const { document } = this.#host.open();
    const based: Based = { seq: 0, stateVector: nothingKnown };
    const base = (since?: Uint8Array) => {
      const { state } = this.#host.open();
      based.seq = this.#host.lastSeq;
      based.stateVector = state.stateVector();
      return {
        update: state.encode(since === undefined ? undefined : decodeStateVector(since)),
        stateVector: based.stateVector,
      };
    };
    try {
      return { ...(await document.operate(operation, base)), ...based };
    } catch (error) {
      if (!(error instanceof UnsoundDocument)) throw error;
      await this.#host.repair(error.message);
      return { ...(await document.operate(operation, base)), ...based };
    }
  }

  /** Takes what the thread has written on our behalf. */
  #take(memberId: string | null, bytes: number, updates: readonly Uint8Array[]): void {
    const { state, document } = this.#host.open();
    try {
      this.#host.assertWritable(bytes);
      for (const update of updates) {
        const outcome = state.read(update, this.#limits.collabNestingMax);
        if (outcome.kind === 'gap') throw new Error('the document thread wrote upon what is not there');
        if (outcome.kind === 'change') this.#host.acceptOwn(memberId, outcome, state);
      }
    } catch (error) {
      // Otherwise it would go on from what nobody has.
      document.forget();
      throw error;
    }
  }

  async #durable(seq: number): Promise<void> {
    const { promise: timeout, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new ProblemError('storage_unavailable')), this.#limits.durableWaitMs);
    try {
      await Promise.race([this.#log.durable(this.#host.id, seq), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}
