/** The room's title; whoever may change the room edits it in place: Enter or leaving keeps, Escape does not. */
import { limits } from '@coderoom/protocol';
import { type KeyboardEvent, useRef, useState } from 'react';
import { useSelected } from '../../store.ts';
import { showProblem } from '../notices/toasts.ts';
import type { OpenRoom } from './open-room.ts';

export function RoomTitle({ room, canChange }: { room: OpenRoom; canChange: boolean }) {
  const title = useSelected(room.events.state, (state) => state.room.title);
  const [draft, setDraft] = useState<string | null>(null);
  const isDiscarded = useRef(false);

  const keep = () => {
    const next = draft?.trim() ?? '';
    setDraft(null);
    if (isDiscarded.current || next === '' || next === title) return;
    room.change({ title: next }).catch(showProblem);
  };
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    isDiscarded.current = event.key === 'Escape';
    event.currentTarget.blur();
  };
  if (!canChange) return <h1 className="room-title">{title}</h1>;
  return (
    <h1 className="room-title">
      <span className="room-title-size" data-text={draft ?? title}>
        <input
          aria-label="Room title"
          value={draft ?? title}
          maxLength={limits.roomTitleMaxLength}
          size={1}
          spellCheck={false}
          autoComplete="off"
          enterKeyHint="done"
          onFocus={(event) => {
            isDiscarded.current = false;
            setDraft(title);
            event.currentTarget.select();
          }}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={keep}
          onKeyDown={press}
        />
      </span>
    </h1>
  );
}
