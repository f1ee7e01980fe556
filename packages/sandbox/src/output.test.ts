import type { RunFrame, RunStream } from '@coderoom/protocol';
import { array, assert, constantFrom, property, record, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import { createFrameSequence } from './frame-coalescer.ts';
import { createOutput } from './output.ts';

function collect(bounds: { maxBytes?: number; tailBytes?: number } = {}) {
  const frames: RunFrame[] = [];
  let overflows = 0;
  const output = createOutput({
    phase: 'run',
    sequence: createFrameSequence(),
    onFrames: (batch) => frames.push(...batch),
    onOverflow: () => {
      overflows += 1;
    },
    ...bounds,
  });
  const joined = (stream: RunStream) =>
    frames
      .filter((frame) => frame.stream === stream)
      .map(({ data }) => data)
      .join('');
  return { output, frames, joined, overflows: () => overflows };
}

const decode = (chunks: Uint8Array[]) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(chunks));
/** Bytes that like to be parts of characters, good and bad. */
const byteish = uint8Array({ maxLength: 40 }).map((bytes) =>
  bytes.map((byte) => (byte % 3 === 0 ? 0x80 | (byte & 0x3f) : byte % 3 === 1 ? 0xe0 | (byte & 0x1f) : byte)),
);

it('EXEC-21 shows exactly the decoded bytes, whatever the chunks, numbered without gaps', () => {
  const pieces = array(record({ stream: constantFrom<RunStream>('stdout', 'stderr'), chunk: byteish }), {
    maxLength: 30,
  });
  assert(
    property(pieces, (written) => {
      const { output, frames, joined } = collect();
      for (const { stream, chunk } of written) output.take(stream, chunk);
      const { truncated, ...texts } = output.finish();
      expect(truncated).toBe(false);
      for (const stream of ['stdout', 'stderr'] as const) {
        const expected = decode(written.filter((piece) => piece.stream === stream).map(({ chunk }) => chunk));
        expect(texts[stream]).toBe(expected);
        expect(joined(stream)).toBe(expected);
        expect(expected.isWellFormed()).toBe(true);
      }
      expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index));
    }),
    { numRuns: 300, verbose: 1 },
  );
});

it('EXEC-21 passes on NUL and escape sequences as they are', () => {
  const { output } = collect();
  output.take('stdout', Buffer.from('\0\u001b[31mred\ufeff'));
  expect(output.finish().stdout).toBe('\0\u001b[31mred\ufeff');
});

it('EXEC-22 keeps head and tail of too much output, says how much is missing, and asks once for an end', () => {
  const { output, joined, overflows } = collect({ maxBytes: 10, tailBytes: 4 });
  output.take('stdout', Buffer.from('0123456'));
  output.take('stdout', Buffer.from('789abcdefgh'));
  output.take('stdout', Buffer.from('ijkl'));
  const { stdout, truncated } = output.finish();
  expect(stdout).toBe('0123456789\n[… 8 bytes left out …]\nijkl');
  expect(joined('stdout')).toBe(stdout);
  expect(truncated).toBe(true);
  expect(overflows()).toBe(1);
});

it('EXEC-22 counts both streams together', () => {
  const { output, overflows } = collect({ maxBytes: 10, tailBytes: 4 });
  output.take('stdout', Buffer.from('01234'));
  output.take('stderr', Buffer.from('56789'));
  expect(overflows()).toBe(0);
  output.take('stderr', Buffer.from('!'));
  expect(overflows()).toBe(1);
  expect(output.finish()).toEqual({ stdout: '01234', stderr: '56789!', truncated: true });
});

it('EXEC-22 cuts between characters, not through them', () => {
  const { output } = collect({ maxBytes: 4, tailBytes: 5 });
  output.take('stdout', Buffer.from('€€€€€'));
  expect(output.finish().stdout).toBe('€\n[… 6 bytes left out …]\n€');
});

it('EXEC-22 holds no more than head and tail in memory', () => {
  const { output } = collect({ maxBytes: 100, tailBytes: 10 });
  for (let index = 0; index < 1_000; index += 1) output.take('stderr', Buffer.alloc(65_536, 'x'));
  expect(output.finish().stderr.length).toBeLessThan(200);
});
