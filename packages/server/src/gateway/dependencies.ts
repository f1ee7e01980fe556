import { limits } from '@coderoom/protocol';

/** How something that the server needs, or uses when it is there, is doing. */
export type DependencyState = 'ready' | 'down' | 'off';

/**
 * Asks a dependency how it is, and never waits longer than a moment for that: one that hangs is `down`, and is not asked
 * again while the last question is unanswered.
 */
export function createProbe(
  check: () => Promise<unknown>,
  waitMs: number = limits.healthWaitMs,
): () => Promise<DependencyState> {
  let asking: { since: number; answer: Promise<DependencyState> } | undefined;

  function ask(): { since: number; answer: Promise<DependencyState> } {
    const answer = check().then(
      (): DependencyState => 'ready',
      (): DependencyState => 'down',
    );
    const question = { since: performance.now(), answer };
    asking = question;
    answer.then(() => {
      asking = undefined;
    });
    return question;
  }

  return async () => {
    const { since, answer } = asking ?? ask();
    const leftMs = waitMs - (performance.now() - since);
    // Timers are as exact as a millisecond.
    if (leftMs < 1) return 'down';
    const { promise: late, resolve } = Promise.withResolvers<DependencyState>();
    const timer = setTimeout(() => resolve('down'), leftMs);
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  };
}
