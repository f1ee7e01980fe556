import { limits, type RunResult } from '@coderoom/protocol';
import type { RunService } from '../../runs/service.ts';

/** What running a program comes to for CodeCall: its output, or what it failed by. */
export interface CodeCallOutcome {
  success: boolean;
  output: string;
}

/** Runs JavaScript as long as CodeCall lets it, in the sandbox; aborting the signal cancels it. */
export async function runProgram(
  runs: Pick<RunService, 'runOnce'>,
  owner: string,
  code: string,
  signal: AbortSignal,
): Promise<CodeCallOutcome> {
  const { codecallRunMs: wallMs } = limits;
  return tellResult(await runs.runOnce(owner, { language: 'javascript', source: code, limits: { wallMs } }, signal));
}

function tellResult({ status, stdout, stderr, truncated, exitCode }: RunResult): CodeCallOutcome {
  const tooMuch = truncated || status === 'output' || Buffer.byteLength(stdout) > limits.codecallOutputMaxBytes;
  if (tooMuch) return { success: false, output: `${clip(stdout)}\nstdout maxBuffer length exceeded` };
  switch (status) {
    case 'ok':
      return { success: true, output: stdout };
    case 'error':
      return { success: false, output: clip(stderr) || `Command failed: exit code ${exitCode}` };
    case 'timeout':
      return { success: false, output: `Command failed: stopped after ${limits.codecallRunMs / 1000} s` };
    case 'memory':
      return { success: false, output: 'Command failed: out of memory' };
    case 'cancelled':
    case 'internal':
      return { success: false, output: 'Command failed: the run did not end by itself' };
    default:
      return status satisfies never;
  }
}

/** As much of a text as CodeCall hands out, without half a character. */
function clip(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limits.codecallOutputMaxBytes) return text;
  return bytes.subarray(0, limits.codecallOutputMaxBytes).toString().replace(/�$/, '');
}
