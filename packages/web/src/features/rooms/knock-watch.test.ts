import type { Knock, KnockStatus, Room, RoomEntry } from '@coderoom/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ApiCall, ApiProblem } from '../../api.ts';
import { type KnockOutcome, knockTimes, watchKnock } from './knock-watch.ts';

const knock: Knock = {
  id: 'k',
  name: 'Ben',
  accountId: null,
  state: 'waiting',
  reason: 'lobby',
  role: 'editor',
  createdAt: '2026-01-01T00:00:00.000Z',
};
const entry = { room: { code: 'abcd' } as Room, token: 't' } as RoomEntry;

/** Waits at the door of a server that answers as the test says, one answer a question. */
function wait(...answers: (Partial<KnockStatus['knock']> | { entry: RoomEntry } | Error)[]) {
  const asked: { path: string; call: ApiCall }[] = [];
  const outcomes: KnockOutcome[] = [];
  const reachable: boolean[] = [];
  const watch = watchKnock({
    roomCode: 'abcd',
    knock: { knock, token: 'knock token' },
    async call<T>(path: string, call: ApiCall): Promise<T> {
      asked.push({ path, call });
      const answer = answers.shift();
      if (answer === undefined) return await new Promise<T>(() => {});
      if (answer instanceof Error) throw answer;
      const status: KnockStatus =
        'entry' in answer ? { knock: { ...knock, state: 'admitted' }, ...answer } : { knock: { ...knock, ...answer } };
      return status as T;
    },
    onOutcome: (outcome) => outcomes.push(outcome),
    onReachable: (isReachable) => reachable.push(isReachable),
  });
  return { watch, asked, outcomes, reachable };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});
const passed = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

describe('waiting at the door', () => {
  it('WEB-26 asks again and again, with its own token, until it is let in', async () => {
    const { asked, outcomes } = wait({}, {}, { entry });
    await passed();
    expect(asked.map(({ path }) => path)).toEqual(Array(3).fill(`rooms/abcd/knocks/k?wait=${knockTimes.heldS}`));
    expect(asked[0]?.call.token).toBe('knock token');
    expect(outcomes).toEqual([{ name: 'admitted', entry }]);
  });

  it.each([
    ['refused', 'refused'],
    ['withdrawn', 'gone'],
  ] as const)('WEB-26 ends when it is %s', async (state, name) => {
    const { asked, outcomes } = wait({ state });
    await passed(60_000);
    expect(outcomes).toEqual([{ name }]);
    expect(asked.length).toBe(1);
  });

  it('WEB-26 ends when the knock, or the room, is no more', async () => {
    const { outcomes } = wait(new ApiProblem('knock_not_found', 'gone', { status: 404 }));
    await passed();
    expect(outcomes).toEqual([{ name: 'gone' }]);
  });

  it('WEB-26 goes on when the server is away for a while, and says so', async () => {
    const away = new ApiProblem('unreachable', 'away');
    const { outcomes, reachable } = wait(away, away, { entry });
    await passed();
    expect(reachable).toEqual([false]);
    await passed(knockTimes.retryMinMs * 3);
    expect(reachable).toEqual([false, false, true]);
    expect(outcomes).toEqual([{ name: 'admitted', entry }]);
  });

  it('WEB-26 takes the knock back when one goes, and says nothing any more', async () => {
    const { watch, asked, outcomes } = wait();
    watch.withdraw();
    watch.withdraw();
    await passed(60_000);
    expect(asked.slice(1)).toEqual([
      { path: 'rooms/abcd/knocks/k', call: { method: 'DELETE', token: 'knock token', keepalive: true } },
    ]);
    expect(outcomes).toEqual([]);
  });
});
