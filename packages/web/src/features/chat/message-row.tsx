/** One message, and what can be done with it. */
import type { Member, Message } from '@coderoom/protocol';
import { useState } from 'react';
import { copyText } from '../layout/copy-text.ts';
import { Icon } from '../layout/icon.tsx';
import { Question } from '../layout/modal.tsx';
import { Popover } from '../layout/popover.tsx';
import { Avatar } from '../members/avatar.tsx';
import { showProblem, showToast } from '../notices/toasts.ts';
import { MessageText } from './message-text.tsx';
import type { Talk } from './talk.ts';

export interface MessageRowProps {
  talk: Talk;
  message: Message;
  /** It follows another of the same person's: their name need not be said again. */
  isContinued: boolean;
  /** What it answers, as far as that is known. */
  answered: Message | null | undefined;
  /** How many are in the thread that began with it, of those that are known. */
  answers: number;
}

export function MessageRow({ talk, message, isContinued, answered, answers }: MessageRowProps) {
  const { id, type, memberName, createdAt, editedAt, deletedAt, mentions } = message;
  const author = talk.members.find((member) => member.id === message.memberId);
  if (type === 'system') {
    return (
      <div className="said-system" id={`message-${id}`}>
        {message.text}
      </div>
    );
  }
  const isDeleted = deletedAt !== null;
  return (
    <article
      className="said"
      id={`message-${id}`}
      aria-label={memberName}
      tabIndex={-1}
      data-continued={isContinued}
      data-mentioned={mentions.includes(talk.ownId)}
    >
      {!isContinued && (
        <>
          <Avatar name={memberName} color={author?.color ?? '#66685f'} size={28} />
          <header>
            <strong className="said-who">{memberName}</strong>
            <time dateTime={createdAt} title={new Date(createdAt).toLocaleString()}>
              {timeOf(createdAt)}
            </time>
          </header>
        </>
      )}
      <div className="said-body">
        {message.replyTo !== null && !isDeleted && <Answered answered={answered} onShow={talk.showMessage} />}
        {isDeleted ? (
          <p className="said-deleted">This message was deleted.</p>
        ) : (
          <MessageText message={message} mentioned={mentionedIn(message, talk)} />
        )}
        {editedAt !== null && !isDeleted && (
          <small className="said-edited" title={new Date(editedAt).toLocaleString()}>
            edited
          </small>
        )}
        {answers > 0 && !talk.isThread && (
          <button type="button" className="said-thread" onClick={() => talk.openThread(message.threadId ?? id)}>
            <Icon name="reply" size={14} />
            {answers === 1 ? '1 answer' : `${answers} answers`}
          </button>
        )}
      </div>
      {!isDeleted && <Actions talk={talk} message={message} />}
    </article>
  );
}

function Answered({ answered, onShow }: { answered: Message | null | undefined; onShow: (id: string) => void }) {
  if (answered === null || answered === undefined) {
    return <p className="said-answered">Answer to an earlier message</p>;
  }
  const [first = ''] = answered.text.trim().split('\n');
  return (
    <button type="button" className="said-answered" onClick={() => onShow(answered.id)}>
      <span className="sr-only">Answer to </span>
      <strong className="said-answered-who">{answered.memberName}</strong>{' '}
      {answered.deletedAt === null ? first : 'deleted message'}
    </button>
  );
}

function Actions({ talk, message }: { talk: Talk; message: Message }) {
  const [isAsking, setAsking] = useState(false);
  const { chat, canTalk } = talk;
  const isOwn = message.memberId === talk.ownId;
  const copy = async () =>
    showToast((await copyText(message.text)) ? 'Copied' : 'This browser does not let the page copy.');
  return (
    <>
      <Popover
        label={`Message of ${message.memberName}`}
        triggerLabel={`Actions for the message of ${message.memberName}`}
        triggerClass="icon-button said-more"
        trigger={<Icon name="more" size={16} />}
      >
        {(close) => {
          const item = (label: string, icon: 'reply' | 'copy' | 'pencil' | 'trash' | 'chat', act: () => void) => (
            <button
              type="button"
              className={icon === 'trash' ? 'menu-item danger' : 'menu-item'}
              onClick={() => {
                close();
                act();
              }}
            >
              <Icon name={icon} />
              <span>{label}</span>
            </button>
          );
          return (
            <div className="menu">
              {canTalk && item('Answer', 'reply', () => talk.answer(message))}
              {!talk.isThread && item('Open the thread', 'chat', () => talk.openThread(message.threadId ?? message.id))}
              {item('Copy', 'copy', () => void copy())}
              {canTalk && isOwn && item('Edit', 'pencil', () => talk.edit(message))}
              {canTalk && (isOwn || talk.isOwner) && item('Delete', 'trash', () => setAsking(true))}
            </div>
          );
        }}
      </Popover>
      {isAsking && (
        <Question
          title="Delete this message?"
          text={
            isOwn ? 'Nobody can read it afterwards.' : `Nobody can read what ${message.memberName} said afterwards.`
          }
          confirm="Delete"
          onConfirm={() => chat.remove(message.id).catch(showProblem)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

function mentionedIn({ mentions }: Message, { members, ownId }: Talk) {
  const named = (ids: readonly string[]) =>
    ids.flatMap((id) => members.find((member: Member) => member.id === id)?.name ?? []);
  return { names: named(mentions), ownName: mentions.includes(ownId) ? (named([ownId])[0] ?? null) : null };
}

function timeOf(createdAt: string): string {
  return new Date(createdAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
