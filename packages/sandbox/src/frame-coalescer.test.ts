import { limits, type RunFrame, type RunStream } from '@coderoom/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFrameCoalescer, createFrameSequence } from './frame-coalescer.ts';

const frames: RunFrame[] = [];
const batches: RunFrame[][] = [];
const start = (maxBytes?: number) =>
  createFrameCoalescer({
    phase: 'run',
    sequence: createFrameSequence(),
    emit: (batch) => {
      batches.push(batch);
      frames.push(...batch);
    },
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });

beforeEach(() => {
  vi.useFakeTimers();
  frames.length = 0;
  batches.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

it('EXEC-20 shows the first output at once', () => {
  start().add('stdout', 'hello');
  expect(frames).toEqual([{ seq: 0, phase: 'run', stream: 'stdout', data: 'hello' }]);
});

it('EXEC-20 gathers what comes within a window', () => {
  const coalescer = start();
  for (const letter of 'abcdef') coalescer.add('stdout', letter);
  expect(batches).toHaveLength(1);
  vi.advanceTimersByTime(limits.runFrameWindowMs);
  expect(frames.map(({ data }) => data)).toEqual(['a', 'bcdef']);
  vi.advanceTimersByTime(10 * limits.runFrameWindowMs);
  expect(batches).toHaveLength(2);
});

it('EXEC-20 keeps both streams in the order in which they came', () => {
  const coalescer = start();
  const came: [RunStream, string][] = [
    ['stdout', '1'],
    ['stderr', '2'],
    ['stderr', '3'],
    ['stdout', '4'],
  ];
  for (const [stream, text] of came) coalescer.add(stream, text);
  coalescer.flush();
  expect(frames.map(({ stream, data }) => [stream, data])).toEqual([
    ['stdout', '1'],
    ['stderr', '23'],
    ['stdout', '4'],
  ]);
});

it('EXEC-20 makes no frame larger than its bound, and cuts no character in two', () => {
  const text = 'aé€😀'.repeat(500);
  const coalescer = start(64);
  coalescer.add('stdout', text);
  coalescer.flush();
  expect(frames.map(({ data }) => data).join('')).toBe(text);
  for (const { data } of frames) {
    expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64);
    expect(data.isWellFormed()).toBe(true);
  }
});

it('EXEC-20 does not wait for the window when a frame is full', () => {
  const coalescer = start(8);
  coalescer.add('stdout', 'x');
  coalescer.add('stdout', '12345678');
  expect(frames.map(({ data }) => data)).toEqual(['x', '12345678']);
});
