import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiProblem } from '../../api.ts';
import { createStore } from '../../store.ts';
import { toasts } from '../notices/toasts.ts';
import type { RoomEventsState } from '../rooms/room-events.ts';
import { RoomRuns } from './room-runs.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const asked: [name: string, request: unknown][] = [];
  const saved = Promise.withResolvers<boolean>();
  const state = createStore({ run: null } as unknown as RoomEventsState);
  let failure: Error | undefined;
  const ask = async (name: string, request: unknown) => {
    asked.push([name, request]);
    if (failure !== undefined) throw failure;
    return { ok: true };
  };
  const waits: number[] = [];
  const isHere = { is: false };
  const whenSaved = (timeoutMs: number) => {
    waits.push(timeoutMs);
    return saved.promise;
  };
  const events = { state, ask } as unknown as ConstructorParameters<typeof RoomRuns>[0];
  const setActive = (id: string) =>
    state.set({ run: { run: { id, state: 'running' }, frames: [] } } as unknown as RoomEventsState);
  return {
    runs: new RoomRuns(events, { whenSaved }, { prepare: async () => isHere.is }),
    asked,
    isHere,
    saved,
    waits,
    setActive,
    fail: (error: Error) => {
      failure = error;
    },
  };
}

describe('starting', () => {
  it('WEB-11 waits until what is seen is saved, for two seconds at most', async () => {
    const { runs, asked, saved, waits } = setUp();
    const starting = runs.start();
    expect(runs.request.get()).toBe('saving');
    expect(waits).toEqual([2_000]);
    expect(asked).toEqual([]);
    saved.resolve(true);
    await starting;
    expect(asked).toEqual([['run:start', {}]]);
    expect(runs.request.get()).toBe('none');
  });

  it('WEB-160 says that it will run here where programs run in browsers', async () => {
    const { runs, asked, saved, isHere } = setUp();
    isHere.is = true;
    saved.resolve(true);
    await runs.start();
    expect(asked).toEqual([['run:start', { here: true }]]);
  });

  it('WEB-164 gives the input that was written before', async () => {
    const { runs, asked, saved } = setUp();
    runs.givenInput.set('Ana\n');
    saved.resolve(true);
    await runs.start();
    expect(asked).toEqual([['run:start', { stdin: 'Ana\n' }]]);
  });

  it('asks once, however often the key is pressed', async () => {
    const { runs, asked, saved } = setUp();
    const starts = [runs.start(), runs.start(), runs.start()];
    saved.resolve(true);
    await Promise.all(starts);
    expect(asked).toHaveLength(1);
  });

  it('does not start while one is going on', async () => {
    const { runs, asked, setActive } = setUp();
    setActive('run-1');
    await runs.start();
    expect(asked).toEqual([]);
  });

  it('shows why the server would not', async () => {
    const { runs, saved, fail } = setUp();
    fail(new ApiProblem('execution_off', 'This server does not run code.'));
    saved.resolve(true);
    await runs.start();
    expect(toasts.get().at(-1)).toMatchObject({ text: 'This server does not run code.', tone: 'bad' });
    expect(runs.request.get()).toBe('none');
  });
});

describe('while it runs', () => {
  it('sends lines, shows them here, ends the input, and stops', async () => {
    const { runs, asked, setActive } = setUp();
    const echoed: string[] = [];
    runs.onEcho((_, text) => echoed.push(text));
    await runs.sendLine('nobody listens');
    setActive('run-1');
    await runs.sendLine('Ana');
    await runs.endInput();
    await runs.stop();
    expect(asked).toEqual([
      ['run:stdin', { runId: 'run-1', data: 'Ana\n' }],
      ['run:stdin', { runId: 'run-1', end: true }],
      ['run:cancel', { runId: 'run-1' }],
    ]);
    expect(echoed).toEqual(['Ana\n']);
  });
});
