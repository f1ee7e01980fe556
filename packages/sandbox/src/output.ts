import { limits, type RunFrame, type RunPhase, type RunStream } from '@coderoom/protocol';
import { createFrameCoalescer } from './frame-coalescer.ts';

/** What a run printed: decoded, framed, and bounded. It knows nothing of processes. */
export interface Output {
  take(stream: RunStream, chunk: Uint8Array): void;
  /** What there is so far of what will be shown. */
  peek(): { stdout: string; stderr: string };
  /** Sends the last frames. The frames of a stream, joined, are exactly its text here. */
  finish(): { stdout: string; stderr: string; truncated: boolean };
}

interface StreamState {
  decoder: TextDecoder;
  text: string;
  /** The last bytes of what came after the cap. */
  tail: Buffer;
  afterCapBytes: number;
}

/**
 * Shows up to `maxBytes` of both streams together as they come. Past that `onOverflow` is called once, and only the
 * last `tailBytes` of each stream are kept, to be shown at the end. Bytes that are no UTF-8 become U+FFFD as by the
 * WHATWG Encoding standard, however they were cut into chunks.
 */
export function createOutput(options: {
  phase: RunPhase;
  /** The numbers of frames. */
  sequence(): number;
  onFrames(frames: RunFrame[]): void;
  onOverflow(): void;
  maxBytes?: number;
  tailBytes?: number;
}): Output {
  const {
    phase,
    sequence,
    onFrames,
    onOverflow,
    maxBytes = limits.runOutputMaxBytes,
    tailBytes = limits.runOutputTailBytes,
  } = options;
  const frames = createFrameCoalescer({ phase, sequence, emit: onFrames });
  const streams: Record<RunStream, StreamState> = { stdout: emptyStream(), stderr: emptyStream() };
  let takenBytes = 0;
  let overflowed = false;

  const show = (stream: RunStream, text: string) => {
    if (text === '') return;
    streams[stream].text += text;
    frames.add(stream, text);
  };

  return {
    take(stream, chunk) {
      const state = streams[stream];
      const shown = chunk.subarray(0, maxBytes - takenBytes);
      takenBytes += shown.length;
      if (shown.length > 0) show(stream, state.decoder.decode(shown, { stream: true }));
      if (shown.length === chunk.length) return;
      const rest = chunk.subarray(shown.length);
      state.afterCapBytes += rest.length;
      state.tail = Buffer.concat([state.tail, rest.subarray(-tailBytes)]).subarray(-tailBytes);
      if (!overflowed) {
        overflowed = true;
        onOverflow();
      }
    },
    peek: () => ({ stdout: streams.stdout.text, stderr: streams.stderr.text }),
    finish() {
      for (const stream of ['stdout', 'stderr'] as const) {
        const { decoder, tail, afterCapBytes } = streams[stream];
        const leftOut = afterCapBytes - tail.length;
        if (leftOut === 0) {
          show(stream, decoder.decode(tail));
        } else {
          show(stream, `\n[… ${leftOut} bytes left out …]\n`);
          show(stream, new TextDecoder('utf-8', { ignoreBOM: true }).decode(fromCharacterStart(tail)));
        }
      }
      frames.flush();
      return { stdout: streams.stdout.text, stderr: streams.stderr.text, truncated: overflowed };
    },
  };
}

function emptyStream(): StreamState {
  return { decoder: new TextDecoder('utf-8', { ignoreBOM: true }), text: '', tail: Buffer.alloc(0), afterCapBytes: 0 };
}

/** Skips the at most three continuation bytes of a character whose beginning was left out. */
function fromCharacterStart(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 3 && start < bytes.length && ((bytes[start] as number) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start);
}
