/** One line about a run: whose it is, how it goes or ended, and what it took. */
import type { RunSummary } from '@coderoom/protocol';
import { runProgress } from './run-progress.ts';
import { formatBytes, formatDuration, verdictOf } from './verdict.ts';

export function RunStatusLine({ run }: { run: RunSummary }) {
  const { result, memberName } = run;
  if (result === null) {
    return (
      <p className="run-status" data-tone="busy">
        <strong>{runProgress(run)}</strong>
        <span className="run-facts">
          <span>{memberName}</span>
        </span>
      </p>
    );
  }
  const { tone, text } = verdictOf(result);
  return (
    <p className="run-status" data-tone={tone}>
      <strong>{text}</strong>
      <span className="run-facts">
        <span title="Processor time">{formatDuration(result.cpuMs)} CPU</span>
        <span title="Time from start to end">{formatDuration(result.wallMs)} total</span>
        {result.peakBytes !== null && <span title="Most memory used">{formatBytes(result.peakBytes)}</span>}
        {result.truncated && <span>output shortened</span>}
        <span title="Who started it">{memberName}</span>
      </span>
    </p>
  );
}
