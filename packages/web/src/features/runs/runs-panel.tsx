/** The panel of the room's runs, newest first; pressed, one shows what it printed. */
import type { RunSummary } from '@coderoom/protocol';
import { useCallback, useEffect, useState } from 'react';
import type { Page } from '../../paged-list.ts';
import { usePagedList } from '../../use-paged-list.ts';
import { LanguageMark } from '../languages/language-mark.tsx';
import { languageName } from '../languages/languages.ts';
import { Icon } from '../layout/icon.tsx';
import { PagedItems } from '../layout/paged-items.tsx';
import { useFocused } from '../layout/use-focused.ts';
import type { PanelProps } from '../panels/room-panels.ts';
import { formatAgo } from '../rooms/time-ago.ts';
import { useNow } from '../rooms/use-now.ts';
import { RunDetail } from './run-detail.tsx';
import { withRun } from './run-list.ts';
import { runProgress } from './run-progress.ts';
import { formatDuration, verdictOf } from './verdict.ts';
import './runs-panel.css';

const keyOf = ({ id }: RunSummary) => id;

export default function RunsPanel({ room }: PanelProps) {
  const load = useCallback(
    (cursor: string | null) =>
      room.ask<Page<RunSummary>>(cursor === null ? '/runs' : `/runs?before=${encodeURIComponent(cursor)}`),
    [room],
  );
  const { list, state } = usePagedList({ load, keyOf });
  const [openId, setOpenId] = useState<string | null>(null);
  /** The one that was looked at last: the focus goes back to it. */
  const [returnedId, setReturnedId] = useState<string | null>(null);
  useEffect(
    () =>
      room.events.follow((event) => {
        if (event.name === 'run:started' || event.name === 'run:updated' || event.name === 'run:finished') {
          list.change((runs) => withRun(runs, event.run));
        }
      }),
    [room, list],
  );
  const goBack = () => {
    setReturnedId(openId);
    setOpenId(null);
  };
  const opened = state.name === 'shown' ? state.items.find(({ id }) => id === openId) : undefined;
  if (opened !== undefined) return <RunDetail room={room} run={opened} onBack={goBack} />;
  return (
    <div className="panel-scroll panel-list">
      <PagedItems
        what="Runs"
        list={list}
        state={state}
        className="runs"
        byScrolling
        empty={
          <div className="panel-empty">
            <Icon name="history" size={30} />
            <p>Nothing has been run here yet.</p>
            <p className="panel-empty-note">Every run is kept here with what it printed, for everybody in the room.</p>
          </div>
        }
      >
        {(run) => <RunRow key={run.id} run={run} isReturned={run.id === returnedId} onOpen={() => setOpenId(run.id)} />}
      </PagedItems>
    </div>
  );
}

interface RunRowProps {
  run: RunSummary;
  isReturned: boolean;
  onOpen: () => void;
}

function RunRow({ run, isReturned, onOpen }: RunRowProps) {
  const button = useFocused(isReturned);
  const { language, memberName, createdAt, result } = run;
  const now = useNow();
  const verdict = result === null ? { tone: 'busy', text: runProgress(run) } : verdictOf(result);
  return (
    <li>
      <button ref={button} type="button" className="panel-row" data-tone={verdict.tone} onClick={onOpen}>
        <LanguageMark id={language} size={28} />
        <span className="sr-only">{languageName(language)}: </span>
        <span className="panel-row-words">
          <strong>{verdict.text}</strong>
          <small>
            <span className="panel-row-who">{memberName}</span>
            <time dateTime={createdAt} title={new Date(createdAt).toLocaleString()}>
              {formatAgo(Date.parse(createdAt), now)}
            </time>
          </small>
        </span>
        {result !== null && <span className="panel-row-end">{formatDuration(result.wallMs)}</span>}
      </button>
    </li>
  );
}
