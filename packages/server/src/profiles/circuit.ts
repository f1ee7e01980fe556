import { limits } from '@coderoom/protocol';

/** Leaves a service alone for a while when it keeps failing, so that neither it nor we spend time on what comes to nothing. */
export interface Circuit {
  /** Whether it would be no use to ask now. */
  isResting(): boolean;
  /** Whether to ask now, which is then done. After a rest only one may try, until it has said how it went. */
  mayAsk(): boolean;
  succeeded(): void;
  /** `retryAfterMs`: the service itself says when to come again. */
  failed(retryAfterMs?: number): void;
}

type State =
  | { kind: 'closed'; failures: number }
  /** `rests`: how often in a row, each longer than the one before. */
  | { kind: 'open'; until: number; rests: number }
  | { kind: 'trying'; since: number; rests: number };

/** A try that was never reported back, say because the process was busy stopping, does not keep it shut for good. */
const tryMaxMs = 10 * limits.profileAnswerTimeoutMs;

export function createCircuit(now: () => number, random: () => number): Circuit {
  let state: State = { kind: 'closed', failures: 0 };

  function open(rests: number, atLeastMs = 0): void {
    const restMs = Math.min(limits.profileRestMaxMs, limits.profileRestMinMs * 2 ** (rests - 1)) * (1 + random() / 2);
    state = { kind: 'open', until: now() + Math.max(restMs, Math.min(atLeastMs, limits.profileRestMaxMs)), rests };
  }

  function isResting(): boolean {
    switch (state.kind) {
      case 'closed':
        return false;
      case 'open':
        return now() < state.until;
      case 'trying':
        return now() < state.since + tryMaxMs;
    }
  }

  return {
    isResting,

    mayAsk() {
      if (isResting()) return false;
      if (state.kind !== 'closed') state = { kind: 'trying', since: now(), rests: state.rests };
      return true;
    },

    succeeded() {
      state = { kind: 'closed', failures: 0 };
    },

    failed(retryAfterMs) {
      switch (state.kind) {
        case 'closed':
          state = { kind: 'closed', failures: state.failures + 1 };
          if (state.failures >= limits.profileFailuresMax || retryAfterMs !== undefined) open(1, retryAfterMs);
          return;
        case 'trying':
          return open(state.rests + 1, retryAfterMs);
        case 'open':
          // Was on its way when the others failed.
          return;
      }
    },
  };
}
