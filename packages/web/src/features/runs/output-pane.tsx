/** What the last run said, how it ended, and a line to answer it. */
import { useEffect, useState } from 'react';
import { createLoaded } from '../../loaded.ts';
import { useSelected, useStore } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import { ProblemList } from '../problems/problem-list.tsx';
import type { OpenRoom } from '../rooms/open-room.ts';
import { runKeyInWords } from '../rooms/use-room-keys.ts';
import { GivenInput } from './given-input.tsx';
import { OutputText } from './output-text.tsx';
import { ProgramInput } from './program-input.tsx';
import { RunStatusLine } from './run-status-line.tsx';
import { useRunRefusal } from './use-run-refusal.ts';
import './output.css';

const terminal = createLoaded(() => import('./terminal.tsx'));

export interface OutputPaneProps {
  room: OpenRoom;
  canChange: boolean;
  /** Then it has a bar of its own; otherwise it stands beneath the one of all side panes. */
  isNarrow: boolean;
  isShown: boolean;
  /** The editor has been moved to a place that the output names; stays the same function. */
  onJump: () => void;
}

export function OutputPane({ room, canChange, isNarrow, isShown, onJump }: OutputPaneProps) {
  const run = useSelected(room.events.state, (state) => state.run);
  /** The run whose output this person has put away. */
  const [clearedId, setClearedId] = useState<string | null>(null);
  const shown = run !== null && run.run.id !== clearedId ? run : null;
  const isActive = shown !== null && shown.run.state !== 'finished';
  const loaded = useStore(terminal.state);
  const problems = useStore(room.problems.state);
  const refusal = useRunRefusal(room);
  const isWanted = shown !== null;
  useEffect(() => {
    if (isWanted) terminal.load();
  }, [isWanted]);
  return (
    <section className="output-pane" aria-label="Output" hidden={!isShown}>
      <header className={isNarrow ? 'pane-bar' : 'pane-actions'}>
        <h2 className={isNarrow ? undefined : 'sr-only'}>Output</h2>
        {shown !== null && (
          <button
            type="button"
            className="icon-button"
            aria-label="Clear output"
            title="Clear output"
            disabled={isActive}
            onClick={() => setClearedId(shown.run.id)}
          >
            <Icon name="trash" size={16} />
          </button>
        )}
      </header>
      {shown === null ? (
        <OutputEmpty room={room} refusal={refusal} canChange={canChange} isNarrow={isNarrow} />
      ) : (
        <>
          <RunStatusLine run={shown.run} />
          {problems.name === 'loaded' && <ProblemList room={room} problems={problems.value} onJump={onJump} />}
          <div className="terminal-space">
            {loaded.name === 'loaded' && (
              <loaded.value room={room} runId={shown.run.id} frames={shown.frames} isShown={isShown} onJump={onJump} />
            )}
            <OutputText frames={shown.frames} />
            {!isActive && shown.frames.length === 0 && <p className="output-nothing">It printed nothing.</p>}
          </div>
          {isActive && canChange && <ProgramInput key={shown.run.id} room={room} />}
        </>
      )}
      {!isActive && canChange && refusal !== null && shown !== null && <p className="output-refusal">{refusal}</p>}
      {!isActive && canChange && refusal === null && <GivenInput room={room} />}
    </section>
  );
}

interface OutputEmptyProps extends Pick<OutputPaneProps, 'room' | 'canChange' | 'isNarrow'> {
  refusal: string | null;
}

function OutputEmpty({ room, refusal, canChange, isNarrow }: OutputEmptyProps) {
  const isEnded = useSelected(room.events.state, (state) => state.room.status === 'ended');
  const wasCleared = useSelected(room.events.state, ({ run }) => run !== null);
  if (isEnded) {
    return (
      <div className="output-empty">
        <Icon name="output" size={30} />
        <p>{wasCleared ? 'You have put the last output away. Runs still has it.' : 'Nothing was run in this room.'}</p>
      </div>
    );
  }
  return (
    <div className="output-empty">
      <Icon name="output" size={30} />
      {refusal !== null ? (
        <p>{refusal}</p>
      ) : canChange ? (
        <p>
          Press <kbd>{isNarrow ? 'Run' : runKeyInWords}</kbd> to see what it does.
        </p>
      ) : (
        <p>What the program prints appears here.</p>
      )}
      {refusal === null && <p className="output-empty-note">Everybody in the room sees the same output.</p>}
    </div>
  );
}
