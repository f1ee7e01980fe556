/** Messages from the oldest to the newest, older ones by scrolling up; new ones keep the end in view unless one reads above. */
import type { Message } from '@coderoom/protocol';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useStore } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import { ListFailed, ListLoading } from '../layout/list-states.tsx';
import type { MessageList } from './message-list.ts';
import { MessageRow } from './message-row.tsx';
import { MessageText } from './message-text.tsx';
import type { PendingMessage } from './room-chat.ts';
import type { Talk } from './talk.ts';

export interface ConversationProps {
  talk: Talk;
  list: MessageList;
  /** Those that belong here. */
  pending: readonly PendingMessage[];
}

/** Nearer to the end than this one reads along. */
const endPx = 60;
const togetherMs = 5 * 60_000;

export function Conversation({ talk, list, pending }: ConversationProps) {
  const { phase, messages, older } = useStore(list.state);
  const shownPending = pending.filter(({ seenAs }) => seenAs === null || !messages.some(({ id }) => id === seenAs));
  const byId = useMemo(() => new Map(messages.map((message) => [message.id, message])), [messages]);
  const answers = useMemo(() => countAnswers(messages), [messages]);
  const { log, top, isAtEnd, toEnd } = useScroll(list, messages, shownPending.length);
  if (phase === 'loading') return <ListLoading rows={4} />;
  if (phase === 'failed') {
    return <ListFailed what="The chat" message="" onRetry={() => void list.refresh()} />;
  }
  if (messages.length === 0 && shownPending.length === 0) {
    return (
      <div className="panel-empty">
        <Icon name="chat" size={30} />
        <p>Nothing has been said here yet.</p>
        <p className="panel-empty-note">Everybody in the room reads along, also who comes later.</p>
      </div>
    );
  }
  return (
    <div className="conversation">
      {/* biome-ignore-start lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reached by keys */}
      <div
        ref={log}
        className="panel-scroll messages"
        role="log"
        aria-label="Messages"
        aria-live={older === 'loading' ? 'off' : 'polite'}
        tabIndex={0}
      >
        {/* biome-ignore-end lint/a11y/noNoninteractiveTabindex: as above */}
        {older !== 'none' && (
          <div ref={top} className="messages-older">
            <button type="button" className="button small" onClick={() => void list.loadOlder()}>
              {older === 'loading' ? 'Loading …' : older === 'failed' ? 'Try again' : 'Earlier messages'}
            </button>
          </div>
        )}
        {messages.map((message, index) => {
          const before = messages[index - 1];
          return (
            <div key={message.id} className="said-place">
              {isNewDay(before, message) && (
                <div className="messages-day">
                  <span>{dayOf(message.createdAt)}</span>
                </div>
              )}
              <MessageRow
                talk={talk}
                message={message}
                isContinued={isContinued(before, message)}
                answered={message.replyTo === null ? null : byId.get(message.replyTo)}
                answers={answers.get(message.id) ?? 0}
              />
            </div>
          );
        })}
        {shownPending.map((message) => (
          <PendingRow key={message.key} talk={talk} message={message} />
        ))}
      </div>
      {!isAtEnd && (
        <button type="button" className="button small to-end" onClick={toEnd}>
          <Icon name="chevron" size={16} />
          Newest
        </button>
      )}
    </div>
  );
}

/** Keeps the end, or what is being read, where it is. */
function useScroll(list: MessageList, messages: readonly Message[], pendingCount: number) {
  const log = useRef<HTMLDivElement>(null);
  const top = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const before = useRef({ firstId: '', height: 0, top: 0, isAtEnd: true });
  const isShown = messages.length > 0 || pendingCount > 0;

  useEffect(() => {
    const element = log.current;
    if (!isShown || element === null) return;
    const follow = () => {
      const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < endPx;
      before.current = { ...before.current, top: element.scrollTop, isAtEnd: atEnd };
      setAtEnd(atEnd);
    };
    element.addEventListener('scroll', follow, { passive: true });
    // The keyboard of a phone, or a picture of the call, takes height away.
    const observer = new ResizeObserver(() => {
      if (before.current.isAtEnd) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', follow);
      observer.disconnect();
    };
  }, [isShown]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown decides how high it is
  useLayoutEffect(() => {
    const element = log.current;
    if (element === null) return;
    const { firstId, height, isAtEnd: wasAtEnd } = before.current;
    const first = messages[0]?.id ?? '';
    if (wasAtEnd) element.scrollTop = element.scrollHeight;
    else if (firstId !== '' && first !== firstId)
      element.scrollTop = before.current.top + element.scrollHeight - height;
    before.current = { ...before.current, firstId: first, height: element.scrollHeight, top: element.scrollTop };
  }, [messages, pendingCount]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the button is another one after each page
  useEffect(() => {
    if (top.current === null) return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting === true && list.state.get().older === 'idle') void list.loadOlder();
    });
    observer.observe(top.current);
    return () => observer.disconnect();
  }, [list, messages]);

  const toEnd = () => {
    if (log.current !== null) log.current.scrollTop = log.current.scrollHeight;
    log.current?.focus();
  };
  return { log, top, isAtEnd, toEnd };
}

function PendingRow({ talk, message }: { talk: Talk; message: PendingMessage }) {
  const { key, state, problem } = message;
  return (
    <div className="said pending" data-state={state}>
      <div className="said-body">
        <MessageText message={message} mentioned={{ names: [], ownName: null }} />
        {state === 'sending' ? (
          <small>Sending …</small>
        ) : (
          <div className="said-failed" role="alert">
            <span>Not sent. {problem}</span>
            <button type="button" className="button small" onClick={() => talk.chat.retry(key)}>
              Try again
            </button>
            <button type="button" className="button small" onClick={() => talk.chat.discard(key)}>
              Discard
            </button>
          </div>
        )}
      </div>
    </div>
  );
}

/** Of those that are known, by the message that their thread began with. */
function countAnswers(messages: readonly Message[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { threadId, deletedAt } of messages) {
    if (threadId !== null && deletedAt === null) counts.set(threadId, (counts.get(threadId) ?? 0) + 1);
  }
  return counts;
}

function isContinued(before: Message | undefined, message: Message): boolean {
  return (
    before !== undefined &&
    before.type !== 'system' &&
    before.memberId === message.memberId &&
    before.memberName === message.memberName &&
    message.replyTo === null &&
    Date.parse(message.createdAt) - Date.parse(before.createdAt) < togetherMs &&
    !isNewDay(before, message)
  );
}

function isNewDay(before: Message | undefined, message: Message): boolean {
  return before === undefined || dayOf(before.createdAt) !== dayOf(message.createdAt);
}

function dayOf(createdAt: string): string {
  return new Date(createdAt).toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' });
}
