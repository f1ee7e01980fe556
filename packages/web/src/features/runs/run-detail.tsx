/** One run: how it ended, whose it was, and all that was kept of what it printed. */
import type { Run, RunResult, RunSummary } from '@coderoom/protocol';
import { useCallback, useEffect, useRef, useState } from 'react';
import { languageName } from '../languages/languages.ts';
import { Icon } from '../layout/icon.tsx';
import { ListFailed, ListLoading } from '../layout/list-states.tsx';
import type { OpenRoom } from '../rooms/open-room.ts';
import { plainText } from './plain-text.ts';
import { RunStatusLine } from './run-status-line.tsx';

/** What it printed: only a run that is opened is asked for that. */
type Printed = { name: 'loading' } | { name: 'shown'; result: RunResult | null } | { name: 'failed'; message: string };

export function RunDetail({ room, run, onBack }: { room: OpenRoom; run: RunSummary; onBack: () => void }) {
  const { id, state, language, entry, createdAt } = run;
  const back = useRef<HTMLButtonElement>(null);
  const [printed, setPrinted] = useState<Printed>({ name: 'loading' });
  const isOver = state === 'finished';
  const load = useCallback(() => {
    if (!isOver) return setPrinted({ name: 'shown', result: null });
    setPrinted({ name: 'loading' });
    room.ask<Run>(`/runs/${id}`).then(
      ({ result }) => setPrinted({ name: 'shown', result }),
      (error) => setPrinted({ name: 'failed', message: error instanceof Error ? error.message : '' }),
    );
  }, [room, id, isOver]);
  useEffect(load, [load]);
  useEffect(() => back.current?.focus(), []);
  return (
    <div className="panel-scroll panel-detail run-detail">
      <button ref={back} type="button" className="button small panel-back" onClick={onBack}>
        <Icon name="back" size={16} />
        All runs
      </button>
      <RunStatusLine run={run} />
      <p className="panel-about">
        {languageName(language)} · {entry} · {new Date(createdAt).toLocaleString()}
      </p>
      {printed.name === 'loading' && <ListLoading />}
      {printed.name === 'failed' && <ListFailed what="What it printed" message={printed.message} onRetry={load} />}
      {printed.name === 'shown' && <PrintedText result={printed.result} />}
    </div>
  );
}

function PrintedText({ result }: { result: RunResult | null }) {
  if (result === null) return <p className="panel-text">It is still going on: what it prints stands in the output.</p>;
  const parts = [
    { label: 'Compiler', text: result.compileOutput },
    { label: 'Output', text: result.stdout },
    { label: 'Errors', text: result.stderr },
  ].filter(({ text }) => text !== '');
  if (parts.length === 0) return <p className="panel-text">It printed nothing.</p>;
  return parts.map(({ label, text }) => (
    <div key={label}>
      <h3>{label}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keys */}
      <pre tabIndex={0}>{plainText(text)}</pre>
    </div>
  ));
}
