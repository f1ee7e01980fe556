/** What a program prints on its way out of the worker: decoded, and no more than anybody will be shown. */
import { limits, type RunPhase, type RunStream } from '@coderoom/protocol';
import type { WorkerNews } from './messages.ts';

export interface WorkerOutput {
  bytes(stream: RunStream, chunk: Uint8Array): void;
  text(stream: RunStream, data: string, phase?: RunPhase): void;
}

/** A little more than the server shows, so that it is the server that says when it was too much. */
const passedOnMax = limits.runOutputMaxBytes + limits.runOutputTailBytes;

export function createWorkerOutput(tell: (news: WorkerNews) => void): WorkerOutput {
  const decoders: Record<RunStream, TextDecoder> = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  let passedOn = 0;
  const text = (stream: RunStream, data: string, phase: RunPhase = 'run') => {
    if (data === '' || passedOn > passedOnMax) return;
    passedOn += data.length;
    tell({ kind: 'output', phase, stream, data: data.slice(0, passedOnMax) });
  };
  return {
    text,
    bytes: (stream, chunk) => text(stream, decoders[stream].decode(chunk, { stream: true })),
  };
}
