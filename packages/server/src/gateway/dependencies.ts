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
  let asking: { outcome: Promise<DependencyState>; isLate: boolean } | undefined;

  function ask(): Promise<DependencyState> {
    const { promise: outcome, resolve } = Promise.withResolvers<DependencyState>();
    const question = { outcome, isLate: false };
    asking = question;
    const timer = setTimeout(() => {
      question.isLate = true;
      resolve('down');
    }, waitMs);
    const answered = (state: DependencyState) => {
      clearTimeout(timer);
      asking = undefined;
      resolve(state);
    };
    check().then(
      () => answered('ready'),
      () => answered('down'),
    );
    return outcome;
  }

  return async () => {
    if (asking?.isLate === true) return 'down';
    return asking?.outcome ?? ask();
  };
}
