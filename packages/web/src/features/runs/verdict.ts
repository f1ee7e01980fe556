/** How a run ended, in words. */
import type { RunOutcome } from '@coderoom/protocol';

export interface Verdict {
  tone: 'good' | 'bad' | 'neutral';
  text: string;
}

export function verdictOf(result: RunOutcome): Verdict {
  const { status, phase } = result;
  switch (status) {
    case 'ok':
      return { tone: 'good', text: 'Exited with code 0' };
    case 'error':
      if (phase === 'compile') return { tone: 'bad', text: 'Did not compile' };
      return { tone: 'bad', text: endOf(result) };
    case 'timeout':
      return { tone: 'bad', text: 'Stopped at the time limit' };
    case 'memory':
      return { tone: 'bad', text: 'Stopped at the memory limit' };
    case 'output':
      return { tone: 'bad', text: 'Stopped at the output limit' };
    case 'cancelled':
      return { tone: 'neutral', text: 'Stopped' };
    case 'internal':
      return { tone: 'bad', text: 'The server could not finish this run' };
    default:
      return status satisfies never;
  }
}

function endOf({ exitCode, signal }: RunOutcome): string {
  return signal === null ? `Exited with code ${exitCode ?? '?'}` : `Ended by ${signal}`;
}

export function formatDuration(ms: number): string {
  if (ms < 1) return '<1 ms';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

export function formatBytes(bytes: number): string {
  const mebibytes = bytes / 1_048_576;
  return mebibytes >= 1 ? `${mebibytes.toFixed(mebibytes < 10 ? 1 : 0)} MB` : `${Math.round(bytes / 1024)} KB`;
}
