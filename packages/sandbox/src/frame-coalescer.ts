import { limits, type RunFrame, type RunPhase, type RunStream } from '@coderoom/protocol';

/** Turns pieces of output into few, numbered frames: the first at once, then at most one batch per window. */
export interface FrameCoalescer {
  add(stream: RunStream, text: string): void;
  /** Sends what waits. */
  flush(): void;
}

/** Numbers the frames of one run, whatever their phase. */
export function createFrameSequence(): () => number {
  let next = 0;
  return () => next++;
}

/** Pieces keep the order in which they came; neighbours of one stream share a frame up to `maxBytes` of UTF-8. */
export function createFrameCoalescer(options: {
  phase: RunPhase;
  sequence(): number;
  emit(frames: RunFrame[]): void;
  windowMs?: number;
  maxBytes?: number;
}): FrameCoalescer {
  const { phase, sequence, emit, windowMs = limits.runFrameWindowMs, maxBytes = limits.runFrameMaxBytes } = options;
  let waiting: { stream: RunStream; data: string; bytes: number }[] = [];
  let waitingBytes = 0;
  let timer: NodeJS.Timeout | undefined;

  const send = () => {
    if (waiting.length === 0) return;
    const frames = waiting.map(({ stream, data }) => ({ seq: sequence(), phase, stream, data }));
    waiting = [];
    waitingBytes = 0;
    emit(frames);
  };

  const closeWindow = () => {
    timer = undefined;
    if (waiting.length === 0) return;
    send();
    timer = setTimeout(closeWindow, windowMs);
  };

  return {
    add(stream, text) {
      for (const data of pieces(text, maxBytes)) {
        const bytes = Buffer.byteLength(data);
        const last = waiting.at(-1);
        if (last !== undefined && last.stream === stream && last.bytes + bytes <= maxBytes) {
          last.data += data;
          last.bytes += bytes;
        } else {
          waiting.push({ stream, data, bytes });
        }
        waitingBytes += bytes;
        if (waitingBytes >= maxBytes) send();
      }
      if (waiting.length > 0 && timer === undefined) {
        send();
        timer = setTimeout(closeWindow, windowMs);
      }
    },
    flush() {
      clearTimeout(timer);
      timer = undefined;
      send();
    },
  };
}

/** Cuts text so that no piece is longer than `maxBytes` of UTF-8, and never through a surrogate pair. */
function* pieces(text: string, maxBytes: number): Generator<string> {
  let from = 0;
  while (from < text.length) {
    let to = Math.min(text.length, from + maxBytes);
    if (Buffer.byteLength(text.slice(from, to)) > maxBytes) to = from + Math.max(2, Math.floor(maxBytes / 3));
    if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to -= 1;
    yield text.slice(from, to);
    from = to;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
