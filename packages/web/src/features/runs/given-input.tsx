/** The input of the next run, where a program gets none while it runs: written before it starts. */
import { limits } from '@coderoom/protocol';
import { useId } from 'react';
import { useStore } from '../../store.ts';
import { isolation } from '../languages/languages.ts';
import type { OpenRoom } from '../rooms/open-room.ts';

export function GivenInput({ room }: { room: OpenRoom }) {
  const id = useId();
  const text = useStore(room.runs.givenInput);
  if (useStore(isolation).tier !== 'remote') return null;
  return (
    <div className="given-input">
      <label htmlFor={id}>Input for the next run</label>
      <textarea
        id={id}
        className="field"
        rows={2}
        maxLength={limits.runStdinMaxBytes}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={text}
        onChange={(event) => room.runs.givenInput.set(event.target.value)}
      />
    </div>
  );
}
