import type { Writable } from 'node:stream';
import { limits, ProblemError } from '@coderoom/protocol';

/** A program's standard input: kept while the run waits, passed on as it comes afterwards, bounded throughout. */
export interface LiveInput {
  /** Throws too_large when the program leaves more unread than it may; silent when input has ended. */
  write(data: string): void;
  end(): void;
  /** Leads into a program from now on. */
  connect(stdin: Writable): void;
}

/** With `given`, the input is that text and then its end. */
export function createLiveInput(given: string | undefined, maxBytes: number = limits.runStdinMaxBytes): LiveInput {
  let kept = given ?? '';
  let ended = given !== undefined;
  let target: Writable | undefined;
  return {
    write(data) {
      if (ended || target?.writable === false) return;
      const unread = target === undefined ? Buffer.byteLength(kept) : target.writableLength;
      if (unread + Buffer.byteLength(data) > maxBytes) {
        throw new ProblemError('too_large', { detail: 'The program has not read its earlier input yet.' });
      }
      if (target === undefined) kept += data;
      else target.write(data);
    },
    end() {
      ended = true;
      target?.end();
    },
    connect(stdin) {
      target = stdin;
      if (kept !== '') stdin.write(kept);
      kept = '';
      if (ended) stdin.end();
    },
  };
}
