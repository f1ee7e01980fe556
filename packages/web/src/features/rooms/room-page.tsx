/** The page of one room: being let in, the room itself, or why it cannot be shown. */
import { useEffect, useState } from 'react';
import { useStore } from '../../store.ts';
import { copyText } from '../layout/copy-text.ts';
import { Logo } from '../layout/logo.tsx';
import { showToast } from '../notices/toasts.ts';
import { MessagePage } from './message-page.tsx';
import { type RoomFailure, RoomSession } from './room-session.ts';
import { RoomView } from './room-view.tsx';
import './room.css';

export default function RoomPage({ code }: { code: string }) {
  const [session, setSession] = useState<RoomSession | null>(null);
  useEffect(() => {
    const opened = new RoomSession(code);
    setSession(opened);
    return () => opened.leave();
  }, [code]);
  return session === null ? <RoomLoading /> : <RoomPhases session={session} />;
}

function RoomPhases({ session }: { session: RoomSession }) {
  const phase = useStore(session.phase);
  switch (phase.name) {
    case 'joining':
      return <RoomLoading />;
    case 'open':
      return <RoomView room={phase.room} />;
    case 'failed': {
      const { title, text, retry } = failures[phase.failure];
      const action = retry === null ? {} : { action: { label: retry, act: () => session.retry() } };
      return (
        <MessagePage title={title} text={text || phase.message} {...action}>
          {phase.unsavedText !== null && <UnsavedText text={phase.unsavedText} />}
        </MessagePage>
      );
    }
    default:
      return phase satisfies never;
  }
}

function RoomLoading() {
  return (
    <main className="room-loading" aria-busy="true">
      <h1 className="sr-only">Opening the room …</h1>
      <Logo size={44} />
    </main>
  );
}

/** Edits that were not saved are still here: they can be taken along. */
function UnsavedText({ text }: { text: string }) {
  const copy = async () => showToast((await copyText(text)) ? 'Copied' : 'This browser does not let the page copy.');
  return (
    <div className="message-unsaved">
      <p>Some of your edits were not saved. This is the text as you had it:</p>
      <textarea className="field mono" aria-label="Your text" readOnly rows={8} value={text} />
      <button type="button" className="button" onClick={() => void copy()}>
        Copy the text
      </button>
    </div>
  );
}

/** `text` empty: the server's own words. */
const failures: Record<RoomFailure, { title: string; text: string; retry: string | null }> = {
  'not-found': {
    title: 'There is no such room',
    text: 'The link may be mistyped, or the room has been deleted. Ask for the link again, or make a room of your own.',
    retry: null,
  },
  full: {
    title: 'This room is full',
    text: 'As many people are in it as it takes. Try again when somebody has left.',
    retry: 'Try again',
  },
  'membership-ended': {
    title: 'You are no longer in this room',
    text: 'The owner has ended your membership. You can join again as somebody new.',
    retry: 'Join again',
  },
  deleted: {
    title: 'This room has been deleted',
    text: 'Its owner has deleted it, with everything in it.',
    retry: null,
  },
  unreachable: {
    title: 'The server cannot be reached',
    text: 'Check your connection. Nothing is lost: the room is kept on the server.',
    retry: 'Try again',
  },
  'rate-limited': {
    title: 'Too many at once',
    text: 'A lot has been asked for from your network within a minute. Wait a moment and try again.',
    retry: 'Try again',
  },
  refused: {
    title: 'Your last edits were not taken',
    text: 'The server could not take them in: the room’s document may have reached its size limit. What was saved before is safe.',
    retry: 'Open the room again',
  },
  unexpected: { title: 'That did not work', text: '', retry: 'Try again' },
};
