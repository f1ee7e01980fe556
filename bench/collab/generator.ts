import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Joined, Opened, Order, Spell } from './load.ts';

/** The bench's handle on the load generator's process. */
export class Generator implements Disposable {
  readonly #process: ChildProcess = fork(fileURLToPath(new URL('load.ts', import.meta.url)), {
    execArgv: ['--max-semi-space-size=64'],
  });

  open(order: Omit<Order & { kind: 'open' }, 'kind'>): Promise<Opened> {
    return this.#ask<Opened>({ kind: 'open', ...order });
  }

  close(): Promise<unknown> {
    return this.#ask({ kind: 'close' });
  }

  fill(document: 'plain' | 'big' | 'bigAtOnce', bytes = 0): Promise<unknown> {
    return this.#ask({ kind: 'fill', document, bytes });
  }

  type(
    editsPerSecond: number,
    seconds: number,
    { characters = 1, cursors = false }: { characters?: number; cursors?: boolean } = {},
  ): Promise<Spell> {
    return this.#ask<Spell>({ kind: 'type', editsPerSecond, seconds, characters, cursors });
  }

  join(order: Omit<Order & { kind: 'join' }, 'kind'>): Promise<Joined> {
    return this.#ask<Joined>({ kind: 'join', ...order });
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }

  /** Gives an order and waits for its answer. */
  #ask<T>(order: Order): Promise<T> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('The load generator ended.'));
      if (!this.#process.connected) return ended();
      this.#process.once('exit', ended);
      this.#process.once('message', (answer: Answer) => {
        this.#process.off('exit', ended);
        if (answer.kind === 'failed') reject(new Error(answer.message));
        else resolve(answer as T);
      });
      this.#process.send(order);
    });
  }
}
