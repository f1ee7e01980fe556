/** One's own name, changed in place: Enter or leaving keeps it, Escape does not. */
import { limits } from '@coderoom/protocol';
import { useRef, useState } from 'react';
import { Icon } from '../layout/icon.tsx';

export function OwnNameField({ name, onRename }: { name: string; onRename: (name: string) => void }) {
  const [draft, setDraft] = useState(name);
  const isDiscarded = useRef(false);
  const keep = () => {
    const next = draft.trim();
    if (isDiscarded.current || next === '') setDraft(name);
    else if (next !== name) onRename(next);
    isDiscarded.current = false;
  };
  return (
    <span className="own-name">
      <input
        className="own-name-field"
        aria-label="Your name"
        value={draft}
        maxLength={limits.memberNameMaxLength}
        autoComplete="nickname"
        spellCheck={false}
        enterKeyHint="done"
        onChange={(event) => setDraft(event.target.value)}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={keep}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== 'Escape') return;
          isDiscarded.current = event.key === 'Escape';
          event.preventDefault();
          event.currentTarget.blur();
        }}
      />
      <Icon name="pencil" size={15} />
    </span>
  );
}
