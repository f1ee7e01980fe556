import type { Run, RunFrame } from '@coderoom/protocol';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { createStore } from '../../store.ts';
import type { RoomEvent, RoomEventsState } from '../rooms/room-events.ts';
import { rangeOf } from './problem-place.ts';
import { RoomProblems } from './room-problems.ts';

const text = 'def f():\n    return 1 +\n\nprint(f())\n';
const complaint = '  File "/box/main.py", line 2\n    return 1 +\nSyntaxError: invalid syntax\n';

function setUp(options: { isSeenFromStart?: boolean } = {}) {
  const doc = new Y.Doc();
  const files = new Map([['main.py', doc.getText('main.py')]]);
  files.get('main.py')?.insert(0, text);
  const state = createStore({ run: null } as RoomEventsState);
  const followers = new Set<(event: RoomEvent) => void>();
  let runs = 0;
  let id = '';
  const run = (change: object = {}) => ({ id, state: 'running', result: null, ...change }) as unknown as Run;
  const show = (now: Run, frames: RunFrame[]) => state.set({ run: { run: now, frames } } as unknown as RoomEventsState);
  const start = () => {
    id = `run-${++runs}`;
    show(run(), []);
    if (options.isSeenFromStart === false) return;
    for (const follower of followers) follower({ name: 'run:started', seq: 1, run: run() });
  };
  const fail = (data: string) =>
    show(run({ state: 'finished', result: { status: 'error' } }), [{ seq: 0, phase: 'run', stream: 'stderr', data }]);
  const compileError = (data: string) => show(run(), [{ seq: 0, phase: 'compile', stream: 'stderr', data }]);
  const problems = new RoomProblems({
    events: {
      state,
      follow(follower) {
        followers.add(follower);
        return () => followers.delete(follower);
      },
    },
    files: { text: (path) => files.get(path), list: createStore({ paths: ['main.py'], entry: 'main.py' }) },
  });
  const shared = files.get('main.py') ?? new Y.Text();
  const shown = () => problems.of('main.py').map(({ lineStart, message }) => `${lineStart} ${message}`);
  return { problems, start, fail, compileError, shared, shown };
}

describe('what the last run complained of', () => {
  it('WEB-141 stands at its line, and goes along when others write above it', () => {
    const { start, fail, shared, shown } = setUp();
    start();
    fail(complaint);
    expect(shown()).toEqual(['9 SyntaxError: invalid syntax']);
    shared.insert(0, '# more\n');
    expect(shown()).toEqual(['16 SyntaxError: invalid syntax']);
    shared.insert(shared.length, '# and more\n');
    expect(shown()).toEqual(['16 SyntaxError: invalid syntax']);
  });

  it('WEB-141 is gone once its line has changed, been joined to another, or deleted', () => {
    for (const change of [
      (shared: Y.Text) => shared.insert(19, '1'),
      (shared: Y.Text) => shared.delete(8, 1),
      (shared: Y.Text) => shared.delete(9, 15),
    ]) {
      const { start, fail, shared, shown } = setUp();
      start();
      fail(complaint);
      change(shared);
      expect(shown()).toEqual([]);
    }
  });

  it('WEB-141 is gone when the next run starts', () => {
    const { problems, start, fail, shown } = setUp();
    start();
    fail(complaint);
    let changes = 0;
    problems.onChange(() => changes++);
    start();
    expect(shown()).toEqual([]);
    expect(problems.list.get()).toEqual([]);
    expect(changes).toBe(1);
  });

  it('WEB-141 is found where its line has moved to while the run went on', () => {
    const { problems, start, compileError, shared, shown } = setUp();
    start();
    shared.insert(0, '# typed meanwhile\n');
    compileError('main.py:2:5: error: no\n');
    expect(shown()).toEqual(['27 no']);
    const [problem] = problems.list.get();
    if (problem === undefined) throw new Error('no problem');
    expect(problems.placeOf(problem)).toEqual({ line: 3, column: 5 });
  });

  it('WEB-141 is not marked in a text that was changed there meanwhile, nor for a run whose start was not seen', () => {
    const changed = setUp();
    changed.start();
    changed.shared.insert(9, '#');
    changed.fail(complaint);
    expect(changed.shown()).toEqual([]);
    expect(changed.problems.list.get()).toHaveLength(1);

    const late = setUp({ isSeenFromStart: false });
    late.start();
    late.fail(complaint);
    expect(late.shown()).toEqual([]);
    expect(late.problems.list.get()).toHaveLength(1);
  });

  it('WEB-141 counts what a program says only once it has failed', () => {
    const { problems, start, compileError } = setUp();
    start();
    compileError('');
    expect(problems.list.get()).toEqual([]);
  });
});

describe('what is underlined', () => {
  const underlined = (path: string, lineText: string, column?: number) => {
    const at = { path, line: 1, message: 'no', severity: 'error', lineStart: 0, lineText } as const;
    const { from, to } = rangeOf(column === undefined ? at : { ...at, column });
    return lineText.slice(from, to);
  };

  it('WEB-141 is the word at the column, as each compiler counts', () => {
    expect(underlined('Main.java', '  return y;', 10)).toBe('y');
    expect(underlined('main.c', '\treturn value;', 16)).toBe('value'); // a tab is as wide as on a terminal
    expect(underlined('main.go', '\tfmt.Println("ä", value)', 20)).toBe('value'); // ä is two bytes
    expect(underlined('main.rs', 'f("ä", value)', 8)).toBe('value');
  });

  it('WEB-141 is the whole line where there is no column, or one that it does not have', () => {
    expect(underlined('main.py', '    return 1 +')).toBe('return 1 +');
    expect(underlined('main.c', '  return 0', 99)).toBe('return 0');
    expect(underlined('main.py', '')).toBe('');
  });
});
