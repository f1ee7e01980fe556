/** The line that answers a running program; it appears once the program has taken a moment, so that quick ones don't flash it. */
import { useEffect, useState } from 'react';
import { useStore } from '../../store.ts';
import { isolation } from '../languages/languages.ts';
import type { OpenRoom } from '../rooms/open-room.ts';

const appearsAfterMs = 350;

export function ProgramInput({ room }: { room: OpenRoom }) {
  const [isThere, setThere] = useState(false);
  const { tier } = useStore(isolation);
  const [line, setLine] = useState('');
  const [isEnded, setEnded] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setThere(true), appearsAfterMs);
    return () => clearTimeout(timer);
  }, []);
  if (!isThere || tier === 'remote') return null;
  return (
    <form
      className="program-input"
      onSubmit={(event) => {
        event.preventDefault();
        void room.runs.sendLine(line);
        setLine('');
      }}
    >
      <span className="program-input-mark" aria-hidden="true">
        ›
      </span>
      <input
        aria-label="Program input"
        placeholder={isEnded ? 'The input has ended' : 'Type input, Enter sends it'}
        value={line}
        disabled={isEnded}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        enterKeyHint="send"
        onChange={(event) => setLine(event.target.value)}
      />
      <button
        type="button"
        className="button small"
        title="Ends the input (EOF)"
        disabled={isEnded}
        onClick={() => {
          setEnded(true);
          void room.runs.endInput();
        }}
      >
        EOF
      </button>
    </form>
  );
}
