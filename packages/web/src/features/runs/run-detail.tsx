/** One run: how it ended, whose it was, and all that was kept of what it printed. */
import type { Run } from '@coderoom/protocol';
import { useEffect, useRef } from 'react';
import { languageName } from '../languages/languages.ts';
import { Icon } from '../layout/icon.tsx';
import { plainText } from './plain-text.ts';
import { RunStatusLine } from './run-status-line.tsx';

export function RunDetail({ run, onBack }: { run: Run; onBack: () => void }) {
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => back.current?.focus(), []);
  const { result, language, entry, createdAt } = run;
  const parts = [
    { label: 'Compiler', text: result?.compileOutput ?? '' },
    { label: 'Output', text: result?.stdout ?? '' },
    { label: 'Errors', text: result?.stderr ?? '' },
  ].filter(({ text }) => text !== '');
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
      {parts.map(({ label, text }) => (
        <div key={label}>
          <h3>{label}</h3>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keys */}
          <pre tabIndex={0}>{plainText(text)}</pre>
        </div>
      ))}
      {result !== null && parts.length === 0 && <p className="panel-text">It printed nothing.</p>}
      {result === null && <p className="panel-text">It is still going on: what it prints stands in the output.</p>}
    </div>
  );
}
