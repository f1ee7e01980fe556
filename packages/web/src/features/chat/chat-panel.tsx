/** The panel of the chat: all that was said, or one thread of it, and the field to say more. */
import type { Message } from '@coderoom/protocol';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useSelected, useStore } from '../../store.ts';
import { Icon } from '../layout/icon.tsx';
import type { PanelProps } from '../panels/room-panels.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { ownRole } from '../rooms/room-events.ts';
import { Composer, type Writing } from './composer.tsx';
import { Conversation } from './conversation.tsx';
import type { RoomChat } from './room-chat.ts';
import type { Talk } from './talk.ts';
import './chat.css';

export default function ChatPanel({ room }: PanelProps) {
  const loaded = useStore(room.chat.state);
  useEffect(room.chat.load, []);
  return loaded.name === 'loaded' ? <Chat room={room} chat={loaded.value} /> : null;
}

function Chat({ room, chat }: { room: OpenRoom; chat: RoomChat }) {
  const [threadId, setThreadId] = useState<string | null>(null);
  const [writing, setWriting] = useState<Writing>({ name: 'new' });
  const panel = useRef<HTMLDivElement>(null);
  const members = useSelected(room.events.state, (state) => state.members);
  const ownId = useSelected(room.events.state, (state) => state.memberId);
  const isOwner = useSelected(room.events.state, ownRole) === 'owner';
  const canTalk = useSelected(room.events.state, (state) => state.room.status !== 'ended');
  const allPending = useStore(chat.pending);
  const thread = useThread(chat, threadId);
  const list = thread ?? chat.list;
  const { messages } = useStore(list.state);

  useEffect(() => chat.open(), [chat]);
  // On a phone the focus would bring up the keyboard before anything was read.
  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) panel.current?.querySelector('textarea')?.focus();
  }, []);

  const openThread = (rootId: string | null) => {
    setThreadId(rootId);
    setWriting({ name: 'new' });
    panel.current?.querySelector('textarea')?.focus();
  };
  const talk: Talk = {
    chat,
    members,
    ownId,
    isOwner,
    canTalk,
    isThread: threadId !== null,
    answer: (message) => setWriting({ name: 'answer', message }),
    edit: (message) => setWriting({ name: 'edit', message }),
    openThread,
    showMessage,
  };
  const belongs = ({ replyTo }: { replyTo: string | null }) => messages.some(({ id }) => id === replyTo);
  const pending = threadId === null ? allPending : allPending.filter(belongs);
  return (
    <div ref={panel} className="chat">
      {threadId !== null && (
        <div className="thread-bar">
          <button type="button" className="button small" onClick={() => openThread(null)}>
            <Icon name="back" size={16} />
            All messages
          </button>
          <span className="thread-name">Thread</span>
        </div>
      )}
      <Conversation key={threadId ?? 'all'} talk={talk} list={list} pending={pending} />
      <Typing chat={chat} talk={talk} />
      {canTalk ? (
        <Composer
          talk={talk}
          writing={writing}
          onWriting={setWriting}
          replyTo={threadId}
          lastOwn={lastOwnOf(messages, ownId)}
        />
      ) : (
        <p className="chat-ended">This room has ended: nothing more can be said in it.</p>
      )}
    </div>
  );
}

function useThread(chat: RoomChat, threadId: string | null) {
  const thread = useMemo(() => (threadId === null ? null : chat.openThread(threadId)), [chat, threadId]);
  useEffect(() => () => thread?.stop(), [thread]);
  return thread?.list ?? null;
}

function Typing({ chat, talk }: { chat: RoomChat; talk: Talk }) {
  const typing = useStore(chat.typing);
  const names = typing.flatMap((id) => talk.members.find((member) => member.id === id)?.name ?? []);
  const [first, second] = names;
  const text =
    first === undefined
      ? ''
      : second === undefined
        ? `${first} is typing …`
        : names.length === 2
          ? `${first} and ${second} are typing …`
          : `${names.length} people are typing …`;
  return <p className="typing">{text}</p>;
}

function lastOwnOf(messages: readonly Message[], ownId: string): Message | undefined {
  return messages.findLast(({ memberId, deletedAt }) => memberId === ownId && deletedAt === null);
}

function showMessage(id: string): void {
  const element = document.getElementById(`message-${id}`);
  element?.scrollIntoView({ block: 'center' });
  element?.focus();
}
