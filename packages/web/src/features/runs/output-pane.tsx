/** What the last run said, how it ended, and a line to answer it. */
import { useEffect, useState } from 'react';
import { createLoaded } from '../../loaded.ts';
import { useSelected, useStore } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import type { OpenRoom } from '../rooms/room-session.ts';
import { runKeyInWords } from '../rooms/use-room-keys.ts';
import { OutputText } from './output-text.tsx';
import { ProgramInput } from './program-input.tsx';
import { RunStatusLine } from './run-status-line.tsx';
import './output.css';

const terminal = createLoaded(() => import('./terminal.tsx'));

export interface OutputPaneProps {
  room: OpenRoom;
  canChange: boolean;
  isShown: boolean;
}

export function OutputPane({ room, canChange, isShown }: OutputPaneProps) {
  const run = useSelected(room.events.state, (state) => state.run);
  /** The run whose output this person has put away. */
  const [clearedId, setClearedId] = useState<string | null>(null);
  const shown = run !== null && run.run.id !== clearedId ? run : null;
  const isActive = shown !== null && shown.run.state !== 'finished';
  const loaded = useStore(terminal.state);
  const isWanted = shown !== null;
  useEffect(() => {
    if (isWanted) terminal.load();
  }, [isWanted]);
  return (
    <section className="output-pane" aria-label="Output" hidden={!isShown}>
      <header className="pane-bar">
        <h2>Output</h2>
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
        <OutputEmpty canChange={canChange} />
      ) : (
        <>
          <RunStatusLine run={shown.run} />
          <div className="terminal-space">
            {loaded.name === 'loaded' && (
              <loaded.value room={room} runId={shown.run.id} frames={shown.frames} isShown={isShown} />
            )}
            <OutputText frames={shown.frames} />
          </div>
          {isActive && canChange && <ProgramInput key={shown.run.id} room={room} />}
        </>
      )}
    </section>
  );
}

function OutputEmpty({ canChange }: { canChange: boolean }) {
  return (
    <div className="output-empty">
      <Icon name="output" size={30} />
      {canChange ? (
        <p>
          Press <kbd>{runKeyInWords}</kbd> to see what it does.
        </p>
      ) : (
        <p>What the program prints appears here.</p>
      )}
      <p className="output-empty-note">Everybody in the room sees the same output.</p>
    </div>
  );
}
