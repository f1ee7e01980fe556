import type { Language, RunResult } from '@coderoom/protocol';
import type { Execution } from '../src/execution.ts';

/** Runs nothing: a room's run goes on until it is cancelled, and one whose whole input is given ends at once. */
export function createStillExecution(): Execution {
  const report = { tier: 'off' as const, summary: 'Nothing is run in this test.', advice: [] };
  const going = new Set<() => void>();
  return {
    abilities: () => ({ backend: 'sandbox', streaming: true, liveInput: true }),
    report: () => report,
    opened: async () => report,
    languages: async () => languages,
    async start({ id, language, stdin, onStart }) {
      const { promise, resolve } = Promise.withResolvers<RunResult>();
      const cancel = () => {
        going.delete(cancel);
        resolve({ ...cancelled, id, language });
      };
      going.add(cancel);
      queueMicrotask(() => onStart?.());
      if (stdin !== undefined) queueMicrotask(cancel);
      return { id, result: promise, write() {}, end() {}, cancel, position: () => 0 };
    },
    async close() {
      for (const cancel of going) cancel();
    },
  };
}

const languages: Language[] = [
  ['python', 'main.py'],
  ['javascript', 'main.js'],
  ['typescript', 'main.ts'],
].map(([id = '', fileName = '']) => ({ id, name: id, version: '1', installed: true, fileName, helloWorld: '' }));

const cancelled: RunResult = {
  id: '',
  language: '',
  status: 'cancelled',
  exitCode: null,
  signal: null,
  stdout: '',
  stderr: '',
  compileOutput: '',
  truncated: false,
  cpuMs: 0,
  wallMs: 0,
  peakBytes: null,
  phase: 'run',
};
