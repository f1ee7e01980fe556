/** Running a program in CodeInterview's words: as any other, in the sandbox, with the texts that its clients show. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { limits, ProblemError, type RunResult } from '@coderoom/protocol';
import type { RunService } from '../../runs/service.ts';

/** How a program went; a program that failed has an `error`. */
export interface Executed {
  output: string;
  error: string | null;
  /** Milliseconds. */
  executionTime: number;
}

type Program = { code: string; language: 'javascript' | 'typescript' | 'python' };

const noOutput = 'Code executed successfully (no output)';
const pythonHarness = readFileSync(new URL('./harness.py', import.meta.url), 'utf8');
const nodeHarness = readFileSync(new URL('./harness.cjs', import.meta.url), 'utf8');

export async function execute(
  runs: Pick<RunService, 'runOnce'>,
  { code, language }: Program,
  { address, signal }: { address: string; signal: AbortSignal },
): Promise<Executed> {
  if (Buffer.byteLength(code) > limits.runSourceMaxBytes - sourceMarginBytes) throw new ProblemError('too_large');
  const marker = randomUUID();
  const result = await runs.runOnce(address, { ...wrap({ code, language }, marker), limits: runLimits }, signal);
  if (result.status === 'internal') throw new ProblemError('internal');
  const [, told] = result.stderr.split(`\n${marker}\n`, 2);
  return {
    output: result.stdout.replace(/\n$/, '') || noOutput,
    error: told ?? reasonOf(result),
    executionTime: result.wallMs,
  };
}

/** What the harness takes of what a run's sources may be. */
const sourceMarginBytes = 10_000;
const timeoutMs = 30_000;
const runLimits = { wallMs: timeoutMs, cpuMs: timeoutMs };

function wrap({ code, language }: Program, marker: string) {
  if (language === 'python') {
    const harness = { path: 'main.py', text: pythonHarness.replace('@marker@', marker) };
    return { language, files: [harness, { path: 'program.py', text: code }], entry: harness.path };
  }
  const path = language === 'typescript' ? 'program.ts' : 'program.js';
  const text = nodeHarness.replace('@marker@', marker).replace('@program@', `./${path}`);
  // Node reads either.
  return {
    language: 'javascript',
    files: [
      { path: 'main.cjs', text },
      { path, text: code },
    ],
    entry: 'main.cjs',
  };
}

/** Why a program that did not tell of an error ended otherwise than well. */
function reasonOf({ status, exitCode, signal, stderr }: RunResult): string | null {
  switch (status) {
    case 'ok':
    case 'cancelled':
    case 'internal':
      return null;
    case 'timeout':
      return 'Execution timed out (30 second limit)';
    case 'memory':
      return 'The program used more memory than it may';
    case 'output':
      return 'The program printed more than it may';
    case 'error':
      return (
        stderr.trim() ||
        (signal === null ? `The program ended with exit code ${exitCode}` : `The program ended by ${signal}`)
      );
    default:
      return status satisfies never;
  }
}
