/**
 * Waiting at a room's door: asks the server how the knock stands until that is settled, and takes it back when one goes.
 * Each question is held by the server until there is something to say, so that the answer comes at once.
 */
import type { KnockEntry, KnockStatus, RoomEntry } from '@coderoom/protocol';
import { type ApiCall, ApiProblem } from '../../api.ts';

export type KnockOutcome =
  | { name: 'admitted'; entry: RoomEntry }
  | { name: 'refused' }
  /** It is not there any more: the room has ended or gone, or the server thinks that we have. */
  | { name: 'gone' };

export interface KnockWatchOptions {
  roomCode: string;
  knock: KnockEntry;
  call: <T>(path: string, call: ApiCall) => Promise<T>;
  onOutcome: (outcome: KnockOutcome) => void;
  /** Whether the server can be reached. */
  onReachable: (isReachable: boolean) => void;
}

export const knockTimes = {
  /** How long the server holds a question. */
  heldS: 25,
  answerTimeoutMs: 40_000,
  retryMinMs: 1_000,
  retryMaxMs: 15_000,
} as const;

export interface KnockWatch {
  /** Goes away; the owner sees that nobody waits any more. */
  withdraw(): void;
  stop(): void;
}

export function watchKnock(options: KnockWatchOptions): KnockWatch {
  const { roomCode, knock, call, onOutcome, onReachable } = options;
  const path = `rooms/${encodeURIComponent(roomCode)}/knocks/${knock.knock.id}`;
  const { token } = knock;
  let isOver = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function ask(): Promise<void> {
    try {
      const query = `?wait=${knockTimes.heldS}`;
      const status = await call<KnockStatus>(path + query, { token, timeoutMs: knockTimes.answerTimeoutMs });
      if (isOver) return;
      failures = 0;
      onReachable(true);
      const outcome = outcomeOf(status);
      if (outcome === null) void ask();
      else finish(outcome);
    } catch (error) {
      if (isOver) return;
      const isGone =
        error instanceof ApiProblem && error.status !== undefined && [401, 404, 410].includes(error.status);
      if (isGone) {
        finish({ name: 'gone' });
        return;
      }
      onReachable(false);
      timer = setTimeout(() => void ask(), Math.min(knockTimes.retryMaxMs, knockTimes.retryMinMs * 2 ** failures++));
    }
  }

  function finish(outcome: KnockOutcome): void {
    isOver = true;
    onOutcome(outcome);
  }

  void ask();
  return {
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
    withdraw() {
      if (isOver) return;
      this.stop();
      // Also while the page goes away. Who is not heard of any more counts as gone, so a failure costs little.
      call(path, { method: 'DELETE', token, keepalive: true }).catch(() => {});
    },
  };
}

/** Null while it is open. */
function outcomeOf({ knock, entry }: KnockStatus): KnockOutcome | null {
  switch (knock.state) {
    case 'waiting':
      return null;
    case 'admitted':
      return entry === undefined ? { name: 'gone' } : { name: 'admitted', entry };
    case 'refused':
      return { name: 'refused' };
    case 'withdrawn':
      return { name: 'gone' };
    default:
      return knock.state satisfies never;
  }
}
