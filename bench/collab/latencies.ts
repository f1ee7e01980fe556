/** Latencies in steps of 10 µs, so that hundreds of thousands a second cost next to nothing to keep. */
export class Latencies {
  readonly #counts = new Uint32Array(1_000_000);
  #count = 0;

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
  }

  add(ms: number): void {
    const step = Math.min(this.#counts.length - 1, Math.max(0, Math.floor(ms * stepsPerMs)));
    this.#counts[step] = (this.#counts[step] as number) + 1;
    this.#count++;
  }

  /** Milliseconds that `share` of all were within; NaN without any. */
  quantile(share: number): number {
    let left = Math.ceil(this.#count * share);
    if (left === 0) return Number.NaN;
    for (const [step, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) return (step + 1) / stepsPerMs;
    }
    return Number.NaN;
  }
}

const stepsPerMs = 100;
