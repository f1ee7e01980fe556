/** Where one writes: Enter sends, Shift+Enter begins a line, `@` offers names; also to answer and to edit. */
import { limits, type Message } from '@coderoom/protocol';
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { Icon } from '../layout/icon.tsx';
import { Avatar } from '../members/avatar.tsx';
import { showProblem } from '../notices/toasts.ts';
import { completeMention, type MentionQuery, matchingNames, mentionAt } from './mention-completion.ts';
import type { Talk } from './talk.ts';

/** What the next message is to be. */
export type Writing = { name: 'new' } | { name: 'answer'; message: Message } | { name: 'edit'; message: Message };

export interface ComposerProps {
  talk: Talk;
  writing: Writing;
  onWriting: (writing: Writing) => void;
  /** What is answered where nothing else is: the beginning of the thread. */
  replyTo: string | null;
  /** The last that this person said, to be changed by the arrow up. */
  lastOwn: Message | undefined;
}

const linesMax = 8;

export function Composer({ talk, writing, onWriting, replyTo, lastOwn }: ComposerProps) {
  const { chat } = talk;
  const [text, setText] = useState(chat.draft.text);
  const [isCode, setCode] = useState(chat.draft.isCode);
  const [caret, setCaret] = useState(0);
  const [chosen, setChosen] = useState(0);
  const [isDismissed, setDismissed] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  /** Where the caret goes once the text has changed. */
  const wantedCaret = useRef<number | null>(null);
  const id = useId();

  const query: MentionQuery | null = isCode || isDismissed ? null : mentionAt(text, caret);
  const offered =
    query === null
      ? []
      : matchingNames(
          talk.members.filter((member) => member.id !== talk.ownId),
          query.typed,
        );
  const active = Math.min(chosen, offered.length - 1);

  useEffect(() => {
    if (writing.name === 'new') return;
    if (writing.name === 'edit') {
      setText(writing.message.text);
      setCode(writing.message.type === 'code');
    }
    field.current?.focus();
  }, [writing]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: before the next key, which may come at once
  useLayoutEffect(() => {
    if (wantedCaret.current !== null) field.current?.setSelectionRange(wantedCaret.current, wantedCaret.current);
    wantedCaret.current = null;
  }, [text]);
  // As high as what is written, up to a point.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows from the text
  useEffect(() => {
    const element = field.current;
    if (element === null) return;
    element.style.height = 'auto';
    const lineHeight = Number.parseFloat(getComputedStyle(element).lineHeight) || 20;
    element.style.height = `${Math.min(element.scrollHeight, linesMax * lineHeight + 18)}px`;
  }, [text, isCode]);

  const write = (next: string, nextIsCode: boolean) => {
    setText(next);
    setCode(nextIsCode);
    if (writing.name !== 'edit') chat.draft = { text: next, isCode: nextIsCode };
  };
  /** What was begun before an older message was taken up to change it. */
  const writeOn = () => {
    setText(chat.draft.text);
    setCode(chat.draft.isCode);
  };
  const change = (next: string, at: number) => {
    write(next, isCode);
    setCaret(at);
    setChosen(0);
    setDismissed(false);
    chat.tellTyping(next.trim() !== '');
  };
  const complete = (name: string) => {
    if (query === null) return;
    const next = completeMention(text, caret, query, name);
    change(next.text, next.caret);
    wantedCaret.current = next.caret;
  };
  const cancel = () => {
    if (writing.name === 'edit') writeOn();
    onWriting({ name: 'new' });
  };
  const send = () => {
    if (text.trim() === '') return;
    if (writing.name === 'edit') {
      chat.edit(writing.message.id, text).catch(showProblem);
      writeOn();
    } else {
      const answered = writing.name === 'answer' ? writing.message.id : replyTo;
      chat.post({ text, type: isCode ? 'code' : 'text', replyTo: answered });
      write('', false);
    }
    onWriting({ name: 'new' });
  };
  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    const person = offered[active];
    if (person !== undefined) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step !== undefined) {
        event.preventDefault();
        setChosen((active + step + offered.length) % offered.length);
        return;
      }
      if (event.key === 'Enter' || event.key === 'Tab') {
        event.preventDefault();
        complete(person.name);
        return;
      }
      if (event.key === 'Escape') {
        event.preventDefault();
        setDismissed(true);
        return;
      }
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && writing.name !== 'new') {
      event.preventDefault();
      cancel();
    } else if (event.key === 'ArrowUp' && text === '' && lastOwn !== undefined) {
      event.preventDefault();
      talk.edit(lastOwn);
    }
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
        field.current?.focus();
      }}
    >
      {writing.name !== 'new' && (
        <p className="composer-about">
          <span>{writing.name === 'edit' ? 'Editing your message' : `Answering ${writing.message.memberName}`}</span>
          <button type="button" className="icon-button" aria-label="Cancel" onClick={cancel}>
            <Icon name="close" size={14} />
          </button>
        </p>
      )}
      {offered.length > 0 && (
        <div id={id} className="mention-list" role="listbox" aria-label="People to mention">
          {offered.map((member, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are pressed in the field, which points here
            <div
              key={member.id}
              id={`${id}-${member.id}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              className="mention-option"
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => complete(member.name)}
            >
              <Avatar name={member.name} color={member.color} size={22} />
              {member.name}
            </div>
          ))}
        </div>
      )}
      <div className="composer-field" data-code={isCode}>
        <textarea
          ref={field}
          data-sends
          data-pane-focus
          rows={1}
          aria-label={isCode ? 'Code to send' : 'Message'}
          aria-autocomplete="list"
          aria-controls={offered.length > 0 ? id : undefined}
          aria-activedescendant={offered.length > 0 ? `${id}-${offered[active]?.id}` : undefined}
          placeholder={isCode ? 'Code' : replyTo === null ? 'Message' : 'Answer'}
          maxLength={limits.messageTextMaxLength}
          enterKeyHint="send"
          spellCheck={!isCode}
          autoCapitalize={isCode ? 'none' : 'sentences'}
          value={text}
          onChange={(event) => change(event.target.value, event.target.selectionStart)}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={press}
        />
        {writing.name !== 'edit' && (
          <button
            type="button"
            className="icon-button"
            aria-label="Send as code"
            aria-pressed={isCode}
            title="Send as code"
            onClick={() => {
              write(text, !isCode);
              field.current?.focus();
            }}
          >
            <Icon name="code" size={18} />
          </button>
        )}
        <button
          type="submit"
          className="icon-button composer-send"
          aria-label={writing.name === 'edit' ? 'Save' : 'Send'}
          disabled={text.trim() === ''}
        >
          <Icon name={writing.name === 'edit' ? 'check' : 'send'} size={18} />
        </button>
      </div>
    </form>
  );
}
