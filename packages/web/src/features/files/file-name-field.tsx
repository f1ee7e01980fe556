/** Where a file's name is typed, in the place of its tab: Enter keeps it, Escape or leaving does not. */
import { limits } from '@coderoom/protocol';
import { useId, useRef, useState } from 'react';

export interface FileNameFieldProps {
  initial: string;
  /** Why a name cannot be had; undefined when it can. */
  refusalOf: (path: string) => string | undefined;
  /** Null: nothing is to change. */
  onDone: (path: string | null) => void;
}

export function FileNameField({ initial, refusalOf, onDone }: FileNameFieldProps) {
  const [path, setPath] = useState(initial);
  const [isTried, setTried] = useState(false);
  const isDone = useRef(false);
  const problemId = useId();
  const clean = path.trim();
  const refusal = clean === initial && initial !== '' ? undefined : refusalOf(clean);
  const shown = isTried || (clean !== '' && clean !== initial) ? refusal : undefined;

  const finish = (result: string | null) => {
    if (isDone.current) return;
    isDone.current = true;
    onDone(result === initial ? null : result);
  };
  return (
    <span className="file-name-field">
      <input
        ref={selectStem}
        aria-label="File name"
        placeholder="name.py"
        value={path}
        maxLength={limits.filePathMaxLength}
        size={Math.max(9, Math.min(28, path.length + 1))}
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        enterKeyHint="done"
        aria-invalid={shown !== undefined}
        aria-describedby={shown === undefined ? undefined : problemId}
        onChange={(event) => setPath(event.target.value)}
        onBlur={() => finish(refusal === undefined && clean !== '' ? clean : null)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') finish(null);
          if (event.key !== 'Enter') return;
          if (refusal === undefined) finish(clean);
          else setTried(true);
        }}
      />
      {shown !== undefined && (
        <span id={problemId} className="file-name-problem" role="alert">
          {shown}
        </span>
      )}
    </span>
  );
}

/** Focuses the field with the name selected, its ending left out, as renaming usually wants it. */
function selectStem(field: HTMLInputElement | null): void {
  if (field === null || field === document.activeElement) return;
  field.focus();
  const dot = field.value.lastIndexOf('.');
  field.setSelectionRange(field.value.lastIndexOf('/') + 1, dot > 0 ? dot : field.value.length);
}
