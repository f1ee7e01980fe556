/** A program's input: given at once, or line by line as it comes from the room. */
import type { WorkerOrder } from './messages.ts';

export interface WorkerInput {
  take(order: Extract<WorkerOrder, { kind: 'input' }>): void;
  /** A line with its end, or what is left without one; '' at the end of input. */
  line(): string | Promise<string>;
  /** All that is left, once the input has ended. */
  rest(): string | Promise<string>;
}

export function createWorkerInput(given: string | null): WorkerInput {
  let kept = given ?? '';
  let hasEnded = given !== null;
  let wake: (() => void) | undefined;
  const more = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });

  const takeLine = (): string | undefined => {
    const end = kept.indexOf('\n');
    if (end === -1 && !hasEnded) return undefined;
    const line = end === -1 ? kept : kept.slice(0, end + 1);
    kept = kept.slice(line.length);
    return line;
  };
  const takeRest = (): string | undefined => {
    if (!hasEnded) return undefined;
    const rest = kept;
    kept = '';
    return rest;
  };
  const whenThere = (take: () => string | undefined) => {
    const found = take();
    if (found !== undefined) return found;
    const wait = async (): Promise<string> => {
      for (;;) {
        await more();
        const later = take();
        if (later !== undefined) return later;
      }
    };
    return wait();
  };

  return {
    take({ data, end }) {
      if (!hasEnded) kept += data ?? '';
      if (end === true) hasEnded = true;
      wake?.();
    },
    line: () => whenThere(takeLine),
    rest: () => whenThere(takeRest),
  };
}
