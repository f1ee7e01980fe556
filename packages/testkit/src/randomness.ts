/** Seeded random numbers, so that a failing test can be repeated. */
export interface Randomness {
  seed: number;
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  below(below: number): number;
  pick<T>(items: readonly T[]): T;
}

/** mulberry32: a 32-bit generator of Tommy Ettinger's, in the public domain; good enough for tests, quick, one word of state. */
export function randomness(seed: number): Randomness {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { seed, next, below, pick: (items) => items[below(items.length)] as (typeof items)[number] };
}

/** The seed of this run: CODEROOM_SEED when a failure is to be repeated, otherwise a new one. */
export function freshSeed(): number {
  const given = process.env.CODEROOM_SEED;
  return given === undefined ? Math.floor(Math.random() * 0x7fffffff) : Number(given);
}
